"""Moved places, resume codes and identities of a room, as tables of SQLite inside one transaction.

line/parts.py says what the methods do.
"""

from sqlite3 import Connection

from vwr_middleware.line.numbers import Numbers
from vwr_middleware.line.parts import Code
from vwr_middleware.stores.sqlite.bits import SWEEP


class SqliteMoved:
    """Moved places by position, with an index by number."""

    def __init__(self, connection: Connection, room: int, numbers: Numbers) -> None:
        self._connection, self._room, self._numbers = connection, room, numbers

    def get(self, position: int) -> int | None:
        row = self._connection.execute(
            "SELECT device FROM moved WHERE room = ? AND position = ?", (self._room, position)
        ).fetchone()
        return None if row is None else int(row[0])

    def put(self, position: int, device: int, number: int) -> None:
        self._connection.execute(
            "REPLACE INTO moved (room, position, device, number) VALUES (?, ?, ?, ?)",
            (self._room, position, device, number),
        )

    def remove(self, position: int) -> None:
        self._connection.execute(
            "DELETE FROM moved WHERE room = ? AND position = ?", (self._room, position)
        )

    def oldest(self, most: int) -> list[tuple[int, int]]:
        return self._connection.execute(
            "SELECT position, device FROM moved WHERE room = ? ORDER BY number LIMIT ?",
            (self._room, most),
        ).fetchall()

    def after(self, number: int, most: int) -> list[tuple[int, int, int]]:
        if number >= self._numbers.moved_last:
            return []
        return self._connection.execute(
            "SELECT number, position, device FROM moved WHERE room = ? AND number > ?"
            " ORDER BY number LIMIT ?",
            (self._room, number, most),
        ).fetchall()

    def has_more_than(self, most: int) -> bool:
        row = self._connection.execute(
            "SELECT 1 FROM moved WHERE room = ? LIMIT 1 OFFSET ?", (self._room, most)
        ).fetchone()
        return row is not None

    def clear(self) -> None:
        self._connection.execute("DELETE FROM moved WHERE room = ?", (self._room,))


class SqliteCodes:
    """Codes by their hashes, with indexes by place and by the end of their time."""

    def __init__(self, connection: Connection, room: int) -> None:
        self._connection, self._room = connection, room

    def get(self, code: str) -> Code | None:
        row = self._connection.execute(
            "SELECT position, until, device, attempt FROM codes WHERE room = ? AND code = ?",
            (self._room, code),
        ).fetchone()
        return None if row is None else Code(*row)

    def put(self, code: str, kept: Code) -> None:
        self._connection.execute(
            "DELETE FROM codes WHERE room = ? AND position = ?", (self._room, kept.position)
        )
        row = (self._room, code, kept.position, kept.until, kept.device, kept.attempt)
        self._connection.execute(
            "REPLACE INTO codes (room, code, position, until, device, attempt)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            row,
        )

    def prune(self, now: float) -> None:
        self._connection.execute(
            "DELETE FROM codes WHERE room = ? AND until <= ?", (self._room, now)
        )

    def count(self) -> int:
        (count,) = self._connection.execute(
            "SELECT count(*) FROM codes WHERE room = ?", (self._room,)
        ).fetchone()
        return int(count)

    def clear(self) -> None:
        self._connection.execute("DELETE FROM codes WHERE room = ?", (self._room,))


class SqliteIdentities:
    """Positions by identity. Each row says its generation, and counts in no other."""

    def __init__(self, connection: Connection, room: int, numbers: Numbers) -> None:
        self._connection, self._room, self._numbers = connection, room, numbers

    def get(self, identity: str) -> int | None:
        row = self._connection.execute(
            "SELECT position FROM identities WHERE room = ? AND generation = ? AND identity = ?",
            (self._room, self._numbers.generation, identity),
        ).fetchone()
        return None if row is None else int(row[0])

    def put(self, identity: str, position: int) -> None:
        generation = self._numbers.generation
        self._connection.execute(
            "REPLACE INTO identities (room, generation, identity, position) VALUES (?, ?, ?, ?)",
            (self._room, generation, identity, position),
        )
        # There may be a million of earlier generations, which would keep a reset busy for long.
        self._connection.execute(
            "DELETE FROM identities WHERE (room, generation, identity) IN (SELECT room, generation,"
            " identity FROM identities WHERE room = ? AND generation < ? LIMIT ?)",
            (self._room, generation, SWEEP),
        )

    def begin(self, generation: int) -> None:
        # After a restore it may be one that there was before.
        self._connection.execute(
            "DELETE FROM identities WHERE room = ? AND generation >= ?", (self._room, generation)
        )
