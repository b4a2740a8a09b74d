"""What people import by the documents is there, is what they say, and is all that they may."""

from importlib import import_module
from inspect import getdoc, isclass

import pytest

import tests.support.django_shop  # noqa: F401  (sets Django up)
from tests.support.readme import QUICK_START, README, RULES, snippets, user_imports
from vwr_middleware.errors import ConfigurationError, WaitingRoomError

IMPORTS = sorted(user_imports())
#: The modules whose paths are a promise.
PROMISED = (
    *("adaptive", "asgi", "aws", "client", "django", "errors", "events", "flask", "inlet", "keys"),
    *("settings", "simulate", "starlette", "testing", "types", "wsgi"),
    *("verify", "verify.asgi", "verify.fastapi", "verify.wsgi"),
)


#: Classes that have a namesake for each kind of server.
ADAPTERS = ("WaitingRoomMiddleware", "RequireAccessToken")


def test_the_documents_name_each_module_that_is_promised() -> None:
    assert {module for module, _ in IMPORTS} == {f"vwr_middleware.{name}" for name in PROMISED}


@pytest.mark.parametrize(("module", "name"), IMPORTS)
def test_what_the_documents_import_is_there_and_says_what_it_is(module: str, name: str) -> None:
    found = getattr(import_module(module), name)
    assert name in ("current_session", "Strategy") or getdoc(found)


@pytest.mark.parametrize("name", PROMISED)
def test_the_table_has_every_name_that_a_module_offers(name: str) -> None:
    module = import_module(f"vwr_middleware.{name}")
    told = {named for path, named in IMPORTS if path == module.__name__}
    offered = set(getattr(module, "__all__", told))
    ours = {"AsgiRequest", "chosen", "make_site", "reply_headers"}  # for other parts of the package
    assert offered - told <= ours


def test_a_class_is_one_and_the_same_wherever_it_is_imported_from() -> None:
    found: dict[str, set[object]] = {}
    for module, name in IMPORTS:
        thing = getattr(import_module(module), name)
        if isclass(thing) and name not in ADAPTERS:
            found.setdefault(name, set()).add(thing)
    assert {"Event", "Inlet", "Settings"} <= set(found)
    assert {name for name, things in found.items() if len(things) > 1} == set()


def test_every_error_that_is_named_is_of_the_one_family() -> None:
    errors = {name for module, name in IMPORTS if module == "vwr_middleware.errors"}
    assert {"WaitingRoomError", "ConfigurationError", "StoreUnavailable"} <= errors
    for name in errors:
        assert issubclass(getattr(import_module("vwr_middleware.errors"), name), WaitingRoomError)
    with pytest.raises(ConfigurationError):
        import_module("vwr_middleware.settings").Settings(paths=[])


def test_the_snippets_import_what_the_table_lists() -> None:
    lines = [
        line.split()
        for document in (README, QUICK_START, RULES)
        for code in snippets(document.read_text(), "python")
        for line in code.splitlines()
        if line.startswith("from vwr_middleware")
    ]
    assert len(lines) > 4
    assert {(line[1], name.strip(",")) for line in lines for name in line[3:]} <= set(IMPORTS)
