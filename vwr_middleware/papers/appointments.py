"""Appointments: the signed proof of when a newcomer may join who had to come again.

They say nothing of anybody: all who are to come in the same second share one. Whoever brings one in
time gets a place before those who come anew.
"""

import hashlib
import hmac
from functools import lru_cache

from vwr_middleware.keys import Keys

#: Letters of the signature: 60 bits, for something that is good for some minutes.
_SIGNED = 15
#: Letters of the whole at most; the moment is in hexadecimal digits.
_LONGEST = 32
#: Seconds after its moment for which an appointment counts: a phone may have slept, and all come
#: later where fewer can join than had been expected.
KEPT = 1800


class Appointments:
    """Signs and reads the appointments of one room."""

    def __init__(self, keys: Keys, room_name: str) -> None:
        self._keys = keys.for_purpose("appointment", room_name)
        self.sign = lru_cache(maxsize=256)(self._sign)
        self._known = lru_cache(maxsize=4096)(self._read)

    def _sign(self, moment: int) -> str:
        """An appointment at this moment, in seconds of store time."""
        return f"{moment:x}.{_signature(self._keys[0], moment)}"

    def read(self, text: str | bytes) -> int | None:
        """The moment of a genuine appointment; None of anything else, of which nothing long is
        remembered."""
        return self._known(text) if len(text) <= _LONGEST else None

    def _read(self, text: str | bytes) -> int | None:
        if isinstance(text, bytes):
            text = text.decode("latin-1")
        digits, _, signature = text.partition(".")
        try:
            moment = int(digits, 16) if text.isascii() else -1
        except ValueError:
            return None
        if moment < 0:
            return None
        matches = (hmac.compare_digest(_signature(key, moment), signature) for key in self._keys)
        return moment if any(list(matches)) else None


def _signature(key: bytes, moment: int) -> str:
    return hmac.digest(key, b"%d" % moment, hashlib.sha256).hex()[:_SIGNED]
