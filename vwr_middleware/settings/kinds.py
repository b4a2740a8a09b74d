"""The kinds of values that settings take: how each is checked, and how it is read from text.

A check returns the value in the one form that the rest of the package uses, or raises ValueError.
The error's text ends a sentence that begins with the setting's name, and says the fix.
"""

import json
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from os.path import isdir
from pathlib import Path
from reprlib import repr as shown
from typing import Any, Generic, TypeGuard, TypeVar

from vwr_middleware.line.constants import POSITIONS_MOST
from vwr_middleware.spoken import said, said_later, wrong
from vwr_middleware.user_functions import FIX, is_asynchronous, takes

T = TypeVar("T")

#: The largest count: a room ends at this queue position.
LARGEST_COUNT = POSITIONS_MOST
#: The longest time, in seconds: a year.
LONGEST_SECONDS = 366 * 24 * 60 * 60
LONGEST_TEXT = 1000


def _as_it_is(text: str) -> object:
    return text


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """A kind of value. `check` checks a value of Python's; `parse` turns text into such a value.

    `parse` never fails: what it cannot read stays text, and `check` says what is wrong. `schema` is
    the kind as JSON Schema, needed only for settings that the control API can change.
    """

    check: Callable[[object], T]
    parse: Callable[[str], object] = _as_it_is
    schema: Mapping[str, Any] = field(default_factory=dict)
    may_be_none: bool = False


def optional(kind: Kind[T]) -> Kind[T | None]:
    """The same kind, or None."""

    def check(value: object) -> T | None:
        return None if value is None else kind.check(value)

    return Kind(check, kind.parse, {"anyOf": [kind.schema, {"type": "null"}]}, may_be_none=True)


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether it is a number. True and False are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def whole(low: int, high: int = LARGEST_COUNT) -> Kind[int]:
    """A whole number within bounds."""

    def check(value: object) -> int:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise wrong(
                "must be a whole number from {low} to {high}, not {value}",
                low=low,
                high=high,
                value=shown(value),
            )
        return value

    return Kind(check, parse_number, {"type": "integer", "minimum": low, "maximum": high})


_BETWEEN = said_later("must be a number from {low} to {high}, not {value}")
_ABOVE = said_later("must be a number above {low} and up to {high}, not {value}")
_SECONDS = said_later("must be a number of seconds from {low} to {high}, not {value}")
_SECONDS_ABOVE = said_later("must be a number of seconds above {low} and up to {high}, not {value}")


def number(low: float, high: float, *, above: bool = False, told: str = "") -> Kind[float]:
    """A number within bounds. With `above`, the lower bound itself is too low. `told` says what it
    must be, if that is more than a number."""
    told = told or (_ABOVE if above else _BETWEEN)

    def check(value: object) -> float:
        if not is_number(value) or not low <= value <= high or (above and value == low):
            raise wrong(told, low=f"{low:g}", high=f"{high:.15g}", value=shown(value))
        return value

    lowest = {"exclusiveMinimum" if above else "minimum": low}
    return Kind(check, parse_number, {"type": "number", **lowest, "maximum": high})


def seconds(*, above_zero: bool) -> Kind[float]:
    """A length of time, in seconds."""
    told = _SECONDS_ABOVE if above_zero else _SECONDS
    return number(0, LONGEST_SECONDS, above=above_zero, told=told)


def parse_number(text: str) -> object:
    """The number in a text, or the text itself if it is no number."""
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            continue
    return text


def _check_flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise wrong("must be true or false, not {value}", value=shown(value))
    return value


_FLAGS = dict.fromkeys(("1", "true", "yes", "on"), True)
_FLAGS |= dict.fromkeys(("0", "false", "no", "off"), False)

flag = Kind(_check_flag, lambda text: _FLAGS.get(text.strip().lower(), text), {"type": "boolean"})


def choice(*options: T) -> Kind[T]:
    """One of a few values; the case of text does not matter."""
    by_spelling = {str(option).lower(): option for option in options}
    numbers = all(isinstance(option, int) for option in options)
    names = ", ".join(map(str, options))

    def check(value: object) -> T:
        fits = isinstance(value, int if numbers else str) and str(value).lower() in by_spelling
        if not fits:
            raise wrong("must be one of {names}, not {value}", names=names, value=shown(value))
        return by_spelling[str(value).lower()]

    return Kind(check, parse_number if numbers else _as_it_is, {"enum": list(options)})


def is_text(value: object) -> TypeGuard[str]:
    """Whether it is text that can be written as UTF-8.

    Bytes of another encoding, as the environment may have, cannot: all pages with them would fail.
    """
    try:
        return isinstance(value, str) and value.encode() is not None
    except UnicodeEncodeError:
        return False


def _check_text(value: object) -> str:
    # Forms end lines with two characters; in a page they count as one.
    found = value.replace("\r\n", "\n") if is_text(value) else ""
    if not found.strip() or len(found) > LONGEST_TEXT:
        raise wrong(
            "must be text of 1 to {most} characters, not {value}",
            most=LONGEST_TEXT,
            value=shown(value),
        )
    return found


text = Kind(_check_text, schema={"type": "string", "pattern": "\\S", "maxLength": LONGEST_TEXT})


def several(one: Callable[[object], T]) -> Kind[tuple[T, ...]]:
    """One value, or a list of them. In text: separated by commas, or a JSON list."""

    def check(value: object) -> tuple[T, ...]:
        if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
            return (one(value),)
        found, problems = list[T](), {}  # each once, in their order
        for item in value:
            try:
                kept = one(item)
            except ValueError as error:
                problems[str(error)] = True
            else:
                if kept not in found:  # an object of a user's own need not be hashable
                    found.append(kept)
        if problems:
            raise ValueError("; ".join(problems))
        return tuple(found)

    return Kind(check, parse_list)


def parse_list(text: str) -> object:
    """The items of a list in text: JSON if it begins with a bracket, else separated by commas."""
    if text.lstrip().startswith("["):
        return parse_json(text)
    return [item.strip() for item in text.split(",") if item.strip()]


def parse_json(text: str) -> object:
    """The value of a JSON text, or the text itself if it is not JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def json_problem(text: str) -> str:
    """Where and why a text is not JSON; "" if it is."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        at = said("at line {line}, column {column}", line=error.lineno, column=error.colno)
        return f"{at}: {error.msg}"
    except (ValueError, RecursionError) as error:
        return str(error)
    return ""


def _check_directory(value: object) -> Path:
    if not isinstance(value, str | Path) or not isdir(value):  # `Path.is_dir` may raise
        raise ValueError(f"must be a directory that exists, not {shown(value)}")
    return Path(value)


directory = Kind(_check_directory)


# The kind of settings that are moments: when a room opens and closes.


#: The year 5138: later than any real time, and earlier than one given in milliseconds by mistake.
LATEST = 1e11
#: A text of digits below this is a date without its dashes (20300501), not a time in seconds.
EARLIEST_AS_TEXT = 1e9

MOMENT_EXAMPLE = '"2030-05-01T10:00:00+09:00"'


def _check_moment(value: object) -> float:
    if isinstance(value, str):
        value = _moment_of(value)
    if isinstance(value, datetime):
        if value.utcoffset() is None:
            raise wrong(
                "has no time zone: write it with its UTC offset, like {example}",
                example=MOMENT_EXAMPLE,
            )
        value = value.timestamp()
    if not is_number(value):
        raise wrong(
            "must be a time with its UTC offset, like {example}, not {value}",
            example=MOMENT_EXAMPLE,
            value=shown(value),
        )
    if not 0 <= value <= LATEST:
        raise wrong("must be in seconds since 1970, not {value}", value=shown(value))
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


# Kinds of settings that are functions of the user's. What they are called with is checked too.


def callable_value(value: object, *given: str) -> Callable[..., object]:
    """A callable that takes these arguments, or the name of one: "package.module:name"."""
    if isinstance(value, str):
        try:
            value = pkgutil.resolve_name(value)
        except (ImportError, AttributeError, ValueError) as error:
            raise ValueError(
                f"names {shown(value)}, which cannot be imported ({error}): "
                'write "package.module:name"'
            ) from error
    if not callable(value):
        raise ValueError(f"must be callable, not {shown(value)}")
    if not takes(value, *given):
        raise ValueError(f"must take the parameters ({', '.join(given)})")
    return value


def function_value(value: object, *given: str) -> Callable[..., object]:
    """A callable that takes these arguments and is not asynchronous."""
    function = callable_value(value, *given)
    if is_asynchronous(function):
        raise ValueError(f"cannot be asynchronous: {FIX}")
    return function


def hook(*given: str) -> Kind[Callable[..., object] | None]:
    """The kind of a function that is called with these arguments, or None."""
    return optional(Kind(lambda value: function_value(value, *given)))


#: The challenge that we bring ourselves: a proof of work, see papers/puzzles.py.
POW = "pow"


def _check_challenge(value: object) -> Callable[..., object] | str:
    if isinstance(value, str) and value.strip().lower() == POW:
        return POW
    try:
        return function_value(value, "request")
    except ValueError as error:
        raise ValueError(f'{error}, or the text "{POW}"') from error


challenge: Kind[Callable[..., object] | str | None] = optional(Kind(_check_challenge))


def asynchronous_hook(*given: str) -> Kind[Callable[..., object] | None]:
    """The same, but it may be asynchronous: ASGI awaits it."""
    return optional(Kind(lambda value: callable_value(value, *given)))


# The kind of the setting `inlet`: strategies as callables, as names of such, or as data.


INLET_EXAMPLE = '{"kind": "periodic", "count": 100, "every": 60}'


def _check(value: object) -> tuple[Callable[..., object], ...]:
    if isinstance(value, str) and _looks_like_json(value):
        if problem := json_problem(value):
            raise ValueError(f"is not JSON, {problem}: write it like {INLET_EXAMPLE}")
        value = parse_json(value)
    return several(_check_one).check([value] if isinstance(value, Mapping) else value)


def _check_one(value: object) -> Callable[..., object]:
    if isinstance(value, Mapping):
        # Imported late: strategies.py itself needs the settings' kinds.
        from vwr_middleware.inlet import choices

        return choices.make(value)
    try:
        return function_value(value, "room", "now")
    except ValueError as error:
        raise ValueError(f"{error}, or a strategy like {INLET_EXAMPLE}") from error


def _looks_like_json(text: str) -> bool:
    return text.lstrip().startswith(("{", "["))


def _parse(text: str) -> object:
    return text if _looks_like_json(text) else parse_list(text)


inlet = Kind(_check, _parse)
