"""The addresses of one room's OpenID provider, below /vwr/<room>/openid/.

Bad input gets the error that the specifications name. It takes no place, burns no code and sends
nobody elsewhere.
"""

from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749.errors import InvalidRequestError

from vwr_middleware.errors import RoomChanged, StoreUnavailable
from vwr_middleware.gate.gate import Gate
from vwr_middleware.gate.public_keys import issuer_of
from vwr_middleware.keys import Keys
from vwr_middleware.openid.codes import Codes
from vwr_middleware.openid.document import (
    AUTHORIZE,
    INTROSPECT,
    LOGOUT,
    REVOKE,
    TOKEN,
    USERINFO,
    addresses_told,
)
from vwr_middleware.openid.exchange import Exchange
from vwr_middleware.openid.fields import Fields, read
from vwr_middleware.openid.logout import Logout
from vwr_middleware.openid.rules import OpenidRequest
from vwr_middleware.openid.server import OpenidServer
from vwr_middleware.openid.signing_in import SigningIn
from vwr_middleware.openid.tokens import OpenidTokens
from vwr_middleware.settings.openid_clients import OpenidClient
from vwr_middleware.web.cors import preflight_headers
from vwr_middleware.web.http import BODY_LIMIT, Reply, Request, content_type
from vwr_middleware.web.replies import PRIVATE, Headers, json_reply

_FORM = "application/x-www-form-urlencoded"
#: Tokens are not to be kept by caches of before HTTP/1.1 either (RFC 6749, section 5.1).
_PRAGMA = ("Pragma", "no-cache")
#: Seconds after which to ask again while the store is away.
_RETRY = ("Retry-After", "2")

Step = Callable[[Request], Awaitable[Reply]]


class Provider:
    """Answers for one room's clients."""

    def __init__(self, gate: Gate, keys: Keys, clients: Iterable[OpenidClient]) -> None:
        self._gate, self._replies = gate, gate.room_context.replies
        settings, name = gate.room_context.settings, gate.view.name
        tokens = OpenidTokens(gate.papers.tokens.keys, issuer_of(settings, name), name)
        refresh_tokens = Codes(keys, name, "openid refresh token")
        self._server = server = OpenidServer(clients, Codes(keys, name), refresh_tokens, tokens)
        self._exchange = Exchange(gate, server)
        signing_in, logout = SigningIn(gate, server), Logout(gate, server)
        come: dict[str, Step] = {"GET": signing_in.by_get, "HEAD": signing_in.by_get}
        #: What is done at each address, by the request's method.
        self._steps: dict[str, dict[str, Step]] = {
            AUTHORIZE: {**come, "POST": signing_in.by_post},
            TOKEN: {"POST": self._token},
            USERINFO: {"GET": self._userinfo, "POST": self._userinfo},
            INTROSPECT: {"POST": self._introspect},
            REVOKE: {"POST": self._revoke},
            LOGOUT: {"GET": logout.answer, "POST": logout.answer},
        }

    def told(self, mount: str) -> dict[str, Any]:
        """What the discovery document says of this, where the app is mounted at `mount`."""
        tokens, prefix = self._server.tokens, self._gate.room_context.settings.prefix
        return addresses_told(tokens.issuer, prefix, self._gate.view.name, mount)

    async def answer(self, name: str, request: Request) -> Reply:
        """The answer at the address `name` below the provider's own."""
        steps = self._steps.get(name)
        if steps is None:
            return self._replies.problem(request, 404, "there is no such endpoint")
        allow = ("Allow", ", ".join((*steps, "OPTIONS")))
        if request.method == "OPTIONS":
            origins = self._gate.room_context.settings.cors_origins
            headers = preflight_headers(request, origins, "Authorization")
            return Reply(204, b"", (allow, *PRIVATE, *headers))
        step = steps.get(request.method)
        if step is None:
            text = f"method not allowed: use {' or '.join(steps)}"
            return self._replies.problem(request, 405, text, (allow,))
        if len(request.body) > BODY_LIMIT:
            return self._replies.problem(request, 413, "the body is too large")
        return await self._done(step, request)

    async def _done(self, step: Step, request: Request) -> Reply:
        for _ in range(2):
            with suppress(RoomChanged):  # an operator restored it: the other room is read by now
                try:
                    return await step(request)
                except OAuth2Error as error:
                    return self._refused(request, error)
                except StoreUnavailable:
                    break
        told = {"error": "temporarily_unavailable"}
        return json_reply(503, told, (_RETRY, *self._replies.cors(request)))

    def _refused(self, request: Request, error: OAuth2Error) -> Reply:
        text = error.get_error_description()
        told = {"error": error.error} | ({"error_description": text} if text else {})
        more = [header for header in error.get_headers() if header[0] == "WWW-Authenticate"]
        return self._told(request, error.status_code, told, more)

    def _told(self, request: Request, status: int, content: object, more: Headers = ()) -> Reply:
        return json_reply(status, content, (_PRAGMA, *more, *self._replies.cors(request)))

    # What clients ask by themselves.

    async def _token(self, request: Request) -> Reply:
        return self._told(request, 200, await self._exchange.tokens_for(self._form(request)))

    async def _introspect(self, request: Request) -> Reply:
        return self._told(request, 200, await self._exchange.introspected(self._form(request)))

    async def _revoke(self, request: Request) -> Reply:
        await self._exchange.revoke(self._form(request))
        return self._told(request, 200, {})

    def _form(self, request: Request) -> OpenidRequest:
        """What came as a form, by a client that says who it is. Raises OAuth2Error."""
        fields = _form_of(request)
        authorization, now = request.header("authorization"), self._gate.inside.now()
        return OpenidRequest(request.method, fields.values, authorization, now)

    async def _userinfo(self, request: Request) -> Reply:
        """Who the visitor of a token is (OpenID Connect Core 1.0, section 5.3; RFC 6750)."""
        text = _bearer(request)
        if not text:
            return self._told(request, 401, {"error": "invalid_token"}, [_challenge("")])
        said = await self._exchange.says_of(text)
        if said is None:
            headers = [_challenge("invalid_token")]
            return self._told(request, 401, {"error": "invalid_token"}, headers)
        return self._told(request, 200, said)


def _form_of(request: Request) -> Fields:
    if content_type(request) != _FORM:
        raise InvalidRequestError(f"the body must be a form: {_FORM}")
    fields = read(request.body.decode("latin-1"))
    if fields.problem:
        raise InvalidRequestError(fields.problem)
    return fields


def _bearer(request: Request) -> str:
    """The token in the header, or else in a form; "" if there is none, or one in each."""
    scheme, _, in_header = request.header("authorization").partition(" ")
    given = [in_header.strip()] if scheme.lower() == "bearer" else []
    if request.method == "POST" and content_type(request) == _FORM:
        given += filter(None, [read(request.body.decode("latin-1")).values.get("access_token")])
    return given[0] if len(given) == 1 else ""


def _challenge(error: str) -> tuple[str, str]:
    return "WWW-Authenticate", "Bearer" + (f' error="{error}"' if error else "")
