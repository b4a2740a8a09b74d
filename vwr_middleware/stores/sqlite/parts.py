"""The sessions of a room and those at its door, as tables of SQLite inside one transaction.

line/state.py says what the methods do.
"""

from collections.abc import Iterable
from sqlite3 import Connection

from vwr_middleware.stores.sqlite.rows import RowsOfRoom
from vwr_middleware.stores.sqlite.tables import SqliteCounts


class SqliteSessions(RowsOfRoom):
    """Sessions by id, with an index by the moment when their slots are free."""

    def __init__(self, connection: Connection, room: int, counts: SqliteCounts) -> None:
        super().__init__(connection, room)
        self._counts = counts

    def get(self, session: str) -> tuple[float, bool] | None:
        row = self._one(
            "SELECT until, unconfirmed FROM sessions WHERE room = ? AND session = ?", session
        )
        return None if row is None else (row[0], bool(row[1]))

    def put(self, session: str, until: float, unconfirmed: bool) -> None:
        self._take(session)
        self._run(
            "INSERT INTO sessions (room, session, until, unconfirmed) VALUES (?, ?, ?, ?)",
            *(session, until, int(unconfirmed)),
        )
        counts = self._counts
        counts.sessions_next = min(until, counts.sessions_next) if counts.sessions else until
        counts.sessions += 1
        counts.unconfirmed += unconfirmed

    def bind(self, session: str, mark: str) -> None:
        self._run("REPLACE INTO bound (room, session, mark) VALUES (?, ?, ?)", session, mark)

    def bound_to(self, session: str) -> str | None:
        row = self._one("SELECT mark FROM bound WHERE room = ? AND session = ?", session)
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
        self._run("DELETE FROM sessions WHERE room = ? AND session = ?", session)
        self._counts.sessions -= 1
        self._counts.unconfirmed -= found[1]
        return True

    def expire(self, now: float) -> list[tuple[str, bool]]:
        counts = self._counts
        if not counts.sessions or counts.sessions_next > now:
            return []
        gone = self._run(
            "SELECT session, unconfirmed FROM sessions WHERE room = ? AND until <= ?"
            " ORDER BY until, session",
            now,
        ).fetchall()
        self._run("DELETE FROM sessions WHERE room = ? AND until <= ?", now)
        self._unbind(session for session, _ in gone)
        counts.sessions -= len(gone)
        counts.unconfirmed -= sum(unconfirmed for _, unconfirmed in gone)
        (counts.sessions_next,) = self._one(
            "SELECT coalesce(min(until), 0.0) FROM sessions WHERE room = ?"
        )
        return [(session, bool(unconfirmed)) for session, unconfirmed in gone]

    def count(self) -> int:
        return self._counts.sessions

    def count_unconfirmed(self) -> int:
        return self._counts.unconfirmed

    def ending_by(self, until: float) -> int:
        if not self._counts.sessions or self._counts.sessions_next > until:
            return 0
        return self._number("SELECT count(*) FROM sessions WHERE room = ? AND until <= ?", until)

    def clear(self) -> list[str]:
        gone = [session for session, _, _ in self.rows()]
        for table in ("sessions", "bound"):
            self._run(f"DELETE FROM {table} WHERE room = ?")
        self._counts.sessions = self._counts.unconfirmed = 0
        return gone

    def rows(self) -> list[tuple[str, float, bool]]:
        rows = self._run(
            "SELECT session, until, unconfirmed FROM sessions WHERE room = ?"
            " ORDER BY until, session"
        )
        return [(session, until, bool(unconfirmed)) for session, until, unconfirmed in rows]


class SqliteDoor(RowsOfRoom):
    """Those at the door, by position, with an index by the end of their time."""

    def __init__(self, connection: Connection, room: int, counts: SqliteCounts) -> None:
        super().__init__(connection, room)
        self._counts = counts

    def prune(self, now: float, most: int) -> None:
        counts = self._counts
        if counts.door and counts.door_next <= now:
            counts.door -= self._run("DELETE FROM door WHERE room = ? AND until <= ?", now).rowcount
            (counts.door_next,) = self._one(
                "SELECT coalesce(min(until), 0.0) FROM door WHERE room = ?"
            )
        if counts.door > most and self.coming(now) > most:
            last = self.nth(most, now)
            counts.door -= self._run(
                "DELETE FROM door WHERE room = ? AND position > ?", last
            ).rowcount

    def has(self, position: int) -> bool:
        if not self._counts.door:
            return False
        return self._one("SELECT 1 FROM door WHERE room = ? AND position = ?", position) is not None

    def put(self, position: int, since: float, until: float, later: bool = False) -> None:
        self.remove(position)
        self._run(
            "INSERT INTO door (room, position, since, until) VALUES (?, ?, ?, ?)",
            *(position, since, until),
        )
        counts = self._counts
        counts.door_next = min(until, counts.door_next) if counts.door else until
        counts.door_latest = max(since, counts.door_latest) if counts.door else since
        counts.door += 1

    def remove(self, position: int) -> None:
        if self._counts.door:
            self._counts.door -= self._run(
                "DELETE FROM door WHERE room = ? AND position = ?", position
            ).rowcount

    def ahead(self, position: int, now: float) -> int:
        if not self._counts.door:
            return 0
        return self._number(
            "SELECT count(*) FROM door WHERE room = ? AND position < ? AND since <= ?",
            *(position, now),
        )

    def coming(self, by: float) -> int:
        count = self._counts.door
        if count and self._counts.door_latest > by:
            count = self._number("SELECT count(*) FROM door WHERE room = ? AND since <= ?", by)
        return count

    def later(self, now: float) -> list[int]:
        if not self._counts.door or self._counts.door_latest <= now:
            return []
        rows = self._run("SELECT position FROM door WHERE room = ? AND since > ?", now)
        return [position for (position,) in rows]

    def nth(self, n: int, now: float) -> int:
        if n > self._counts.door:
            return 0
        return self._number(
            "SELECT position FROM door WHERE room = ? AND since <= ?"
            " ORDER BY position LIMIT 1 OFFSET ?",
            *(now, n - 1),
        )

    def positions(self) -> list[int]:
        if not self._counts.door:
            return []
        rows = self._run("SELECT position FROM door WHERE room = ? ORDER BY position")
        return [position for (position,) in rows]

    def clear(self) -> None:
        self._run("DELETE FROM door WHERE room = ?")
        self._counts.door = 0
