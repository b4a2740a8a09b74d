"""Keyed digests, of addresses and of who people are: enough to tell them apart, and too little to
say who they are.
"""

import hashlib
from functools import lru_cache

from vwr_middleware.keys import Keys
from vwr_middleware.web.proxies import network_of

LENGTH = 6  # hexadecimal digits
_REMEMBERED = 4096


class Marks:
    """Makes marks: keyed digests of an address (of IPv6, of its /64), which a token may carry."""

    def __init__(self, keys: Keys, room_name: str) -> None:
        self._keys = keys.for_purpose("address", room_name)
        self.of = lru_cache(maxsize=_REMEMBERED)(self._of)

    def _of(self, address: str) -> tuple[str, ...]:
        """The marks of an address, one for each secret: the first is written, any is accepted."""
        network = network_of(address).encode("utf-8", "surrogatepass")
        return tuple(
            hashlib.blake2b(network, key=key, digest_size=LENGTH // 2).hexdigest()
            for key in self._keys
        )


# Identities: who people are, in a form that tells the store nothing about them.


_BYTES = 8  # among a million people, one in thirty million such rooms takes two for the same


class Identities:
    """Makes keyed digests of what an app's `identity` says, for one room."""

    def __init__(self, keys: Keys, room_name: str) -> None:
        self._keys = keys.for_purpose("identity", room_name)

    def of(self, who: str, begins: str = "") -> str:
        """The digest of somebody, of 16 hexadecimal digits behind that beginning. Where there are
        several secrets, those by each of them, the newest first, with commas between: by any of
        them somebody may be known already."""
        data = who.encode("utf-8", "surrogatepass")
        made = (hashlib.blake2b(data, key=key, digest_size=_BYTES) for key in self._keys)
        return ",".join(begins + digest.hexdigest() for digest in made)
