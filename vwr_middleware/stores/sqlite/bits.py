"""The bitmaps of a room as blobs in a table of SQLite."""

from collections.abc import Iterable
from sqlite3 import Connection

from vwr_middleware.line.state import Numbers
from vwr_middleware.stores.chunked_bits import SWEEP, ChunkedBits
from vwr_middleware.stores.sqlite.tables import SqliteCounts


class SqliteBits(ChunkedBits):
    """The table has a rowid, since WITHOUT ROWID takes three times the space for blobs of this
    size."""

    def __init__(
        self, connection: Connection, room_row: int, numbers: Numbers, counts: SqliteCounts
    ) -> None:
        super().__init__(numbers, room_row)
        self._connection, self._counts = connection, counts

    def _load(self, first: int, last: int) -> Iterable[tuple[int, bytes]]:
        return self._connection.execute(
            "SELECT id, data FROM bits WHERE id BETWEEN ? AND ?", (first, last)
        ).fetchall()

    def _delete(self, first: int, end: int) -> None:
        self._connection.execute("DELETE FROM bits WHERE id >= ? AND id < ?", (first, end))

    def erase_all(self) -> None:
        self._counts.stale = True

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
