"""Marks of addresses: enough to tell how many there are, and too little to say which."""

import hashlib
from functools import lru_cache

from vwr_middleware.keys import Keys
from vwr_middleware.web.proxies import network_of

LENGTH = 6  # hexadecimal digits
_REMEMBERED = 4096


class Marks:
    """A keyed digest of an address, of IPv6 of its /64, so that a token may carry it."""

    def __init__(self, keys: Keys, room: str) -> None:
        self._keys = keys.for_purpose("address", room)
        self.of = lru_cache(maxsize=_REMEMBERED)(self._of)

    def _of(self, address: str) -> tuple[str, ...]:
        """The mark by each secret: the first is the one to write, any the one to meet."""
        network = network_of(address).encode("utf-8", "surrogatepass")
        return tuple(
            hashlib.blake2b(network, key=key, digest_size=LENGTH // 2).hexdigest()
            for key in self._keys
        )
