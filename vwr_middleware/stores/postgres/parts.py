"""What a room consists of, as rows that this worker knows: sessions, held slots, lists, moved
places, resume codes, identities and the journal; and what workers share besides rooms.

line/state.py and stores/board.py say what the methods do.
"""

import json
import math
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from vwr_middleware.line.draw_numbers import generations
from vwr_middleware.line.messages import Ending
from vwr_middleware.line.state import Code, Numbers
from vwr_middleware.stores.chunked_bits import SWEEP, ChunkedBits
from vwr_middleware.stores.postgres.known_rows import KnownRows, safe

#: The parts of a room, as the column `part` has them. A number never means anything else.
SETTINGS, LOGS, SESSIONS, BOUND, DOOR, ENDED, MOVED = 0, 1, 2, 3, 4, 5, 6
CODES, CODES_OF_PLACES, IDENTITIES, HISTORY, AUDIT, SHARERS, OUTCOMES = 7, 8, 9, 10, 11, 12, 13
SUBSCRIPTIONS = 14
MINUTES = {60: 15, 3600: 16, 1: 17, 2: 18}  # by the seconds of a row; 1: the day's log; 2: lanes
SECRETS = 20
BOARD = {
    **{"attempts": 21, "sign_outs": 22, "posts": 23, "uses": 24, "shared": 25},
    "strict_uses": 26,
}


class Counts:
    """What is kept with a room's numbers of its rows, so that no step has to count them, or to look
    for rows that are not there: of a part how many there are, and a bound below the first."""

    def __init__(self, kept: Mapping[str, Any]) -> None:
        self.rows: dict[int, list[float]] = {int(part): [*row] for part, row in kept.items()}

    def kept(self) -> dict[str, Any]:
        """As it is written."""
        return {str(part): row for part, row in self.rows.items()}

    def of(self, part: int) -> list[float]:
        """How many rows a part has, and a bound below the first one."""
        return self.rows.setdefault(part, [0, 0.0])

    def added(self, part: int, at: float) -> None:
        row = self.of(part)
        row[1] = min(at, row[1]) if row[0] else at
        row[0] += 1


class CountedRows:
    """The rows of one part, counted."""

    part: int

    def __init__(self, rows: KnownRows, counts: Counts) -> None:
        self._known, self._counts = rows, counts

    def count(self) -> int:
        return int(self._counts.of(self.part)[0])

    def _get(self, key: str) -> tuple[float, str] | None:
        return self._known.get(self.part, key) if self.count() else None

    def _put(self, key: str, at: float, data: str) -> None:
        is_new = self._get(key) is None
        self._known.put(self.part, key, at, data)
        if is_new:
            self._counts.added(self.part, at)
        else:
            row = self._counts.of(self.part)
            row[1] = min(at, row[1])

    def _remove(self, key: str) -> bool:
        if self._get(key) is None:
            return False
        self._known.remove(self.part, key)
        self._counts.of(self.part)[0] -= 1
        return True

    def _may_be_up_to(self, at: float) -> bool:
        count, least = self._counts.of(self.part)
        return bool(count) and least <= at

    def _take_up_to(self, at: float) -> list[tuple[str, str]]:
        """Remove and return those up to there: keys and data."""
        if not self._may_be_up_to(at):
            return []
        gone = self._known.up_to(self.part, at)
        for key, _ in gone:
            self._remove(key)
        self._counts.of(self.part)[1] = max(at, self._known.least(self.part))
        return [(key, row.data) for key, row in gone]

    def clear(self) -> Any:
        self._known.drop(self.part)
        self._counts.of(self.part)[0] = 0


class PostgresSessions(CountedRows):
    """Sessions by id; a row counts from the moment when its slot is free."""

    part = SESSIONS

    def __init__(self, rows: KnownRows, counts: Counts, numbers: Any) -> None:
        super().__init__(rows, counts)
        self._header = numbers

    def get(self, session: str) -> tuple[float, bool] | None:
        row = self._get(safe(session))
        return None if row is None else (row[0], row[1] == "1")

    def put(self, session: str, until: float, unconfirmed: bool) -> None:
        before = self.get(session)
        self._header["unconfirmed"] += unconfirmed - (before is not None and before[1])
        self._put(safe(session), until, "1" if unconfirmed else "0")

    def bind(self, session: str, mark: str) -> None:
        self._known.put(BOUND, safe(session), 0.0, mark)

    def bound_to(self, session: str) -> str | None:
        row = self._known.get(BOUND, safe(session))
        return None if row is None else row.data

    def remove(self, session: str) -> bool:
        self._known.remove(BOUND, safe(session))
        before = self.get(session)
        self._header["unconfirmed"] -= before is not None and before[1]
        return self._remove(safe(session))

    def expire(self, now: float) -> list[tuple[str, bool]]:
        gone = [(session, data == "1") for session, data in self._take_up_to(now)]
        for session, unconfirmed in gone:
            self._known.remove(BOUND, session)
            self._header["unconfirmed"] -= unconfirmed
        return gone

    def count_unconfirmed(self) -> int:
        return int(self._header["unconfirmed"])

    def ending_by(self, until: float) -> int:
        return self._known.count(self.part, until) if self._may_be_up_to(until) else 0

    def clear(self) -> list[str]:
        gone = [session for session, _, _ in self.rows()]
        super().clear()
        self._known.drop(BOUND)
        self._header["unconfirmed"] = 0
        return gone

    def rows(self) -> list[tuple[str, float, bool]]:
        if not self.count():
            return []
        return [(key, row.at, row.data == "1") for key, row in self._known.up_to(self.part)]


class PostgresDoor(CountedRows):
    """Those at the door, who are few: all are read. A row counts from the end of the time, and says
    where it begins."""

    part = DOOR

    def prune(self, now: float, most: int) -> None:
        self._take_up_to(now)
        if self.count() > most and self.coming(now) > most:
            last = self.nth(most, now)
            for position in self.positions():
                if position > last:
                    self.remove(position)

    def _since(self) -> list[tuple[int, float]]:
        """Each position, in order, and from when a slot is held."""
        if not self.count():
            return []
        return sorted((int(k), float(row.data)) for k, row in self._known.up_to(self.part))

    def has(self, position: int) -> bool:
        return self._get(str(position)) is not None

    def put(self, position: int, since: float, until: float, later: bool = False) -> None:
        self._put(str(position), until, repr(float(since)))

    def remove(self, position: int) -> None:
        self._remove(str(position))

    def ahead(self, position: int, now: float) -> int:
        return sum(1 for p, since in self._since() if p < position and since <= now)

    def coming(self, by: float) -> int:
        return sum(1 for _, since in self._since() if since <= by)

    def later(self, now: float) -> list[int]:
        return [position for position, since in self._since() if since > now]

    def nth(self, n: int, now: float) -> int:
        held = [position for position, since in self._since() if since <= now]
        return held[n - 1] if n <= len(held) else 0

    def positions(self) -> list[int]:
        return [position for position, _ in self._since()]


class PostgresEnded:
    """The list of the ended; a row counts by its number."""

    def __init__(self, rows: KnownRows, numbers: Numbers) -> None:
        self._known, self._numbers = rows, numbers

    def add(self, session: str, number: int, how: Ending | None) -> None:
        self._known.put(ENDED, safe(session), number, how or "")

    def has(self, session: str) -> bool:
        return self._known.get(ENDED, safe(session)) is not None

    def after(self, number: int, most: int) -> list[tuple[int, str, Ending | None]]:
        if number >= self._numbers.ended_last:
            return []
        rows = self._known.above(ENDED, number, most)
        return [(int(row.at), key, row.data or None) for key, row in rows]  # type: ignore[misc]

    def drop(self, number: int) -> None:
        self._known.drop(ENDED, to=number)


class PostgresMoved(CountedRows):
    """Moved places; a row counts by its number."""

    part = MOVED

    def __init__(self, rows: KnownRows, counts: Counts, numbers: Numbers) -> None:
        super().__init__(rows, counts)
        self._numbers = numbers

    def get(self, position: int) -> int | None:
        row = self._get(str(position))
        return None if row is None else int(row[1])

    def put(self, position: int, device: int, number: int) -> None:
        self._put(str(position), number, str(device))

    def remove(self, position: int) -> None:
        self._remove(str(position))

    def oldest(self, most: int) -> list[tuple[int, int]]:
        rows = self._known.above(MOVED, -math.inf, most)
        return [(int(key), int(row.data)) for key, row in rows]

    def after(self, number: int, most: int) -> list[tuple[int, int, int]]:
        if number >= self._numbers.moved_last or not self.count():
            return []
        rows = self._known.above(MOVED, number, most)
        return [(int(row.at), int(key), int(row.data)) for key, row in rows]

    def has_more_than(self, most: int) -> bool:
        return self.count() > most


class PostgresCodes(CountedRows):
    """Codes by their hashes, and the code of each place; a row counts from the end of its time."""

    part = CODES

    def get(self, code: str) -> Code | None:
        row = self._get(safe(code))
        if row is None:
            return None
        position, device, attempt = json.loads(row[1])
        return Code(position, row[0], device, attempt)

    def put(self, code: str, kept: Code) -> None:
        place = str(kept.position)
        before, old = self.get(code), self._known.get(CODES_OF_PLACES, place)
        if before is not None and before.position != kept.position:
            self._known.remove(CODES_OF_PLACES, str(before.position))
        if old is not None and old.data != code:
            self._remove(safe(old.data))
        data = json.dumps([kept.position, kept.device, kept.attempt])
        self._put(safe(code), kept.until, data)
        self._known.put(CODES_OF_PLACES, place, kept.until, safe(code))

    def prune(self, now: float) -> None:
        for code, data in self._take_up_to(now):
            of_place = self._known.get(CODES_OF_PLACES, str(json.loads(data)[0]))
            if of_place is not None and of_place.data == code:
                self._known.remove(CODES_OF_PLACES, str(json.loads(data)[0]))

    def clear(self) -> None:
        super().clear()
        self._known.drop(CODES_OF_PLACES)


class PostgresIdentities:
    """Positions by identity. Each row counts by its generation, and in no other."""

    def __init__(self, rows: KnownRows, numbers: Numbers) -> None:
        self._known, self._numbers = rows, numbers

    def get(self, identity: str) -> int | None:
        for generation in generations(self._numbers):
            row = self._known.get(IDENTITIES, f"{generation}:{safe(identity)}")
            if row is not None:
                return int(row.data)
        return None

    def put(self, identity: str, position: int) -> None:
        generation = self._numbers.generation
        self._known.put(IDENTITIES, f"{generation}:{safe(identity)}", generation, str(position))
        # There may be a million of earlier generations, which would keep a reset busy for long.
        oldest = generations(self._numbers)[-1]
        if oldest > 1:
            self._known.changes.sweeps.append((IDENTITIES, oldest, SWEEP))

    def begin(self, generation: int) -> None:
        # After a restore it may be one that there was before.
        self._known.drop(IDENTITIES, start=generation)


class PostgresJournal:
    """Bounded rows for operators; a row counts by its number. What became of sessions is a ring."""

    def __init__(self, rows: KnownRows, header: dict[str, Any]) -> None:
        self._known, self._header = rows, header

    def add_history(self, row: list[float], most: int) -> None:
        self._add(HISTORY, [row], most)

    def add_audit(self, row: list[Any], most: int) -> None:
        self._add(AUDIT, [row], most)

    def add_sharers(self, sharers: Sequence[tuple[str, str]], most: int) -> None:
        for row in sharers:
            self._known.put(SHARERS, safe(" ".join(row)), self._next(), json.dumps(row))
        self._known.changes.trims.append((SHARERS, most))

    def add_outcomes(self, rows: Sequence[tuple[float, str, str]], last: int, most: int) -> None:
        for number, row in enumerate(rows, last - len(rows) + 1):
            self._known.put(OUTCOMES, str(number % most), number, json.dumps(row))

    def forget_outcomes(self) -> None:
        self._known.drop(OUTCOMES)

    def history(self) -> list[list[float]]:
        return self._rows(HISTORY)

    def audit(self) -> list[list[Any]]:
        return self._rows(AUDIT)

    def sharers(self) -> list[tuple[str, str]]:
        return sorted((session, mark) for session, mark in self._rows(SHARERS))

    def outcomes(self) -> list[tuple[float, str, str]]:
        return [(at, session, how) for at, session, how in self._rows(OUTCOMES)]

    def add_minute(self, span: int, chunk: int, row: bytes, oldest: int) -> None:
        part = MINUTES[span]
        before = self._known.get(part, str(chunk))
        if before is None:
            self._known.drop(part, to=oldest - 1)
        data = b"" if before is None else b64decode(before.data)
        self._known.put(part, str(chunk), chunk, b64encode(data + row).decode())

    def minutes(self, span: int, first: int, last: int) -> list[tuple[int, bytes]]:
        rows = self._known.up_to(MINUTES[span], last)
        return [(int(row.at), b64decode(row.data)) for _, row in rows if row.at >= first]

    def _add(self, part: int, rows: Iterable[list[Any]], most: int) -> None:
        for row in rows:
            number = self._next()
            self._known.put(part, str(number), number, json.dumps(row))
        self._known.changes.trims.append((part, most))

    def _next(self) -> int:
        self._header["journal"] += 1
        return int(self._header["journal"])

    def _rows(self, part: int) -> list[list[Any]]:
        return [json.loads(row.data) for _, row in self._known.up_to(part)]


class PostgresBits(ChunkedBits):
    """Bitmaps, whose chunks this worker may know."""

    def __init__(self, rows: KnownRows, numbers: Numbers, header: dict[str, Any]) -> None:
        super().__init__(numbers)
        self._known, self._header = rows, header

    def _load(self, first: int, last: int) -> Iterable[tuple[int, bytes | bytearray]]:
        return [(number, self._known.chunk(number)) for number in range(first, last + 1)]

    def _delete(self, first: int, end: int) -> None:
        self._known.changes.chunk_drops.append((first, end))

    def erase_all(self) -> None:
        self._header["stale"] = 1

    def save(self) -> None:
        changes = self._known.changes
        changes.chunks = {number: self._chunks[number] for number in self._changed}
        if self._header["stale"]:
            changes.chunk_sweep = self._first_id(0, 0), self._first_id(0)


class PostgresBoard:
    """Texts by kind and key; a row counts from the moment when it was put there."""

    def __init__(self, rows: KnownRows, counts: Counts) -> None:
        self._kinds = {kind: _Texts(rows, counts, part) for kind, part in BOARD.items()}

    def get(self, kind: str, key: str) -> tuple[str, float] | None:
        row = self._kinds[kind]._get(safe(key))
        return None if row is None else (json.loads(row[1]), row[0])

    def put(self, kind: str, key: str, text: str, now: float) -> None:
        self._kinds[kind]._put(safe(key), now, json.dumps(text))

    def drop(self, kind: str, key: str) -> None:
        self._kinds[kind]._remove(safe(key))

    def trim(self, kind: str, most: int, before: float) -> None:
        texts = self._kinds[kind]
        texts._take_up_to(math.nextafter(before, -math.inf))
        if texts.count() > most:
            texts.drop_first(texts.count() - most)

    def rows(self, kind: str) -> Mapping[str, str]:
        return self._kinds[kind].texts()


class _Texts(CountedRows):
    def __init__(self, rows: KnownRows, counts: Counts, part: int) -> None:
        super().__init__(rows, counts)
        self.part = part

    def drop_first(self, count: int) -> None:
        for key, _ in self._known.above(self.part, -math.inf, count):
            self._remove(key)

    def texts(self) -> Mapping[str, str]:
        if not self.count():
            return {}
        return {key: json.loads(row.data) for key, row in self._known.up_to(self.part)}
