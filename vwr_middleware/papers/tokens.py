"""The access token: the signed JWT that lets a visitor through."""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import jwt
from jwt.utils import base64url_decode, base64url_encode

from vwr_middleware.errors import ConfigurationError
from vwr_middleware.keys import Keys
from vwr_middleware.line.place import Place
from vwr_middleware.line.session_ids import session_id
from vwr_middleware.papers.marks import LENGTH

#: The header `typ` of our tokens (RFC 8725, section 3.11), which no login's JWT has.
TYP = "vwr+jwt"
#: Longer texts are not ours: even an RS256 token with a long room name is half as long.
LONGEST = 2048
#: Verified tokens that are remembered at most: some 25 MB for each room and worker.
REMEMBERED = 32_768
#: The end of the whole numbers that JSON readers in all languages hold exactly.
NUMBERS_END = 2**53

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
    mark: str = ""  # of the address from which the session began: see marks.py
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


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One algorithm, the key that signs, and every key that may have signed.

    For an algorithm with key pairs, `signs` is a private key and `verifies` holds public ones.
    """

    algorithm: str
    signs: Any = field(repr=False)
    verifies: tuple[Any, ...] = field(repr=False)

    @classmethod
    def derived(cls, keys: Keys, room: str, algorithm: str = "HS256") -> "SigningKey":
        """The key of one room, derived from the application's secrets.

        Raises ConfigurationError for an algorithm whose keys cannot be derived.
        """
        if algorithm != "HS256":
            raise ConfigurationError(
                [f"no key for the token algorithm {algorithm!r} can be derived: use 'HS256'"]
            )
        derived = keys.for_purpose("token", room)
        return cls(algorithm, derived[0], derived)


class Tokens:
    """Mints and reads the access tokens of one room.

    Any other program may verify them, with its own JWT library and `verification_key`:

        jwt.decode(token, key, algorithms=["HS256"], issuer=namespace, audience=room)

    A key of HS256 signs as well as it verifies, so give it only to programs that you trust with
    this room. The key is derived: it opens no other room, and says nothing of the app's secret.
    """

    def __init__(
        self,
        keys: Keys,
        namespace: str,
        room: str,
        algorithm: str = "HS256",
        remembered: int = REMEMBERED,
        signing_key: SigningKey | None = None,
    ) -> None:
        self._key = signing_key or SigningKey.derived(keys, room, algorithm)
        self._namespace = namespace
        self._room = room
        # A signature is good for ever, so a verified token is decoded once. A refused one raises
        # and so is not remembered: rubbish cannot push good tokens out.
        self._remembered = lru_cache(maxsize=remembered)(self._verify)
        self._opening = self._sign({}).partition(".")[0] + "."

    @property
    def verification_key(self) -> Any:
        """The key for other programs that verify tokens: derived, never the app's secret."""
        return self._key.verifies[0]

    @property
    def verification_keys(self) -> tuple[Any, ...]:
        """The keys of all secrets, newest first: try each while secrets are being rotated."""
        return self._key.verifies

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
        return self._sign(claims)

    def read(self, text: str | bytes) -> AccessToken | None:
        """What the token says; None for any text that this room has not signed exactly like this.

        An expired token is read too: the gate compares its time with the store's.
        """
        try:
            return self._remembered(text)
        except (jwt.PyJWTError, ValueError, RecursionError):  # the last from older PyJWTs
            return None

    def bearer(self, authorization: str) -> str | None:
        """The token in an `Authorization: Bearer` header, if it begins as ours do.

        The app's own bearer tokens begin differently, so they cost a comparison and no decoding.
        """
        scheme, _, rest = authorization.partition(" ")
        if scheme.lower() != "bearer":
            return None
        text = rest.strip()
        return text if text.startswith(self._opening) else None

    def _sign(self, claims: dict[str, Any]) -> str:
        return jwt.encode(
            claims, self._key.signs, algorithm=self._key.algorithm, headers={"typ": TYP}
        )

    def _verify(self, text: str | bytes) -> AccessToken:
        if len(text) > LONGEST:
            raise ValueError("not a token")
        if isinstance(text, bytes):
            text = text.decode("ascii")
        # Base64 spells one signature in several ways (spare bits, ignored letters): one counts.
        signature = text.encode("ascii").rpartition(b".")[2]
        if base64url_encode(base64url_decode(signature)) != signature:
            raise ValueError("not spelt as we sign")
        return _token_in(self._decode(text))

    def _decode(self, text: str) -> dict[str, Any]:
        """The claims, verified by a key and meant for this room. Raises for any other text."""
        for key in self._key.verifies:
            try:
                return self._decode_with(key, text)
            except jwt.InvalidSignatureError:
                continue
        raise ValueError("signed by nobody we know")

    def _decode_with(self, key: Any, text: str) -> dict[str, Any]:
        # Only the store's clock counts: PyJWT would compare times with this host's, and refuse an
        # `iat` that is one second ahead.
        decoded = jwt.decode_complete(
            text,
            key,
            algorithms=[self._key.algorithm],
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
