"""The kind of settings that are moments: when a room opens and closes."""

from datetime import datetime
from reprlib import repr as shown

from vwr_middleware.settings.kinds import Kind, is_number, parse_number

#: The year 5138: later than any real time, and earlier than one given in milliseconds by mistake.
LATEST = 1e11
#: A text of digits below this is a date without its dashes (20300501), not a time in seconds.
EARLIEST_AS_TEXT = 1e9

EXAMPLE = '"2030-05-01T10:00:00+09:00"'


def _check_moment(value: object) -> float:
    if isinstance(value, str):
        value = _moment_of(value)
    if isinstance(value, datetime):
        if value.utcoffset() is None:
            raise ValueError(f"has no time zone: write it with its UTC offset, like {EXAMPLE}")
        value = value.timestamp()
    if not is_number(value):
        raise ValueError(f"must be a time with its UTC offset, like {EXAMPLE}, not {shown(value)}")
    if not 0 <= value <= LATEST:
        raise ValueError(f"must be in seconds since 1970, not {shown(value)}")
    return float(value)


def _moment_of(text: str) -> object:
    seconds_since_1970 = parse_number(text)
    if isinstance(seconds_since_1970, int | float):
        return seconds_since_1970 if seconds_since_1970 >= EARLIEST_AS_TEXT else text
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        return text


moment = Kind(
    _check_moment,
    schema={
        "description": "Seconds since 1970, or a time with its UTC offset",
        "type": ["number", "string"],
    },
)
