"""The order of a draw: which place each registration number gets, found without shuffling.

The numbers 1..count are permuted by a cipher whose key is the draw's seed: a balanced Feistel
network of twelve rounds over the smallest even number of bits, six at least, that holds count - 1.
Where it leads out of the numbers, it is applied again until it leads back into them (cycle
walking). So a place is found alone, in no memory to speak of, whatever the count.

To repeat it elsewhere:

    half    = how many bits half of (count - 1) has, rounded up, and three at least
    mask    = 2^half - 1
    F(r, x) = the first four bytes, as a big-endian number, of HMAC-SHA256(seed, message), & mask
    message = "vwr draw order 1\\n<count>\\n<r>\\n<x>" in ASCII, numbers in decimal, r from 0 to 11
    place of a number: value = number - 1; do
                           left, right = value >> half, value & mask
                           for r = 0..11: left, right = right, left XOR F(r, right)
                           value = left << half | right
                       while value >= count; place = value + 1

The count is part of each message: one registration more gives another order altogether.
"""

import hmac
from array import array
from functools import lru_cache

MOST = 2**31  # registrations
SEED_LENGTH = 32  # bytes
ROUNDS = 12
#: Bits of a half at least: with fewer, twelve rounds do not mix the order of a handful well.
_LEAST_HALF = 3


class Permutation:
    """The order of one draw. What its rounds have computed is kept: 3 MB at the very most."""

    def __init__(self, seed: bytes, count: int) -> None:
        if len(seed) != SEED_LENGTH:
            raise ValueError(f"a seed has {SEED_LENGTH} bytes, and not {len(seed)}")
        if not 1 <= count <= MOST:
            raise ValueError(f"a draw is of 1 to {MOST} registrations, and not of {count}")
        self.seed, self.count = seed, count
        self._half = max(_LEAST_HALF, ((count - 1).bit_length() + 1) // 2)
        self._mask = (1 << self._half) - 1
        # One place for each value that a half can have; -1 where it was not needed yet.
        self._rounds = [array("i", [-1]) * (1 << self._half) for _ in range(ROUNDS)]

    def place_of(self, number: int) -> int:
        """The place of a registration number: both count from 1."""
        value = self._checked(number)
        if self.count == 1:
            return 1
        while (value := self._there(value)) >= self.count:
            pass
        return value + 1

    def number_at(self, drawn: int) -> int:
        """The registration number that got a place."""
        value = self._checked(drawn)
        if self.count == 1:
            return 1
        while (value := self._back(value)) >= self.count:
            pass
        return value + 1

    def _checked(self, number: int) -> int:
        if not 1 <= number <= self.count:
            raise ValueError(f"there are 1 to {self.count}, and not {number}")
        return number - 1

    def _there(self, value: int) -> int:
        left, right = value >> self._half, value & self._mask
        for at, known in enumerate(self._rounds):
            found = known[right]
            left, right = right, left ^ (found if found >= 0 else self._found(at, right))
        return left << self._half | right

    def _back(self, value: int) -> int:
        left, right = value >> self._half, value & self._mask
        for at in reversed(range(ROUNDS)):
            found = self._rounds[at][left]
            left, right = right ^ (found if found >= 0 else self._found(at, left)), left
        return left << self._half | right

    def _found(self, at: int, half: int) -> int:
        """One round's function of one half, which is kept."""
        message = b"vwr draw order 1\n%d\n%d\n%d" % (self.count, at, half)
        digest = hmac.digest(self.seed, message, "sha256")
        found = int.from_bytes(digest[:4], "big") & self._mask
        self._rounds[at][half] = found
        return found


@lru_cache(maxsize=64)
def permutation(seed: bytes, count: int) -> Permutation:
    """The order of a draw, made once for all who ask for their places."""
    return Permutation(seed, count)


def place_of(seed: bytes, count: int, number: int) -> int:
    """The place, from 1, of a registration number, from 1, in the draw of so many with this seed.

    Raises ValueError for a number that was never given, a count from outside 1 to 2^31, or a seed
    of another length than 32 bytes.
    """
    return permutation(seed, count).place_of(number)


def number_at(seed: bytes, count: int, drawn: int) -> int:
    """The registration number that got this place: the inverse of `place_of`."""
    return permutation(seed, count).number_at(drawn)
