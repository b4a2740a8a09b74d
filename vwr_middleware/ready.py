"""Replies whose head is made once for many visitors.

A server encodes and checks each header of each reply; what we do before that is to cost next to
nothing. A poll's four headers, encoded anew, cost as much as all else that we do for it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from vwr_middleware.http import Reply

Header = tuple[str, str]


@dataclass(slots=True)
class Ready(Reply):
    """A reply to a GET, never one that closes the connection: an adapter may send it at once."""

    #: The headers again, as ASGI wants them; the body's length is not among them.
    encoded: tuple[tuple[bytes, bytes], ...] = ()


class Head:
    """The status and headers that many replies have in common."""

    __slots__ = ("encoded", "headers", "status")

    def __init__(self, status: int, headers: Iterable[Header]) -> None:
        self.status, self.headers = status, tuple(headers)
        self.encoded = encoded(self.headers)

    def over(self, body: bytes) -> Ready:
        """The reply with this body."""
        return Ready(self.status, body, self.headers, False, self.encoded)

    def with_cookie(self, cookie: str, body: bytes) -> Ready:
        """The reply with this body, and a Set-Cookie header."""
        headers = (*self.headers, ("Set-Cookie", cookie))
        encoded = (*self.encoded, (b"set-cookie", cookie.encode("latin-1")))
        return Ready(self.status, body, headers, False, encoded)

    def with_more(self, more: Iterable[Header], body: bytes) -> Ready:
        """The reply with this body and headers of its own."""
        more = tuple(more)
        headers = (*self.headers, *more)
        return Ready(self.status, body, headers, False, (*self.encoded, *encoded(more)))


def encoded(headers: Iterable[Header]) -> tuple[tuple[bytes, bytes], ...]:
    """Headers as ASGI wants them."""
    return tuple((name.lower().encode("latin-1"), text.encode("latin-1")) for name, text in headers)
