"""The board as a table of SQLite inside one transaction. board.py says what its methods do."""

from collections.abc import Mapping
from sqlite3 import Connection


class SqliteBoard:
    """Texts by kind and key. The namespace is part of the kind, since apps may share a file."""

    def __init__(self, connection: Connection, namespace: str) -> None:
        self._connection, self._namespace = connection, namespace

    def get(self, kind: str, key: str) -> tuple[str, float] | None:
        row: tuple[str, float] | None = self._connection.execute(
            "SELECT text, at FROM board WHERE kind = ? AND key = ?", (self._named(kind), key)
        ).fetchone()
        return row

    def put(self, kind: str, key: str, text: str, now: float) -> None:
        self._connection.execute(
            "REPLACE INTO board (kind, key, text, at) VALUES (?, ?, ?, ?)",
            (self._named(kind), key, text, now),
        )

    def drop(self, kind: str, key: str) -> None:
        self._connection.execute(
            "DELETE FROM board WHERE kind = ? AND key = ?", (self._named(kind), key)
        )

    def trim(self, kind: str, most: int, before: float) -> None:
        named = self._named(kind)
        self._connection.execute("DELETE FROM board WHERE kind = ? AND at < ?", (named, before))
        self._connection.execute(
            "DELETE FROM board WHERE kind = ? AND key IN"
            " (SELECT key FROM board WHERE kind = ? ORDER BY at DESC LIMIT -1 OFFSET ?)",
            (named, named, most),
        )

    def rows(self, kind: str) -> Mapping[str, str]:
        rows = self._connection.execute(
            "SELECT key, text FROM board WHERE kind = ? ORDER BY at", (self._named(kind),)
        )
        return dict(rows.fetchall())

    def _named(self, kind: str) -> str:
        return f"{self._namespace}/{kind}"
