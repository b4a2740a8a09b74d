"""The access token: the signed JWT that lets a visitor through; and the keys that sign and verify
it.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import jwt
from jwt.utils import base64url_decode, base64url_encode

from vwr_middleware.keys import Keys
from vwr_middleware.line.messages import Place
from vwr_middleware.line.session_ids import session_id
from vwr_middleware.papers.digests import LENGTH
from vwr_middleware.web.remembered import Kept

# The keys by which a room's access tokens are signed and verified, by the algorithm.
#
# Whoever can verify a token of HS256 can sign one, too. ES256 has pairs of keys, and the public
# one, which only verifies, may be given to anybody. The keys of both are derived from the app's
# secrets, so that nobody has to keep a file of keys, and all workers have the same.


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


def signing_keys(keys: Keys, room_name: str, algorithms: Sequence[str]) -> tuple[SigningKey, ...]:
    """The keys of one room: the first signs, and what any of them has signed is genuine.

    With ES256 this raises ImportError where the cryptography package is missing.
    """
    return tuple(key for name in algorithms for key in _keys_of[name](keys, room_name))


def _shared_keys(keys: Keys, room_name: str) -> Iterator[SigningKey]:
    for key in keys.for_purpose("token", room_name):
        yield SigningKey(SHARED, key, key)


def _key_pairs(keys: Keys, room_name: str) -> Iterator[SigningKey]:
    # Imported late: the package need not be there.
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key

    halves = (keys.for_purpose("token", room_name, PAIRS, half) for half in ("high", "low"))
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


_keys_of = {SHARED: _shared_keys, PAIRS: _key_pairs}


# The access token: the signed JWT that lets a visitor through.


#: Longer texts are not ours: an ES256 token with the longest names is half as long.
LONGEST = 2048
#: As a regular expression, by its length alone: the signature is 43 letters or more.
SHAPE = rf'[^\s;"]{{64,{LONGEST}}}+'
#: Verified tokens that are remembered at most: some 25 MB for each room and worker.
REMEMBERED = 32_768
#: The end of the whole numbers that JSON readers in all languages hold exactly.
NUMBERS_END = 2**53

#: Refused texts that are remembered at most.
REFUSED = 256
_shared = jwt.get_algorithm_by_name(SHARED)
_ROOM_ID = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What an access token says. The gate decides whether its time is over."""

    room_id: str  # 16 hexadecimal digits
    generation: int
    position: int
    issued_at: int  # store time, in seconds, as is the next
    expires_at: int
    first: bool = False  # the short first token, which the visitor must bring back
    mark: str = ""  # of the address from which the session began: see digests.py
    device: int = 0  # how often its place had moved, needed to ask the store about the place
    #: The session that this token and its renewals belong to.
    session_id: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        # Made once, since each request of an admitted visitor needs it.
        object.__setattr__(self, "session_id", session_id(self.generation, self.position))

    @property
    def place(self) -> Place:
        """The place in line from which the session began."""
        return Place(self.generation, self.position, self.device, self.room_id)


class Tokens:
    """Mints and reads the access tokens of one room, signed by one of `algorithms`.

    The first of them signs, and tokens of all are read. Other programs may verify them too: see
    docs/security.md.
    """

    def __init__(
        self,
        keys: Keys,
        namespace: str,
        room_name: str,
        algorithms: Sequence[str] = (SHARED,),
        remembered: int = REMEMBERED,
    ) -> None:
        self._keys = signing_keys(keys, room_name, algorithms)
        self._namespace = namespace
        self._room = room_name
        # A signature is good for ever, so a verified token is decoded once. A refused one raises
        # and so is not remembered: rubbish cannot push good tokens out.
        self._remembered = lru_cache(maxsize=remembered)(self._verify)
        # A few refused ones, since one request looks at each cookie several times.
        self._refused: Kept[str | bytes, bool] = Kept(REFUSED)
        self._openings = tuple(self._sign({}, key).partition(".")[0] + "." for key in self._keys)

    @property
    def public_keys(self) -> list[PublicKey]:
        """The public keys of all secrets, newest first; none without an algorithm that has them."""
        return [key.public for key in self._keys if key.public]

    def mint(self, token: AccessToken) -> str:
        """The token as a JWT."""
        claims: dict[str, Any] = {
            "iss": self._namespace,
            "aud": self._room,
            "rid": token.room_id,
            "gen": token.generation,
            "pos": token.position,
            "iat": token.issued_at,
            "exp": token.expires_at,
            "sid": token.session_id,
        }
        if token.first:
            claims["first"] = True
        if token.device:
            claims["dev"] = token.device
        if token.mark:
            claims["adr"] = token.mark
        return self._sign(claims, self._keys[0])

    def read(self, text: str | bytes) -> AccessToken | None:
        """What the token says; None for any text that this room has not signed exactly like this.

        An expired token is read too: the gate compares its time with the store's.
        """
        try:
            return self._remembered(text)
        except (jwt.PyJWTError, ValueError):
            self._refused.keep(text, True, len(text))
            return None
        except RecursionError:  # from older PyJWTs
            return None

    def bearer(self, authorization: str) -> str | None:
        """The token in an `Authorization: Bearer` header, if it begins as ours do.

        The app's own bearer tokens begin differently, so they cost a comparison and no decoding.
        """
        scheme, _, rest = authorization.partition(" ")
        if scheme.lower() != "bearer":
            return None
        text = rest.strip()
        return text if text.startswith(self._openings) else None

    def _sign(self, claims: dict[str, Any], key: SigningKey) -> str:
        return jwt.encode(claims, key.signs, algorithm=key.algorithm, headers=key.header)

    def _verify(self, text: str | bytes) -> AccessToken:
        if len(text) > LONGEST or text in self._refused:
            raise ValueError("not a token")
        if isinstance(text, bytes):
            text = text.decode("ascii")
        # Base64 spells one signature in several ways (spare bits, ignored letters): one counts. One
        # of ES256 has a twin beside it that is genuine too, and of the same session.
        signature = text.encode("ascii").rpartition(b".")[2]
        if base64url_encode(base64url_decode(signature)) != signature:
            raise ValueError("not spelt as we sign")
        return _token_in(self._decode(text))

    def _decode(self, text: str) -> dict[str, Any]:
        """The claims, verified by a key and meant for this room. Raises for any other text."""
        for key in self._keys:
            try:
                if _may_be_of(key, text):
                    return self._decode_with(key, text)
            except (jwt.InvalidSignatureError, jwt.InvalidAlgorithmError):
                continue
        raise ValueError("signed by nobody we know")

    def _decode_with(self, key: SigningKey, text: str) -> dict[str, Any]:
        # Only the store's clock counts: PyJWT would compare times with this host's, and refuse an
        # `iat` that is one second ahead.
        decoded = jwt.decode_complete(
            text,
            key.verifies,
            algorithms=[key.algorithm],
            audience=self._room,
            issuer=self._namespace,
            options={
                "require": ["iss", "aud", "rid", "gen", "pos", "iat", "exp"],
                "strict_aud": True,
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
        if decoded["header"].get("typ") != TYP:
            raise ValueError("another kind of JWT")
        claims: dict[str, Any] = decoded["payload"]
        return claims


def _may_be_of(key: SigningKey, text: str) -> bool:
    """Whether a token is signed by this key, or names it if the algorithm is slow: a forged one
    costs one try of that, and not one for each secret. All else that a token says is looked at
    after this, since a request may bring many forged ones."""
    if key.public is not None:
        return bool(jwt.get_unverified_header(text).get("kid") == key.public["kid"])
    signed, _, signature = text.encode("ascii").rpartition(b".")
    return _shared.verify(signed, key.verifies, base64url_decode(signature))


def _token_in(claims: dict[str, Any]) -> AccessToken:
    room_id = claims["rid"]
    if not isinstance(room_id, str) or not _ROOM_ID.fullmatch(room_id):
        raise ValueError("not a room id")
    numbers = [claims[name] for name in ("gen", "pos", "iat", "exp")]
    if not all(type(number) is int and 0 <= number < NUMBERS_END for number in numbers):
        raise ValueError("not a number that we write")
    generation, position, issued_at, expires_at = numbers
    first = claims.get("first") is True
    mark, device = claims.get("adr", ""), claims.get("dev", 0)
    if not isinstance(mark, str) or len(mark) > LENGTH:
        raise ValueError("not a mark that we write")
    if type(device) is not int or not 0 <= device < NUMBERS_END:
        raise ValueError("not a device that we write")
    return AccessToken(room_id, generation, position, issued_at, expires_at, first, mark, device)
