"""What is sent to a script and what comes back. Numbers are packed doubles, which lose nothing."""

import json
import secrets
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from functools import lru_cache
from itertools import zip_longest
from math import isnan
from typing import Any, get_args

from vwr_middleware.line.day_log import KeptDay
from vwr_middleware.line.lane_minutes import LanePast
from vwr_middleware.line.messages import (
    Ask,
    ForOperators,
    JoinKind,
    Move,
    Notice,
    Notices,
    Place,
    Record,
    Seen,
    Snapshot,
    Turn,
    Verdict,
)
from vwr_middleware.line.minutes import Past
from vwr_middleware.line.openings import in_force
from vwr_middleware.line.state import TOTALS

# Who polled, as arguments of a refresh: positions as packed numbers, or as slices of a bitmap.


Argument = bytes | str | int | float

#: If enough positions lie in one page of so many bits, they are sent as a slice of the bitmap.
_PAGE = 8192
_WORTH_A_PAGE = 16


def packed_positions(present: Sequence[int]) -> tuple[bytes, list[Argument]]:
    """Positions as packed numbers, and crowded ones as slices of a bitmap: first byte, bytes, …"""
    by_page: dict[int, list[int]] = {}
    for position in present:
        if 0 < position < 1 << 32:
            by_page.setdefault(position // _PAGE, []).append(position)
    singles: list[int] = []
    pages: list[Argument] = []
    for positions in by_page.values():
        if len(positions) < _WORTH_A_PAGE:
            singles.extend(positions)
        else:
            pages.extend(_slice(positions))
    return struct.pack(f"<{len(singles)}I", *singles), pages


def _slice(positions: Sequence[int]) -> tuple[int, bytes]:
    start = min(positions) >> 3
    bits = bytearray((max(positions) >> 3) - start + 1)
    for position in positions:
        bits[(position >> 3) - start] |= 128 >> (position & 7)
    return start, bytes(bits)


# What is sent to a script and what comes back. Numbers are packed doubles, which lose nothing.


#: A verdict comes as its number in this order.
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

_TURN = struct.Struct("<12d")


def seen_arguments(seen: Seen | None) -> tuple[Argument, ...]:
    """What a worker remembers of the room, for a script's arguments 2 to 7."""
    if seen is None:
        return ("",) * 6
    counters = seen.generation, seen.queue, seen.serving, seen.active, seen.claimed
    draw = f"{seen.draw} {seen.drawn} {seen.drawn_at!r} {seen.draw_told}"
    lanes = f" {seen.lanes} {seen.draw_lanes}".rstrip(" ")
    return f"{seen.room_id} {seen.read_at!r} {seen.now!r} {draw}{lanes}", *counters


def joining_arguments(
    kinds: Sequence[JoinKind], identities: Sequence[str], lanes: Sequence[str]
) -> tuple[Argument, ...]:
    """Who joins, for a script's arguments from 8 on."""
    pairs = zip_longest(kinds, lanes[: len(kinds)], fillvalue="")
    return " ".join(f"{kind}:{lane}" if lane else kind for kind, lane in pairs), *identities


def place_arguments(place: Place) -> tuple[Argument, ...]:
    """The place that a visitor's step is about, for a script's arguments 8 to 10."""
    position = f"{place.position} {place.number}" if place.number else place.position
    return place.generation, position, place.device


def settings_text(settings: Mapping[str, Any]) -> str:
    """Settings as JSON, each value as JSON within it, so that Lua need not understand it."""
    values = {name: json.dumps(value) for name, value in settings.items()}
    return json.dumps(values, sort_keys=True, separators=(",", ":"))


@lru_cache(maxsize=256)
def _read_settings(text: bytes) -> dict[str, Any]:
    return {name: json.loads(value) for name, value in dict(json.loads(text)).items()}


def settings_in(reply: Sequence[Any]) -> dict[str, Any]:
    """The answer of a change: the settings in force; none if it came too late."""
    if len(reply) == 1:
        return {}
    _, config, overrides, at = reply
    return in_force(_read_settings(config), _read_settings(overrides), float(at))


def refresh_arguments(ask: Ask) -> list[Argument]:
    """A refresh's arguments after the time."""
    overrides = settings_text(ask.seen.overrides if ask.seen else {})
    singles, pages = packed_positions(ask.present)
    return [
        *seen_arguments(ask.seen),
        secrets.token_hex(8),
        settings_text(ask.config),
        overrides,
        json.dumps(_asked(ask)),
        singles,
        *pages,
    ]


def _asked(ask: Ask) -> dict[str, Any]:
    """The rest of an ask. What is None is left out, since Lua takes a JSON null for true."""
    inlet = ask.inlet
    asked = {
        "starting": ask.starting,
        "generation": ask.generation,
        "ended_after": ask.ended_after,
        "moved_after": ask.moved_after,
        "tells": ask.tells,
        "knocks": [[item.position, item.returns_in, int(item.hidden)] for item in ask.knocks],
        "marks": [[mark.level, mark.position, mark.soonest, mark.latest] for mark in ask.marks],
        "adaptive_version": ask.adaptive_version,
        "changes": ask.seen.changes if ask.seen else 0,
        "spare": ask.spare,
        "away": ask.away,
        "silent": ask.silent,
        "asks_stock": ask.asks_stock,
        **_stock_told(ask),
        "draw_told": ask.draw_told,
        "totals": dict(ask.totals),
    }
    if ask.fell_back is not None:
        asked["fell_back"] = ask.fell_back
    if ask.quiet is not None:
        asked["quiet"] = list(ask.quiet)
    if ask.ended is not None:
        asked["ended"] = list(ask.ended)
    saw = ask.for_operators
    if saw != ForOperators():
        counted = list(saw.waits), saw.bypassed, saw.turned_away, *saw.told
        lanes = {lane: list(waits) for lane, waits in saw.lane_waits.items()}
        told = [saw.oldest, saw.waited, list(saw.sharers), *counted]
        asked["sightings"] = [*told, lanes] if lanes else told
    if inlet is not None:
        asked["inlet"] = _known(
            limit=inlet.limit,
            per_second=inlet.per_second,
            burst=inlet.burst,
            serving=inlet.serving,
            calls=int(inlet.calls),
            holds=1 if inlet.holds else None,
        )
    if ask.load is not None:
        asked["load"] = ask.load
    if ask.adaptive is not None:
        asked["adaptive"] = json.dumps(dict(ask.adaptive))
    return asked


def _stock_told(ask: Ask) -> dict[str, Any]:
    told = ask.stock
    if told is None:
        return {}
    return {"stock": _known(left=told.left, at=told.at, problem=told.problem)}


def _known(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def verdict(reply: Sequence[Any]) -> Verdict:
    """The answer of a step that says one word."""
    word: Verdict = reply[1].decode()
    return word


def turns(reply: Sequence[Any]) -> list[Turn]:
    """The answer of a visitor's step."""
    _, room, packed, told = reply
    room_id, events = room.decode(), tuple(_pairs(told))
    found = []
    for row in _TURN.iter_unpack(packed):
        verdict, now, generation, position, expires, unconfirmed, ahead, *counters = row
        serving, queue, active, claimed, device = counters
        found.append(
            Turn(
                VERDICTS[int(verdict)],
                now,
                room_id=room_id,
                generation=int(generation),
                position=int(position),
                expires_at=expires,
                unconfirmed=unconfirmed == 1,
                ahead=int(ahead),
                serving=int(serving),
                queue=int(queue),
                events=events,
                active=int(active),
                claimed=int(claimed),
                device=int(device),
            )
        )
        events = ()
    return found


def turn(reply: Sequence[Any]) -> Turn:
    """The answer to one visitor."""
    return turns(reply)[0]


def notices(reply: Sequence[Any]) -> Notices:
    """The answer to a worker that sends notices."""
    _, packed, unplaced, *rows = reply
    now, generation, subscribers = struct.unpack("<3d", packed)
    texts = zip(rows[::3], rows[1::3], rows[2::3], strict=True)
    due = tuple(Notice(int(place), text.decode(), int(tries)) for place, text, tries in texts)
    numbers = tuple(map(int, unplaced.split()))
    return Notices(now, int(generation), int(subscribers), due, numbers)


def number(reply: Sequence[Any]) -> float:
    """The answer of a step that says one number."""
    return float(reply[1])


def text(reply: Sequence[Any]) -> str:
    """The answer of a step that says one text."""
    return str(reply[1].decode())


def move(reply: Sequence[Any]) -> Move:
    """The answer to a resume code."""
    return Move(turns(reply[:4])[0], int(reply[4]))


def _doubles(packed: bytes) -> tuple[float, ...]:
    return struct.unpack(f"<{len(packed) // 8}d", packed)


def _rows(packed: bytes, width: int) -> list[list[float]]:
    return [list(row) for row in struct.iter_unpack(f"<{width}d", packed)]


def _by_level(packed: bytes) -> dict[str, list[float]]:
    return {str(int(level)): values for level, *values in _rows(packed, 3)}


def _pairs(text: bytes) -> Iterator[tuple[str, str]]:
    words = iter(text.decode().split())
    return zip(words, words, strict=True)


def _integers(packed: bytes) -> list[int]:
    return [int(value) for value in _doubles(packed)]


_READ_AS: dict[Any, type[float]] = {int: int, int | None: int, float: float, float | None: float}

#: A snapshot's numbers, which come packed in this order. None comes as a double that is no number.
SNAPSHOT_NUMBERS = {
    field.name: _READ_AS[field.type]
    for field in fields(Snapshot)
    if field.init and field.type in _READ_AS
}
#: Its other fields, which come after them in this order, each with what reads its text.
SNAPSHOT_TEXTS: dict[str, Callable[[bytes], Any]] = {
    "room_id": bytes.decode,
    "mode": bytes.decode,
    "state": bytes.decode,
    "config": lambda text: dict(_read_settings(text)),
    "overrides": lambda text: dict(_read_settings(text)),
    "door": _integers,
    "expiring": _integers,
    "serving_log": lambda packed: _rows(packed, 2),
    "flow_log": lambda packed: _rows(packed, 4),
    "margins": _by_level,
    "record": lambda packed: list(_doubles(packed)),
    "totals": lambda packed: dict(zip(TOTALS, _integers(packed), strict=True)),
    "load": lambda packed: list(_doubles(packed)),
    "adaptive": lambda text: dict(json.loads(text)),
    "ended": lambda text: text.decode().split(),
    "how_ended": lambda text: dict(_pairs(text)),
    "events": lambda text: [list(pair) for pair in _pairs(text)],
    "moved": lambda packed: [[int(position), int(device)] for position, device in _rows(packed, 2)],
    "elsewhere": _integers,
    "replaced": lambda text: text.decode().split(),
    "draw_told": bytes.decode,
    "draw_lanes": bytes.decode,
    "layout": bytes.decode,
    "lanes": lambda text: dict(json.loads(text or b"{}")),
}


def snapshot(reply: Sequence[Any]) -> Snapshot:
    """The answer of a refresh."""
    _, packed, *texts = reply
    numbers: dict[str, Any] = {
        name: None if isnan(value) else number(value)
        for (name, number), value in zip(SNAPSHOT_NUMBERS.items(), _doubles(packed), strict=True)
    }
    told = {
        name: read(text) for (name, read), text in zip(SNAPSHOT_TEXTS.items(), texts, strict=True)
    }
    rules = in_force(told["config"], told["overrides"], numbers["now"] - numbers["ahead"])
    return Snapshot(**numbers, **told, rules=rules)


def record(reply: Sequence[Any]) -> Record:
    """What only operators read of a room."""
    _, history, audit, sessions, first_tokens, sharers, outcomes = reply
    unconfirmed = set(first_tokens)
    ends: Iterable[Any] = zip(sessions[::2], sessions[1::2], strict=True)
    return Record(
        history=[list(_doubles(row)) for row in history],
        audit=[json.loads(row) for row in audit],
        sessions=[(name.decode(), float(until), name in unconfirmed) for name, until in ends],
        sharers=sorted(pair for row in sharers for pair in _pairs(row)),
        outcomes=[_outcome(*row.decode().split()) for row in outcomes],
    )


def past(begin: float, end: float, span: int, reply: Sequence[Any]) -> Past:
    """What is kept of a span of time."""
    _, now, minute, hour, chunks = reply
    rows = zip(map(int, chunks[::2]), chunks[1::2], strict=True)
    return Past(float(now), begin, end, span, [*rows], _doubles(minute), _doubles(hour))


def lane_past(begin: float, end: float, reply: Sequence[Any]) -> LanePast:
    """What is kept of the lanes in a span of time."""
    _, minute, chunks = reply
    rows = zip(map(int, chunks[::2]), chunks[1::2], strict=True)
    return LanePast(begin, end, [*rows], json.loads(minute or b"[]"))


def kept_day(reply: Sequence[Any]) -> KeptDay:
    """The day's log."""
    _, now, is_kept, buffer, chunks = reply
    rows = sorted(zip(map(int, chunks[::2]), chunks[1::2], strict=True))
    return KeptDay(float(now), bool(is_kept), [data for _, data in rows] + [buffer] * bool(buffer))


def _outcome(at: str, how: str, session: str) -> tuple[float, str, str]:
    return float(at), session, how


def texts(reply: Sequence[Any]) -> dict[str, str]:
    """A hash of texts."""
    pairs = zip(reply[1][::2], reply[1][1::2], strict=True)
    return {name.decode(): text.decode() for name, text in pairs}


def versioned(reply: Sequence[Any]) -> tuple[int, str]:
    """A text and its version, as stores/board.py keeps them together."""
    number, _, kept = reply[1].decode().partition(" ")
    return int(number), kept
