"""Which clients there are, and what they may ask for, by the rules of OAuth 2.0 and OpenID Connect.

Authlib asks no store here: what a store has to say is asked between its steps, by exchange.py. Its
errors are the specifications'; `refusing` makes one of whatever else it may raise about bad input.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import AuthorizationServer, ClientMixin
from authlib.oauth2.rfc6749.errors import (
    InvalidClientError,
    InvalidRequestError,
    UnsupportedResponseTypeError,
)

from vwr_middleware.openid.codes import Codes, Visitor
from vwr_middleware.openid.fields import Fields
from vwr_middleware.openid.rules import (
    AUTH_METHODS,
    NONE,
    Challenge,
    CodeGrant,
    OpenidRequest,
    OpenidRules,
    RefreshGrant,
)
from vwr_middleware.openid.tokens import OpenidTokens
from vwr_middleware.settings.openid_clients import OpenidClient


@contextmanager
def refusing() -> Iterator[None]:
    """Makes the specification's error of what Authlib raises about input that it cannot read, such
    as a header in no known encoding, or an error text that quotes a quotation mark."""
    try:
        yield
    except (ValueError, TypeError, KeyError) as error:
        raise InvalidRequestError("a parameter cannot be read") from error


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
        return grant_type == "authorization_code" or not self.settings.is_public


class OpenidServer(AuthorizationServer):  # type: ignore[misc]
    """The rules for the clients of one room."""

    def __init__(
        self,
        clients: Iterable[OpenidClient],
        codes: Codes,
        refresh_tokens: Codes,
        tokens: OpenidTokens,
    ) -> None:
        super().__init__()
        self._clients = {client.id: RegisteredClient(client) for client in clients}
        self.codes, self.refresh_tokens, self.tokens = codes, refresh_tokens, tokens
        self.register_grant(CodeGrant, [Challenge(required=True), OpenidRules()])
        self.register_grant(RefreshGrant)

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
        if request.payload.response_type != "code":
            raise UnsupportedResponseTypeError(
                "another than code", redirect_uri=request.payload.redirect_uri
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
