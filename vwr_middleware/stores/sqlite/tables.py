"""The tables of the SQLite store.

A room has one row in `rooms`, whose columns are the fields of Numbers, and one in `logs` for the
fields that only a refresh needs. Columns have no type, so that a value comes back with the type
that it had.
"""

import dataclasses
from operator import attrgetter
from sqlite3 import Connection

from vwr_middleware.stores.kept_numbers import COLD, HOT, PLAIN

#: Kept in the file (`PRAGMA user_version`), for later releases. Versions 1 to 3 were sketches.
VERSION = 4


@dataclasses.dataclass(slots=True)
class SqliteCounts:
    """How many rows a room has in other tables, kept with its numbers.

    So no step has to count rows, or to look for rows that are not there. `sessions_next` and
    `door_next` say when the first row may be over, `door_latest` from when the last one is held.
    The first two may be too early and the last too late: that costs a statement that finds nothing.
    """

    sessions: int = 0
    unconfirmed: int = 0
    sessions_next: float = 0.0
    door: int = 0
    door_next: float = 0.0
    door_latest: float = 0.0
    stale: bool = False  # bitmaps of old generations are still to be deleted


COUNTS = tuple(field.name for field in dataclasses.fields(SqliteCounts))
counts_row = attrgetter(*COUNTS)

_ROOM_COLUMNS = ("settings", *PLAIN, *HOT, *COUNTS)
_LOG_COLUMNS = tuple(COLD)

#: Columns of `rooms` that an older file of this VERSION lacks: see `lacking`. All
#: statements name their columns, so workers of both releases can share the file during a deploy.
_LATER = (
    *("listens_until", "gap_from", "gap_until", "gap_lost"),
    *("away_from", "away_until", "outage_until"),
    *("judged", "unheard_from", "unheard_to", "unheard_until"),
    *("run", "numbers_from", "slots_from", "leapt", "leapt_at", "clocks_apart"),
    *("skipped_from", "skipped_to", "doubted_at", "doubted_ahead"),
    *("subscribers", "quiet_from", "quiet_until"),
    "estimates_off",
    *("shadow_at", "shadow_inside", "shadow_line", "shadow_tokens", "would_wait"),
    *("stock", "stock_at", "stock_counted", "stock_asked", "stock_noted", "stock_fell"),
    *("stock_bought", "stock_gone", "stock_problem", "stock_failed"),
    *("empty_handed", "measured_in", "completed_before", "ended_before"),
    *("day_log", "day_state"),
    "followed_to",
    *("draw", "drawn", "drawn_at", "gathers_until", "opening_changed", "gathered"),
    *("gathers_most", "draw_told", "layout", "lanes"),
    *("shadow_late", "shadow_ended", "shadow_stayed", "shadow_waited"),
    "draw_lanes",
)
#: The empty values of those that are texts.
_LATER_TEXTS = {"draw_told": "''", "draw_lanes": "''", "layout": "''", "lanes": "'{}'"}
#: Columns of `logs` that it lacks, each with an empty value.
_LATER_LOGS = {
    **{"told_ranges": "'{}'", "margins": "'{}'", "record_log": "x''"},
    **{"minute": "x''", "hour": "x''", "lane_minute": "'[]'"},
}
#: Columns of `logs` that only an older release uses, which may share the file.
_FORMER_LOGS, _NOTHING = ("open_marks", "scores"), "'{}'"
#: Tables that an older file of this VERSION lacks.
_IDENTITIES = """CREATE TABLE IF NOT EXISTS identities
    (room, generation, identity, position, PRIMARY KEY (room, generation, identity))
    WITHOUT ROWID;"""
_OUTCOMES = """CREATE TABLE IF NOT EXISTS outcomes
    (room, slot, number, at, session, how, PRIMARY KEY (room, slot)) WITHOUT ROWID;"""
_SUBSCRIPTIONS = """CREATE TABLE IF NOT EXISTS subscriptions
    (room, position, text, due, tries, PRIMARY KEY (room, position)) WITHOUT ROWID;"""
_MINUTES = """CREATE TABLE IF NOT EXISTS minutes
    (room, span, chunk, data, PRIMARY KEY (room, span, chunk));"""
_LATER_TABLES = {
    "identities": _IDENTITIES,
    "outcomes": _OUTCOMES,
    "subscriptions": _SUBSCRIPTIONS,
    "minutes": _MINUTES,
}


def _column(name: str) -> str:
    if name in _FORMER_LOGS:
        return f"{name} DEFAULT {_NOTHING}"
    if name in _LATER_LOGS:
        return f"{name} DEFAULT {_LATER_LOGS[name]}"
    return f"{name} DEFAULT {_LATER_TEXTS.get(name, 0)}" if name in _LATER else name


SCHEMA = f"""
CREATE TABLE IF NOT EXISTS rooms
    (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, {", ".join(map(_column, _ROOM_COLUMNS))});
CREATE TABLE IF NOT EXISTS logs
    (room INTEGER PRIMARY KEY, {", ".join(map(_column, (*_LOG_COLUMNS, *_FORMER_LOGS)))});
CREATE TABLE IF NOT EXISTS bits (id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS sessions
    (room, session, until, unconfirmed, PRIMARY KEY (room, session)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sessions_by_end ON sessions (room, until);
CREATE TABLE IF NOT EXISTS door
    (room, position, since, until, PRIMARY KEY (room, position)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS door_by_end ON door (room, until);
CREATE TABLE IF NOT EXISTS ended
    (room, number, session, how, PRIMARY KEY (room, number)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS ended_by_session ON ended (room, session);
CREATE TABLE IF NOT EXISTS bound
    (room, session, mark, PRIMARY KEY (room, session)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS moved
    (room, position, device, number, PRIMARY KEY (room, position)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS moved_by_number ON moved (room, number);
CREATE TABLE IF NOT EXISTS codes
    (room, code, position, until, device, attempt, PRIMARY KEY (room, code)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS codes_by_place ON codes (room, position);
CREATE INDEX IF NOT EXISTS codes_by_end ON codes (room, until);
{_IDENTITIES}
{_OUTCOMES}
{_SUBSCRIPTIONS}
{_MINUTES}
CREATE TABLE IF NOT EXISTS journal (id INTEGER PRIMARY KEY, room, kind, row);
CREATE INDEX IF NOT EXISTS journal_by_kind ON journal (room, kind, id);
CREATE TABLE IF NOT EXISTS board
    (kind, key, text, at, PRIMARY KEY (kind, key)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS board_by_time ON board (kind, at);
CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
PRAGMA user_version = {VERSION};
"""

#: The tables in which a room has rows, but for `rooms`, `logs` and `bits`.
TABLES_OF_ROOMS = (
    *("sessions", "door", "ended", "bound", "moved", "codes", "identities", "journal"),
    *("outcomes", "subscriptions", "minutes"),
)

FIND_ROOM = f"SELECT id, {', '.join(_ROOM_COLUMNS)} FROM rooms WHERE name = ?"
MAKE_ROOM = "INSERT INTO rooms (name) VALUES (?)"
SAVE_ROOM = f"UPDATE rooms SET {', '.join(f'{name} = ?' for name in _ROOM_COLUMNS)} WHERE id = ?"
FIND_LOGS = f"SELECT {', '.join(_LOG_COLUMNS)} FROM logs WHERE room = ?"
SAVE_LOGS = (
    f"REPLACE INTO logs (room, {', '.join((*_LOG_COLUMNS, *_FORMER_LOGS))})"
    f" VALUES ({', '.join(['?'] * (1 + len(_LOG_COLUMNS)) + [_NOTHING] * len(_FORMER_LOGS))})"
)


def lacking(connection: Connection) -> list[str]:
    """The statements that bring in what a file of an older release lacks."""
    there = {row[1] for row in connection.execute("PRAGMA table_info(rooms)")}
    columns = (_column(name) for name in _LATER if name not in there)
    found = [f"ALTER TABLE rooms ADD COLUMN {column}" for column in columns]
    there = {row[1] for row in connection.execute("PRAGMA table_info(logs)")}
    columns = (_column(name) for name in _LATER_LOGS if name not in there)
    found += [f"ALTER TABLE logs ADD COLUMN {column}" for column in columns]
    for name, statement in _LATER_TABLES.items():
        if not connection.execute(f"PRAGMA table_info({name})").fetchall():
            found.append(statement)
    return found
