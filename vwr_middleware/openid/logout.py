"""A client ends the session of its visitor (OpenID Connect RP-Initiated Logout 1.0).

Whoever comes with an ID token of ours ends that session. Whoever comes without one is asked first,
since any page could lead its visitors here; and only with one is anybody sent on from here.
"""

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc6749.errors import InvalidRequestError

from vwr_middleware.gate.gate import Gate
from vwr_middleware.gate.small_pages import really_leave
from vwr_middleware.gate.standing import Standing
from vwr_middleware.gate.visit import Visit
from vwr_middleware.openid.codes import Visitor
from vwr_middleware.openid.fields import Fields, read
from vwr_middleware.openid.server import OpenidServer
from vwr_middleware.openid.tokens import OpenidToken
from vwr_middleware.web.http import Cookie, Reply, Request
from vwr_middleware.web.replies import cookie_headers, see_other


class Logout:
    """The end session endpoint of one room."""

    def __init__(self, gate: Gate, server: OpenidServer) -> None:
        self._gate, self._server, self._replies = gate, server, gate.room_context.replies

    async def answer(self, request: Request) -> Reply:
        """Ends a session, and leads on. Raises OAuth2Error."""
        text = request.body.decode("latin-1") if request.method == "POST" else request.query
        fields = read(text)
        if fields.problem:
            raise InvalidRequestError(fields.problem)
        visit = self._gate.room_context.visit(request, is_own_page=True)
        await self._gate.store_access.fresh(self._gate.view)
        hint = fields.values.get("id_token_hint")
        if hint is None:
            return self._asked_first(visit)
        told = self._server.tokens.read_id_token(hint)
        if told is None:
            raise InvalidRequestError("id_token_hint is no ID token of this room")
        where = self._where(fields, told)
        cookies = await self._end(visit, told.visitor)
        if where:
            return see_other(where, cookie_headers(cookies))
        return self._replies.standing(visit, Standing("ended"), cookies, status=200)

    def _asked_first(self, visit: Visit) -> Reply:
        if visit.papers.token() is None and visit.papers.ticket() is None:
            return self._replies.standing(visit, Standing("left"), status=200)
        if not visit.is_navigation:
            raise InvalidRequestError("id_token_hint is missing")
        name = self._gate.view.name
        return really_leave(visit, self._replies.pages, self._replies.base(visit), name)

    def _where(self, fields: Fields, told: OpenidToken) -> str:
        """Where to go on; "" for nowhere."""
        values = fields.values
        if values.get("client_id", told.client_id) != told.client_id:
            raise InvalidRequestError("client_id is of another client than id_token_hint")
        wanted = values.get("post_logout_redirect_uri")
        if wanted is None:
            return ""
        client = self._server.query_client(told.client_id)
        if client is None or wanted not in client.settings.post_logout_redirect_uris:
            raise InvalidRequestError(
                "post_logout_redirect_uri is none of this client, letter by letter"
            )
        state = values.get("state")
        return str(add_params_to_uri(wanted, [("state", state)]) if state else wanted)

    async def _end(self, visit: Visit, visitor: Visitor) -> tuple[Cookie, ...]:
        """End a session, at once here and soon everywhere. Returns the cookies to set."""
        gate, view = self._gate, self._gate.view
        room = view.room
        if visitor.session_id and room is not None and room.room_id == visitor.room_id:
            gate.store_access.endings.mark(view, visitor.session_id, "completed")
            await gate.store_access.endings.tell(view)
        token = visit.papers.token()
        if token is None or token.session_id != visitor.session_id:
            return ()
        return (gate.papers.paper_cookies.no_token(visit.is_https),)
