"""The rooms in a SQLite file, during one transaction."""

from collections.abc import Mapping
from sqlite3 import Connection
from typing import Any

from vwr_middleware.line.bits import Bits
from vwr_middleware.line.state import Line, Numbers
from vwr_middleware.stores.kept_numbers import KeptNumbers, logs_row, room_row
from vwr_middleware.stores.sqlite.bits import SqliteBits
from vwr_middleware.stores.sqlite.parts import (
    SqliteCodes,
    SqliteDoor,
    SqliteEnded,
    SqliteIdentities,
    SqliteJournal,
    SqliteMoved,
    SqliteSessions,
    SqliteSubscriptions,
)
from vwr_middleware.stores.sqlite.tables import (
    FIND_LOGS,
    FIND_ROOM,
    MAKE_ROOM,
    SAVE_LOGS,
    SAVE_ROOM,
    TABLES_OF_ROOMS,
    SqliteCounts,
    counts_row,
)

# The board as a table of SQLite inside one transaction. stores/board.py says what its methods do.


#: The kind of the texts that say how many there are of each other kind.
_COUNTS = "counts"


class SqliteBoard:
    """Texts by kind and key. The namespace is part of the kind, since apps may share a file.

    How many there are of each kind is kept beside them: there may be a hundred thousand, and to
    count so many takes a hundred times as long as all else that a step does.
    """

    def __init__(self, connection: Connection, namespace: str) -> None:
        self._connection, self._namespace = connection, namespace

    def get(self, kind: str, key: str) -> tuple[str, float] | None:
        row: tuple[str, float] | None = self._connection.execute(
            "SELECT text, at FROM board WHERE kind = ? AND key = ?", (self._named(kind), key)
        ).fetchone()
        return row

    def put(self, kind: str, key: str, text: str, now: float) -> None:
        count = self._count(kind) + int(self.get(kind, key) is None)
        self._write(kind, key, text, now)
        self._write(_COUNTS, kind, str(count), now)

    def drop(self, kind: str, key: str) -> None:
        before = self._count(kind)
        gone = self._delete("kind = ? AND key = ?", self._named(kind), key)
        self._write(_COUNTS, kind, str(before - gone), 0.0)

    def trim(self, kind: str, most: int, before: float) -> None:
        named, count = self._named(kind), self._count(kind)
        left = count - self._delete("kind = ? AND at < ?", named, before)
        if left > most:
            oldest = "SELECT key FROM board WHERE kind = ? ORDER BY at LIMIT ?"
            left -= self._delete(f"kind = ? AND key IN ({oldest})", named, named, left - most)
        if left != count:
            self._write(_COUNTS, kind, str(left), 0.0)

    def rows(self, kind: str) -> Mapping[str, str]:
        rows = self._connection.execute(
            "SELECT key, text FROM board WHERE kind = ? ORDER BY at", (self._named(kind),)
        )
        return dict(rows.fetchall())

    def _count(self, kind: str) -> int:
        kept = self.get(_COUNTS, kind)
        if kept is not None:
            return int(kept[0])
        counted: tuple[int] = self._connection.execute(
            "SELECT count(*) FROM board WHERE kind = ?", (self._named(kind),)
        ).fetchone()
        return counted[0]

    def _write(self, kind: str, key: str, text: str, at: float) -> None:
        self._connection.execute(
            "REPLACE INTO board (kind, key, text, at) VALUES (?, ?, ?, ?)",
            (self._named(kind), key, text, at),
        )

    def _delete(self, where: str, *values: object) -> int:
        """Delete rows. Returns how many."""
        return self._connection.execute(f"DELETE FROM board WHERE {where}", values).rowcount

    def _named(self, kind: str) -> str:
        return f"{self._namespace}/{kind}"


# The rooms in a SQLite file, during one transaction.


class SqliteRooms:
    """`Rooms` in line_store.py says what the methods do.

    What a step needs is read once, and `save` writes what it has changed. `run` tells the file from
    one that stood in its place before: see line/store_came_back.py.
    """

    def __init__(self, connection: Connection, namespace: str, run: int = 0) -> None:
        self._connection, self._namespace, self._run = connection, namespace, run
        self._open: dict[str, OpenRoom] = {}
        self.board = SqliteBoard(connection, namespace)

    def find(self, room_name: str) -> Line | None:
        if room_name in self._open:
            return self._open[room_name].line
        found = self._connection.execute(FIND_ROOM, (self._named(room_name),)).fetchone()
        if found is None:
            return None
        number, *row = found
        columns = iter(row)
        numbers = KeptNumbers(columns, lambda: self._logs(number))
        opened = OpenRoom(self._connection, number, numbers, SqliteCounts(*columns), row)
        opened.line.run = self._run
        self._open[room_name] = opened
        return opened.line

    def make(self, room_name: str, numbers: Numbers) -> Line:
        number = self._connection.execute(MAKE_ROOM, (self._named(room_name),)).lastrowid
        assert number is not None
        opened = self._open[room_name] = OpenRoom(self._connection, number, numbers, SqliteCounts())
        opened.line.run = self._run
        # If somebody has deleted a room's row by hand, this room may have got its number.
        for table in TABLES_OF_ROOMS:
            self._connection.execute(f"DELETE FROM {table} WHERE room = ?", (number,))
        opened.line.bits.store.wipe()
        return opened.line

    def secret(self, name: str, fresh: str) -> str:
        kept: str
        self._connection.execute(
            "INSERT INTO secrets (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING",
            (self._named(name), fresh),
        )
        (kept,) = self._connection.execute(
            "SELECT value FROM secrets WHERE name = ?", (self._named(name),)
        ).fetchone()
        return kept

    def save(self) -> None:
        for opened in self._open.values():
            opened.save()

    def _named(self, name: str) -> str:
        return f"{self._namespace}/{name}"

    def _logs(self, room_row: int) -> tuple[Any, ...]:
        row: tuple[Any, ...] = self._connection.execute(FIND_LOGS, (room_row,)).fetchone()
        return row


class OpenRoom:
    """One room during a transaction; `row` is its row of the table `rooms`, without the id."""

    def __init__(
        self,
        connection: Connection,
        room_row: int,
        numbers: Numbers,
        counts: SqliteCounts,
        row: list[Any] | None = None,
    ) -> None:
        self._connection, self._room = connection, room_row
        self._counts, self._row = counts, row
        self._bits = SqliteBits(connection, room_row, numbers, counts)
        self.line = Line(
            numbers,
            Bits(self._bits),
            SqliteSessions(connection, room_row, counts),
            SqliteDoor(connection, room_row, counts),
            SqliteEnded(connection, room_row, numbers),
            SqliteJournal(connection, room_row),
            SqliteMoved(connection, room_row, numbers),
            SqliteCodes(connection, room_row),
            SqliteIdentities(connection, room_row, numbers),
            SqliteSubscriptions(connection, room_row),
        )

    def save(self) -> None:
        self._bits.save()
        row = [*room_row(self.line.numbers), *counts_row(self._counts)]
        if row != self._row:
            self._connection.execute(SAVE_ROOM, (*row, self._room))
        logs = logs_row(self.line.numbers)
        if logs is not None:
            self._connection.execute(SAVE_LOGS, (self._room, *logs))
