"""What is sent to a script and what comes back. Numbers are packed doubles, which lose nothing."""

import json
import secrets
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from vwr_middleware.line.answers import Move, Record, Snapshot, Turn, Verdict
from vwr_middleware.line.asks import Ask, Seen, Watch
from vwr_middleware.line.numbers import TOTALS
from vwr_middleware.line.place import Place
from vwr_middleware.stores.redis.presence import Argument, packed_positions
from vwr_middleware.stores.redis.scripts import VERDICTS

#: A snapshot's numbers, in the order in which snapshot.lua packs them.
NUMBERS = (
    *("now", "generation", "queue", "serving", "horizon", "limit", "active", "unconfirmed"),
    *("per_second", "tokens", "credit", "ceiling", "called", "expected", "free"),
    *("door_size", "admit_up_to", "first_counting", "hazard", "flow", "latency", "share"),
    *("present_ahead", "seen_ahead", "first_claim", "marks_at", "limit_changed"),
    *("adaptive_version", "ended_last", "rebuilt_until", "oldest", "waited"),
    *("moved_last", "ahead", "fell_back", "changes"),
)
_FLOATS = frozenset(
    {"now", "per_second", "tokens", "expected", "hazard", "flow", "latency", "share"}
    | {"first_claim", "marks_at", "limit_changed", "rebuilt_until", "oldest", "waited", "ahead"}
)
_TURN = struct.Struct("<11d")


def seen_arguments(seen: Seen | None) -> tuple[Argument, ...]:
    """What a worker remembers of the room, for a script's arguments 2 to 7."""
    if seen is None:
        return ("",) * 6
    counters = seen.generation, seen.queue, seen.serving, seen.active, seen.claimed
    return seen.room_id, *counters


def place_arguments(place: Place) -> tuple[Argument, ...]:
    """The place that a visitor's step is about, for a script's arguments 8 to 10."""
    return place.generation, place.position, place.device


def settings_text(settings: Mapping[str, Any]) -> str:
    """Settings as JSON, each value as JSON within it, so that Lua need not understand it."""
    values = {name: json.dumps(value) for name, value in settings.items()}
    return json.dumps(values, sort_keys=True, separators=(",", ":"))


@lru_cache(maxsize=256)
def _read_settings(text: bytes) -> dict[str, Any]:
    return {name: json.loads(value) for name, value in dict(json.loads(text)).items()}


def settings_in(reply: Sequence[Any]) -> dict[str, Any]:
    """The answer of a change: the settings in force."""
    _, config, overrides = reply
    return {**_read_settings(config), **_read_settings(overrides)}


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
    inlet, load = ask.inlet, ask.load
    asked = {
        "starting": ask.starting,
        "generation": ask.generation,
        "ended_after": ask.ended_after,
        "moved_after": ask.moved_after,
        "tells": ask.tells,
        "knocks": [[item.position, item.returns_in, int(item.hidden)] for item in ask.knocks],
        "marks": [[mark.level, mark.position, mark.due] for mark in ask.marks],
        "adaptive_version": ask.adaptive_version,
        "changes": ask.seen.changes if ask.seen else 0,
        "spare": ask.spare,
    }
    if ask.fell_back is not None:
        asked["fell_back"] = ask.fell_back
    if ask.ended is not None:
        asked["ended"] = list(ask.ended)
    if ask.watch != Watch():
        asked["watch"] = [ask.watch.oldest, ask.watch.waited, list(ask.watch.sharers)]
    if inlet is not None:
        asked["inlet"] = _known(
            limit=inlet.limit,
            per_second=inlet.per_second,
            burst=inlet.burst,
            serving=inlet.serving,
            calls=int(inlet.calls),
            holds=1 if inlet.holds else None,
        )
    if load is not None:
        sums = load.arrivals, load.finished, load.latency, load.errors, load.in_flight
        asked["load"] = sums
    if ask.adaptive is not None:
        asked["adaptive"] = json.dumps(dict(ask.adaptive))
    return asked


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
        serving, queue, active, claimed = counters
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
            )
        )
        events = ()
    return found


def turn(reply: Sequence[Any]) -> Turn:
    """The answer to one visitor."""
    return turns(reply)[0]


def number(reply: Sequence[Any]) -> float:
    """The answer of a step that says one number."""
    return float(reply[1])


def move(reply: Sequence[Any]) -> Move:
    """The answer to a resume code."""
    return Move(turns(reply[:4])[0], int(reply[4]))


def snapshot(reply: Sequence[Any]) -> Snapshot:
    """The answer of a refresh."""
    (_, room, packed, mode, state, config, overrides, door, serving, flow, scores, adaptive) = (
        reply[:12]
    )
    ended, how, events, moved, elsewhere, replaced = reply[12:]
    row = _doubles(packed)
    numbers: dict[str, Any] = {
        name: _number(name, value) for name, value in zip(NUMBERS, row, strict=False)
    }
    rest = row[len(NUMBERS) :]
    return Snapshot(
        **numbers,
        room_id=room.decode(),
        mode=mode.decode(),
        state=state.decode(),
        rules={**_read_settings(config), **_read_settings(overrides)},
        config=dict(_read_settings(config)),
        overrides=dict(_read_settings(overrides)),
        door=[int(position) for position in _doubles(door)],
        expiring=[int(count) for count in rest[:4]],
        load=list(rest[4:10]),
        totals={name: int(count) for name, count in zip(TOTALS, rest[10:], strict=True)},
        serving_log=_rows(serving, 2),
        flow_log=_rows(flow, 4),
        scores=_by_level(scores),
        adaptive=dict(json.loads(adaptive)),
        ended=ended.decode().split(),
        how_ended=dict(_pairs(how)),  # type: ignore[arg-type]
        events=[list(pair) for pair in _pairs(events)],
        moved=[[int(position), int(device)] for position, device in _rows(moved, 2)],
        elsewhere=[int(position) for position in _doubles(elsewhere)],
        replaced=replaced.decode().split(),
    )


def _number(name: str, value: float) -> float | int | None:
    if value != value:
        return None
    return value if name in _FLOATS else int(value)


def _doubles(packed: bytes) -> tuple[float, ...]:
    return struct.unpack(f"<{len(packed) // 8}d", packed)


def _rows(packed: bytes, width: int) -> list[list[float]]:
    return [list(row) for row in struct.iter_unpack(f"<{width}d", packed)]


def _by_level(packed: bytes) -> dict[str, list[float]]:
    scores: dict[str, list[float]] = {}
    for level, score in _rows(packed, 2):
        scores.setdefault(str(int(level)), []).append(score)
    return scores


def _pairs(text: bytes) -> Iterator[tuple[str, str]]:
    words = iter(text.decode().split())
    return zip(words, words, strict=True)


def record(reply: Sequence[Any]) -> Record:
    """What only operators read of a room."""
    _, history, audit, sessions, first_tokens, sharers = reply
    unconfirmed = set(first_tokens)
    ends: Iterable[Any] = zip(sessions[::2], sessions[1::2], strict=True)
    return Record(
        history=[list(_doubles(row)) for row in history],
        audit=[json.loads(row) for row in audit],
        sessions=[(name.decode(), float(until), name in unconfirmed) for name, until in ends],
        sharers=sorted(pair for row in sharers for pair in _pairs(row)),
    )


def texts(reply: Sequence[Any]) -> dict[str, str]:
    """A hash of texts."""
    pairs = zip(reply[1][::2], reply[1][1::2], strict=True)
    return {name.decode(): text.decode() for name, text in pairs}
