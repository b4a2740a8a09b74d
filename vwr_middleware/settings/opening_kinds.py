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
from vwr_middleware.spoken import said, wrong

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
        why = kinds.json_problem(value) or said("it has no list")
        raise wrong("is no list in JSON, {why}: write it like {example}", why=why, example=EXAMPLE)
    if not isinstance(value, Sequence) or not all(isinstance(each, Mapping) for each in value):
        raise wrong(
            "must be a list like {example}, not {value}", example=EXAMPLE, value=shown(value)
        )
    if len(value) > MOST:
        raise wrong(
            "must be {most} openings at most, not {n}: leave out what is over",
            most=MOST,
            n=len(value),
        )
    problems: list[str] = []
    found = [_checked(number, each, problems) for number, each in enumerate(value, 1)]
    if not problems:
        found.sort(key=lambda opening: float(opening["opens_at"]))
        problems.extend(_clashes(found))
    if problems:
        raise wrong("is wrong: {problems}", problems="; ".join(problems))
    return found


def _checked(number: int, given: Mapping[object, object], problems: list[str]) -> Opening:
    """One opening, in a form that JSON keeps. What is None is left out."""
    found: Opening = {}
    if given.get("opens_at") is None:
        problems.append(said("number {n} has no opens_at: say when it begins", n=number))
    for name, value in given.items():
        if value is None:
            continue
        kind = PARTS.get(name) if isinstance(name, str) else None
        if kind is None:
            what = said("{name} is not a part of number {n}", name=name, n=number)
            problems.append(unknown_name(f"{name}", PARTS, what))
            continue
        try:
            found |= _stored(str(name), kind.check(value))
        except ValueError as error:
            problems.append(
                said("{name} of number {n} {problem}", name=name, n=number, problem=error)
            )
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
            yield said(
                "the one at {opens} is over before it begins: move closes_at", opens=_told(opens)
            )
        if joins is not None and joins >= opens:
            yield said(
                "the one at {opens} begins before people may join: move joins_from",
                opens=_told(opens),
            )
        if number == len(openings):
            return
        following = openings[number]
        begins = following["opens_at"]
        if closes is None:
            yield said(
                "the one at {opens} has no closes_at, and another begins at {begins}: say when it"
                " is over",
                opens=_told(opens),
                begins=_told(begins),
            )
        elif begins < closes:
            yield said(
                "the one at {begins} begins before the one at {opens} is over, at {closes}: move"
                " one of them",
                begins=_told(begins),
                opens=_told(opens),
                closes=_told(closes),
            )


def _told(at: float) -> str:
    """A time as people write it in these settings."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="minutes").replace("+00:00", "Z")


openings = Kind(check, kinds.parse_json, SCHEMA)
