"""The papers that a request brings: its ticket and its access token."""

from vwr_middleware.gate.keepsakes import Keepsakes
from vwr_middleware.gate.visit import Visit
from vwr_middleware.keys import Keys
from vwr_middleware.line.place import Place
from vwr_middleware.line.session_ids import session_id
from vwr_middleware.papers.identities import Identities
from vwr_middleware.papers.jar import Jar, weeks_from
from vwr_middleware.papers.marks import Marks
from vwr_middleware.papers.resume_codes import ResumeCodes
from vwr_middleware.papers.tickets import Ticket, Tickets
from vwr_middleware.papers.tokens import AccessToken, Tokens
from vwr_middleware.settings import Settings
from vwr_middleware.web.cookies import CookieMark
from vwr_middleware.web.http import Cookie, Request
from vwr_middleware.web.kept import Kept
from vwr_middleware.web.negotiation import keeps_only_partitioned
from vwr_middleware.web.proxies import origin_of, warn_of_untrusted_addresses
from vwr_middleware.worker.room_view import RoomView


class Papers:
    """Reads the papers in requests to one room, and makes the cookies that bring them."""

    def __init__(self, settings: Settings, keys: Keys, view: RoomView) -> None:
        self._view, room = view, view.settings
        self.tickets, self.codes = Tickets(keys, room.name), ResumeCodes(keys, room.name)
        self.tokens = Tokens(keys, settings.namespace, room.name, settings.token_algorithm)
        self.jar = Jar(settings, room.name)
        names = self.jar.names
        self.ticket_mark, self.token_mark = CookieMark(names.ticket), CookieMark(names.token)
        self.marks, self.identities = Marks(keys, room.name), Identities(keys, room.name)
        #: Whether sessions are bound to the network where they began. Then an access token carries
        #: the network's mark. The store keeps it too for a session that began with a ticket, since
        #: whoever has the ticket could repeat the claim.
        self.bind, self._trusted_proxies = room.bind, settings.trusted_proxies
        self.keepsakes = Keepsakes(view, self.tickets, self.tokens, self.jar)
        #: Tickets that the store has refused: generation, position, device, and, where sessions are
        #: bound, the mark of the network from which they came.
        self._lost: Kept[tuple[int, int, int, str], bool] = Kept()

    def ticket(self, request: Request) -> Ticket | None:
        """The ticket: the header's, or the best of all genuine ones among the cookies.

        The best is of the latest generation and, in that, of the lowest position. A subdomain can
        set a second cookie of this name. So a genuine ticket must not be hidden by a forged one, or
        by one that is known to be worth nothing any more, or nothing in this network.
        """
        given = request.header("vwr-ticket")
        values = (
            [given] if given else self.jar.values(request.header("cookie"), self.jar.names.ticket)
        )
        found = [ticket for value in values if (ticket := self.tickets.read(value)) is not None]
        best = found[0] if found else None
        if len(found) > 1:
            best = min(found, key=lambda ticket: self._rank(ticket, request))
        if given or (best is not None and not self._is_foreign(best.room_id)):
            return best
        return self.keepsakes.ticket(request) or best

    def place(self, request: Request, paper: Ticket | AccessToken) -> Place:
        """The place of a ticket or token, with the marks of the network of this request."""
        place = paper.place
        place.marks = self.marks_of(request)
        return place

    def marks_of(self, request: Request) -> tuple[str, ...]:
        """The marks of the network from which a request comes; none if nothing is bound."""
        if not self.bind:
            return ()
        warn_of_untrusted_addresses(request, self._trusted_proxies)
        return self.marks.of(origin_of(request, self._trusted_proxies).address)

    def lacks_lax_ticket(self, visit: Visit) -> bool:
        """Whether a request may lack a ticket only because it comes from a page of another site."""
        if self.ticket(visit.request) is not None:
            return False
        cookie = self.jar.no_ticket(visit.origin.is_secure)
        is_kept = cookie.partitioned or not keeps_only_partitioned(visit.request)
        return cookie.same_site != "None" or not is_kept

    def ticket_cookies(self, visit: Visit, ticket: Ticket) -> tuple[Cookie, ...]:
        """The cookies that set a ticket, and keep one of a lost room that this would replace."""
        cookie = self.ticket_cookie(ticket, visit.origin.is_secure)
        return cookie, *self.keepsakes.beside(visit)

    def ticket_cookie(self, ticket: Ticket, secure: bool) -> Cookie:
        """The cookie of a ticket, which outlives the opening of the room."""
        return self.jar.ticket(self.tickets.sign(ticket), secure, self.weeks)

    @property
    def weeks(self) -> int:
        """For how many weeks a ticket that is given out now is kept."""
        room = self._view.snapshot
        opens = room.rules.get("opens_at") if room else None
        return weeks_from(opens - room.wall) if room and opens else 1

    def _rank(self, ticket: Ticket, request: Request) -> tuple[bool, int, int, int]:
        return self._is_lost(ticket, request), -ticket.generation, ticket.position, -ticket.device

    def instead_of(self, ticket: Ticket, request: Request) -> Ticket | None:
        """Note that a ticket is worth nothing. Returns another one of the same line, or None."""
        self._lost.keep(self._as_lost(ticket, request), True, 0)
        other = self.ticket(request)
        if other is None or self._is_lost(other, request):
            return None
        is_of_line = (other.room_id, other.generation) == (ticket.room_id, ticket.generation)
        return other if is_of_line else None

    def _as_lost(self, ticket: Ticket, request: Request) -> tuple[int, int, int, str]:
        place = self.place(request, ticket)
        return place.generation, place.position, place.device, place.mark

    def _is_lost(self, ticket: Ticket, request: Request) -> bool:
        """Whether this worker knows that a ticket is worth nothing."""
        return (
            self._is_foreign(ticket.room_id)
            or session_id(ticket.generation, ticket.position) in self._view.ended
            or self._as_lost(ticket, request) in self._lost
            or bool(self._view.devices.lost_by(ticket))
        )

    def _is_foreign(self, room_id: str) -> bool:
        """As worker/strangers.py has it."""
        room = self._view.snapshot
        return room is not None and room.room_id != room_id

    def token(self, request: Request) -> AccessToken | None:
        """The access token: the header's, or the best of all genuine ones among the cookies.

        A header without a token of this room counts as absent: scripts may send it everywhere, and
        a guest who is recognised by the cookies passes without a look at headers.

        The best is of a session that is not known to have ended and, of those, lasts longest. A
        token that is bound to another network is as good as none, unless its session has ended.
        """
        given = self._given(request)
        found = [one for one in given or self._in_cookies(request) if self._counts(request, one)]
        best = max(found, key=self._worth) if len(found) > 1 else next(iter(found), None)
        if given or (best is not None and not self._is_foreign(best.room_id)):
            return best
        kept = self.keepsakes.token(request)
        return kept if kept is not None and self._counts(request, kept) else best

    def _given(self, request: Request) -> list[AccessToken]:
        """The token of a header, if it is genuine. Then cookies do not count."""
        text = self.token_header(request)
        token = self.tokens.read(text) if text else None
        return [] if token is None else [token]

    def _in_cookies(self, request: Request) -> list[AccessToken]:
        """All genuine tokens among the cookies."""
        values = self.jar.values(request.header("cookie"), self.jar.names.token)
        return [token for value in values if (token := self.tokens.read(value)) is not None]

    def _counts(self, request: Request, token: AccessToken) -> bool:
        return not self.is_bound_elsewhere(request, token) or self.has_ended(token)

    def token_bound_elsewhere(self, request: Request) -> AccessToken | None:
        """The best token that is bound to another network, if its session may be running."""
        if not self.bind:
            return None
        given = self._given(request)
        kept = None if given else self.keepsakes.token(request)
        tokens = (given or self._in_cookies(request)) + ([kept] if kept else [])
        found = [token for token in tokens if self.is_bound_elsewhere(request, token)]
        return max(filter(self.is_alive, found), key=self._worth, default=None)

    def is_bound_elsewhere(self, request: Request, token: AccessToken) -> bool:
        """Whether a token is bound to another network than the one this request comes from."""
        return self.bind and bool(token.mark) and token.mark not in self.marks_of(request)

    def has_ended(self, token: AccessToken) -> bool:
        """Whether this worker knows that the session of a token is over."""
        ended = self._view.ended
        return token.session_id in ended and ended.are_of(token.room_id)

    def _worth(self, token: AccessToken) -> tuple[bool, int]:
        return self.is_alive(token), token.expires_at

    def is_alive(self, token: AccessToken) -> bool:
        """Whether a token is of this room, and its session not known to be over."""
        return token.session_id not in self._view.ended and not self._is_foreign(token.room_id)

    def token_header(self, request: Request) -> str | None:
        """The token that an API client sends, in our header or as a bearer token."""
        given = request.header("vwr-token")
        if given:
            return given
        authorization = request.header("authorization")
        return self.tokens.bearer(authorization) if authorization else None
