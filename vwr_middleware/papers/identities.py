"""Identities: who people are, in a form that tells the store nothing about them."""

import hashlib

from vwr_middleware.keys import Keys

_BYTES = 8  # among a million people, one in thirty million such rooms takes two for the same


class Identities:
    """Makes keyed digests of what an app's `identity` says, for one room."""

    def __init__(self, keys: Keys, room: str) -> None:
        self._key = keys.for_purpose("identity", room)[0]

    def of(self, who: str) -> str:
        """The digest of somebody, of 16 hexadecimal digits."""
        data = who.encode("utf-8", "surrogatepass")
        return hashlib.blake2b(data, key=self._key, digest_size=_BYTES).hexdigest()
