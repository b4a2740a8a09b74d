"""A real room whose tokens others verify, with good tokens and bad ones, and the documented
settings of gateways in front of an app."""

import base64
import hmac
import json
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import httpx
import jwt
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.support.apps import wsgi_app
from tests.support.issuer import PEM, ROOM_ID
from tests.support.readme import DOCS, snippets
from tests.support.servers import free_port
from tests.support.serving import serving
from tests.support.visitor import visitor_at
from vwr_middleware.keys import Keys
from vwr_middleware.papers.tokens import AccessToken, Tokens
from vwr_middleware.wsgi import WaitingRoomMiddleware

SECRET = "a secret of a room that others trust"
NODE = shutil.which("node")
#: Where Debian puts packages of Node.
NODE_PACKAGES = "/usr/share/nodejs"
#: The issuer in the documents.
DOCUMENTED = "https://shop.example"


@dataclass
class VerifyingRoom:
    """A room `main` and a room `vip`, and whoever has an issuer's own address has all of it."""

    url: str
    algorithm: str
    #: A token that a visitor got who came in.
    token: str = field(init=False)

    def __post_init__(self) -> None:
        with visitor_at(self.url) as visitor:
            assert visitor.opens("/tickets").status_code == 200
            self.token = str(visitor.client.cookies["vwr_main_token"])

    @property
    def keys_url(self) -> str:
        return f"{self.url}/.well-known/jwks.json"

    @property
    def keys(self) -> list[dict[str, str]]:
        found: list[dict[str, str]] = httpx.get(self.keys_url, timeout=30).json()["keys"]
        return found

    @property
    def pem(self) -> str:
        """The public key of the token, as PEM."""
        name = jwt.get_unverified_header(self.token)["kid"]
        key = next(jwt.PyJWK(key).key for key in self.keys if key["kid"] == name)
        found: bytes = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return found.decode()

    @cached_property
    def bad_tokens(self) -> dict[str, str]:
        """What no verifier may take, by what is wrong with it."""
        now = int(time.time())
        head, payload, signature = self.token.split(".")
        changed = json.loads(base64.urlsafe_b64decode(payload + "==")) | {"pos": 9}
        by_public = f"{_part(jwt.get_unverified_header(self.token) | {'alg': 'HS256'})}.{payload}"
        mark = hmac.digest(self.pem.encode(), by_public.encode(), "sha256")
        return {
            "expired": self._minted(now - 900, now - 300),
            "changed": f"{head}.{_part(changed)}.{signature}",
            "unsigned": f"{_part({'alg': 'none', 'typ': 'vwr+jwt'})}.{payload}.",
            "signed by a public key": f"{by_public}.{_encoded(mark)}",
            "of another room": self._minted(now, now + 600, room="vip"),
            "of another issuer": self._minted(now, now + 600, issuer="https://else.example"),
            "of another secret": self._minted(now, now + 600, secret="another secret, of others"),
            "no token": "nothing",
            "huge": "x" * 7000,
        }

    def _minted(
        self, issued: int, ends: int, room: str = "main", issuer: str = "", secret: str = SECRET
    ) -> str:
        # A key that the app brought has no secret: another secret is another key of its own there.
        own = [_other_pem() if secret != SECRET else PEM] if self.algorithm == "RS256" else []
        keys, algorithms = Keys([secret], "vwr"), [self.algorithm]
        tokens = Tokens(keys, "vwr", room, algorithms, own=own, issuer=issuer or self.url)
        return tokens.mint(AccessToken(ROOM_ID, 1, 7, issued, ends))

    def settings(self, heading: str, language: str, number: int = 0) -> str:
        """Settings as docs/gateways.md has them below a heading, for this room."""
        _, _, found = (DOCS / "gateways.md").read_text().partition(f"\n## {heading}\n")
        text = snippets(re.split(r"^## ", found, flags=re.MULTILINE)[0], language)[number]
        return text.replace(DOCUMENTED, self.url)


def _other_pem() -> str:
    from vwr_middleware.papers.signing_keys import new_key

    return new_key("RS256")


def _part(content: Any) -> str:
    return _encoded(json.dumps(content).encode())


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@contextmanager
def verifying_room(algorithm: str) -> Iterator[VerifyingRoom]:
    """A room that signs by this algorithm, at an issuer of this machine."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    rooms = [{"name": "main", "paths": "/tickets"}, {"name": "vip", "paths": "/vip"}]
    given: dict[str, Any] = {"token_keys": PEM} if algorithm == "RS256" else {}
    app = WaitingRoomMiddleware(
        wsgi_app,
        secret_key=SECRET,
        store="memory://",
        rooms=rooms,
        token_algorithm=algorithm,
        token_issuer=url,
        **given,
    )
    with serving(app, port):
        yield VerifyingRoom(url, algorithm)
