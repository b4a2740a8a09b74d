"""The rules of OAuth 2.0 (RFC 6749, 7009, 7636, 7662) and OpenID Connect, as Authlib has them.

Authlib asks no store here: what a store has to say is asked between its steps, by exchange.py. Its
errors are the specifications'; `refusing` makes one of whatever else it may raise about bad input.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import AuthorizationServer, ClientMixin
from authlib.oauth2.rfc6749.errors import (
    InvalidClientError,
    InvalidRequestError,
    InvalidScopeError,
)
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload, OAuth2Request
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core.errors import (
    RegistrationNotSupportedError,
    RequestNotSupportedError,
    RequestURINotSupportedError,
)

from vwr_middleware.openid.codes import CODE_LASTS, LEEWAY, Code, Codes, Visitor, digest_of
from vwr_middleware.openid.fields import Fields
from vwr_middleware.openid.tokens import OpenidTokens
from vwr_middleware.settings.openid_clients import OpenidClient

BASIC, POST, NONE = AUTH_METHODS = ("client_secret_basic", "client_secret_post", "none")
#: What may come in the query of an authorization request that this provider has to understand.
_REFUSED = {
    "request": RequestNotSupportedError,
    "request_uri": RequestURINotSupportedError,
    "registration": RegistrationNotSupportedError,
}
PROMPTS = ("none", "login", "consent", "select_account")
_SECONDS = re.compile(r"[0-9]{1,9}")


@contextmanager
def refusing() -> Iterator[None]:
    """Makes the specification's error of what Authlib raises about input that it cannot read, such
    as a header in no known encoding, or an error text that quotes a quotation mark."""
    try:
        yield
    except (ValueError, TypeError, KeyError) as error:
        raise InvalidRequestError("a parameter cannot be read") from error


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

    @property
    def args(self) -> dict[str, str]:
        return dict(self.payload.data)

    @property
    def form(self) -> dict[str, str]:
        return dict(self.payload.data)


class RegisteredClient(ClientMixin):  # type: ignore[misc]
    """A client of the settings, as Authlib asks about it."""

    def __init__(self, settings: OpenidClient) -> None:
        self.settings, self.client_id = settings, settings.id

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> None:
        """None: OpenID Connect wants it in each request."""

    def get_allowed_scope(self, scope: str | None) -> str:
        """What a client gets of what it asks for; unknown scopes are passed over."""
        return "openid" if "openid" in (scope or "").split() else ""

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.settings.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        return self.settings.has_secret(client_secret)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        if endpoint == "introspection" and self.settings.is_public:
            return False
        return (method == NONE) == self.settings.is_public

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


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
    server: "OpenidServer"

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
        return self.server.codes.seal(code)

    def save_authorization_code(self, code: str, request: Any) -> None:
        """It is sealed, and so kept by whoever has it."""

    def query_authorization_code(self, code: str, client: RegisteredClient) -> Code | None:
        found, now = self.server.codes.open(code), self.request.now
        if found is None or not -LEEWAY <= now - found.issued_at < CODE_LASTS:
            return None
        redirect = self.request.payload.redirect_uri or ""
        is_same = found.client_id == client.client_id and found.redirect == digest_of(redirect)
        return found if is_same else None

    def delete_authorization_code(self, authorization_code: Code) -> None:
        """It was used up in the store before."""

    def authenticate_user(self, authorization_code: Code) -> Visitor:
        return authorization_code.visitor

    def generate_token(self, **kwargs: Any) -> dict[str, Any]:
        code, tokens = self.request.authorization_code, self.server.tokens
        now, until = int(self.request.now), int(self.request.until)
        access_token = tokens.access_token(code, now, until)
        return {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": until - now,
            "scope": code.get_scope(),
            "id_token": tokens.id_token(code, access_token, now, until),
        }

    def save_token(self, token: dict[str, Any]) -> None:
        """It is signed, and so kept by whoever has it."""


class OpenidServer(AuthorizationServer):  # type: ignore[misc]
    """The rules for the clients of one room."""

    def __init__(self, clients: Iterable[OpenidClient], codes: Codes, tokens: OpenidTokens) -> None:
        super().__init__()
        self._clients = {client.id: RegisteredClient(client) for client in clients}
        self.codes, self.tokens = codes, tokens
        self.register_grant(CodeGrant, [Challenge(required=True), OpenidRules()])

    def query_client(self, client_id: str) -> RegisteredClient | None:
        return self._clients.get(client_id)

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens."""

    def handle_response(self, status: int, body: Any, headers: Any) -> tuple[int, Any, Any]:
        return status, body, headers

    def asked(self, fields: Fields, now: float) -> Any:
        """A checked authorization request, as Authlib's grant. Raises OAuth2Error, with the URI to
        send the visitor back to only if it is one of this client's."""
        if wrong := fields.wrong.get("client_id") or fields.wrong.get("redirect_uri"):
            raise InvalidRequestError(wrong)
        if problem := fields.wrong.get(""):
            raise InvalidRequestError(problem)
        request = OpenidRequest("GET", fields.values, now=now)
        with refusing():
            try:
                self._check_who_asks(request)
                if fields.problem:
                    raise InvalidRequestError(
                        fields.problem, redirect_uri=request.payload.redirect_uri
                    )
                return self.get_consent_grant_of(request)
            except OAuth2Error as error:
                error.state = request.payload.state
                raise

    def _check_who_asks(self, request: OpenidRequest) -> None:
        """Refuses what must be told to the visitor, since no client is to be trusted with it."""
        client = self.query_client(request.payload.client_id or "")
        if client is None:
            raise InvalidRequestError("client_id is of no client here")
        if not client.check_redirect_uri(request.payload.redirect_uri or ""):
            raise InvalidRequestError("redirect_uri is none of this client, letter by letter")
        if request.payload.response_type is None:
            raise InvalidRequestError(
                "response_type is missing", redirect_uri=request.payload.redirect_uri
            )

    def get_consent_grant_of(self, request: OpenidRequest) -> Any:
        grant = self.get_authorization_grant(request)
        grant.validate_consent_request()
        return grant

    def code_for(self, grant: Any, visitor: Visitor, auth_time: int) -> str:
        """The code that a visitor brings back to the client."""
        grant.request.user = visitor, auth_time
        return str(grant.generate_authorization_code())

    def client_of(self, request: OpenidRequest, endpoint: str) -> OpenidClient:
        """The client that has proved to be the one, by one method. Raises OAuth2Error."""
        has_header = request.headers["Authorization"].lower().startswith("basic ")
        if has_header and "client_secret" in request.form:
            raise InvalidRequestError("there are two proofs of who the client is")
        try:
            found = self.authenticate_client(request, AUTH_METHODS, endpoint)
        except ValueError as error:  # a header in no encoding that we know
            raise InvalidClientError("the header cannot be read", status_code=401) from error
        if request.payload.client_id not in (None, found.client_id):
            raise InvalidRequestError("client_id is of another client than the one that asks")
        client: OpenidClient = found.settings
        return client
