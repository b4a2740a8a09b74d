"""The sessions of a room and those at its door, as tables of SQLite inside one transaction.

line/parts.py says what the methods do.
"""

from collections.abc import Iterable
from sqlite3 import Connection

from vwr_middleware.stores.sqlite.tables import SqliteCounts


class SqliteSessions:
    """Sessions by id, with an index by the moment when their slots are free."""

    def __init__(self, connection: Connection, room: int, counts: SqliteCounts) -> None:
        self._connection, self._room, self._counts = connection, room, counts

    def get(self, session: str) -> tuple[float, bool] | None:
        row = self._connection.execute(
            "SELECT until, unconfirmed FROM sessions WHERE room = ? AND session = ?",
            (self._room, session),
        ).fetchone()
        return None if row is None else (row[0], bool(row[1]))

    def put(self, session: str, until: float, unconfirmed: bool) -> None:
        self._take(session)
        self._connection.execute(
            "INSERT INTO sessions (room, session, until, unconfirmed) VALUES (?, ?, ?, ?)",
            (self._room, session, until, int(unconfirmed)),
        )
        counts = self._counts
        counts.sessions_next = min(until, counts.sessions_next) if counts.sessions else until
        counts.sessions += 1
        counts.unconfirmed += unconfirmed

    def bind(self, session: str, mark: str) -> None:
        self._connection.execute(
            "REPLACE INTO bound (room, session, mark) VALUES (?, ?, ?)",
            (self._room, session, mark),
        )

    def bound_to(self, session: str) -> str | None:
        row = self._connection.execute(
            "SELECT mark FROM bound WHERE room = ? AND session = ?", (self._room, session)
        ).fetchone()
        return None if row is None else str(row[0])

    def _unbind(self, sessions: Iterable[str]) -> None:
        self._connection.executemany(
            "DELETE FROM bound WHERE room = ? AND session = ?",
            [(self._room, session) for session in sessions],
        )

    def remove(self, session: str) -> bool:
        self._unbind([session])
        return self._take(session)

    def _take(self, session: str) -> bool:
        found = self.get(session)
        if found is None:
            return False
        self._connection.execute(
            "DELETE FROM sessions WHERE room = ? AND session = ?", (self._room, session)
        )
        self._counts.sessions -= 1
        self._counts.unconfirmed -= found[1]
        return True

    def expire(self, now: float) -> list[tuple[str, bool]]:
        counts = self._counts
        if not counts.sessions or counts.sessions_next > now:
            return []
        gone = self._connection.execute(
            "SELECT session, unconfirmed FROM sessions WHERE room = ? AND until <= ?"
            " ORDER BY until, session",
            (self._room, now),
        ).fetchall()
        self._connection.execute(
            "DELETE FROM sessions WHERE room = ? AND until <= ?", (self._room, now)
        )
        self._unbind(session for session, _ in gone)
        counts.sessions -= len(gone)
        counts.unconfirmed -= sum(unconfirmed for _, unconfirmed in gone)
        (counts.sessions_next,) = self._connection.execute(
            "SELECT coalesce(min(until), 0.0) FROM sessions WHERE room = ?", (self._room,)
        ).fetchone()
        return [(session, bool(unconfirmed)) for session, unconfirmed in gone]

    def count(self) -> int:
        return self._counts.sessions

    def count_unconfirmed(self) -> int:
        return self._counts.unconfirmed

    def ending_by(self, until: float) -> int:
        if not self._counts.sessions or self._counts.sessions_next > until:
            return 0
        count: int
        (count,) = self._connection.execute(
            "SELECT count(*) FROM sessions WHERE room = ? AND until <= ?", (self._room, until)
        ).fetchone()
        return count

    def clear(self) -> list[str]:
        gone = [session for session, _, _ in self.rows()]
        for table in ("sessions", "bound"):
            self._connection.execute(f"DELETE FROM {table} WHERE room = ?", (self._room,))
        self._counts.sessions = self._counts.unconfirmed = 0
        return gone

    def rows(self) -> list[tuple[str, float, bool]]:
        rows = self._connection.execute(
            "SELECT session, until, unconfirmed FROM sessions WHERE room = ?"
            " ORDER BY until, session",
            (self._room,),
        )
        return [(session, until, bool(unconfirmed)) for session, until, unconfirmed in rows]


class SqliteDoor:
    """Those at the door, by position, with an index by the end of their time."""

    def __init__(self, connection: Connection, room: int, counts: SqliteCounts) -> None:
        self._connection, self._room, self._counts = connection, room, counts

    def prune(self, now: float, most: int) -> None:
        counts = self._counts
        if counts.door and counts.door_next <= now:
            counts.door -= self._connection.execute(
                "DELETE FROM door WHERE room = ? AND until <= ?", (self._room, now)
            ).rowcount
            (counts.door_next,) = self._connection.execute(
                "SELECT coalesce(min(until), 0.0) FROM door WHERE room = ?", (self._room,)
            ).fetchone()
        if counts.door > most and self.coming(now) > most:
            last = self.nth(most, now)
            counts.door -= self._connection.execute(
                "DELETE FROM door WHERE room = ? AND position > ?", (self._room, last)
            ).rowcount

    def has(self, position: int) -> bool:
        if not self._counts.door:
            return False
        row = self._connection.execute(
            "SELECT 1 FROM door WHERE room = ? AND position = ?", (self._room, position)
        ).fetchone()
        return row is not None

    def put(self, position: int, since: float, until: float, later: bool = False) -> None:
        self.remove(position)
        self._connection.execute(
            "INSERT INTO door (room, position, since, until) VALUES (?, ?, ?, ?)",
            (self._room, position, since, until),
        )
        counts = self._counts
        counts.door_next = min(until, counts.door_next) if counts.door else until
        counts.door_latest = max(since, counts.door_latest) if counts.door else since
        counts.door += 1

    def remove(self, position: int) -> None:
        if self._counts.door:
            self._counts.door -= self._connection.execute(
                "DELETE FROM door WHERE room = ? AND position = ?", (self._room, position)
            ).rowcount

    def ahead(self, position: int, now: float) -> int:
        if not self._counts.door:
            return 0
        count: int
        (count,) = self._connection.execute(
            "SELECT count(*) FROM door WHERE room = ? AND position < ? AND since <= ?",
            (self._room, position, now),
        ).fetchone()
        return count

    def coming(self, by: float) -> int:
        count = self._counts.door
        if count and self._counts.door_latest > by:
            (count,) = self._connection.execute(
                "SELECT count(*) FROM door WHERE room = ? AND since <= ?", (self._room, by)
            ).fetchone()
        return count

    def later(self, now: float) -> list[int]:
        if not self._counts.door or self._counts.door_latest <= now:
            return []
        rows = self._connection.execute(
            "SELECT position FROM door WHERE room = ? AND since > ?", (self._room, now)
        )
        return [position for (position,) in rows]

    def nth(self, n: int, now: float) -> int:
        if n > self._counts.door:
            return 0
        row = self._connection.execute(
            "SELECT position FROM door WHERE room = ? AND since <= ?"
            " ORDER BY position LIMIT 1 OFFSET ?",
            (self._room, now, n - 1),
        ).fetchone()
        return 0 if row is None else int(row[0])

    def positions(self) -> list[int]:
        if not self._counts.door:
            return []
        rows = self._connection.execute(
            "SELECT position FROM door WHERE room = ? ORDER BY position", (self._room,)
        )
        return [position for (position,) in rows]

    def clear(self) -> None:
        self._connection.execute("DELETE FROM door WHERE room = ?", (self._room,))
        self._counts.door = 0
