"""Bitmaps with one bit a position: who is present, whose ticket is spent, and so on.

Bits are numbered as Redis numbers them, the most significant of a byte first, so that a position's
bit is the same in every store.

Questions are answered from slices. A slice (the positions after `after`, up to `to`) is one large
number. In binary it reads as the line stands: its lowest digit is the last position, `to`.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

#: The bitmaps: three presence windows in rotation, "ever seen", "spent", "in time" (see
#: held_slots.py), and "has lapsed" (see `lapse` in expiry.py).
WINDOWS, SEEN, SPENT, IN_TIME, LAPSED = (0, 1, 2), 3, 4, 5, 6
KINDS = 7

_FIRST_SLICE = 1024


class BitStore(Protocol):
    """Where the bitmaps of a generation are kept. Bits never written read as 0."""

    def read(self, kind: int, start: int, length: int) -> bytes:
        """`length` bytes of one bitmap from byte `start`; what lies beyond its end is zero."""

    def set_many(self, kind: int, positions: Iterable[int]) -> None:
        """Set these bits."""

    def clear(self, kind: int, position: int) -> None:
        """Clear one bit."""

    def erase(self, kind: int) -> None:
        """Clear a whole bitmap."""

    def erase_all(self) -> None:
        """Clear all bitmaps: a new generation begins."""

    def wipe(self) -> None:
        """Clear the bitmaps of all generations: another room will use their names."""


class Bits:
    """Questions about positions, answered from slices of the bitmaps."""

    def __init__(self, store: BitStore) -> None:
        self.store = store

    def rotate(self, old: int, new: int) -> None:
        """Go on to another presence window, and empty the one that follows it."""
        if new == old:
            return
        for window in range(old + 1, new + 2) if new - old < 3 else (0, 1, 2):
            self.store.erase(WINDOWS[window % 3])

    def note(self, positions: list[int], window: int) -> None:
        """Note that these polled just now."""
        if positions:
            self.store.set_many(WINDOWS[window % 3], positions)
            self.store.set_many(SEEN, positions)

    def forget(self, position: int) -> None:
        """This one is not present any more, and no newcomer either."""
        for kind in WINDOWS:
            self.store.clear(kind, position)
        self.store.set_many(SEEN, (position,))

    def get(self, kind: int, position: int) -> bool:
        """Whether one bit is set."""
        return bool(self.store.read(kind, position >> 3, 1)[0] & (128 >> (position & 7)))

    def spend(self, position: int) -> bool:
        """Mark a ticket as spent. False if it was already."""
        if self.get(SPENT, position):
            return False
        self.store.set_many(SPENT, (position,))
        return True

    def count(self, kind: int, after: int, to: int) -> int:
        """How many of the positions after `after`, up to `to`, have this bit."""
        return self._slice(kind, after, to).bit_count() if to > after else 0

    def present(self, after: int, to: int, window: int) -> int:
        """How many of them are present."""
        return self._counting(after, to, window, to).bit_count() if to > after else 0

    def newcomers(self, after: int, to: int, fresh_after: int) -> int:
        """How many of them joined after `fresh_after` and were never seen."""
        after = max(after, fresh_after)
        return (to - after) - self.count(SEEN, after, to) if to > after else 0

    def heard_unspent(self, after: int, to: int, window: int, fresh_after: int) -> int:
        """How many of them are present, or newcomers above `fresh_after`, with a ticket unspent."""
        if to <= after:
            return 0
        heard = self._counting(after, to, window, fresh_after)
        return (heard & ~self._slice(SPENT, after, to)).bit_count()

    def heard_unseen(self, after: int, to: int, window: int) -> int:
        """How many of them are present, but were never seen: noted as they joined, no more."""
        if to <= after:
            return 0
        heard = self._counting(after, to, window, to)
        return (heard & ~self._slice(SEEN, after, to)).bit_count()

    def silent(self, after: int, to: int, window: int, seen_only: bool = False) -> int:
        """How many of them (or of those ever seen) are not present and have never entered."""
        if to <= after:
            return 0
        others = self._counting(after, to, window, to)
        others |= self._slice(SPENT, after, to) | self._slice(LAPSED, after, to)
        if seen_only:
            return (self._slice(SEEN, after, to) & ~others).bit_count()
        return (to - after) - others.bit_count()

    def polled(self, position: int, window: int) -> bool:
        """Whether this one polled in one of the two latest presence windows."""
        return any(self.get(WINDOWS[at % 3], position) for at in (window, window - 1))

    def nth_counting(
        self, after: int, to: int, n: int, window: int, fresh_after: int
    ) -> tuple[int, int]:
        """The n-th position after `after`, up to `to`, that is present or a newcomer.

        Returns the position and n, or, if there are fewer, the last one and how many there are;
        (`after`, 0) if there is none.
        """
        return self._nth(after, to, n, lambda a, b: self._counting(a, b, window, fresh_after))

    def nth_seen(self, after: int, to: int, n: int) -> tuple[int, int]:
        """The same for positions that were ever seen."""
        return self._nth(after, to, n, lambda a, b: self._slice(SEEN, a, b))

    def _nth(
        self, after: int, to: int, n: int, slice_of: Callable[[int, int], int]
    ) -> tuple[int, int]:
        last, found, size = after, 0, _FIRST_SLICE
        if n < 1:
            return after, 0
        while after < to:
            end = min(to, after + size)
            bits = slice_of(after, end)
            here = bits.bit_count()
            if found + here >= n:
                return end - _digits_after(bits, n - found), n
            if here:
                lowest = bits & -bits
                last = end - (lowest.bit_length() - 1)
            found, after, size = found + here, end, size * 4
        return last, found

    def _counting(self, after: int, to: int, window: int, fresh_after: int) -> int:
        """A slice of those present, and of the newcomers above `fresh_after`."""
        windows = WINDOWS[window % 3], WINDOWS[(window - 1) % 3]
        fresh = to - max(after, fresh_after)
        if fresh <= 0:
            one, other = self._slices(windows, after, to)
            return one | other
        one, other, seen = self._slices((*windows, SEEN), after, to)
        return one | other | (((1 << fresh) - 1) & ~seen)

    def _slice(self, kind: int, after: int, to: int) -> int:
        return self._slices((kind,), after, to)[0]

    def _slices(self, kinds: Sequence[int], after: int, to: int) -> list[int]:
        """The bits of each kind from `after` on, up to `to`, as a number."""
        start, end = (after + 1) >> 3, to >> 3
        found = [self.store.read(kind, start, end - start + 1) for kind in kinds]
        mask, shift = (1 << (to - after)) - 1, 7 - (to & 7)
        return [(int.from_bytes(whole_bytes, "big") >> shift) & mask for whole_bytes in found]


def _digits_after(bits: int, n: int) -> int:
    """How many digits follow the n-th 1 of a slice.

    Without so many digits it still has n, without one more it has fewer. Found by halving.
    """
    low, high = 0, bits.bit_length()
    while high - low > 1:
        middle = (low + high) // 2
        if (bits >> middle).bit_count() >= n:
            low = middle
        else:
            high = middle
    return low
