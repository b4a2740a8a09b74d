"""Sessions that are bound to the network where they began, where the room's `bind` says so.

The access token of a session carries the mark of that network, and the store keeps it beside a
session that a ticket has begun, since whoever has the ticket may repeat the claim.
"""

from vwr_middleware.papers.marks import Marks
from vwr_middleware.papers.tokens import AccessToken
from vwr_middleware.web.http import Request
from vwr_middleware.web.proxies import origin_of, warn_of_untrusted_addresses


class Bonds:
    """What binds the sessions of one room, if anything does."""

    __slots__ = ("_marks", "_trusted_proxies", "bind")

    def __init__(self, marks: Marks, trusted_proxies: int, *, bind: bool) -> None:
        self._marks, self._trusted_proxies, self.bind = marks, trusted_proxies, bind

    def marks(self, request: Request) -> tuple[str, ...]:
        """The marks of the network from which a request comes; none where nothing is bound."""
        return self._marks_of(request) if self.bind else ()

    def lock_out(self, request: Request, token: AccessToken) -> bool:
        """Whether a token may not be used from where this request comes."""
        return self.bind and bool(token.mark) and token.mark not in self._marks_of(request)

    def _marks_of(self, request: Request) -> tuple[str, ...]:
        warn_of_untrusted_addresses(request, self._trusted_proxies)
        return self._marks.of(origin_of(request, self._trusted_proxies).address)
