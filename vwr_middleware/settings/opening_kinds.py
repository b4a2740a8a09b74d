"""The kind of the setting `openings`: when a room opens and closes, several times, each with limits
and words of its own.

Nothing here knows what time it is. So a list that was right once stays right, and an app that is
started again after a sale does not fail by that.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from reprlib import repr as shown
from typing import Any

from vwr_middleware.pages.announcements import checked
from vwr_middleware.settings import kinds, look_kinds, message_kinds
from vwr_middleware.settings.fields import unknown_name
from vwr_middleware.settings.kinds import MOMENT_EXAMPLE, Kind

Opening = dict[str, Any]

EXAMPLE = f'[{{"opens_at": {MOMENT_EXAMPLE}, "closes_at": "2030-05-01T12:00:00+09:00"}}]'
#: Openings of one room at most: all of them go with each reading of the room.
MOST = 100

#: What an opening may say, each checked as the setting of that name is.
PARTS: Mapping[str, Kind[Any]] = {
    "opens_at": kinds.moment,
    "closes_at": kinds.moment,
    "joins_from": kinds.moment,
    "title": look_kinds.words,
    "message": message_kinds.announcement,
    "announcement": message_kinds.announcement,
    "max_active": kinds.whole(1),
    "per_minute": kinds.number(0, 1e9, above=True),
    "fresh": kinds.flag,
    "draw": kinds.flag,
}

_WORDS = {
    "opens_at": "When it begins",
    "closes_at": "When it is over; only the last one may go on for ever",
    "joins_from": "From when on people may join for it; without it, as soon as the one before is"
    " over",
    "title": "What people wait for: a text, or one for each language",
    "message": "What people read, unless an operator says something else: a text, or in full",
    "announcement": "The same in full",
    "fresh": "Nobody keeps a place from the opening before",
    "draw": "Whoever comes before it has a place by lot, and nobody keeps one from before",
}
_TITLE = {"anyOf": [{"type": "string"}, {"type": "object"}]}
SCHEMA: Mapping[str, Any] = {
    "type": "array",
    "maxItems": MOST,
    "items": {
        "type": "object",
        "properties": {
            name: {
                **(_TITLE if name == "title" else kind.schema),
                **({"description": _WORDS[name]} if name in _WORDS else {}),
            }
            for name, kind in PARTS.items()
        },
        "required": ["opens_at"],
        "additionalProperties": False,
    },
}


def check(value: object) -> list[Opening]:
    """The openings as a store keeps them, in order. Raises ValueError with every problem."""
    if isinstance(value, str):
        why = kinds.json_problem(value) or "it has no list"
        raise ValueError(f"is no list in JSON, {why}: write it like {EXAMPLE}")
    if not isinstance(value, Sequence) or not all(isinstance(each, Mapping) for each in value):
        raise ValueError(f"must be a list like {EXAMPLE}, not {shown(value)}")
    if len(value) > MOST:
        raise ValueError(
            f"must be {MOST} openings at most, not {len(value)}: leave out what is over"
        )
    problems: list[str] = []
    found = [_checked(number, each, problems) for number, each in enumerate(value, 1)]
    if not problems:
        found.sort(key=lambda opening: float(opening["opens_at"]))
        problems.extend(_clashes(found))
    if problems:
        raise ValueError(f"is wrong: {'; '.join(problems)}")
    return found


def _checked(number: int, given: Mapping[object, object], problems: list[str]) -> Opening:
    """One opening, in a form that JSON keeps. What is None is left out."""
    found: Opening = {}
    if given.get("opens_at") is None:
        problems.append(f"number {number} has no opens_at: say when it begins")
    for name, value in given.items():
        if value is None:
            continue
        kind = PARTS.get(name) if isinstance(name, str) else None
        if kind is None:
            problems.append(unknown_name(f"{name}", PARTS, f"a part of number {number}"))
            continue
        try:
            found |= _stored(str(name), kind.check(value))
        except ValueError as error:
            problems.append(f"{name} of number {number} {error}")
    return found


def _stored(name: str, value: Any) -> Opening:
    if name == "title":
        return {name: dict(value)} if value else {}
    if name in ("message", "announcement"):
        message = checked(value)
        in_full = {} if message.is_plain else {"announcement": message.as_stored()}
        return {"message": message.message} | in_full
    return {name: value} if value is not False else {}


def _clashes(openings: Sequence[Opening]) -> Iterator[str]:
    """What is wrong with their times. They are in order."""
    for number, opening in enumerate(openings, 1):
        opens, closes = opening["opens_at"], opening.get("closes_at")
        joins = opening.get("joins_from")
        if closes is not None and closes <= opens:
            yield f"the one at {_told(opens)} is over before it begins: move closes_at"
        if joins is not None and joins >= opens:
            yield f"the one at {_told(opens)} begins before people may join: move joins_from"
        if number == len(openings):
            return
        following = openings[number]
        begins = following["opens_at"]
        if closes is None:
            yield (
                f"the one at {_told(opens)} has no closes_at, and another begins at"
                f" {_told(begins)}: say when it is over"
            )
        elif begins < closes:
            yield (
                f"the one at {_told(begins)} begins before the one at {_told(opens)} is over, at"
                f" {_told(closes)}: move one of them"
            )


def _told(at: float) -> str:
    """A time as people write it in these settings."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="minutes").replace("+00:00", "Z")


openings = Kind(check, kinds.parse_json, SCHEMA)
