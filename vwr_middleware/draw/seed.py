"""The seed of a draw, which decides the order, and the commitment that is shown before.

The seed is derived from the secret key, so it is kept nowhere: no store can leak it, and a store
that is lost does not lose it. Whoever knows the secret key knows the order once the count is known,
and that is why a draw can mix in a public value that nobody knows before (the beacon).

To repeat it elsewhere, all texts in UTF-8 and seeds in hexadecimal digits of lower case:

    commitment = SHA-256("vwr draw commitment 1\\n<room>\\n<generation>\\n<seed>")
    with a beacon: the order's seed = HMAC-SHA256(seed, "vwr draw beacon 1\\n<value>")
    of a lane, the main line aside: its seed = HMAC-SHA256(that seed, "vwr draw lane 1\\n<lane>")
"""

import hashlib
import hmac

from vwr_middleware.keys import Keys


class Seeds:
    """Makes the seeds of the draws of one room, one for each generation that people register in."""

    def __init__(self, keys: Keys, room_name: str) -> None:
        self._keys, self._room_name = keys, room_name

    def seed(self, room_id: str, generation: int) -> bytes:
        """The seed to commit to: that of the newest secret."""
        return self._all(room_id, generation)[0]

    def commitment(self, room_id: str, generation: int) -> str:
        """What is shown of it before the opening."""
        return commitment(self._room_name, generation, self.seed(room_id, generation))

    def committed(self, room_id: str, generation: int, commitment: str) -> bytes | None:
        """The seed that this commitment was made of, by whichever secret; None if by none."""
        for seed in self._all(room_id, generation):
            if is_committed(self._room_name, generation, seed, commitment):
                return seed
        return None

    def _all(self, room_id: str, generation: int) -> tuple[bytes, ...]:
        return self._keys.for_purpose("draw", self._room_name, room_id, str(generation))


def commitment(room_name: str, generation: int, seed: bytes) -> str:
    """The commitment to a seed: it tells nothing of the seed, and fits no other one."""
    text = f"vwr draw commitment 1\n{room_name}\n{generation}\n{seed.hex()}"
    return hashlib.sha256(text.encode()).hexdigest()


def is_committed(room_name: str, generation: int, seed: bytes, shown: str) -> bool:
    """Whether this is the seed that was committed to."""
    return hmac.compare_digest(commitment(room_name, generation, seed).encode(), shown.encode())


def with_beacon(seed: bytes, value: str | None) -> bytes:
    """The seed that the order comes from: mixed with the beacon's value, if there is one."""
    if value is None:
        return seed
    return hmac.digest(seed, b"vwr draw beacon 1\n" + value.encode(), "sha256")


def lane_seed(seed: bytes, lane: str) -> bytes:
    """The seed that a lane's order comes from. The main line ("") has that of the draw itself."""
    if not lane:
        return seed
    return hmac.digest(seed, b"vwr draw lane 1\n" + lane.encode(), "sha256")
