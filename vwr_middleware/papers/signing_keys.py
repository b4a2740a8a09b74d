"""The keys by which a room's access tokens are signed and verified, by the algorithm.

Whoever can verify a token of HS256 can sign one, too. The other algorithms have pairs of keys, and
the public one, which only verifies, may be given to anybody. Keys of HS256, ES256 and EdDSA are
derived from the app's secrets, so that nobody has to keep a file of keys, and all workers have the
same. Those of RS256 cannot be derived, since a prime has to be searched for: the app brings them,
as it may for the other pairs (`token_keys`).

The algorithms are those of RFC 7518 and RFC 8037, public keys are written as in RFC 7517.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from vwr_middleware.keys import Keys

#: The header `typ` of our tokens (RFC 8725, section 3.11), which no login's JWT has.
TYP = "vwr+jwt"
SHARED, PAIRS, EDWARDS, RSA = "HS256", "ES256", "EdDSA", "RS256"
ALGORITHMS = (SHARED, PAIRS, EDWARDS, RSA)
#: The order of the curve P-256: a private key is a whole number from 1 up to below it.
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
#: Bits of an RSA key. Fewer are refused by gateways; more make a token longer than 2 kB.
RSA_BITS = range(2048, 4097)

PublicKey = dict[str, str]


@dataclass(frozen=True, slots=True)
class SigningKey:
    """What signs by one algorithm, and what verifies that."""

    algorithm: str
    signs: Any = field(repr=False)
    verifies: Any = field(repr=False)
    #: The public key as a JSON Web Key (RFC 7517); None where there is none.
    public: PublicKey | None = None

    @property
    def header(self) -> dict[str, str]:
        """What the header of its tokens says besides the algorithm."""
        return {"typ": TYP} | ({"kid": self.public["kid"]} if self.public else {})


def signing_keys(
    keys: Keys, room_name: str, algorithms: Sequence[str], own: Sequence[str] = ()
) -> tuple[SigningKey, ...]:
    """The keys of one room: the first signs, and what any of them has signed is genuine.

    `own` are private keys as PEM, for all rooms: each comes before the derived ones of its
    algorithm. Raises ImportError where the cryptography package is missing, unless HS256 is alone.
    """
    brought = [own_key(pem) for pem in own]
    found = list[SigningKey]()
    for name in algorithms:
        found += [key for key in brought if key.algorithm == name]
        found += _derived(name, keys, room_name)
    return tuple(found)


def key_marks(keys: Keys, algorithms: Sequence[str], own: Sequence[str] = ()) -> str:
    """Marks of all that signs, newest first: they tell secrets and keys apart without revealing
    them. Each is of a secret, an algorithm, and the key that the app brought, if any."""
    brought = [own_key(pem) for pem in own]
    marks = [
        secret + _named(name) + kid
        for name in algorithms
        for kid in (
            *(str(one.header["kid"])[:8] for one in brought if one.algorithm == name),
            *([""] if name in _DERIVED else []),
        )
        for secret in keys.marks
    ]
    return " ".join(marks)


def _named(algorithm: str) -> str:
    # A mark of HS256 is as it was when there was no other algorithm.
    return algorithm.removeprefix(SHARED)


def read_each_other(one: str, other: str) -> bool:
    """Whether two workers accept what the other signs, by their `key_marks`."""
    ours, theirs = one.split(" "), other.split(" ")
    return ours[0] in theirs and theirs[0] in ours


# Derived from the secrets.


def _derived(algorithm: str, keys: Keys, room_name: str) -> Iterator[SigningKey]:
    derive = _DERIVED.get(algorithm)
    return derive(keys, room_name) if derive else iter(())


def _shared_keys(keys: Keys, room_name: str) -> Iterator[SigningKey]:
    for key in keys.for_purpose("token", room_name):
        yield SigningKey(SHARED, key, key)


def _key_pairs(keys: Keys, room_name: str) -> Iterator[SigningKey]:
    # Imported late, as below: the package need not be there.
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key

    halves = (keys.for_purpose("token", room_name, PAIRS, half) for half in ("high", "low"))
    for high, low in zip(*halves, strict=True):
        # 512 bits for a number of 256 make each key as likely as any other (FIPS 186-5, A.2.1).
        number = 1 + int.from_bytes(high + low, "big") % (_ORDER - 1)
        yield _pair(PAIRS, derive_private_key(number, SECP256R1()))


def _edwards_keys(keys: Keys, room_name: str) -> Iterator[SigningKey]:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    for seed in keys.for_purpose("token", room_name, EDWARDS):  # any 32 bytes are one (RFC 8032)
        yield _pair(EDWARDS, Ed25519PrivateKey.from_private_bytes(seed))


_DERIVED: Mapping[str, Callable[[Keys, str], Iterator[SigningKey]]] = {
    SHARED: _shared_keys,
    PAIRS: _key_pairs,
    EDWARDS: _edwards_keys,
}


# Brought by the app.


@lru_cache(maxsize=16)  # to check one of RSA takes 40 ms, and each room reads it
def own_key(pem: str) -> SigningKey:
    """A private key as PEM. Raises ValueError for any other text, and for a key that is too weak,
    too long, locked, or of no algorithm of ours."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        private = load_pem_private_key(pem.encode(), password=None)
    except TypeError as error:
        raise ValueError("is locked by a pass phrase: write it without one") from error
    except Exception as error:  # several kinds, by what is wrong with the text
        raise ValueError(f"is no private key in PEM: {NEW_KEY}") from error
    if isinstance(private, rsa.RSAPrivateKey):
        if private.key_size not in RSA_BITS:
            raise ValueError(f"has {private.key_size} bits, not 2048 to 4096: {NEW_KEY}")
        return _pair(RSA, private)
    if isinstance(private, ec.EllipticCurvePrivateKey) and private.curve.name == "secp256r1":
        return _pair(PAIRS, private)
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return _pair(EDWARDS, private)
    raise ValueError(f"is a key of another kind than RSA, P-256 and Ed25519: {NEW_KEY}")


NEW_KEY = "make one with vwr keygen --rsa FILE"


def new_key(algorithm: str) -> str:
    """A new private key for an algorithm of pairs, as PEM."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    make: dict[str, Callable[[], Any]] = {
        RSA: lambda: rsa.generate_private_key(65537, RSA_BITS[0]),
        PAIRS: lambda: ec.generate_private_key(ec.SECP256R1()),
        EDWARDS: ed25519.Ed25519PrivateKey.generate,
    }
    private = make[algorithm]()
    return str(
        private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")
    )


# As others read them.


def _pair(algorithm: str, private: Any) -> SigningKey:
    public = private.public_key()
    return SigningKey(algorithm, private, public, _as_json(algorithm, public))


#: What names a key, and so makes its thumbprint (RFC 7638, section 3.2; RFC 8037, section 2).
_NAMES = {PAIRS: ("crv", "kty", "x", "y"), EDWARDS: ("crv", "kty", "x"), RSA: ("e", "kty", "n")}


def _as_json(algorithm: str, public: Any) -> PublicKey:
    from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

    writers: dict[str, Any] = {PAIRS: ECAlgorithm, EDWARDS: OKPAlgorithm, RSA: RSAAlgorithm}
    whole = writers[algorithm].to_jwk(public, as_dict=True)
    needed = {name: whole[name] for name in _NAMES[algorithm]}
    # It is told from others by what it is.
    text = json.dumps(needed, separators=(",", ":"), sort_keys=True)
    digest = hashlib.sha256(text.encode()).digest()
    kid = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return {**needed, "kid": kid, "use": "sig", "alg": algorithm}
