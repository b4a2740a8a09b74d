"""The tokens that a client gets for a code: an access token (RFC 9068), by which it asks for more
and gateways let it in, and an ID token (OpenID Connect Core 1.0, section 2), which says who it is.

Both are signed as the room's own access tokens are, and are neither taken for these nor for each
other: each kind has its own `typ`. No clock but the store's counts.
"""

from dataclasses import dataclass
from typing import Any

import jwt
from authlib.oidc.core.util import create_half_hash

from vwr_middleware.openid.codes import Code, Visitor
from vwr_middleware.papers.signing_keys import SHARED, SigningKey

#: Seconds that an access token lasts at most. Its session may end earlier, or go on.
TOKEN_LASTS = 3600
#: How the header of each kind calls it.
_ACCESS, _ID = "at+jwt", "JWT"
_LONGEST = 4000


@dataclass(frozen=True, slots=True)
class OpenidToken:
    """What an access token or an ID token says."""

    client_id: str
    visitor: Visitor
    issued_at: int
    expires_at: int
    #: Of the code that has brought it; "" in an ID token.
    code_id: str = ""


class OpenidTokens:
    """Makes and reads the tokens for clients of one room."""

    def __init__(self, keys: tuple[SigningKey, ...], issuer: str, room_name: str) -> None:
        self._keys = [key for key in keys if key.algorithm != SHARED]
        self.issuer, self._room = issuer, room_name

    @property
    def algorithm(self) -> str:
        """The algorithm by which they are signed."""
        return self._keys[0].algorithm

    def access_token(self, code: Code, now: int, until: int) -> str:
        """The access token that a code brings."""
        claims = {
            **self._common(code.visitor, now, until),
            "aud": self._room,
            "client_id": code.client_id,
            "scope": code.get_scope(),
            "jti": code.id,
        }
        return self._sign(claims, _ACCESS)

    def id_token(self, code: Code, access_token: str, now: int, until: int) -> str:
        """The ID token beside it."""
        half = create_half_hash(access_token, self.algorithm)
        claims = {
            **self._common(code.visitor, now, until),
            "aud": code.client_id,
            "auth_time": code.auth_time,
            "at_hash": half.decode(),
        }
        if code.nonce:
            claims["nonce"] = code.nonce
        return self._sign(claims, _ID)

    def _common(self, visitor: Visitor, now: int, until: int) -> dict[str, Any]:
        return {"iss": self.issuer, "iat": now, "exp": until, **self.says_of(visitor)}

    def says_of(self, visitor: Visitor) -> dict[str, Any]:
        """The claims about a visitor."""
        claims: dict[str, Any] = {"sub": visitor.sub, "room": self._room}
        if visitor.session_id:
            claims |= {
                "sid": visitor.session_id,
                "queue_position": visitor.position,
                "rid": visitor.room_id,
            }
        return claims

    def _sign(self, claims: dict[str, Any], kind: str) -> str:
        key = self._keys[0]
        header = {**key.header, "typ": kind}
        return jwt.encode(claims, key.signs, algorithm=key.algorithm, headers=header)

    def read_access_token(self, text: str) -> OpenidToken | None:
        """What an access token for a client says; None for any other text."""
        claims = self._claims(text, _ACCESS)
        if claims is None or claims.get("aud") != self._room:
            return None
        return _read(claims, claims.get("client_id"), claims.get("jti"))

    def read_id_token(self, text: str) -> OpenidToken | None:
        """The same for an ID token, which may have run out long ago."""
        claims = self._claims(text, _ID)
        return None if claims is None else _read(claims, claims.get("aud"), "")

    def _claims(self, text: str, kind: str) -> dict[str, Any] | None:
        if len(text) > _LONGEST or not text.isascii():
            return None
        try:
            header = jwt.get_unverified_header(text)
            key = next((key for key in self._keys if key.header["kid"] == header.get("kid")), None)
            if key is None or header.get("typ") != kind:
                return None
            options: jwt.types.Options = {
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
                "verify_aud": False,
            }
            found: dict[str, Any] = jwt.decode(
                text, key.verifies, [key.algorithm], issuer=self.issuer, options=options
            )
        except (jwt.PyJWTError, ValueError, RecursionError):
            return None
        return found if found.get("room") == self._room else None


def _read(claims: dict[str, Any], client_id: Any, code_id: Any) -> OpenidToken:
    """What claims say that we have signed."""
    visitor = Visitor(
        claims["sub"],
        claims.get("rid", ""),
        claims.get("sid", ""),
        claims.get("queue_position", 0),
    )
    return OpenidToken(client_id, visitor, claims["iat"], claims["exp"], code_id)
