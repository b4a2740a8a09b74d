"""An issuer of access tokens with a server of its own, whose keys a test changes."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.support.serving import serving
from vwr_middleware.keys import Keys
from vwr_middleware.papers.signing_keys import new_key
from vwr_middleware.papers.tokens import AccessToken, Tokens
from vwr_middleware.verify import Verifier

#: Made once, since a prime has to be searched for.
PEM = new_key("RS256")
ROOM_ID = "00ff112233aabbcc"
KEYS_PATH, DOCUMENT_PATH = "/.well-known/jwks.json", "/.well-known/openid-configuration"


@dataclass
class Issuer:
    """Signs tokens, and says by which keys they are verified."""

    url: str = ""
    secrets: list[str] = field(default_factory=lambda: ["the first secret of an issuer"])
    algorithms: tuple[str, ...] = ("ES256",)
    room: str = "main"
    #: Set aside what is served: an answer for all paths, or for one.
    instead: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    #: Cleared: answers wait until it is set.
    may_answer: threading.Event = field(default_factory=threading.Event)

    @property
    def tokens(self) -> Tokens:
        """What signs for the room now."""
        own = [PEM] if "RS256" in self.algorithms else []
        keys = Keys(self.secrets, "vwr")
        return Tokens(keys, "vwr", self.room, self.algorithms, own=own, issuer=self.url)

    def token(self, clock: Any, *, seconds: int = 600, position: int = 7) -> str:
        """A token that was issued just now."""
        now = int(clock())
        return self.tokens.mint(AccessToken(ROOM_ID, 3, position, now, now + seconds))

    def verifier(self, clock: Any, **options: Any) -> Verifier:
        """What verifies them, over this machine's http."""
        given: dict[str, Any] = {"room": "main", "issuer": self.url, "allow_http": True}
        given |= {"clock": clock, "timeout": 20}  # the machine may be busy
        return Verifier(**given | {"monotonic": clock} | options)

    def __call__(self, environ: Any, start_response: Any) -> list[bytes]:
        path = environ["PATH_INFO"]
        self.asked.append(path)
        assert self.may_answer.wait(20)
        status, body = self.instead.get(path) or self.instead.get("") or (200, self._told(path))
        headers = [("Content-Type", "application/json")]
        if 300 <= status < 400:
            headers, body = [("Location", body.decode())], b""
        start_response(f"{status} x", headers)
        return [body]

    def _told(self, path: str) -> bytes:
        documents: dict[str, Any] = {
            DOCUMENT_PATH: {"issuer": self.url, "jwks_uri": self.url + KEYS_PATH},
            KEYS_PATH: {"keys": self.tokens.public_keys},
        }
        return json.dumps(documents.get(path, {})).encode()


@contextmanager
def serving_issuer() -> Iterator[Issuer]:
    """An issuer at an address of this machine."""
    issuer = Issuer()
    issuer.may_answer.set()
    with serving(issuer) as url:
        issuer.url = url
        yield issuer
