"""The tables of the SQLite store, and how a room's numbers are kept in them.

A room has one row in `rooms`, whose columns are the fields of Numbers, and one in `logs` for the
fields that only a refresh needs, so that a join need not write them. Columns have no type, so that
a value comes back with the type that it had. Lists of numbers are packed as doubles: JSON would
take fifteen times as long, which would be most of a step's time.
"""

import dataclasses
import json
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import chain
from operator import attrgetter
from sqlite3 import Connection
from struct import pack, unpack
from typing import Any

from vwr_middleware.line.state import Numbers

#: Kept in the file (`PRAGMA user_version`), for later releases. Versions 1 to 3 were sketches.
VERSION = 4

Codec = tuple[Callable[[Any], Any], Callable[[Any], Any]]

_to_json = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


def _rows(width: int) -> Codec:
    """A list of rows of so many numbers."""

    def encode(rows: list[list[float]]) -> bytes:
        return pack(f"<{len(rows) * width}d", *chain.from_iterable(rows))

    def decode(data: bytes) -> list[list[float]]:
        flat = unpack(f"<{len(data) // 8}d", data)
        return [list(flat[i : i + width]) for i in range(0, len(flat), width)]

    return encode, decode


_JSON: Codec = (_to_json, json.loads)

#: Fields that are not plain values, with their codecs: _HOT in `rooms`, _COLD in `logs`.
_HOT: dict[str, Codec] = {
    "totals": _JSON,
    "cohorts": _rows(7),
    "goes": _rows(2),
    "queue_log": _rows(2),
    "turn_log": _rows(2),
}
_COLD: dict[str, Codec] = {
    "serving_log": _rows(2),
    "horizon_log": _rows(2),
    "flow_log": _rows(4),
    "wait_log": _rows(3),
    "load_log": _rows(6),
    "ended_checkpoints": _rows(3),
    "done_keys": _JSON,
    "untold": _JSON,
    "open_marks": _JSON,
    "scores": _JSON,
    "adaptive": _JSON,
}
_SETTINGS = ("config", "overrides", "rules")
_PLAIN = tuple(
    field.name
    for field in dataclasses.fields(Numbers)
    if field.name not in {*_HOT, *_COLD, *_SETTINGS}
)


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

_ROOM_COLUMNS = ("settings", *_PLAIN, *_HOT, *COUNTS)
_LOG_COLUMNS = tuple(_COLD)

#: Columns of `rooms` and a table that an older file of this VERSION lacks: see `lacking`. All
#: statements name their columns, so workers of both releases can share the file during a deploy.
_LATER = (
    *("listens_until", "gap_from", "gap_until", "gap_lost"),
    *("away_from", "away_until", "outage_until"),
    *("judged", "unheard_from", "unheard_to", "unheard_until"),
    *("run", "numbers_from", "slots_from", "leapt", "leapt_at", "clocks_apart"),
    *("skipped_from", "skipped_to", "doubted_at", "doubted_ahead"),
)
_IDENTITIES = """CREATE TABLE IF NOT EXISTS identities
    (room, generation, identity, position, PRIMARY KEY (room, generation, identity))
    WITHOUT ROWID;"""


def _column(name: str) -> str:
    return f"{name} DEFAULT 0" if name in _LATER else name


SCHEMA = f"""
CREATE TABLE IF NOT EXISTS rooms
    (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, {", ".join(map(_column, _ROOM_COLUMNS))});
CREATE TABLE IF NOT EXISTS logs (room INTEGER PRIMARY KEY, {", ".join(_LOG_COLUMNS)});
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
CREATE TABLE IF NOT EXISTS journal (id INTEGER PRIMARY KEY, room, kind, row);
CREATE INDEX IF NOT EXISTS journal_by_kind ON journal (room, kind, id);
CREATE TABLE IF NOT EXISTS board
    (kind, key, text, at, PRIMARY KEY (kind, key)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS board_by_time ON board (kind, at);
CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
PRAGMA user_version = {VERSION};
"""

#: The tables in which a room has rows, but for `rooms`, `logs` and `bits`.
TABLES_OF_ROOMS = ("sessions", "door", "ended", "bound", "moved", "codes", "identities", "journal")

FIND_ROOM = f"SELECT id, {', '.join(_ROOM_COLUMNS)} FROM rooms WHERE name = ?"
MAKE_ROOM = "INSERT INTO rooms (name) VALUES (?)"
SAVE_ROOM = f"UPDATE rooms SET {', '.join(f'{name} = ?' for name in _ROOM_COLUMNS)} WHERE id = ?"
FIND_LOGS = f"SELECT {', '.join(_LOG_COLUMNS)} FROM logs WHERE room = ?"
SAVE_LOGS = (
    f"REPLACE INTO logs (room, {', '.join(_LOG_COLUMNS)}) VALUES (?{', ?' * len(_LOG_COLUMNS)})"
)


def lacking(connection: Connection) -> list[str]:
    """The statements that bring in what a file of an older release lacks."""
    there = {row[1] for row in connection.execute("PRAGMA table_info(rooms)")}
    columns = (_column(name) for name in _LATER if name not in there)
    found = [f"ALTER TABLE rooms ADD COLUMN {column}" for column in columns]
    if not connection.execute("PRAGMA table_info(identities)").fetchall():
        found.append(_IDENTITIES)
    return found


class KeptNumbers(Numbers):
    """Numbers as they were read from a row of `rooms`. Of its `columns` after the id they take
    theirs, so that the counts are left.

    Those of the table `logs` are fetched when one of them is first used: for a field that is not
    set yet, Python calls `__getattr__`.
    """

    __slots__ = ("fetch", "fetched", "settings")

    def __init__(self, columns: Iterator[Any], fetch_logs: Callable[[], tuple[Any, ...]]) -> None:
        self.fetch = fetch_logs
        self.fetched: tuple[Any, ...] | None = None  # the row of `logs`
        text = next(columns)
        self.settings: str | None = text  # None: they were changed
        self.config, overrides, self.rules = _read_settings(text)
        self.overrides = dict(overrides)
        for name, value in zip(_PLAIN, columns, strict=False):
            setattr(self, name, value)
        for (name, (_, decode)), value in zip(_HOT.items(), columns, strict=False):
            setattr(self, name, decode(value))

    def __getattr__(self, name: str) -> Any:
        if name not in _COLD:
            raise AttributeError(name)
        self.fetched = self.fetch()
        for (field, (_, decode)), value in zip(_COLD.items(), self.fetched, strict=True):
            if not self.has(field):
                setattr(self, field, decode(value))
        return getattr(self, name)

    def has(self, field: str) -> bool:
        """Whether a field was set or fetched."""
        try:
            object.__getattribute__(self, field)
        except AttributeError:
            return False
        return True

    def lay_rules(self) -> None:
        super().lay_rules()
        self.settings = None


def room_row(numbers: Numbers) -> tuple[Any, ...]:
    """The row of `rooms` for these numbers."""
    settings = numbers.settings if isinstance(numbers, KeptNumbers) else None
    if settings is None:
        settings = _to_json([numbers.config, numbers.overrides])
    plain = [getattr(numbers, name) for name in _PLAIN]
    hot = [encode(getattr(numbers, name)) for name, (encode, _) in _HOT.items()]
    return (settings, *plain, *hot)


def logs_row(numbers: Numbers) -> tuple[Any, ...] | None:
    """The row of `logs` for these numbers; None if nothing in it was changed."""
    if isinstance(numbers, KeptNumbers) and not any(map(numbers.has, _COLD)):
        return None
    row = tuple(encode(getattr(numbers, name)) for name, (encode, _) in _COLD.items())
    return None if row == getattr(numbers, "fetched", None) else row


@lru_cache(maxsize=256)
def _read_settings(text: str) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    config, overrides = json.loads(text)
    return config, overrides, {**config, **overrides}
