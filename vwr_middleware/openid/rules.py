"""What a client may bring to get tokens, a code or a refresh token, and what it may ask for before.
All by Authlib, which asks no store here: see exchange.py.
"""

import re
from collections.abc import Mapping
from typing import Any

from authlib.oauth2.rfc6749.errors import InvalidRequestError, InvalidScopeError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, RefreshTokenGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload, OAuth2Request
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core.errors import (
    RegistrationNotSupportedError,
    RequestNotSupportedError,
    RequestURINotSupportedError,
)

from vwr_middleware.openid.codes import CODE_LASTS, LEEWAY, Code, digest_of

BASIC, POST, NONE = AUTH_METHODS = ("client_secret_basic", "client_secret_post", "none")
#: What may come in the query of an authorization request that this provider has to understand.
_REFUSED = {
    "request": RequestNotSupportedError,
    "request_uri": RequestURINotSupportedError,
    "registration": RegistrationNotSupportedError,
}
PROMPTS = ("none", "login", "consent", "select_account")
_SECONDS = re.compile(r"[0-9]{1,9}")


class OpenidRequest(OAuth2Request):  # type: ignore[misc]
    """A request as Authlib reads it."""

    def __init__(
        self, method: str, fields: Mapping[str, str], authorization: str = "", now: float = 0.0
    ) -> None:
        # Whether it came by https is judged elsewhere: here it is only a name.
        super().__init__(method, "https://room", headers={"Authorization": authorization})
        self.payload = BasicOAuth2Payload(dict(fields))
        self.now = now
        #: Until when the tokens last that are made for this request.
        self.until = now
        #: Whether they may be refreshed: there is a session that can go on.
        self.may_refresh = False

    @property
    def args(self) -> dict[str, str]:
        return dict(self.payload.data)

    @property
    def form(self) -> dict[str, str]:
        return dict(self.payload.data)


class Challenge(CodeChallenge):  # type: ignore[misc]
    """PKCE (RFC 7636), with the only method that is worth anything."""

    DEFAULT_CODE_CHALLENGE_METHOD = "plain"  # as the specification has it; it is refused
    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        super().validate_code_challenge(grant, redirect_uri)
        data = grant.request.payload.data
        if "code_challenge" not in data:
            if grant.request.client.settings.is_public:
                raise InvalidRequestError("code_challenge is missing: PKCE is required")
        elif data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("code_challenge_method must be S256")


class OpenidRules:
    """What OpenID Connect asks of an authorization request, beyond OAuth."""

    def __call__(self, grant: Any) -> None:
        grant.register_hook("after_validate_authorization_request_payload", self.check)

    def check(self, grant: Any, redirect_uri: str) -> None:
        data = grant.request.payload.data
        for name, error in _REFUSED.items():
            if name in data:
                raise error()
        if not grant.request.scope:
            raise InvalidScopeError("scope must have openid")
        if data.get("response_mode", "query") != "query":
            raise InvalidRequestError("response_mode must be query")
        if not _SECONDS.fullmatch(data.get("max_age", "0")):
            raise InvalidRequestError("max_age must be a number of seconds")
        prompts = data.get("prompt", "").split()
        if not set(prompts) <= set(PROMPTS) or ("none" in prompts and len(prompts) > 1):
            raise InvalidRequestError("prompt must be none, or some of login, consent and the like")


class CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]
    """Codes that need no store until they are used."""

    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS

    def generate_authorization_code(self) -> str:
        request, data = self.request, self.request.payload.data
        visitor, auth_time = request.user
        code = Code(
            request.client.client_id,
            digest_of(request.payload.redirect_uri),
            visitor,
            auth_time,
            request.now,
            data.get("nonce", ""),
            data.get("code_challenge", ""),
        )
        return str(self.server.codes.seal(code))

    def save_authorization_code(self, code: str, request: Any) -> None:
        """It is sealed, and so kept by whoever has it."""

    def query_authorization_code(self, code: str, client: Any) -> Code | None:
        found, now = self.server.codes.open(code), self.request.now
        if found is None or not -LEEWAY <= now - found.issued_at < CODE_LASTS:
            return None
        redirect = self.request.payload.redirect_uri or ""
        is_same = found.client_id == client.client_id and found.redirect == digest_of(redirect)
        return found if is_same else None


class RefreshGrant(RefreshTokenGrant):  # type: ignore[misc]
    """Refresh tokens, by which a client says that its visitor is still there. Only those with a
    secret get any: with it nobody else can use one, so it need not be another each time."""

    TOKEN_ENDPOINT_AUTH_METHODS = (BASIC, POST)

    def authenticate_refresh_token(self, refresh_token: str) -> Code | None:
        found: Code | None = self.server.refresh_tokens.open(refresh_token)
        return found


def tokens_for(server: Any, request: OpenidRequest, code: Code) -> dict[str, Any]:
    """What a client gets for a code, or for a refresh token, which is a code of another kind."""
    now, until = int(request.now), int(request.until)
    access_token = server.tokens.access_token(code, now, until)
    told = {
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": until - now,
        "scope": code.get_scope(),
        "id_token": server.tokens.id_token(code, access_token, now, until),
    }
    if request.may_refresh and not request.client.settings.is_public:
        told["refresh_token"] = server.refresh_tokens.seal(code)
    return told
