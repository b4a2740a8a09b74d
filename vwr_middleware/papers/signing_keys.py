"""The keys by which a room's access tokens are signed and verified, by the algorithm.

Whoever can verify a token of HS256 can sign one, too. ES256 has pairs of keys, and the public one,
which only verifies, may be given to anybody. The keys of both are derived from the app's secrets,
so that nobody has to keep a file of keys, and all workers have the same.
"""

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from vwr_middleware.keys import Keys

#: The header `typ` of our tokens (RFC 8725, section 3.11), which no login's JWT has.
TYP = "vwr+jwt"
SHARED, PAIRS = "HS256", "ES256"
#: The order of the curve P-256: a private key is a whole number from 1 up to below it.
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

PublicKey = dict[str, str]


@dataclass(frozen=True, slots=True)
class SigningKey:
    """What one secret signs with by one algorithm, and what verifies that."""

    algorithm: str
    signs: Any = field(repr=False)
    verifies: Any = field(repr=False)
    #: The public key as a JSON Web Key (RFC 7517); None where there is none.
    public: PublicKey | None = None

    @property
    def header(self) -> dict[str, str]:
        """What the header of its tokens says besides the algorithm."""
        return {"typ": TYP} | ({"kid": self.public["kid"]} if self.public else {})


def signing_keys(keys: Keys, room: str, algorithms: Sequence[str]) -> tuple[SigningKey, ...]:
    """The keys of one room: the first signs, and what any of them has signed is genuine.

    With ES256 this raises ImportError where the cryptography package is missing.
    """
    return tuple(key for name in algorithms for key in _of[name](keys, room))


def _shared(keys: Keys, room: str) -> Iterator[SigningKey]:
    for key in keys.for_purpose("token", room):
        yield SigningKey(SHARED, key, key)


def _pairs(keys: Keys, room: str) -> Iterator[SigningKey]:
    # Imported late: the package need not be there.
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key

    halves = (keys.for_purpose("token", room, PAIRS, half) for half in ("high", "low"))
    for high, low in zip(*halves, strict=True):
        # 512 bits for a number of 256 make each key as likely as any other (FIPS 186-5, A.2.1).
        number = 1 + int.from_bytes(high + low, "big") % (_ORDER - 1)
        private = derive_private_key(number, SECP256R1())
        public = private.public_key()
        yield SigningKey(PAIRS, private, public, _as_json(public))


def _as_json(public: Any) -> PublicKey:
    from jwt.algorithms import ECAlgorithm

    point = ECAlgorithm.to_jwk(public, as_dict=True)
    needed = {name: point[name] for name in ("crv", "kty", "x", "y")}
    # The key's thumbprint (RFC 7638): it is told from others by what it is.
    text = json.dumps(needed, separators=(",", ":"), sort_keys=True)
    digest = hashlib.sha256(text.encode()).digest()
    kid = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return {**needed, "kid": kid, "use": "sig", "alg": PAIRS}


_of = {SHARED: _shared, PAIRS: _pairs}
