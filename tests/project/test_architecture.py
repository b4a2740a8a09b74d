"""Imports point one way, and the core knows neither a framework nor the time."""

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from types import ModuleType

import pytest

import vwr_middleware
from tests.support.imports import imported, needed, used
from tests.support.servers import ROOT
from vwr_middleware import (
    asgi,
    aws,
    cli,
    decisions,
    demo,
    draw,
    drill,
    gate,
    inlet,
    line,
    loadtest,
    openid,
    pages,
    panel,
    papers,
    serve,
    settings,
    simulate,
    site,
    startup,
    stores,
    testing,
    verify,
    web,
    worker,
    wsgi,
)
from vwr_middleware.stores import memory, postgres, redis, sqlite
from vwr_middleware.stores.redis.scripts import PARTS

PACKAGE = ROOT / "vwr_middleware"
#: The doors, each named after what it opens to.
DOORS = ("asgi", "wsgi", "django", "flask", "starlette")
#: What stands around the core: these may import what they are for.
AROUND = (
    *DOORS,
    "alarms/services",
    "alarms/webhooks",
    "cli",
    "demo",
    "drill",
    "loadtest",
    "notices/web_push",
    "pages/qr_code",
    "openid",
    "serve",
    "simulate",
    "panel/metrics",
    "panel/otel",
    "stores/postgres",
    "stores/redis",
    "testing",
    "pytest_plugin",
    "verify/fastapi",
    "web/outgoing",
    "__main__",
)
#: Who may import a door.
USERS_OF_DOORS = (*DOORS, "aws/mounted", "cli", "demo", "serve", "testing", "__main__")
#: Who may know the time: servers' time comes in by a door, the store's by a store.
KEEPERS_OF_TIME = (
    *DOORS,
    *("cli", "demo", "drill", "loadtest", "serve", "stores", "testing", "verify"),
)

#: What puts a core together, and the core's folders: each imports only from those after it.
LAYERS = (
    *("aws", "site", "startup", "panel", "report", "openid", "decisions", "gate", "notices"),
    *("alarms", "worker", "papers", "draw", "pages", "web", "stores", "line"),
)

FRAMEWORKS = frozenset(
    {
        "anyio",
        "apprise",
        "asgiref",
        "bottle",
        "click",
        "django",
        "fastapi",
        "flask",
        "gevent",
        "granian",
        "gunicorn",
    }
    | {
        "aiohttp",
        "authlib",
        "httpx",
        "joserfc",
        "litestar",
        "locust",
        "matplotlib",
        "opentelemetry",
        "prometheus_client",
        "psycopg",
        "py_vapid",
        "pywebpush",
        "quart",
        "redis",
        "requests",
        "rich",
        "segno",
        "starlette",
    }
    | {"uvicorn", "watchfiles"}
)
CLOCKS = frozenset(
    {
        *(f"time.{name}" for name in ("time", "monotonic", "perf_counter", "localtime", "gmtime")),
        *(f"time.{name}_ns" for name in ("time", "monotonic", "perf_counter")),
        *(f"datetime.datetime.{name}" for name in ("now", "utcnow", "today")),
        "datetime.date.today",
    }
)


def is_in(path: Path, parts: Collection[str]) -> bool:
    """Whether a file of the package is one of these modules or lies in one of them."""
    name = path.relative_to(PACKAGE).with_suffix("").as_posix()
    return any(name == part or name.startswith(f"{part}/") for part in parts)


def outside(parts: Collection[str], find: Callable[[str], set[str]]) -> dict[str, set[str]]:
    """What is found in the sources of the files that are in none of these parts."""
    sources = {path: path.read_text() for path in sorted(PACKAGE.rglob("*.py"))}
    found = {path: names for path, source in sources.items() if (names := find(source))}
    assert found, "nothing is found in any file"
    return {str(path): names for path, names in found.items() if not is_in(path, parts)}


def frameworks(names: Iterable[str]) -> set[str]:
    return {name.partition(".")[0] for name in names} & FRAMEWORKS


def doors(source: str) -> set[str]:
    names = imported(source)
    return {
        door for door in DOORS for name in names if f"{name}.".startswith(f"vwr_middleware.{door}.")
    }


def clocks(source: str) -> set[str]:
    return used(source) & CLOCKS


def dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def loaded_by(names: Collection[str]) -> set[str]:
    """The frameworks that a fresh Python has loaded after importing these modules."""
    lines = ["import sys", *(f"import {name}" for name in names), "print(*sys.modules)"]
    command = [sys.executable, "-c", "\n".join(lines)]
    return frameworks(subprocess.check_output(command, cwd=ROOT, text=True).split())


def test_the_core_imports_no_framework() -> None:
    assert outside(AROUND, lambda source: frameworks(imported(source))) == {}


def test_the_core_loads_no_framework_by_a_detour() -> None:
    core = [path for path in sorted(PACKAGE.rglob("*.py")) if not is_in(path, AROUND)]
    assert loaded_by([dotted(path) for path in core]) == set()


@pytest.mark.parametrize("door", DOORS)
def test_a_door_loads_no_other_framework(door: str) -> None:
    own = {"asgi": {"starlette", "anyio"}, "wsgi": set(), "django": {"django", "asgiref"}}
    own["starlette"] = own["asgi"]
    allowed = own.get(door, {door, "click"})
    assert loaded_by([f"vwr_middleware.{door}"]) <= allowed


def test_only_other_doors_and_the_shell_import_a_door() -> None:
    assert outside(USERS_OF_DOORS, doors) == {}


def test_nobody_but_doors_and_stores_reads_a_clock() -> None:
    assert outside(KEEPERS_OF_TIME, clocks) == {}


@pytest.mark.parametrize(("at", "layer"), list(enumerate(LAYERS))[1:])
def test_the_folders_of_the_core_import_one_way(at: int, layer: str) -> None:
    before = tuple(f"vwr_middleware.{name}." for name in LAYERS[:at])
    found = {
        str(path): {name for name in needed(path.read_text()) if name.startswith(before)}
        for path in (PACKAGE / layer).rglob("*.py")
    }
    assert {path: names for path, names in found.items() if names} == {}


#: Whose docstring is a map of its files.
MAPPED = (
    *(
        vwr_middleware,
        asgi,
        aws,
        cli,
        decisions,
        demo,
        draw,
        gate,
        inlet,
        line,
        openid,
        pages,
        panel,
        papers,
        settings,
    ),
    *(drill, loadtest, simulate, serve, site, startup, stores, memory, postgres, redis, sqlite),
    *(testing, verify, web, worker, wsgi),
)


@pytest.mark.parametrize("folder", MAPPED)
def test_the_map_of_a_folder_names_each_of_its_files(folder: ModuleType) -> None:
    path, told = Path(*folder.__path__), folder.__doc__ or ""
    files = {file.name for file in path.glob("*.py")} - {"__init__.py"}
    assert set(re.findall(r"\w+\.py", told)) == files
    folders = {file.parent.name for file in path.glob("*/__init__.py")}
    assert folders <= set(re.findall(r"\w+", told))


#: The functions of each file of the line, in order, as Lua calls them.
IN_PYTHON = {
    path.stem: [
        node.name.lstrip("_")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef)
    ]
    for path in (PACKAGE / "line").glob("*.py")
}
IN_LUA = {
    path.stem: re.findall(r"^function line\.(\w+)", path.read_text(), re.MULTILINE)
    for path in (PACKAGE / "stores/lua").glob("*.lua")
}


def test_a_function_of_the_line_stands_in_the_file_of_the_same_name_in_lua() -> None:
    home = {name: part for part, names in IN_PYTHON.items() for name in names}
    found = {name: part for part in PARTS for name in IN_LUA[part] if name in home}
    assert len(found) > 80
    assert found == {name: home[name] for name in found}


@pytest.mark.parametrize("part", sorted(IN_PYTHON.keys() & IN_LUA.keys()))
def test_the_functions_of_the_line_stand_in_the_same_order_in_lua(part: str) -> None:
    names, twins = IN_PYTHON[part], IN_LUA[part]
    assert [name for name in twins if name in names] == [name for name in names if name in twins]


def test_no_file_is_too_long_to_be_read_at_once() -> None:
    files = [*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.lua")]
    lengths = {str(path): path.read_text().count("\n") for path in files}
    assert {path: lines for path, lines in lengths.items() if lines > 450} == {}
