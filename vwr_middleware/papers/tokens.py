"""The access token: the signed JWT that lets a visitor through."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import jwt
from jwt.utils import base64url_decode, base64url_encode

from vwr_middleware.keys import Keys
from vwr_middleware.line.messages import Place
from vwr_middleware.line.session_ids import session_id
from vwr_middleware.papers.digests import LENGTH
from vwr_middleware.papers.signing_keys import (
    SHARED,
    TYP,
    PublicKey,
    SigningKey,
    signing_keys,
)
from vwr_middleware.web.remembered import Kept

#: Longer texts are not ours: one of RS256 with the longest key and names has 1.5 kB.
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

    The first of them signs, and tokens of all are read. `own` are keys that the app brought, as
    PEM. With `issuer`, an https URL, other programs find the keys by it; the namespace is read as
    an issuer too, so that whoever is inside stays there when an issuer is set. Other programs may
    verify tokens too: see docs/security.md.
    """

    def __init__(
        self,
        keys: Keys,
        namespace: str,
        room_name: str,
        algorithms: Sequence[str] = (SHARED,),
        remembered: int = REMEMBERED,
        *,
        own: Sequence[str] = (),
        issuer: str = "",
    ) -> None:
        #: What signs and verifies them, the first of which signs.
        self.keys = signing_keys(keys, room_name, algorithms, own)
        self._issuer, self._issuers = issuer or namespace, [*filter(None, (issuer, namespace))]
        self._is_for_others = bool(issuer)
        self._room = room_name
        # A signature is good for ever, so a verified token is decoded once. A refused one raises
        # and so is not remembered: rubbish cannot push good tokens out.
        self._remembered = lru_cache(maxsize=remembered)(self._verify)
        # A few refused ones, since one request looks at each cookie several times.
        self._refused: Kept[str | bytes, bool] = Kept(REFUSED)
        self._openings = tuple(self._sign({}, key).partition(".")[0] + "." for key in self.keys)

    @property
    def public_keys(self) -> list[PublicKey]:
        """The public keys of all secrets, newest first; none without an algorithm that has them."""
        return [key.public for key in self.keys if key.public]

    def mint(self, token: AccessToken) -> str:
        """The token as a JWT."""
        claims: dict[str, Any] = {
            "iss": self._issuer,
            "aud": self._room,
            "rid": token.room_id,
            "gen": token.generation,
            "pos": token.position,
            "iat": token.issued_at,
            "exp": token.expires_at,
            "sid": token.session_id,
        }
        if self._is_for_others:
            claims["sub"] = token.session_id  # as OpenID Connect and clouds' token exchange ask
        if token.first:
            claims["first"] = True
        if token.device:
            claims["dev"] = token.device
        if token.mark:
            claims["adr"] = token.mark
        return self._sign(claims, self.keys[0])

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
        for key in self.keys:
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
            issuer=self._issuers,
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
