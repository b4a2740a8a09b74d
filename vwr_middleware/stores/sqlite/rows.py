"""The rows that belong to one room, in tables whose first column names it."""

from sqlite3 import Connection, Cursor
from typing import Any


class RowsOfRoom:
    """Runs statements whose first parameter is the room."""

    def __init__(self, connection: Connection, room_row: int) -> None:
        self._connection, self._room_row = connection, room_row

    def _run(self, sql: str, *values: object) -> Cursor:
        return self._connection.execute(sql, (self._room_row, *values))

    def _one(self, sql: str, *values: object) -> Any:
        """The first row, or None."""
        return self._run(sql, *values).fetchone()

    def _number(self, sql: str, *values: object) -> int:
        """The number in the first row; 0 if there is no row."""
        row = self._one(sql, *values)
        return int(row[0]) if row else 0
