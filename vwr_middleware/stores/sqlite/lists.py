"""The list of the ended and the journal of a room, as tables of SQLite inside one transaction.

line/state.py says what the methods do.
"""

import json
from collections.abc import Sequence
from sqlite3 import Connection
from typing import Any

from vwr_middleware.line.messages import Ending
from vwr_middleware.line.state import Numbers
from vwr_middleware.stores.sqlite.rows import RowsOfRoom


class SqliteEnded(RowsOfRoom):
    """The list of the ended, by number and by session."""

    def __init__(self, connection: Connection, room: int, numbers: Numbers) -> None:
        super().__init__(connection, room)
        self._numbers = numbers

    def add(self, session: str, number: int, how: Ending | None) -> None:
        self._run(
            "INSERT INTO ended (room, number, session, how) VALUES (?, ?, ?, ?)",
            *(number, session, how),
        )

    def has(self, session: str) -> bool:
        return self._one("SELECT 1 FROM ended WHERE room = ? AND session = ?", session) is not None

    def after(self, number: int, most: int) -> list[tuple[int, str, Ending | None]]:
        if number >= self._numbers.ended_last:
            return []
        return self._run(
            "SELECT number, session, how FROM ended WHERE room = ? AND number > ?"
            " ORDER BY number LIMIT ?",
            number,
            most,
        ).fetchall()

    def drop(self, number: int) -> None:
        self._run("DELETE FROM ended WHERE room = ? AND number <= ?", number)


class SqliteJournal(RowsOfRoom):
    """Bounded rows for operators."""

    def add_history(self, row: list[float], most: int) -> None:
        self._add("history", [row], most)

    def add_audit(self, row: list[Any], most: int) -> None:
        self._add("audit", [row], most)

    def add_sharers(self, sharers: Sequence[tuple[str, str]], most: int) -> None:
        # One look at all rows, not one for each: a refresh may bring hundreds, and others wait.
        noted = {json.dumps(row) for row in sharers}
        rows = self._run("SELECT id, row FROM journal WHERE room = ? AND kind = 'sharers'")
        earlier = [(number,) for number, row in rows if row in noted]
        self._connection.executemany("DELETE FROM journal WHERE id = ?", earlier)
        self._add("sharers", sharers, most)

    def history(self) -> list[list[float]]:
        return self._rows("history")

    def audit(self) -> list[list[Any]]:
        return self._rows("audit")

    def sharers(self) -> list[tuple[str, str]]:
        return sorted((session, mark) for session, mark in self._rows("sharers"))

    def _add(self, kind: str, rows: Sequence[Sequence[Any]], most: int) -> None:
        of_kind = self._room, kind
        self._connection.executemany(
            "INSERT INTO journal (room, kind, row) VALUES (?, ?, ?)",
            [(*of_kind, json.dumps(row)) for row in rows],
        )
        self._connection.execute(
            "DELETE FROM journal WHERE room = ? AND kind = ? AND id <= (SELECT id FROM journal"
            " WHERE room = ? AND kind = ? ORDER BY id DESC LIMIT 1 OFFSET ?)",
            (*of_kind, *of_kind, most),
        )

    def _rows(self, kind: str) -> list[list[Any]]:
        rows = self._run("SELECT row FROM journal WHERE room = ? AND kind = ? ORDER BY id", kind)
        return [json.loads(row) for (row,) in rows]
