"""The three tokens of a session, and the public key that verifies them: RS256, with the names of
claims that AWS's authorizer reads.

They are JWTs for others to verify. No gate of ours takes one for an access token: that says another
`typ` in its header.
"""

from dataclasses import asdict, dataclass
from typing import Any

import jwt

from vwr_middleware.papers.signing_keys import RSA, SigningKey

#: What the claim `token_use` says, and the field of an answer that has this token.
USES = {"access": "access_token", "refresh": "refresh_token", "id": "id_token"}


@dataclass(frozen=True, slots=True)
class Claims:
    """What all three tokens of a session say."""

    aud: str  # the event id
    sub: str  # the request id
    queue_position: int
    iat: int
    nbf: int
    exp: int
    iss: str


def token_set(claims: Claims, key: SigningKey, now: float) -> dict[str, Any]:
    """The tokens as they are answered. The same claims always give the same tokens."""
    tokens = {name: _signed(claims, use, key) for use, name in USES.items()}
    return {**tokens, "token_type": "Bearer", "expires_in": max(0, claims.exp - int(now))}


def _signed(claims: Claims, use: str, key: SigningKey) -> str:
    assert key.public is not None
    content = asdict(claims) | {"token_use": use}
    return jwt.encode(content, key.signs, algorithm=RSA, headers={"kid": key.public["kid"]})


def public_key(key: SigningKey) -> dict[str, str]:
    """The public key as a JWK, with what AWS's has."""
    assert key.public is not None
    return {name: key.public[name] for name in ("kty", "alg", "kid", "n", "e")}
