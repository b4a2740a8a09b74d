"""Who asks: the ticket and the access token that a request brings along."""

from vwr_middleware.cookies import Mark, find
from vwr_middleware.http import Request
from vwr_middleware.jar import Jar
from vwr_middleware.keys import Keys
from vwr_middleware.resume_codes import ResumeCodes
from vwr_middleware.settings import RoomSettings, Settings
from vwr_middleware.tickets import Ticket, Tickets
from vwr_middleware.tokens import AccessToken, Tokens


class Papers:
    """What a room gives its visitors and reads from them again.

    Both are looked for in the Cookie header as it came: that is what nearly every request brings.
    """

    __slots__ = ("codes", "jar", "ticket_mark", "tickets", "token_mark", "tokens")

    def __init__(self, tickets: Tickets, tokens: Tokens, jar: Jar, codes: ResumeCodes) -> None:
        self.tickets, self.tokens, self.jar, self.codes = tickets, tokens, jar, codes
        self.ticket_mark, self.token_mark = Mark(jar.names.ticket), Mark(jar.names.token)

    @classmethod
    def of(cls, settings: Settings, room: RoomSettings, keys: Keys) -> "Papers":
        """The papers of one room."""
        return cls(
            Tickets(keys, room.name),
            Tokens(keys, settings.namespace, room.name),
            Jar(settings, room.name),
            ResumeCodes(keys, room.name),
        )

    def ticket(self, request: Request) -> Ticket | None:
        """The ticket: the header's, else of all genuine cookies the one of lowest position.

        A subdomain can set a second cookie of this name, so one that is no good must not hide one
        that is. Later generations win over earlier ones.
        """
        given = request.header("vwr-ticket")
        values = [given] if given else find(request.header("cookie"), self.jar.names.ticket)
        found = [ticket for value in values if (ticket := self.tickets.read(value)) is not None]
        if len(found) < 2:
            return found[0] if found else None
        return min(found, key=lambda ticket: (-ticket.generation, ticket.position, -ticket.device))

    def lapsed(self, token: AccessToken | None) -> Ticket | None:
        """The place of somebody whose claim lapsed: called still, and before everybody later."""
        if token is None or not token.first:
            return None
        return Ticket(
            token.room_id, token.generation, token.position, token.issued_at, token.device
        )

    def token(self, request: Request) -> AccessToken | None:
        """The access token: a header's, else of all genuine cookies the one that lasts longest."""
        text = self.token_header(request)
        values = [text] if text else find(request.header("cookie"), self.jar.names.token)
        found = [token for value in values if (token := self.tokens.read(value)) is not None]
        if len(found) < 2:
            return found[0] if found else None
        return max(found, key=lambda token: token.expires_at)

    def token_header(self, request: Request) -> str | None:
        """The token that an API client sends, by our header or as a bearer."""
        given = request.header("vwr-token")
        if given:
            return given
        authorization = request.header("authorization")
        return self.tokens.bearer(authorization) if authorization else None
