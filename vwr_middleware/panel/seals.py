"""The panel's signed cookie, and the token that proves that a form is ours."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Sequence
from dataclasses import astuple, dataclass

from itsdangerous import BadData, Signer
from itsdangerous.encoding import base64_decode, base64_encode

from vwr_middleware.keys import Keys

#: How long a sign-in lasts at most, in seconds, and how long one that nobody uses.
LIFE, IDLE = 12 * 3600.0, 3600.0
#: How old the note of its last use gets in the cookie.
_NOTED = 60.0
_LONGEST = 1000


@dataclass(frozen=True, slots=True)
class Seal:
    """What the cookie says: a seed that ties forms to a browser, and who is signed in there."""

    seed: str
    name: str = ""
    role: str = ""
    until: float = 0.0  # store time
    used: float = 0.0  # the last use that was noted

    @property
    def is_signed_in(self) -> bool:
        """Whether somebody signed in here. If not, the app itself knows its operators."""
        return self.role != ""

    def is_due(self, now: float) -> bool:
        """Whether its use is to be noted."""
        return self.is_signed_in and now - self.used > _NOTED


class Seals:
    """Signs and reads the cookie. Its keys depend on the passwords, so a change of a password signs
    everybody out."""

    def __init__(self, keys: Keys, passwords: Sequence[str]) -> None:
        digests = [hashlib.sha256(password.encode()).hexdigest() for password in passwords]
        derived = keys.for_purpose("panel", *digests)
        self._signer = Signer(
            list(reversed(derived)), key_derivation="none", digest_method=hashlib.sha256
        )
        self._form_keys = keys.for_purpose("panel form", *digests)

    def fresh(self, name: str = "", role: str = "", now: float = 0.0) -> Seal:
        """A seal with a seed of its own, of somebody who signs in now if there is a role."""
        until = now + LIFE if role else 0.0
        return Seal(secrets.token_urlsafe(18), name, role, until, now)

    def sign(self, seal: Seal) -> str:
        """The seal as the value of a cookie."""
        body = json.dumps(astuple(seal)).encode()
        return self._signer.sign(base64_encode(body)).decode("ascii")

    def read(self, value: str, now: float) -> Seal | None:
        """The seal, or None if we have not signed it or its time is over."""
        if len(value) > _LONGEST or not value.isascii():
            return None
        try:
            seal = Seal(*json.loads(base64_decode(self._signer.unsign(value))))
        except (BadData, ValueError, TypeError):
            return None
        is_over = not now < seal.until <= now + LIFE + 60 or now - seal.used > IDLE
        return None if seal.is_signed_in and is_over else seal

    def form_token(self, seal: Seal, name: str) -> str:
        """What every form of this browser and operator carries."""
        return self._form_tokens(seal, name)[0]

    def is_form_token(self, seal: Seal, name: str, given: str) -> bool:
        """Whether a form came from a page of ours, under any secret. In constant time each."""
        sent, tokens = given.encode(), self._form_tokens(seal, name)
        fits = [hmac.compare_digest(sent, token.encode()) for token in tokens]
        return any(fits)

    def _form_tokens(self, seal: Seal, name: str) -> list[str]:
        """One for each secret; the first is the one to write."""
        message = json.dumps([seal.seed, name]).encode()
        return [hmac.digest(key, message, "sha256").hex() for key in self._form_keys]
