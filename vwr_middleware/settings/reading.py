"""From what users give us (mappings, the environment, lists of rooms) to settings by name."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from reprlib import repr as shown

from vwr_middleware.errors import ConfigurationError
from vwr_middleware.settings.kinds import json_problem
from vwr_middleware.settings.room import RoomSettings

#: Variables that Kubernetes sets for a service whose name begins with `vwr`, as our variables do.
SERVICE_LINK = re.compile(
    r"([a-z0-9_]+_)?(service_(host|port)(_[a-z0-9_]+)?|port(_[0-9]+_[a-z]+(_[a-z]+)?)?)"
)
#: Variables that only the `vwr` command reads. It may share its environment with the app.
OF_THE_COMMAND = ("url", "key")

EXAMPLE = '[{"paths": "/a"}]'


def lower_names(
    mapping: Mapping[str, object], prefix: str, problems: list[str]
) -> dict[str, object]:
    """The part of the mapping with names that begin with the prefix; without it, in lower case."""
    given: dict[str, object] = {}
    for key, value in mapping.items():
        if not isinstance(key, str):
            problems.append(f"{shown(key)} is not a setting: names are text")
        elif key.lower().startswith(prefix.lower()):
            name = key[len(prefix) :].lower()
            if name in given:
                problems.append(f"{name} is given twice, in two spellings: remove one")
            given[name] = value
    return given


def check_rooms(value: object) -> tuple[RoomSettings, ...]:
    """The rooms of a list. Raises ConfigurationError with every problem of every room."""
    if isinstance(value, str) and (problem := json_problem(value)):
        raise ValueError(f"is not JSON, {problem}: write a list like {EXAMPLE}")
    if isinstance(value, str | bytes) or not isinstance(value, Sequence):
        raise ValueError(f"must be a list of rooms, like {EXAMPLE}, not {shown(value)}")
    problems: list[str] = []
    names: list[str] = []
    rooms = [
        _read_room(number, given, problems, names) for number, given in enumerate(value, start=1)
    ]
    problems.extend(
        f"rooms: {count} of them are named {name!r}: give each its own name"
        for name, count in Counter(names).items()
        if count > 1
    )
    if problems:
        raise ConfigurationError(problems)
    return tuple(room for room in rooms if room is not None)


def _read_room(
    number: int, given: object, problems: list[str], names: list[str]
) -> RoomSettings | None:
    if isinstance(given, RoomSettings):
        names.append(given.name)
        return given
    if not isinstance(given, Mapping):
        problems.append(f"rooms: number {number} must be a mapping of settings, not {shown(given)}")
        return None
    found: list[str] = []
    named = lower_names(given, "", found)
    try:
        room = RoomSettings(**named)
        names.append(room.name)
    except ConfigurationError as error:
        found.extend(error.problems)
        room = None
        if isinstance(name := named.get("name"), str):
            names.append(name)
    problems.extend(f"room {shown(named.get('name', number))}: {problem}" for problem in found)
    return room
