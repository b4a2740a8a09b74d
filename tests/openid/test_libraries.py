"""The provider against client libraries that nobody here wrote: Authlib's, Flask's, Django's."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from flask import Flask, g
from werkzeug.exceptions import NotFound

from tests.support.openid import OPENS
from tests.support.servers import free_port, running
from tests.support.serving import serving
from vwr_middleware.papers.signing_keys import new_key
from vwr_middleware.wsgi import WaitingRoomMiddleware

pytestmark = pytest.mark.outside

SECRET = "what-the-client-alone-knows:+&/='"
ALGORITHMS = ("RS256", "ES256")  # joserfc warns of EdDSA, as RFC 9864 does


@dataclass
class Provider:
    """A real server with a room for one person at a time."""

    issuer: str
    django_port: int

    def browser(self) -> httpx.Client:
        """Somebody's browser, which follows redirects of the room alone."""
        return httpx.Client(base_url=self.issuer, headers=OPENS)


@pytest.fixture(scope="module", params=ALGORITHMS)
def provider(request: pytest.FixtureRequest) -> Iterator[Provider]:
    port, django_port = free_port(), free_port()
    issuer = f"http://127.0.0.1:{port}"
    usual = {"redirect_uris": "https://shop.example/callback"}
    clients = [
        usual | {"id": "shop", "secret": SECRET},
        usual | {"id": "app"},
        {"id": "flask", "redirect_uris": "http://localhost/authorize", "secret": SECRET},
        {
            "id": "django",
            "redirect_uris": f"http://127.0.0.1:{django_port}/oidc/callback/",
            "secret": SECRET,
        },
    ]
    app = WaitingRoomMiddleware(
        NotFound(),
        secret_key="a key for tests and long enough",
        store="memory://",
        paths="/tickets",
        max_active=100,
        token_algorithm=request.param,
        token_keys=new_key("RS256") if request.param == "RS256" else (),
        token_issuer=issuer,
        openid_clients=clients,
    )
    with serving(app, port):
        yield Provider(issuer, django_port)


# Authlib's client.


@pytest.mark.parametrize("how", ["client_secret_basic", "client_secret_post", "none"])
def test_authlib_signs_in_by_each_way_to_say_who_it_is(provider: Provider, how: str) -> None:
    from authlib.integrations.requests_client import OAuth2Session
    from authlib.oidc.core import CodeIDToken
    from joserfc import jwt
    from joserfc.jwk import KeySet

    told = httpx.get(f"{provider.issuer}/.well-known/openid-configuration").json()
    who = {"client_id": "app"} if how == "none" else {"client_id": "shop", "client_secret": SECRET}
    verifier = "v" * 50
    with OAuth2Session(
        **who,
        token_endpoint_auth_method=how,
        revocation_endpoint_auth_method=how,
        redirect_uri="https://shop.example/callback",
        scope="openid profile",
        code_challenge_method="S256",
    ) as client:
        url, state = client.create_authorization_url(
            told["authorization_endpoint"], nonce="n", code_verifier=verifier
        )
        with provider.browser() as browser:
            back = browser.get(url).headers["location"]
        tokens = client.fetch_token(
            told["token_endpoint"],
            authorization_response=back,
            state=state,
            code_verifier=verifier,
        )
        keys = KeySet.import_key_set(httpx.get(told["jwks_uri"]).json())
        algorithms = told["id_token_signing_alg_values_supported"]
        parsed = jwt.decode(tokens["id_token"], keys, algorithms)
        claims = CodeIDToken(
            parsed.claims,
            parsed.header,
            {"iss": {"value": told["issuer"]}, "aud": {"value": who["client_id"]}},
            {"nonce": "n", "client_id": who["client_id"], "access_token": tokens["access_token"]},
        )
        claims.validate(leeway=5)
        assert client.get(told["userinfo_endpoint"]).json()["sub"] == claims["sub"]
        if how != "none":
            answer = client.introspect_token(
                told["introspection_endpoint"], token=tokens["access_token"]
            )
            assert answer.json()["active"] is True
        gone = client.revoke_token(told["revocation_endpoint"], token=tokens["access_token"])
        assert gone.status_code == 200
        assert client.get(told["userinfo_endpoint"]).status_code == 401


# Flask's.


def flask_app(issuer: str) -> Flask:
    from flask_oidc import OpenIDConnect

    app = Flask("a shop")
    app.secret_key = "a key of the shop's own"
    app.config["OIDC_CLIENT_SECRETS"] = {
        "web": {"client_id": "flask", "client_secret": SECRET, "issuer": issuer}
    }
    app.config["OIDC_SCOPES"] = "openid"
    oidc = OpenIDConnect(app)

    @app.route("/")
    @oidc.require_login  # type: ignore[untyped-decorator]
    def home() -> dict[str, Any]:
        return {"user": g.oidc_user.unique_id, "position": g.oidc_user.profile["queue_position"]}

    @app.route("/api")
    @oidc.accept_token()  # type: ignore[untyped-decorator]
    def api() -> dict[str, Any]:
        return {"sub": g.authlib_server_oauth2_token["sub"]}

    return app


def test_flask_oidc_signs_in_and_takes_tokens_at_its_api(provider: Provider) -> None:
    app = flask_app(provider.issuer)
    visitor = app.test_client()
    login = visitor.get("/").headers["Location"]
    asked = visitor.get(login).headers["Location"]
    assert asked.startswith(f"{provider.issuer}/vwr/main/openid/authorize?")
    with provider.browser() as browser:
        back = browser.get(asked).headers["location"]
    entered = visitor.get(back)
    assert entered.status_code == 302, entered.text
    told = visitor.get("/").get_json(force=True)
    assert told["user"] == f"1-{told['position']}"
    with visitor.session_transaction() as session:
        token = session["oidc_auth_token"]["access_token"]
    for text, status in ((token, 200), (f"{token}x", 401)):
        answer = visitor.get("/api", headers={"Authorization": f"Bearer {text}"})
        assert answer.status_code == status


# Django's.


@pytest.fixture
def django_app(provider: Provider, tmp_path: Path) -> Iterator[str]:
    port = provider.django_port
    command = ["uvicorn", "tests.support.openid_django:app", "--interface", "wsgi"]
    env = {"ISSUER": provider.issuer, "SECRET": SECRET, "FOLDER": str(tmp_path)}
    with running([*command, "--port", str(port), "--log-level", "warning"], port, env) as url:
        yield url


@pytest.mark.parametrize("provider", ["RS256"], indirect=True)
def test_mozilla_django_oidc_signs_in(provider: Provider, django_app: str) -> None:
    with httpx.Client(follow_redirects=True, headers=OPENS) as browser:
        told = browser.get(django_app)
    assert told.url == f"{django_app}/"
    assert told.json()["user"].startswith("1-")
