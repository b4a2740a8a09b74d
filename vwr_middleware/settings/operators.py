"""Operators with a name and a role of their own in some rooms or all, each a mapping like

    {"name": "ann", "password_env": "ANN_PASSWORD", "role": "operator", "rooms": ["main"]}

A password opens the panel, a key the control API. `rooms` may also give a role for each room:
`{"spring": "admin", "*": "viewer"}`, in which * stands for all others.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from reprlib import repr as shown
from typing import Any

from vwr_middleware.errors import ConfigurationError
from vwr_middleware.settings.fields import unknown_name
from vwr_middleware.settings.kinds import Kind, parse_json
from vwr_middleware.settings.secrets import api_keys, password

VIEWER, OPERATOR, ADMIN = "viewer", "operator", "admin"
#: Each may do what those before it may, and more.
ROLES = (VIEWER, OPERATOR, ADMIN)
#: Stands for every room that is not named.
ALL_ROOMS = "*"

EXAMPLE = '[{"name": "ann", "password": "a long password", "role": "operator", "rooms": ["main"]}]'
_NAME_LONGEST = 64
_FIELDS = ("name", "password", "password_env", "key", "key_env", "role", "rooms")


@dataclass(frozen=True, slots=True)
class OperatorSettings:
    """One operator, checked."""

    name: str
    roles: Mapping[str, str]  # by room; ALL_ROOMS: in every other one
    password: str = field(default="", repr=False)
    keys: tuple[str, ...] = field(default=(), repr=False)


def _check_operators(value: object) -> tuple[OperatorSettings, ...]:
    """The operators of a list, or of tables by their names. Raises ConfigurationError with all
    problems of all of them."""
    problems = list[str]()
    read = [_operator(number, given, problems) for number, given in _listed(value)]
    found = [operator for operator in read if operator is not None]
    for what, several in (
        ("name", [operator.name for operator in found]),
        ("password", [operator.password for operator in found if operator.password]),
        ("key", [key for operator in found for key in operator.keys]),
    ):
        if len(several) > len({*several}):
            problems.append(
                f"admin_operators: two of them have the same {what}: give each its own, since the"
                " audit log says who it was"
            )
    if problems:
        raise ConfigurationError(problems)
    return tuple(found)


def _listed(value: object) -> list[tuple[int, object]]:
    if isinstance(value, Mapping) and "name" not in value:
        value = [
            {"name": name} | dict(table) if isinstance(table, Mapping) else table
            for name, table in value.items()
        ]
    elif isinstance(value, Mapping):
        value = [value]
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise ValueError(f"must be a list of operators, like {EXAMPLE}, not {shown(value)}")
    return list(enumerate(value, 1))


def _operator(number: int, given: object, problems: list[str]) -> OperatorSettings | None:
    if isinstance(given, OperatorSettings):
        return given
    if not isinstance(given, Mapping):
        example = EXAMPLE[1:-1]
        problems.append(f"admin_operators: number {number} must be a mapping, like {example}")
        return None
    found = [unknown_name(str(name), _FIELDS) for name in given if name not in _FIELDS]
    name = given.get("name")
    if not (isinstance(name, str) and name.strip() == name != "" and name.isprintable()):
        found.append("name must be text on one line")
    elif len(name) > _NAME_LONGEST:
        found.append(f"name must have at most {_NAME_LONGEST} characters")
    word = _secret("password", given, password.check, found) or ""
    keys = _secret("key", given, api_keys.check, found) or ()
    if not (word or keys or found):
        found.append(
            "has no way in: give it a password for the panel, or a key for the control API (or"
            " password_env or key_env, the name of a variable that holds it)"
        )
    roles = roles_of(given, found)
    what = repr(name) if isinstance(name, str) else f"number {number}"
    problems += [f"admin_operators: operator {what}: {problem}" for problem in found]
    return None if found else OperatorSettings(str(name), roles, word, keys)


def _secret(
    name: str, given: Mapping[Any, object], check: Callable[[object], Any], problems: list[str]
) -> Any:
    """A password or keys, as they are or by the name of a variable of the environment."""
    variable, value = given.get(f"{name}_env"), given.get(name)
    if variable is not None:
        value = os.environ.get(variable) if isinstance(variable, str) else None
        if not value:
            problems.append(f"{name}_env names a variable that is not set: {shown(variable)}")
            return None
    if value is None:
        return None
    try:
        return check(value)
    except ValueError as error:
        problems.append(f"{name} {error}")
        return None


def roles_of(given: Mapping[Any, object], problems: list[str]) -> dict[str, str]:
    """The role in each room, by `role` and `rooms`."""
    role, rooms = given.get("role", OPERATOR), given.get("rooms", ALL_ROOMS)
    if isinstance(rooms, Mapping):
        if "role" in given:
            problems.append("rooms gives a role for each room, so leave role out")
        roles = {str(room): each for room, each in rooms.items()}
    else:
        names = [rooms] if isinstance(rooms, str) else rooms
        if not isinstance(names, Sequence) or not all(isinstance(name, str) for name in names):
            problems.append('rooms must be names of rooms, like ["main"]')
            names = []
        roles = dict.fromkeys(names, role)
    if not roles:
        problems.append("rooms is empty: name a room, or leave it out for all")
    wrong = [each for each in roles.values() if each not in ROLES]
    if wrong:
        problems.append(f"role must be viewer, operator or admin, not {shown(wrong[0])}")
    return {room: str(each) for room, each in roles.items()}


operators: Kind[tuple[OperatorSettings, ...]] = Kind(_check_operators, parse_json)


def operator_clashes(values: Mapping[str, Any]) -> Iterator[str]:
    """A problem for each operator that another setting is in the way of."""
    found: Sequence[OperatorSettings] = values.get("admin_operators") or ()
    names = [room.name for room in values.get("rooms") or ()]
    taken = {values.get("admin_password"), values.get("admin_viewer_password")} - {None}
    for operator in found:
        who = f"admin_operators: operator {operator.name!r}"
        unknown = [room for room in operator.roles if room not in (*names, ALL_ROOMS)]
        if unknown and names:
            yield f"{who}: there is no room {unknown[0]!r}, only {', '.join(names)}"
        if operator.password in taken:
            yield f"{who}: its password is also admin_password or admin_viewer_password: change it"
        if {*operator.keys} & {*(values.get("admin_api_key") or ())}:
            yield f"{who}: its key is also admin_api_key: change it"
