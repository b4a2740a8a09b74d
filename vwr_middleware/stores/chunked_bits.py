"""The bitmaps of a room in chunks, as databases keep them.

line/bits.py says what the methods do.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable

from vwr_middleware.line.state import Numbers

#: Bytes of a bitmap in one row. Four such rows fill a page of 4 kB; of 1,024 bytes only three fit.
CHUNK = 1000
CHUNK_BITS, _KIND_BITS, _GENERATION_BITS = 19, 3, 22
#: How many ids a room has.
IDS_OF_A_ROOM = 1 << (_GENERATION_BITS + _KIND_BITS + CHUNK_BITS)

#: At most so many rows of old generations are deleted by one step.
SWEEP = 20

#: What a row that was never written reads as. It is shared, and so never changed.
EMPTY = bytearray(CHUNK)


class ChunkedBits(ABC):
    """Bitmaps in rows of CHUNK bytes, each with an id packed of room, generation, kind and chunk.

    Chunks that a step reads are kept until its end, and those that it has changed are written then.
    """

    def __init__(self, numbers: Numbers, room_row: int = 0) -> None:
        self._numbers, self._room_row = numbers, room_row
        self._chunks: dict[int, bytearray] = {}
        self._changed: set[int] = set()

    @abstractmethod
    def _load(self, first: int, last: int) -> Iterable[tuple[int, bytes | bytearray]]:
        """The rows with these ids that there are."""

    @abstractmethod
    def _delete(self, first: int, end: int) -> None:
        """Delete the rows from the first id on, up to the end."""

    @abstractmethod
    def erase_all(self) -> None:
        """A new generation has other ids. The old rows are deleted later, a few with each step."""

    def _first_id(self, kind: int, generation: int | None = None) -> int:
        if generation is None:
            generation = self._numbers.generation
        above = (self._room_row << _GENERATION_BITS) | (generation & ((1 << _GENERATION_BITS) - 1))
        return ((above << _KIND_BITS) | kind) << CHUNK_BITS

    def read(self, kind: int, start: int, length: int) -> bytes:
        base = self._first_id(kind)
        first, last = start // CHUNK, (start + length - 1) // CHUNK
        self._fetch(base + first, base + last)
        offset = start - first * CHUNK
        if first == last:
            return bytes(self._chunks[base + first][offset : offset + length])
        whole = b"".join(self._chunks[base + i] for i in range(first, last + 1))
        return whole[offset : offset + length]

    def _fetch(self, first: int, last: int) -> None:
        chunks = self._chunks
        if first == last and first in chunks:
            return
        missing = [i for i in range(first, last + 1) if i not in chunks]
        if not missing:
            return
        rows = self._load(missing[0], missing[-1])
        for i in missing:
            chunks[i] = EMPTY
        for i, data in rows:
            if chunks[i] is EMPTY:
                chunks[i] = bytearray(data)

    def _change(self, chunk: int) -> bytearray:
        self._fetch(chunk, chunk)
        data = self._chunks[chunk]
        if data is EMPTY:
            data = self._chunks[chunk] = bytearray(CHUNK)
        self._changed.add(chunk)
        return data

    def set_many(self, kind: int, positions: Iterable[int]) -> None:
        base = self._first_id(kind)
        last, data = -1, EMPTY
        for position in positions:
            chunk, at = divmod(position >> 3, CHUNK)
            if chunk != last:
                last, data = chunk, self._change(base + chunk)
            data[at] |= 128 >> (position & 7)

    def clear(self, kind: int, position: int) -> None:
        chunk, at = divmod(position >> 3, CHUNK)
        chunk += self._first_id(kind)
        self._fetch(chunk, chunk)
        if self._chunks[chunk][at] & (128 >> (position & 7)):
            self._change(chunk)[at] &= ~(128 >> (position & 7))

    def erase(self, kind: int) -> None:
        self._forget(self._first_id(kind), self._first_id(kind + 1))

    def wipe(self) -> None:
        self._forget(self._room_row * IDS_OF_A_ROOM, (self._room_row + 1) * IDS_OF_A_ROOM)

    def _forget(self, first: int, end: int) -> None:
        self._delete(first, end)
        self._changed = {i for i in self._changed if not first <= i < end}
        self._chunks = {i: data for i, data in self._chunks.items() if not first <= i < end}
