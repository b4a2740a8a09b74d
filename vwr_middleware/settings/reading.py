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
OF_THE_COMMAND = ("url", "key", "config")

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
    rooms, problems = list[RoomSettings](), list[str]()
    for number, given in enumerate(value, start=1):
        try:
            rooms.append(given if isinstance(given, RoomSettings) else _read_room(number, given))
        except ConfigurationError as error:
            problems.extend(error.problems)
    problems.extend(
        f"rooms: {count} of them are named {name!r}: give each its own name"
        for name, count in Counter(map(_name_of, value)).items()
        if name and count > 1
    )
    if problems:
        raise ConfigurationError(problems)
    return tuple(rooms)


def _read_room(number: int, given: object) -> RoomSettings:
    if not isinstance(given, Mapping):
        raise ConfigurationError(
            [f"rooms: number {number} must be a mapping of settings, not {shown(given)}"]
        )
    problems: list[str] = []
    named = lower_names(given, "", problems)
    try:
        room = RoomSettings(**named)
    except ConfigurationError as error:
        problems.extend(error.problems)
    if problems:
        whose = shown(named.get("name", number))
        raise ConfigurationError([f"room {whose}: {problem}" for problem in problems])
    return room


def _name_of(given: object) -> str:
    """The name that a room has or should have; "" if that cannot be read."""
    if isinstance(given, RoomSettings):
        return given.name
    if not isinstance(given, Mapping):
        return ""
    name = lower_names(given, "", []).get("name", RoomSettings.name)
    return name if isinstance(name, str) else ""
