"""What the gate of one room works with: its settings, its way to the store, its papers, its
replies.
"""

from dataclasses import dataclass, field, replace

from vwr_middleware.events import EventName
from vwr_middleware.gate.app_functions import AppFunctions
from vwr_middleware.gate.invited import Invited
from vwr_middleware.gate.puzzle_page import PuzzleCheck
from vwr_middleware.gate.replies import Replies
from vwr_middleware.gate.room_papers import Papers
from vwr_middleware.gate.visit import Visit
from vwr_middleware.gate.visitor_papers import VisitorPapers
from vwr_middleware.line.messages import Turn
from vwr_middleware.line.openings import openings_of
from vwr_middleware.notices.room_notices import RoomNotices
from vwr_middleware.papers.cookies import weeks_from
from vwr_middleware.papers.tickets import Ticket
from vwr_middleware.papers.tokens import AccessToken
from vwr_middleware.settings import Settings
from vwr_middleware.settings.kinds import POW
from vwr_middleware.web.http import Cookie, Request
from vwr_middleware.web.proxies import origin_of
from vwr_middleware.worker.room_view import RoomView
from vwr_middleware.worker.store_access import StoreAccess


@dataclass(slots=True)
class Minted:
    """An access token that was just minted, and the cookies that bring it."""

    token: AccessToken
    text: str
    left: float  # seconds until it runs out
    cookies: tuple[Cookie, ...]


@dataclass(slots=True)
class RoomContext:
    """What all parts of one room's gate need, and the few things that they all do with it."""

    settings: Settings  # the site's; the room's are `view.settings`
    store_access: StoreAccess
    view: RoomView
    papers: Papers
    replies: Replies
    notices: RoomNotices | None = None  # where people may be told while they are away
    asked: AppFunctions = field(init=False)
    puzzle_check: PuzzleCheck | None = field(init=False, default=None)  # of `challenge="pow"`
    invited: Invited = field(init=False)
    first_path: str = field(init=False)  # the room's, to lead to if nothing better is known

    def __post_init__(self) -> None:
        self.asked = AppFunctions(self.view.settings, self.tell)
        if self.view.settings.challenge == POW:
            about = self.settings, self.papers, self.view, self.store_access
            self.puzzle_check = PuzzleCheck(*about)
            self.asked.own_challenge = self.puzzle_check.where
        self.invited = Invited(self.settings, self.papers, self.view, self.store_access, self.asked)
        paths = [path for path in self.view.settings.paths if isinstance(path, str)]
        self.first_path = (paths[0].split("*")[0] if paths else "") or "/"

    def tell(self, name: EventName, subject: str) -> None:
        self.store_access.hooks.tell(
            name, self.view.name, subject, self.store_access.now(self.view)
        )

    def visit(self, request: Request, *, is_own_page: bool = False) -> Visit:
        """A request to this room, for its way through the gate."""
        visit = Visit(request, self.settings, self.first_path, is_own_page=is_own_page)
        visit.papers = VisitorPapers(self.papers, request)
        return visit

    def granted(self, visit: Visit, turn: Turn, device: int) -> Minted:
        """The access token of a session that begins. The ticket's cookie is removed."""
        removed = self.papers.paper_cookies.no_ticket(visit.is_https)
        mark = self.papers.marks.of(visit.origin.address)[0]
        return self._mint(visit, turn, mark, device, removed)

    def renewed(self, visit: Visit, turn: Turn, token: AccessToken) -> Minted:
        """The next access token of a session. Its mark stays that of the address where the session
        began, made by the newest secret if the visitor is still there."""
        marks = self.papers.marks.of(visit.origin.address)
        mark = marks[0] if token.mark in marks else token.mark
        return self._mint(visit, turn, mark, token.device)

    def _mint(self, visit: Visit, turn: Turn, mark: str, device: int, *also: Cookie) -> Minted:
        token = AccessToken(
            turn.room_id,
            turn.generation,
            turn.position,
            int(turn.now),
            int(turn.expires_at),
            turn.unconfirmed,
            mark,
            device,
        )
        text, left = self.papers.tokens.mint(token), token.expires_at - turn.now
        cookie = self.papers.paper_cookies.token(text, left, visit.is_https)
        beside = visit.papers.kept_beside(visit.is_https)
        return Minted(token, text, left, (cookie, *also, *beside))

    def ticket_cookie(self, ticket: Ticket, is_https: bool) -> Cookie:
        """The cookie of a ticket, which outlives the opening of the room."""
        text = self.papers.tickets.sign(ticket)
        return self.papers.paper_cookies.ticket(text, is_https, self.ticket_weeks)

    @property
    def ticket_weeks(self) -> int:
        """For how many weeks a ticket that is given out now is kept."""
        room = self.view.room
        openings = openings_of(room.rules) if room else ()
        # The last: whoever does not come in at one keeps the place for the next.
        opens = openings[-1].get("opens_at") if openings else None
        return weeks_from(opens - room.wall) if room and opens else 1

    def ticket_cookies(self, visit: Visit, ticket: Ticket) -> tuple[Cookie, ...]:
        """The cookies that set a ticket, and keep one of a lost room that this would replace."""
        is_https = visit.is_https
        cookie = self.ticket_cookie(ticket, is_https)
        return cookie, *self._kept_place(visit, ticket), *visit.papers.kept_beside(is_https)

    def _kept_place(self, visit: Visit, ticket: Ticket) -> tuple[Cookie, ...]:
        """The proof of the place in the main line, for somebody who was put into the slow lane."""
        if visit.main_place is None:
            return ()
        text = self.papers.kept_places.sign(
            replace(visit.main_place, joined_at=ticket.position)  # which it is good for
        )
        return (self.papers.paper_cookies.appeal(text, visit.is_https, self.ticket_weeks),)

    def is_locked_out(self, visit: Visit) -> bool:
        """Whether the session of a visitor runs and is bound to another network."""
        token = visit.papers.token_bound_elsewhere()
        return token is not None and self.store_access.now(self.view) < token.expires_at

    def lapsed(self, visit: Visit) -> Ticket | None:
        """The ticket of a claim that may have lapsed, made from its first token: the place is still
        called. Once the token has run out, it counts in any network, as a ticket does: the store
        knows whether a session still runs, and where."""
        token = visit.papers.token()
        if token is None and not self.is_locked_out(visit):
            token = visit.papers.token_bound_elsewhere()
        if token is None or not token.first:
            return None
        ticket = Ticket(
            token.room_id, token.generation, token.position, token.issued_at, token.device
        )
        return self.papers.as_drawn(ticket)

    def note_address(self, request: Request, token: AccessToken) -> None:
        """Note for operators if a session is used from another address than it began at."""
        address = origin_of(request, self.settings.trusted_proxies).address
        marks = self.papers.marks.of(address)
        if token.mark and token.mark not in marks:
            self.view.operator_notes.shared(token.session_id, token.mark, marks[0])

    def ticket_of(self, turn: Turn) -> Ticket:
        """The ticket of somebody who just joined, or has a place already."""
        self.view.note_genuine(turn.generation, turn.position)
        joined = int(turn.now)
        ticket = Ticket(turn.room_id, turn.generation, turn.position, joined, turn.device)
        room = self.view.room
        if room is not None and room.snapshot.drawn and room.belonging(ticket) == "here":
            ticket.drawn = self.papers.drawn_tickets.told_by(room.snapshot, ticket.position)
        return self.papers.as_drawn(ticket)
