"""A client of the room's OpenID provider, as a person with a browser and an app use it."""

import base64
import hashlib
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import jwt

from tests.support.doors import Door

ISSUER = "https://wait.example"
CALLBACK, GOODBYE = "https://shop.example/callback", "https://shop.example/goodbye"
SECRET, OTHERS_SECRET = "a-secret-of-the-shop's-own", "a-secret-of-the-gateway's-own"
PUBLIC_CALLBACK = "https://app.example/callback"
VERIFIER = "a-verifier-that-is-long-enough-for-the-specification"

CLIENTS: list[dict[str, Any]] = [
    {
        "id": "shop",
        "redirect_uris": [CALLBACK, "https://shop.example/other?a=b"],
        "post_logout_redirect_uris": GOODBYE,
        "secret": SECRET,
    },
    {"id": "app", "redirect_uris": PUBLIC_CALLBACK, "post_logout_redirect_uris": GOODBYE},
    {
        "id": "gateway",
        "redirect_uris": "https://gate.example/cb",
        "secret": OTHERS_SECRET,
        "gateway": True,
    },
]
GIVEN: dict[str, Any] = {
    "token_algorithm": "ES256",
    "token_issuer": ISSUER,
    "openid_clients": CLIENTS,
}
BASE = "/vwr/main/openid"
#: As a browser opens a page.
OPENS = {"Sec-Fetch-Mode": "navigate", "Accept": "text/html"}


def challenge_of(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


PKCE = {"code_challenge": challenge_of(VERIFIER), "code_challenge_method": "S256"}


@dataclass
class SignIn:
    """One sign-in of one visitor's browser at one client."""

    browser: httpx.Client
    server: httpx.Client
    client_id: str = "shop"
    redirect_uri: str = CALLBACK
    auth: tuple[str, str] | None = ("shop", SECRET)
    base: str = BASE
    asked: dict[str, str] = field(default_factory=dict)

    def url(self, **more: Any) -> str:
        """The address to which the client sends the browser."""
        usual = {
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "response_type": "code",
            "scope": "openid",
            "state": "a state",
            "nonce": "a nonce",
        }
        told = {name: value for name, value in {**usual, **more}.items() if value is not None}
        return f"{self.base}/authorize?{urlencode(told, doseq=True)}"

    def opens(self, **more: Any) -> httpx.Response:
        """The browser goes there."""
        return self.browser.get(self.url(**more), headers=OPENS)

    def code(self, **more: Any) -> str:
        """The code that the browser brings back."""
        told = answer_in(self.opens(**more))
        assert "code" in told, told
        return told["code"]

    def exchanges(self, code: str, **more: Any) -> httpx.Response:
        """The client brings the code."""
        usual = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
        }
        data = {name: value for name, value in {**usual, **more}.items() if value is not None}
        return self.posts("token", data)

    def tokens(self, **more: Any) -> dict[str, str]:
        """The tokens of a whole sign-in."""
        answer = self.exchanges(self.code(**more))
        assert answer.status_code == 200, answer.text
        found: dict[str, str] = answer.json()
        return found

    def posts(self, name: str, data: Any, **options: Any) -> httpx.Response:
        """The client sends a form, and says who it is."""
        options.setdefault("auth", self.auth)
        return self.server.post(f"{self.base}/{name}", data=data, **options)

    def userinfo(self, token: str) -> httpx.Response:
        """The client asks who it is."""
        headers = {"Authorization": f"Bearer {token}"}
        return self.server.get(f"{self.base}/userinfo", headers=headers)

    def introspects(self, token: str) -> dict[str, Any]:
        """What the client is told of a token."""
        answer = self.posts("introspect", {"token": token})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


def sign_in_at(door: Door, **given: Any) -> SignIn:
    """Somebody with a browser of their own, who comes by the shop."""
    return SignIn(door.visitor().client, door.visitor().client, **given)


def public_at(door: Door) -> SignIn:
    """The same by the app that has no secret."""
    return sign_in_at(door, client_id="app", redirect_uri=PUBLIC_CALLBACK, auth=None)


def answer_in(response: httpx.Response) -> dict[str, str]:
    """What a browser brings back to the client, which is nobody else's."""
    assert response.status_code == 303, (response.status_code, response.text)
    where = urlsplit(response.headers["location"])
    assert where._replace(query="").geturl() in (CALLBACK, PUBLIC_CALLBACK), where
    return dict(parse_qsl(where.query))


def claims_of(text: str) -> dict[str, Any]:
    """What a token says, whoever has signed it."""
    options: jwt.types.Options = {"verify_signature": False}
    found: dict[str, Any] = jwt.decode(text, options=options)
    return found
