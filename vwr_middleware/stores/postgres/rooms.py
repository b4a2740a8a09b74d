"""A room in PostgreSQL, as this worker knows it: one step is done to it, and what it has changed
goes to the server."""

from dataclasses import dataclass, field
from typing import Any

from vwr_middleware.line.bits import Bits
from vwr_middleware.line.state import Line, Numbers
from vwr_middleware.stores.kept_numbers import KeptNumbers
from vwr_middleware.stores.postgres.kept_room import KeptRoom, read_logs
from vwr_middleware.stores.postgres.known_rows import KnownRows, safe
from vwr_middleware.stores.postgres.parts import (
    LOGS,
    SECRETS,
    Counts,
    PostgresBits,
    PostgresBoard,
    PostgresCodes,
    PostgresDoor,
    PostgresEnded,
    PostgresIdentities,
    PostgresJournal,
    PostgresMoved,
    PostgresSessions,
)
from vwr_middleware.stores.postgres.subscriptions import PostgresSubscriptions

#: The version of a room that is not there.
NOT_THERE = 0


@dataclass(slots=True)
class KnownRoom:
    """A room as the server had it at one version. A version is a number drawn at random, so that no
    other state of the room has the same, not even after a fail-over."""

    version: int = NOT_THERE
    state: bytes = b""
    settings: str = ""
    run: int = 0
    rows: KnownRows = field(default_factory=KnownRows)
    kept: KeptRoom | None = None  # the state as the last step left it, if it was taken


class PostgresRooms:
    """`Rooms` in line_store.py says what the methods do. Each step has one, with its room alone."""

    def __init__(self, known: KnownRoom, room_name: str) -> None:
        self._known, self._name = known, room_name
        known.rows.begin()
        self._open: OpenRoom | None = None
        self._board: PostgresBoard | None = None
        kept, known.kept = known.kept, None
        if known.version != NOT_THERE:
            kept = kept or KeptRoom.read(known.state, known.settings, self._logs)
            if isinstance(kept.numbers, KeptNumbers):
                kept.numbers.fetch = self._logs
            self._open = OpenRoom(kept, known)

    def _logs(self) -> tuple[Any, ...]:
        row = self._known.rows.get(LOGS, "")
        return read_logs(row.data if row else "{}")

    def find(self, room_name: str) -> Line | None:
        return self._open.line if self._open else None

    def make(self, room_name: str, numbers: Numbers) -> Line:
        self._open = OpenRoom(KeptRoom.new(numbers), self._known)
        assert self._open.line is not None
        return self._open.line

    def _shared(self) -> "OpenRoom":
        if self._open is None:
            self._open = OpenRoom(KeptRoom.new(None), self._known)
        return self._open

    def secret(self, name: str, fresh: str) -> str:
        self._shared()
        row = self._known.rows.get(SECRETS, safe(name))
        if row is None:
            self._known.rows.put(SECRETS, safe(name), 0.0, fresh)
        return fresh if row is None else row.data

    @property
    def board(self) -> PostgresBoard:
        if self._board is None:
            self._board = PostgresBoard(self._known.rows, self._shared().counts)
        return self._board

    def save(self) -> tuple[bytes, str, KeptRoom] | None:
        """The new state and the settings; None if nothing was changed. What was changed of the rows
        is in `known.rows` then."""
        if self._open is None:
            return None
        kept = self._open.kept
        self._open.save()
        state, settings = kept.write()
        is_same = (state, settings) == (self._known.state, self._known.settings)
        return None if is_same and not self._known.rows.changes else (state, settings, kept)


class OpenRoom:
    """One room during a step."""

    def __init__(self, kept: KeptRoom, known: KnownRoom) -> None:
        rows, numbers, header = known.rows, kept.numbers, kept.header
        self.kept, self._rows = kept, rows
        self.counts = counts = Counts(header["counts"])
        self.line: Line | None = None
        if numbers is None:
            return
        self._bits = PostgresBits(rows, numbers, header)
        self.line = Line(
            numbers,
            Bits(self._bits),
            PostgresSessions(rows, counts, header),
            PostgresDoor(rows, counts),
            PostgresEnded(rows, numbers),
            PostgresJournal(rows, header),
            PostgresMoved(rows, counts, numbers),
            PostgresCodes(rows, counts),
            PostgresIdentities(rows, numbers),
            PostgresSubscriptions(rows),
            run=known.run,
        )

    def save(self) -> None:
        """Put what was changed with the rows, and what is counted into the room's header."""
        self.kept.header["counts"] = self.counts.kept()
        if self.line is None:
            return
        self._bits.save()
        logs = self.kept.logs()
        if logs is not None:
            self._rows.put(LOGS, "", 0.0, logs)
