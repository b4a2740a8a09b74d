"""What a room consists of, as tables of SQLite inside one transaction: sessions, held slots, lists,
moved places, resume codes and identities.

line/state.py says what the methods do.
"""

import json
from collections.abc import Iterable, Sequence
from sqlite3 import Connection
from typing import Any

from vwr_middleware.line.draw_numbers import generations
from vwr_middleware.line.messages import Ending
from vwr_middleware.line.state import Code, Numbers
from vwr_middleware.line.subscriptions import Subscription
from vwr_middleware.stores.chunked_bits import SWEEP
from vwr_middleware.stores.sqlite.rows import RowsOfRoom
from vwr_middleware.stores.sqlite.tables import SqliteCounts


class SqliteSessions(RowsOfRoom):
    """Sessions by id, with an index by the moment when their slots are free."""

    def __init__(self, connection: Connection, room_row: int, counts: SqliteCounts) -> None:
        super().__init__(connection, room_row)
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
            [(self._room_row, session) for session in sessions],
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

    def __init__(self, connection: Connection, room_row: int, counts: SqliteCounts) -> None:
        super().__init__(connection, room_row)
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


# The list of the ended and the journal of a room, as tables of SQLite inside one transaction.
#
# line/state.py says what the methods do.


class SqliteEnded(RowsOfRoom):
    """The list of the ended, by number and by session."""

    def __init__(self, connection: Connection, room_row: int, numbers: Numbers) -> None:
        super().__init__(connection, room_row)
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
    """Bounded rows for operators. What became of sessions is a ring."""

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

    def add_outcomes(self, rows: Sequence[tuple[float, str, str]], last: int, most: int) -> None:
        first = last - len(rows) + 1
        self._connection.executemany(
            "REPLACE INTO outcomes (room, slot, number, at, session, how)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            [(self._room_row, n % most, n, *row) for n, row in enumerate(rows, first)],
        )

    def forget_outcomes(self) -> None:
        self._run("DELETE FROM outcomes WHERE room = ?")

    def history(self) -> list[list[float]]:
        return self._rows("history")

    def audit(self) -> list[list[Any]]:
        return self._rows("audit")

    def sharers(self) -> list[tuple[str, str]]:
        return sorted((session, mark) for session, mark in self._rows("sharers"))

    def outcomes(self) -> list[tuple[float, str, str]]:
        return self._run(
            "SELECT at, session, how FROM outcomes WHERE room = ? ORDER BY number"
        ).fetchall()

    def add_minute(self, span: int, chunk: int, row: bytes, oldest: int) -> None:
        before = self._one(
            "SELECT data FROM minutes WHERE room = ? AND span = ? AND chunk = ?", span, chunk
        )
        if before is None:
            self._run("DELETE FROM minutes WHERE room = ? AND span = ? AND chunk < ?", span, oldest)
        self._run(
            "REPLACE INTO minutes (room, span, chunk, data) VALUES (?, ?, ?, ?)",
            *(span, chunk, row if before is None else before[0] + row),
        )

    def minutes(self, span: int, first: int, last: int) -> list[tuple[int, bytes]]:
        return self._run(
            "SELECT chunk, data FROM minutes WHERE room = ? AND span = ? AND chunk >= ?"
            " AND chunk <= ? ORDER BY chunk",
            *(span, first, last),
        ).fetchall()

    def _add(self, kind: str, rows: Sequence[Sequence[Any]], most: int) -> None:
        of_kind = self._room_row, kind
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


# Moved places, resume codes and identities of a room, as tables of SQLite inside one transaction.
#
# line/state.py says what the methods do.


class SqliteMoved(RowsOfRoom):
    """Moved places by position, with an index by number."""

    def __init__(self, connection: Connection, room_row: int, numbers: Numbers) -> None:
        super().__init__(connection, room_row)
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

    def __init__(self, connection: Connection, room_row: int, numbers: Numbers) -> None:
        super().__init__(connection, room_row)
        self._numbers = numbers

    def get(self, identity: str) -> int | None:
        for generation in generations(self._numbers):
            row = self._one(
                "SELECT position FROM identities"
                " WHERE room = ? AND generation = ? AND identity = ?",
                *(generation, identity),
            )
            if row is not None:
                return int(row[0])
        return None

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
            generations(self._numbers)[-1],
            SWEEP,
        )

    def begin(self, generation: int) -> None:
        # After a restore it may be one that there was before.
        self._run("DELETE FROM identities WHERE room = ? AND generation >= ?", generation)


class SqliteSubscriptions(RowsOfRoom):
    """Subscriptions by position."""

    def get(self, position: int) -> Subscription | None:
        row = self._one(
            "SELECT text, due, tries FROM subscriptions WHERE room = ? AND position = ?", position
        )
        return None if row is None else Subscription(*row)

    def put(self, position: int, kept: Subscription) -> None:
        self._run(
            "REPLACE INTO subscriptions (room, position, text, due, tries) VALUES (?, ?, ?, ?, ?)",
            *(position, kept.text, kept.due, kept.tries),
        )

    def remove(self, position: int) -> None:
        self._run("DELETE FROM subscriptions WHERE room = ? AND position = ?", position)

    def after(self, position: int, most: int) -> list[tuple[int, Subscription]]:
        rows = self._run(
            "SELECT position, text, due, tries FROM subscriptions WHERE room = ? AND position > ?"
            " ORDER BY position LIMIT ?",
            *(position, most),
        ).fetchall()
        return [(position, Subscription(*kept)) for position, *kept in rows]

    def clear(self) -> None:
        self._run("DELETE FROM subscriptions WHERE room = ?")
