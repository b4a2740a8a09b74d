"""How a settings class is read: each field has a kind, and all problems are collected."""

import dataclasses
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import TypeVar

from vwr_middleware.errors import ConfigurationError
from vwr_middleware.settings.kinds import Kind
from vwr_middleware.spoken import said

T = TypeVar("T")


def setting(kind: Kind[T], default: T, *, secret: bool = False, shown: str = "") -> T:
    """A field with a default; `shown` is the default in the documents' table, if in other words."""
    metadata = {"kind": kind, "shown": shown}
    return dataclasses.field(default=default, repr=not secret, metadata=metadata)


def required(kind: Kind[T], *, secret: bool = False) -> T:
    """A field that must be given. Its class says so, and when: `read_fields` passes over it."""
    field: T = dataclasses.field(repr=not secret, metadata={"kind": kind, "shown": "required"})
    return field


def kinds_of(settings_class: type) -> dict[str, Kind[object]]:
    """The kind of each setting of the class, by name."""
    return {field.name: field.metadata["kind"] for field in dataclasses.fields(settings_class)}


def read_fields(
    settings_class: type, given: Mapping[str, object], problems: list[str]
) -> dict[str, object]:
    """The values of the class's fields, with defaults. What is wrong is added to `problems`."""
    values: dict[str, object] = {}
    for field in dataclasses.fields(settings_class):
        if field.name not in given or _is_left_out(given[field.name], field):
            if field.default is not dataclasses.MISSING:
                values[field.name] = field.default
            continue
        kind: Kind[object] = field.metadata["kind"]
        try:
            values[field.name] = kind.check(given[field.name])
        except ConfigurationError as error:
            problems.extend(error.problems)
        except ValueError as error:
            problems.append(f"{field.name} {error}")
    return values


def _is_left_out(value: object, field: "dataclasses.Field[object]") -> bool:
    """Whether None is given where the default is empty, which the documents' table calls none."""
    return value is None and field.default in ((), "")


def unknown_name(name: str, known: Iterable[str], what: str = "") -> str:
    """The problem of a name that is no setting, with the one that was probably meant; `what` says
    what it is not."""
    near = get_close_matches(name, known, n=1, cutoff=0.61)
    fix = (
        said("did you mean {name}?", name=near[0])
        if near
        else said("see the table of settings, or remove it")
    )
    return f"{what or f'{name} is not a setting'}: {fix}"
