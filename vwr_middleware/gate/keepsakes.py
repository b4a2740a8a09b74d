"""Papers (tickets and tokens) of a room that the store has lost, kept in cookies of their own.

When a store has lost its data, the people of the old line join a new line as newcomers, and their
new tickets would replace the old ones. So the old ones are kept beside them, and are good again as
soon as an operator restores the room.
"""

from collections.abc import Callable
from typing import TypeVar

from vwr_middleware.gate.visit import Visit
from vwr_middleware.papers.jar import Jar
from vwr_middleware.papers.tickets import Ticket, Tickets
from vwr_middleware.papers.tokens import AccessToken, Tokens
from vwr_middleware.web.http import Cookie, Request
from vwr_middleware.worker.room_view import RoomView

Paper = TypeVar("Paper", Ticket, AccessToken)
Read = Callable[[str], Paper | None]
KeptCookie = Callable[[str, bool], Cookie]


class Keepsakes:
    """The kept ticket and the kept access token of one room's visitors, each a cookie."""

    def __init__(self, view: RoomView, tickets: Tickets, tokens: Tokens, jar: Jar) -> None:
        self._view, self._jar = view, jar
        self._read_ticket, self._read_token = tickets.read, tokens.read

    def ticket(self, request: Request) -> Ticket | None:
        """The kept ticket, if it is of the room that the store holds."""
        return self._ours(request, self._jar.names.kept_ticket, self._read_ticket)

    def token(self, request: Request) -> AccessToken | None:
        """The kept access token, if it is of the room that the store holds."""
        return self._ours(request, self._jar.names.kept_token, self._read_token)

    def is_kept(self, request: Request, ticket: Ticket) -> bool:
        """Whether this ticket came only as the kept cookie, and must be set again."""
        header, names = request.header("cookie"), self._jar.names
        if f"{names.kept_ticket}=" not in header or request.header("vwr-ticket"):
            return False
        return all(
            self._read_ticket(text) != ticket for text in self._jar.values(header, names.ticket)
        )

    def strange(self, request: Request) -> list[Ticket]:
        """Tickets of rooms that the store does not hold, which the kept ticket replaces."""
        found = map(
            self._read_ticket, self._jar.values(request.header("cookie"), self._jar.names.ticket)
        )
        return [ticket for ticket in found if ticket is not None and self._is_strange(ticket)]

    def beside(self, visit: Visit) -> tuple[Cookie, ...]:
        """The cookies to set whenever a ticket or token is set or removed."""
        jar, names = self._jar, self._jar.names
        ticket = names.ticket, names.kept_ticket, self._read_ticket, jar.kept_ticket
        token = names.token, names.kept_token, self._read_token, jar.kept_token
        return *self._changed(visit, *ticket), *self._changed(visit, *token)

    def gone(self, visit: Visit) -> tuple[Cookie, ...]:
        """The cookies that remove both, if the visitor, who gives up everything, has one."""
        header, jar, names = visit.request.header("cookie"), self._jar, self._jar.names
        is_secure = visit.origin.is_secure
        if f"{names.kept_ticket}=" not in header and f"{names.kept_token}=" not in header:
            return ()
        return jar.kept_ticket("", is_secure), jar.kept_token("", is_secure)

    def _ours(self, request: Request, name: str, read: "Read[Paper]") -> Paper | None:
        room = self._view.snapshot
        if room is None:
            return None
        papers = (read(text) for text in self._jar.values(request.header("cookie"), name))
        return next((paper for paper in papers if paper and paper.room_id == room.room_id), None)

    def _changed(
        self, visit: Visit, name: str, kept: str, read: "Read[Paper]", cookie: KeptCookie
    ) -> tuple[Cookie, ...]:
        """The kept cookie, if it must take what would be replaced, or is not needed any more."""
        header, is_secure = visit.request.header("cookie"), visit.origin.is_secure
        held = self._jar.values(header, kept)
        strange = [text for text in self._jar.values(header, name) if self._is_strange(read(text))]
        if strange:
            return () if strange[0] in held else (cookie(strange[0], is_secure),)
        is_over = held and not any(self._is_strange(read(text)) for text in held)
        return (cookie("", is_secure),) if is_over else ()

    def _is_strange(self, paper: Ticket | AccessToken | None) -> bool:
        """As worker/strangers.py has it."""
        room = self._view.snapshot
        if paper is None or room is None:
            return False
        return paper.room_id != room.room_id and paper.room_id not in room.replaced
