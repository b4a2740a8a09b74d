"""Moved places, resume codes and identities of a room, as tables of SQLite inside one transaction.

line/state.py says what the methods do.
"""

from sqlite3 import Connection

from vwr_middleware.line.state import Code, Numbers
from vwr_middleware.stores.sqlite.bits import SWEEP
from vwr_middleware.stores.sqlite.rows import RowsOfRoom


class SqliteMoved(RowsOfRoom):
    """Moved places by position, with an index by number."""

    def __init__(self, connection: Connection, room: int, numbers: Numbers) -> None:
        super().__init__(connection, room)
        self._numbers = numbers

    def get(self, position: int) -> int | None:
        row = self._one("SELECT device FROM moved WHERE room = ? AND position = ?", position)
        return None if row is None else int(row[0])

    def put(self, position: int, device: int, number: int) -> None:
        self._run(
            "REPLACE INTO moved (room, position, device, number) VALUES (?, ?, ?, ?)",
            *(position, device, number),
        )

    def remove(self, position: int) -> None:
        self._run("DELETE FROM moved WHERE room = ? AND position = ?", position)

    def oldest(self, most: int) -> list[tuple[int, int]]:
        return self._run(
            "SELECT position, device FROM moved WHERE room = ? ORDER BY number LIMIT ?", most
        ).fetchall()

    def after(self, number: int, most: int) -> list[tuple[int, int, int]]:
        if number >= self._numbers.moved_last:
            return []
        return self._run(
            "SELECT number, position, device FROM moved WHERE room = ? AND number > ?"
            " ORDER BY number LIMIT ?",
            number,
            most,
        ).fetchall()

    def has_more_than(self, most: int) -> bool:
        return self._one("SELECT 1 FROM moved WHERE room = ? LIMIT 1 OFFSET ?", most) is not None

    def clear(self) -> None:
        self._run("DELETE FROM moved WHERE room = ?")


class SqliteCodes(RowsOfRoom):
    """Codes by their hashes, with indexes by place and by the end of their time."""

    def get(self, code: str) -> Code | None:
        row = self._one(
            "SELECT position, until, device, attempt FROM codes WHERE room = ? AND code = ?", code
        )
        return None if row is None else Code(*row)

    def put(self, code: str, kept: Code) -> None:
        self._run("DELETE FROM codes WHERE room = ? AND position = ?", kept.position)
        self._run(
            "REPLACE INTO codes (room, code, position, until, device, attempt)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            *(code, kept.position, kept.until, kept.device, kept.attempt),
        )

    def prune(self, now: float) -> None:
        self._run("DELETE FROM codes WHERE room = ? AND until <= ?", now)

    def count(self) -> int:
        return self._number("SELECT count(*) FROM codes WHERE room = ?")

    def clear(self) -> None:
        self._run("DELETE FROM codes WHERE room = ?")


class SqliteIdentities(RowsOfRoom):
    """Positions by identity. Each row says its generation, and counts in no other."""

    def __init__(self, connection: Connection, room: int, numbers: Numbers) -> None:
        super().__init__(connection, room)
        self._numbers = numbers

    def get(self, identity: str) -> int | None:
        row = self._one(
            "SELECT position FROM identities WHERE room = ? AND generation = ? AND identity = ?",
            self._numbers.generation,
            identity,
        )
        return None if row is None else int(row[0])

    def put(self, identity: str, position: int) -> None:
        generation = self._numbers.generation
        self._run(
            "REPLACE INTO identities (room, generation, identity, position) VALUES (?, ?, ?, ?)",
            *(generation, identity, position),
        )
        # There may be a million of earlier generations, which would keep a reset busy for long.
        self._run(
            "DELETE FROM identities WHERE (room, generation, identity) IN (SELECT room, generation,"
            " identity FROM identities WHERE room = ? AND generation < ? LIMIT ?)",
            generation,
            SWEEP,
        )

    def begin(self, generation: int) -> None:
        # After a restore it may be one that there was before.
        self._run("DELETE FROM identities WHERE room = ? AND generation >= ?", generation)
