"""The papers of one room: how its tickets and tokens are made, and what a worker knows of them."""

from vwr_middleware.gate.public_keys import issuer_of
from vwr_middleware.keys import Keys
from vwr_middleware.line.messages import Place
from vwr_middleware.line.session_ids import session_id
from vwr_middleware.papers.appointments import Appointments
from vwr_middleware.papers.cookies import PaperCookies
from vwr_middleware.papers.digests import Identities, Marks
from vwr_middleware.papers.drawn_tickets import DrawnTickets
from vwr_middleware.papers.puzzles import Puzzles
from vwr_middleware.papers.resume_codes import ResumeCodes
from vwr_middleware.papers.tickets import Ticket, Tickets
from vwr_middleware.papers.tokens import AccessToken, Tokens
from vwr_middleware.settings import Settings
from vwr_middleware.web.cookie_header import CookieMark
from vwr_middleware.web.http import Request
from vwr_middleware.web.proxies import origin_of, warn_of_untrusted_addresses
from vwr_middleware.web.remembered import Kept
from vwr_middleware.worker.room_view import RoomView


class Papers:
    """Reads and makes the papers of one room, and judges them by what this worker has heard."""

    def __init__(self, settings: Settings, keys: Keys, view: RoomView) -> None:
        self._view, room = view, view.settings
        self.tickets, self.codes = Tickets(keys, room.name), ResumeCodes(keys, room.name)
        self.tokens = Tokens(
            keys,
            settings.namespace,
            room.name,
            settings.token_algorithm,
            own=settings.token_keys,
            issuer=issuer_of(settings, room.name),
        )
        self.paper_cookies = PaperCookies(settings, room.name)
        names = self.paper_cookies.names
        self.ticket_mark, self.token_mark = CookieMark(names.ticket), CookieMark(names.token)
        self.appointments = Appointments(keys, room.name)
        self.appointment_mark = CookieMark(self.paper_cookies.appointment_name)
        #: Places in the main line of those in the slow lane: see gate/slow_lane.py.
        self.kept_places = Tickets(keys, room.name, 1024, "kept place")
        self.appeal_mark = CookieMark(self.paper_cookies.appeal_name)
        self.puzzles = Puzzles(keys, room.name, room.challenge_work)
        self.puzzle_mark = CookieMark(self.paper_cookies.puzzle_name)
        self.invitations = self.tickets.invitations
        self.invitation_mark = CookieMark(self.paper_cookies.invitation_name)
        self.drawn_tickets = view.drawn_tickets = DrawnTickets(keys, room.name)
        #: What a ticket is worth by now: see papers/drawn_tickets.py.
        self.as_drawn = view.as_drawn
        self.marks, self.identities = Marks(keys, room.name), Identities(keys, room.name)
        #: Whether sessions are bound to the network where they began. Then an access token carries
        #: the network's mark. The store keeps it too for a session that began with a ticket, since
        #: whoever has the ticket could repeat the claim.
        self.bind, self._trusted_proxies = room.bind, settings.trusted_proxies
        #: Tickets that the store has refused: generation, position, device, and, where sessions are
        #: bound, the mark of the network from which they came.
        self._lost: Kept[tuple[int, int, int, str], bool] = Kept()

    def marks_of(self, request: Request) -> tuple[str, ...]:
        """The marks of the network from which a request comes; none if nothing is bound."""
        if not self.bind:
            return ()
        warn_of_untrusted_addresses(request, self._trusted_proxies)
        return self.marks.of(origin_of(request, self._trusted_proxies).address)

    # Where a paper belongs, as far as this worker has read the room.

    def is_ours(self, paper: Ticket | AccessToken) -> bool:
        """Whether a paper is of the room that the store holds. Nothing is while none was read."""
        room = self._view.room
        return room is not None and room.is_of_room(paper)

    def is_foreign(self, paper: Ticket | AccessToken) -> bool:
        """Whether a paper is of another room than the store's."""
        room = self._view.room
        return room is not None and not room.is_of_room(paper)

    def is_strange(self, paper: Ticket | AccessToken) -> bool:
        """Whether a paper is of a room that the store neither holds nor has replaced."""
        room = self._view.room
        return room is not None and room.belonging(paper) == "foreign"

    # What became of it, as far as this worker has heard.

    def note_lost(self, place: Place) -> None:
        """Note that the store has refused this place's ticket."""
        self._lost.keep(_as_lost(place), True, 0)

    def is_lost(self, ticket: Ticket, place: Place) -> bool:
        """Whether a ticket, which came for this place, is worth nothing any more."""
        return (
            self.is_foreign(ticket)
            or session_id(ticket.generation, ticket.position) in self._view.ended
            or _as_lost(place) in self._lost
            or bool(self._view.devices.lost_by(ticket))
        )

    def has_ended(self, token: AccessToken) -> bool:
        """Whether the session of a token is known to be over."""
        ended = self._view.ended
        return token.session_id in ended and ended.are_of(token.room_id)

    def is_alive(self, token: AccessToken) -> bool:
        """Whether a token is of this room, and its session not known to be over."""
        return token.session_id not in self._view.ended and not self.is_foreign(token)

    def is_bound_elsewhere(self, request: Request, token: AccessToken) -> bool:
        """Whether a token is bound to another network than the one this request comes from."""
        return self.bind and bool(token.mark) and token.mark not in self.marks_of(request)


def _as_lost(place: Place) -> tuple[int, int, int, str]:
    return place.generation, place.position, place.device, place.mark
