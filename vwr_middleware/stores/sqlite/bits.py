"""The bitmaps of a room as blobs in a table of SQLite. line/bits.py says what the methods do."""

from collections.abc import Iterable
from sqlite3 import Connection

from vwr_middleware.line.state import Numbers
from vwr_middleware.stores.sqlite.tables import SqliteCounts

#: Bytes of a bitmap in one row. Four such rows fill a page of 4 kB; of 1,024 bytes only three fit.
CHUNK = 1000
_CHUNK_BITS, _KIND_BITS, _GENERATION_BITS = 19, 3, 22

#: At most so many rows of old generations are deleted by one step.
SWEEP = 20

#: What a row that was never written reads as. It is shared, and so never changed.
_EMPTY = bytearray(CHUNK)


class SqliteBits:
    """Bitmaps in rows of CHUNK bytes. A row's id is packed of room, generation, kind and chunk.

    The table has a rowid, since WITHOUT ROWID takes three times the space for blobs of this size.
    Chunks that a step reads are kept until its end. Then `save` writes those that it has changed.
    """

    def __init__(
        self, connection: Connection, room_row: int, numbers: Numbers, counts: SqliteCounts
    ) -> None:
        self._connection, self._room_row, self._numbers = connection, room_row, numbers
        self._counts = counts
        self._chunks: dict[int, bytearray] = {}
        self._changed: set[int] = set()

    def _first_id(self, kind: int, generation: int | None = None) -> int:
        if generation is None:
            generation = self._numbers.generation
        above = (self._room_row << _GENERATION_BITS) | (generation & ((1 << _GENERATION_BITS) - 1))
        return ((above << _KIND_BITS) | kind) << _CHUNK_BITS

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
        rows = self._connection.execute(
            "SELECT id, data FROM bits WHERE id BETWEEN ? AND ?", (missing[0], missing[-1])
        ).fetchall()
        for i in missing:
            chunks[i] = _EMPTY
        for i, data in rows:
            if chunks[i] is _EMPTY:
                chunks[i] = bytearray(data)

    def _change(self, chunk: int) -> bytearray:
        self._fetch(chunk, chunk)
        data = self._chunks[chunk]
        if data is _EMPTY:
            data = self._chunks[chunk] = bytearray(CHUNK)
        self._changed.add(chunk)
        return data

    def set_many(self, kind: int, positions: Iterable[int]) -> None:
        base = self._first_id(kind)
        last, data = -1, _EMPTY
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
        first, end = self._first_id(kind), self._first_id(kind + 1)
        self._connection.execute("DELETE FROM bits WHERE id >= ? AND id < ?", (first, end))
        self._changed = {i for i in self._changed if not first <= i < end}
        self._chunks = {i: data for i, data in self._chunks.items() if not first <= i < end}

    def erase_all(self) -> None:
        """A new generation has other ids. The old rows are deleted later, a few with each step."""
        self._counts.stale = True

    def wipe(self) -> None:
        first = self._room_row << (_GENERATION_BITS + _KIND_BITS + _CHUNK_BITS)
        end = (self._room_row + 1) << (_GENERATION_BITS + _KIND_BITS + _CHUNK_BITS)
        self._connection.execute("DELETE FROM bits WHERE id >= ? AND id < ?", (first, end))
        self._changed.clear()
        self._chunks.clear()

    def save(self) -> None:
        """Write what was changed, and delete a few rows of old generations."""
        if self._changed:
            self._connection.executemany(
                "REPLACE INTO bits (id, data) VALUES (?, ?)",
                [(i, self._chunks[i]) for i in self._changed],
            )
        if self._counts.stale:
            first, end = self._first_id(0, 0), self._first_id(0)
            swept = self._connection.execute(
                "DELETE FROM bits WHERE id IN"
                " (SELECT id FROM bits WHERE id >= ? AND id < ? LIMIT ?)",
                (first, end, SWEEP),
            ).rowcount
            self._counts.stale = swept == SWEEP
