"""Authorization codes. All that is known of a sign-in is in its code, sealed for this room alone.

So no store is asked until a client brings it, and neither the client nor a log can read it.
"""

import hashlib
import json
import secrets
from dataclasses import asdict, dataclass, field
from typing import Any

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from vwr_middleware.keys import Keys

#: Seconds for which a code can be used.
CODE_LASTS = 60
#: So much earlier a worker may think it is than the one that made the code.
LEEWAY = 5
_HEADER = {"alg": "dir", "enc": "A256GCM"}
_LONGEST = 4000


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whom a code speaks of: somebody in a session, or, with none, while the room lets all pass."""

    sub: str
    room_id: str = ""
    session_id: str = ""
    position: int = 0
    #: Of the network where the session is bound to one.
    marks: tuple[str, ...] = ()


def new_id() -> str:
    """An id that nobody can guess."""
    return secrets.token_hex(16)


@dataclass(frozen=True, slots=True)
class Code:
    """What a code says."""

    client_id: str
    redirect: str  # digest of the URL to which it was sent
    visitor: Visitor
    auth_time: int
    issued_at: float
    nonce: str = ""
    challenge: str = ""
    id: str = field(default_factory=new_id)

    # As Authlib asks for it.

    @property
    def code_challenge(self) -> str:
        return self.challenge

    @property
    def code_challenge_method(self) -> str:
        return "S256"

    def get_redirect_uri(self) -> str:
        """Not the URL itself, which is compared by its digest when the code is read."""
        return ""

    def check_client(self, client: Any) -> bool:
        return bool(client.client_id == self.client_id)

    def get_scope(self) -> str:
        return "openid"


class Codes:
    """Seals and opens the codes of one room, or what else is sealed like these: each kind for its
    own purpose."""

    def __init__(self, keys: Keys, room_name: str, purpose: str = "openid code") -> None:
        found = keys.for_purpose(purpose, room_name)
        self._keys = [OctKey.import_key(key) for key in found]

    def seal(self, code: Code) -> str:
        """The code as text, for a URL."""
        text = json.dumps(asdict(code), separators=(",", ":"))
        return jwe.encrypt_compact(_HEADER, text.encode(), self._keys[0])

    def open(self, text: str) -> Code | None:
        """What a code says; None for a text that this room has not sealed."""
        return next(filter(None, (_opened(text, key) for key in self._keys)), None)


def _opened(text: str, key: OctKey) -> Code | None:
    if len(text) > _LONGEST or not text.isascii():
        return None
    try:
        whole = json.loads(jwe.decrypt_compact(text, key, list(_HEADER.values())).plaintext or b"")
    except (JoseError, ValueError, TypeError):
        return None
    visitor = whole.pop("visitor")
    visitor["marks"] = tuple(visitor["marks"])
    return Code(**whole, visitor=Visitor(**visitor))


def digest_of(url: str) -> str:
    """A URL, short."""
    return hashlib.sha256(url.encode()).hexdigest()[:32]
