"""A room's tokens, one of them, and JWTs that differ from it in one thing."""

import base64
import json
from typing import Any

import jwt

from vwr_middleware.keys import Keys
from vwr_middleware.papers.tokens import AccessToken, Tokens

APP_SECRET = "the secret that the app signs its own logins with"
KEYS = Keys([APP_SECRET, "an old secret"], "vwr")
KEY = KEYS.for_purpose("token", "main")[0]
TOKENS = Tokens(KEYS, "vwr", "main")
TOKEN = AccessToken(
    "00ff112233aabbcc", 3, 40_000, issued_at=1_700_000_000, expires_at=1_700_000_600
)
TEXT = TOKENS.mint(TOKEN)
HEAD, PAYLOAD, SIGNATURE = TEXT.split(".")
CLAIMS: dict[str, Any] = jwt.decode(TEXT, options={"verify_signature": False})


def signed(
    claims: dict[str, Any],
    *,
    key: bytes | str = KEY,
    algorithm: str = "HS256",
    typ: str | None = "vwr+jwt",
) -> str:
    """A JWT that differs from ours in what a test says, and in nothing else."""
    payload = json.dumps(claims).encode()  # jwt.encode would refuse some of these claims
    return jwt.PyJWS().encode(payload, key, algorithm=algorithm, headers={"typ": typ})


def segment(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
