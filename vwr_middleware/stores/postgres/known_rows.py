"""The rows of a room in PostgreSQL, as this worker knows them: what a step reads and changes.

A step does not wait for the server. It reads the rows that are known. Where it needs others, it
goes on with a guess, that there is none, and notes the question: so one run finds nearly all that a
step needs. If every guess was that a row of some key is not there, the server can confirm that as
it takes the changes. Else it is asked, and the step is run again.
"""

import math
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from vwr_middleware.stores.chunked_bits import EMPTY

#: Rows of a room that are remembered from step to step at most.
KNOWN_MOST = 20_000
#: Seconds for which rows that are kept by their time are asked for beyond the moment in question.
AHEAD = 5.0


class Row(NamedTuple):
    """A row of a part of a room: when or at what number it counts, and what it says."""

    at: float
    data: str


Key = tuple[int, str]  # part, key
Span = tuple[int, float, int]  # a part's rows above this, so many at most


@dataclass(slots=True)
class Questions:
    """What to ask the server of a room's rows."""

    keys: set[Key] = field(default_factory=set)
    up_to: dict[int, float] = field(default_factory=dict)  # all rows of a part up to there
    spans: set[Span] = field(default_factory=set)
    chunks: set[int] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.keys or self.up_to or self.spans or self.chunks)

    @property
    def only_keys(self) -> bool:
        """Whether the guess that there is no such row answers all."""
        return not (self.up_to or self.spans or self.chunks)

    def reach(self, part: int, to: float) -> None:
        self.up_to[part] = max(to, self.up_to.get(part, -math.inf))

    def needed_again(self) -> "Questions":
        """Those that the next step of the kind will ask too: not those about a single visitor."""
        return Questions(up_to=dict(self.up_to), chunks=set(self.chunks))

    def add(self, other: "Questions") -> None:
        self.keys |= other.keys
        self.spans |= other.spans
        self.chunks |= other.chunks
        for part, to in other.up_to.items():
            self.reach(part, to)


@dataclass(slots=True)
class Changes:
    """What a step changes."""

    rows: dict[Key, Row | None] = field(default_factory=dict)
    drops: list[tuple[int, float, float]] = field(default_factory=list)  # part, from, to
    sweeps: list[tuple[int, float, int]] = field(default_factory=list)  # part, below, at most
    trims: list[tuple[int, int]] = field(default_factory=list)  # part, how many latest stay
    chunks: dict[int, bytearray] = field(default_factory=dict)
    chunk_drops: list[tuple[int, int]] = field(default_factory=list)
    chunk_sweep: tuple[int, int] | None = None

    def __bool__(self) -> bool:
        return bool(
            self.rows
            or self.drops
            or self.sweeps
            or self.trims
            or self.chunks
            or self.chunk_drops
            or self.chunk_sweep
        )


class KnownRows:
    """What is known of a room's rows as it was after its last change, with a step's changes laid
    over it."""

    def __init__(self) -> None:
        self._rows: dict[int, dict[str, Row | None]] = {}
        self._reach: dict[int, float] = {}  # up to there all rows of a part are known
        self._tails: dict[int, float] = {}  # above this all rows of a part are known
        self._spans: dict[Span, list[str]] = {}
        self._chunks: dict[int, bytes | bytearray] = {}
        self.begin()

    def begin(self) -> None:
        """A step begins, or is run again."""
        self.used, self.missing, self.changes = Questions(), Questions(), Changes()

    # What a step reads.

    def get(self, part: int, key: str) -> Row | None:
        changed = self.changes.rows
        if (part, key) in changed:
            return changed[part, key]
        self.used.keys.add((part, key))
        rows = self._rows.get(part, {})
        if key not in rows:
            if self._reach.get(part) != math.inf:
                self.missing.keys.add((part, key))
            return None
        row = rows[key]
        return None if row is None or self._is_dropped(part, row) else row

    def up_to(self, part: int, to: float = math.inf) -> list[tuple[str, Row]]:
        """All rows of a part up to there, in order of `at`, then of their keys."""
        self._reach_to(part, to)
        return self._sorted(part, self._rows.get(part, {}), to)

    def _reach_to(self, part: int, to: float) -> None:
        """Note that all rows of a part are needed up to there. Time goes on, so that a little more
        is asked for."""
        self.used.reach(part, to + AHEAD)
        if self._reach.get(part, -math.inf) < to:
            self.missing.reach(part, to + AHEAD)

    def _sorted(self, part: int, base: dict[str, Row | None], to: float) -> list[tuple[str, Row]]:
        own = {key: row for (of, key), row in self.changes.rows.items() if of == part}
        rows = {**base, **own}
        found = [
            (key, row)
            for key, row in rows.items()
            if row is not None and row.at <= to and (key in own or not self._is_dropped(part, row))
        ]
        return sorted(found, key=lambda each: (each[1].at, each[0]))

    def count(self, part: int, to: float = math.inf) -> int:
        """How many rows of a part there are up to there."""
        self._reach_to(part, to)
        known, changed = self._rows.get(part, {}), self.changes.rows
        base = sum(1 for row in known.values() if row is not None and row.at <= to)
        if not changed and not self.changes.drops:
            return base
        return len(self._sorted(part, known, to))

    def least(self, part: int) -> float:
        """The `at` of a part's first row among those that are known in full, or where they end."""
        end = self._reach.get(part, -math.inf)
        rows = self._sorted(part, self._rows.get(part, {}), end)
        return rows[0][1].at if rows else end

    def above(self, part: int, at: float, most: int) -> list[tuple[str, Row]]:
        """The first rows of a part above this, so many at most."""
        own = {key: row for (of, key), row in self.changes.rows.items() if of == part}
        span = part, at, most + len(own)
        self.used.spans.add(span)
        base = rows = self._rows.get(part, {})
        if at < self._tails.get(part, math.inf):
            if span not in self._spans:
                self.missing.spans.add(span)
            base = {key: rows.get(key) for key in self._spans.get(span, ())}
        return [each for each in self._sorted(part, base, math.inf) if each[1].at > at][:most]

    def chunk(self, number: int) -> bytes | bytearray:
        """A piece of a bitmap."""
        self.used.chunks.add(number)
        known = self._chunks.get(number)
        if known is None:
            self.missing.chunks.add(number)
            return EMPTY
        dropped = any(first <= number < end for first, end in self.changes.chunk_drops)
        return EMPTY if dropped else known

    def _is_dropped(self, part: int, row: Row) -> bool:
        drops = self.changes.drops
        return bool(drops) and any(of == part and a <= row.at <= b for of, a, b in drops)

    # What a step changes.

    def put(self, part: int, key: str, at: float, data: str = "") -> None:
        self.changes.rows[part, key] = Row(float(at), data)

    def remove(self, part: int, key: str) -> None:
        self.changes.rows[part, key] = None

    def drop(self, part: int, start: float = -math.inf, to: float = math.inf) -> None:
        """Delete all rows of a part from here to there."""
        rows = self.changes.rows
        for key in [k for k, r in rows.items() if k[0] == part and r and start <= r.at <= to]:
            rows[key] = None
        self.changes.drops.append((part, start, to))

    # What the server has told.

    def learn(self, asked: Questions, answers: dict[str, Any]) -> None:
        """Take in the answers to these questions."""
        for part, key in asked.keys:
            self._rows.setdefault(part, {}).setdefault(key, None)
        for part, *row in answers["keys"]:
            self._note(part, [row])
        for part, to, rows in answers["up_to"]:
            self._note(part, rows)
            self._reach[part] = math.inf if to is None else to
        for part, above, most, rows in answers["spans"]:
            self._note(part, rows)
            span = part, -math.inf if above is None else above, most
            self._spans[span] = [key for key, _, _ in rows]
            if len(rows) < most:
                self._tails[part] = min(span[1], self._tails.get(part, math.inf))
        self._chunks.update(dict.fromkeys(asked.chunks, EMPTY))
        self._chunks.update({number: bytes.fromhex(data) for number, data in answers["chunks"]})

    def _note(self, part: int, rows: list[Any]) -> None:
        known = self._rows.setdefault(part, {})
        known.update({key: Row(at, data) for key, at, data in rows})

    def absorb(self) -> None:
        """The server has taken the changes."""
        for part, key in self.missing.keys:  # the guesses were right
            self._rows.setdefault(part, {})[key] = None
        changes = self.changes
        for part, rows in self._rows.items():
            if any(of == part for of, _, _ in changes.drops):
                gone = [key for key, row in rows.items() if row and self._is_dropped(part, row)]
                rows.update(dict.fromkeys(gone))
        for (part, key), row in changes.rows.items():
            self._rows.setdefault(part, {})[key] = row
        for first, end in changes.chunk_drops:
            self._chunks.update({i: EMPTY for i in self._chunks if first <= i < end})
        self._chunks.update(changes.chunks)
        for part in {part for part, _ in changes.trims}:  # the server knows which rows are gone
            self._rows.pop(part, None)
            self._reach.pop(part, None)
            self._tails.pop(part, None)
        self._spans.clear()
        self._forget_some()
        self.begin()

    def _forget_some(self) -> None:
        if sum(map(len, self._rows.values())) + len(self._chunks) > KNOWN_MOST:
            self._rows.clear()
            self._reach.clear()
            self._tails.clear()
            self._chunks.clear()


def safe(key: str) -> str:
    """A key as the database can hold it: it knows no NUL, and no half of a pair of surrogates."""
    if key.isascii() and "\0" not in key:
        return key
    return key.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")
