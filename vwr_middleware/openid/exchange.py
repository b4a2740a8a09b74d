"""What clients ask by themselves: tokens for a code, who the visitor is, whether a token is still
good, and that it shall be good no more.

A code is used once, by one step of the store. Its second use makes what the first has brought
worthless, and so does a revocation: the same step again. So a token is good while its code was used
once exactly. If the store has forgotten that, it is good no more.
"""

from dataclasses import replace
from typing import Any

from authlib.oauth2.rfc6749.errors import InvalidGrantError, InvalidRequestError

from vwr_middleware.errors import RoomChanged, StoreUnavailable
from vwr_middleware.gate.gate import Gate
from vwr_middleware.openid.codes import CODE_LASTS, LEEWAY, Code, Visitor, new_id
from vwr_middleware.openid.rules import OpenidRequest, tokens_for
from vwr_middleware.openid.server import OpenidServer, refusing
from vwr_middleware.openid.tokens import TOKEN_LASTS, OpenidToken
from vwr_middleware.settings.openid_clients import OpenidClient


class Exchange:
    """The endpoints for the clients of one room. All raise OAuth2Error and StoreUnavailable."""

    def __init__(self, gate: Gate, server: OpenidServer) -> None:
        self._gate, self._server = gate, server
        self._store_access, self._view = gate.store_access, gate.view

    async def tokens_for(self, request: OpenidRequest) -> dict[str, Any]:
        """The tokens for a code, or for a refresh token."""
        self._server.client_of(request, "token")
        if request.payload.grant_type is None:
            raise InvalidRequestError("grant_type is missing")
        grant = self._server.get_token_grant(request)
        with refusing():
            grant.validate_token_request()
        if request.refresh_token is not None:
            await self._take_refresh_token(request, request.refresh_token)
        elif await self._use(request.authorization_code.id):
            raise InvalidGrantError("the code was used before")
        await self._keep_session(request, request.authorization_code.visitor)
        # Not by Authlib, which would write the tokens into its log.
        return tokens_for(self._server, request, request.authorization_code)

    async def _take_refresh_token(self, request: OpenidRequest, refresh_token: Code) -> None:
        """A refresh token that is good brings a code of its own, which is used at once: so it need
        not be remembered for longer than what it brings."""
        if await self._uses(refresh_token.id) != 1:
            raise InvalidGrantError("the refresh token is good no more")
        code = replace(refresh_token, id=new_id(), nonce="")
        await self._use(code.id)
        request.authorization_code = code

    async def _use(self, code_id: str) -> int:
        """How often a code was used before. That is remembered for as long as it, and what it
        brings, may last."""
        store, now = self._store_access.store, self._gate.inside.now()
        until = now + CODE_LASTS + LEEWAY + self._longest()
        return await self._store_access.breaker.ask(
            lambda: store.use_once(f"code {code_id}", until)
        )

    async def _uses(self, code_id: str) -> int:
        store = self._store_access.store
        return await self._store_access.breaker.ask(lambda: store.uses(f"code {code_id}"))

    def _longest(self) -> float:
        """Seconds that tokens may last."""
        rules = self._view.room.rules if self._view.room else {}
        return float(min(TOKEN_LASTS, rules.get("session_seconds", TOKEN_LASTS)))

    async def _keep_session(self, request: OpenidRequest, visitor: Visitor) -> None:
        """Let the session go on, and the tokens with it. That the client has the code shows that
        the visitor's browser keeps what it gets: so this confirms one that has just begun."""
        if not visitor.session_id:
            request.until = request.now + self._longest()
            return
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
        request.until = min(turn.expires_at, request.now + self._longest())
        request.may_refresh = bool(self._view.room and self._view.room.rules["renew"])

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
        return await self._uses(token.code_id) == 1

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
        text = _token_in(request)
        token = self._server.tokens.read_access_token(text)
        refresh_token = self._server.refresh_tokens.open(text)
        found = [(one.client_id, one.code_id) for one in (token,) if one]
        found += [(one.client_id, one.id) for one in (refresh_token,) if one]
        for client_id, code_id in found:
            if client_id != client.id:
                raise InvalidGrantError("the token is of another client")
            if await self._use(code_id) == 0:  # the store has forgotten its first use
                await self._use(code_id)


def _token_in(request: OpenidRequest) -> str:
    text = request.form.get("token")
    if text is None:
        raise InvalidRequestError("token is missing")
    return str(text)
