"""What clients ask by themselves: tokens for a code, who the visitor is, whether a token is still
good, and that it shall be good no more.

A code is used once, by one step of the store. Its second use makes what the first has brought
worthless, and so does a revocation: the same step again. So a token is good while its code was used
once exactly. If the store has forgotten that, it is good no more.
"""

from typing import Any

from authlib.oauth2.rfc6749.errors import InvalidGrantError, InvalidRequestError

from vwr_middleware.errors import RoomChanged, StoreUnavailable
from vwr_middleware.gate.gate import Gate
from vwr_middleware.openid.codes import CODE_LASTS, LEEWAY, Code
from vwr_middleware.openid.server import OpenidRequest, OpenidServer, refusing
from vwr_middleware.openid.tokens import TOKEN_LASTS, OpenidToken
from vwr_middleware.settings.openid_clients import OpenidClient

#: Seconds for which the use of a code is remembered: as long as it, and what it brings, may last.
_REMEMBERED = CODE_LASTS + LEEWAY + TOKEN_LASTS


class Exchange:
    """The endpoints for the clients of one room. All raise OAuth2Error and StoreUnavailable."""

    def __init__(self, gate: Gate, server: OpenidServer) -> None:
        self._gate, self._server = gate, server
        self._store_access, self._view = gate.store_access, gate.view

    async def tokens_for(self, request: OpenidRequest) -> dict[str, Any]:
        """The tokens for a code."""
        self._server.client_of(request, "token")
        if request.payload.grant_type is None:
            raise InvalidRequestError("grant_type is missing")
        grant = self._server.get_token_grant(request)
        with refusing():
            grant.validate_token_request()
        code: Code = request.authorization_code
        if await self._use(code.id):
            raise InvalidGrantError("the code was used before")
        request.until = await self._until(code, request.now)
        _, body, _ = grant.create_token_response()
        told: dict[str, Any] = body
        return told

    async def _use(self, code_id: str) -> int:
        """How often a code was used before."""
        store, until = self._store_access.store, self._gate.inside.now() + _REMEMBERED
        return await self._store_access.breaker.ask(
            lambda: store.use_once(f"code {code_id}", until)
        )

    async def _until(self, code: Code, now: float) -> float:
        """Until when the tokens last. That the client has the code shows that the visitor's browser
        keeps what it gets: so this confirms a session that has just begun."""
        visitor = code.visitor
        if not visitor.session_id:
            rules = self._view.room.rules if self._view.room else {}
            return now + float(min(TOKEN_LASTS, rules.get("session_seconds", TOKEN_LASTS)))
        try:
            turn = await self._store_access.renew(
                *(self._view, visitor.session_id, visitor.room_id),
                first=True,
                marks=visitor.marks,
            )
        except RoomChanged as error:
            raise InvalidGrantError("the room has begun anew") from error
        if turn.verdict != "entered":
            raise InvalidGrantError("the session of the visitor has ended")
        return float(min(turn.expires_at, now + TOKEN_LASTS))

    async def says_of(self, token_text: str) -> dict[str, Any] | None:
        """What there is to say of the visitor of a token; None if it is not good."""
        token = self._server.tokens.read_access_token(token_text)
        if token is None or not await self._is_good(token):
            return None
        return self._server.tokens.says_of(token.visitor)

    async def _is_good(self, token: OpenidToken) -> bool:
        room = await self._store_access.fresh(self._view)
        if room is None:
            raise StoreUnavailable("this worker has never read the room")
        visitor, now = token.visitor, self._store_access.now(self._view)
        if now >= token.expires_at:
            return False
        if visitor.session_id and not self._runs(visitor.room_id, visitor.session_id):
            return False
        store = self._store_access.store
        uses = await self._store_access.breaker.ask(lambda: store.uses(f"code {token.code_id}"))
        return uses == 1

    def _runs(self, room_id: str, session_id: str) -> bool:
        """Whether nobody has heard that this session is over."""
        room = self._view.room
        is_here = room is not None and room.room_id == room_id
        return is_here and session_id not in self._view.ended

    async def introspected(self, request: OpenidRequest) -> dict[str, Any]:
        """Whether a token is good, and what it says (RFC 7662). The client is one with a secret."""
        client = self._server.client_of(request, "introspection")
        text = _token_in(request)
        token = self._server.tokens.read_access_token(text)
        if token is not None:
            return await self._said_of(client, token)
        return await self._said_of_visitors_own(text)

    async def _said_of(self, client: OpenidClient, token: OpenidToken) -> dict[str, Any]:
        may_ask = client.gateway or token.client_id == client.id
        if not may_ask or not await self._is_good(token):
            return {"active": False}
        tokens = self._server.tokens
        return {
            "active": True,
            "iss": tokens.issuer,
            "client_id": token.client_id,
            "scope": "openid",
            "token_type": "Bearer",
            "iat": token.issued_at,
            "exp": token.expires_at,
            **tokens.says_of(token.visitor),
        }

    async def _said_of_visitors_own(self, text: str) -> dict[str, Any]:
        """The same for the room's own access token, which a program has got by its ticket."""
        token = self._gate.papers.tokens.read(text)
        room = await self._store_access.fresh(self._view)
        if token is None or room is None or not self._runs(token.room_id, token.session_id):
            return {"active": False}
        if self._store_access.now(self._view) >= token.expires_at:
            return {"active": False}
        return {
            "active": True,
            "iss": self._server.tokens.issuer,
            "token_type": "Bearer",
            "sub": token.session_id,
            "sid": token.session_id,
            "aud": self._view.name,
            "room": self._view.name,
            "queue_position": token.position,
            "iat": token.issued_at,
            "exp": token.expires_at,
        }

    async def revoke(self, request: OpenidRequest) -> None:
        """Make a client's own token worthless (RFC 7009). Of any other text nothing is said."""
        client = self._server.client_of(request, "revocation")
        token = self._server.tokens.read_access_token(_token_in(request))
        if token is None:
            return
        if token.client_id != client.id:
            raise InvalidGrantError("the token is of another client")
        if await self._use(token.code_id) == 0:  # the store has forgotten its first use
            await self._use(token.code_id)


def _token_in(request: OpenidRequest) -> str:
    text = request.form.get("token")
    if text is None:
        raise InvalidRequestError("token is missing")
    return str(text)
