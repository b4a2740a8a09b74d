"""What is promised to stay: Python names with their parameters, settings, and what else is listed.

What has gone since it was written down may go only with a major release (docs/stability.md).
`make readme` writes down what is new.
"""

import inspect
import json
from collections.abc import Iterator
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from typing import Any

import tests.support.django_shop  # noqa: F401  (sets Django up)
from tests.support.readme import user_imports
from vwr_middleware.cli.commands import vwr
from vwr_middleware.panel.endpoints import ENDPOINTS
from vwr_middleware.settings import RoomSettings, Settings

LIST = Path(__file__).with_name("public_names.json")


def parameters_of(thing: Any) -> Iterator[str]:
    """The parameters that people may write by name."""
    try:
        signature = inspect.signature(thing)
    except (TypeError, ValueError):
        return
    for name, parameter in signature.parameters.items():
        if name != "self" and parameter.kind is not inspect.Parameter.POSITIONAL_ONLY:
            yield name


def names_of(path: str, thing: Any) -> Iterator[str]:
    """A name, its parameters, and the public methods and attributes of a class."""
    yield path
    if inspect.isclass(thing) or inspect.isfunction(thing):
        yield from (f"{path}({name}=)" for name in parameters_of(thing))
    if inspect.isclass(thing) and not path.endswith(".WaitingRoomMiddleware"):
        for name in dir(thing):
            if not name.startswith("_") and not hasattr(BaseException, name):
                yield f"{path}.{name}"


def public() -> dict[str, list[str]]:
    """All that is promised, by kind."""
    found = {f"{module}.{name}" for module, name in user_imports()}
    python = {
        each
        for path in found
        for each in names_of(path, _find(path))
        if not path.endswith("current_session")
    }
    return {
        "python": sorted(python),
        "settings": sorted(field.name for field in fields(Settings)),
        "settings of rooms": sorted(field.name for field in fields(RoomSettings)),
        "commands": sorted(vwr.commands),
        "control API": sorted(
            f"{endpoint.method} {endpoint.path}" for endpoint in ENDPOINTS.values()
        ),
    }


def _find(path: str) -> Any:
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)


def test_nothing_that_was_promised_has_gone() -> None:
    promised = json.loads(LIST.read_text())
    there = public()
    gone = {kind: sorted(set(names) - set(there[kind])) for kind, names in promised.items()}
    assert {kind: names for kind, names in gone.items() if names} == {}


if __name__ == "__main__":
    LIST.write_text(json.dumps(public(), indent=1) + "\n")
