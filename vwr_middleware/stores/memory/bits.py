"""The bitmaps of a room in the memory of one process. line/bits.py says what the methods do."""

from collections.abc import Iterable

from vwr_middleware.line.bits import KINDS


class MemoryBits:
    """Bitmaps as byte arrays that grow with the highest bit."""

    def __init__(self) -> None:
        self._maps = [bytearray() for _ in range(KINDS)]

    def read(self, kind: int, start: int, length: int) -> bytes:
        return bytes(self._maps[kind][start : start + length]).ljust(length, b"\0")

    def set_many(self, kind: int, positions: Iterable[int]) -> None:
        bits = self._maps[kind]
        for position in positions:
            index = position >> 3
            if index >= len(bits):
                bits.extend(bytes(index + 1 - len(bits)))
            bits[index] |= 128 >> (position & 7)

    def clear(self, kind: int, position: int) -> None:
        bits = self._maps[kind]
        if position >> 3 < len(bits):
            bits[position >> 3] &= ~(128 >> (position & 7))

    def erase(self, kind: int) -> None:
        self._maps[kind] = bytearray()

    def erase_all(self) -> None:
        self._maps = [bytearray() for _ in range(KINDS)]

    def wipe(self) -> None:
        """Clear all bitmaps. Those of other generations are gone already."""
        self.erase_all()
