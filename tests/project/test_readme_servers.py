"""What the document says of servers, frameworks and Pythons is what the tests try."""

import re
import tomllib

from benchmarks import servers
from tests.frameworks import test_asgi, test_servers, test_wsgi
from tests.support.doors import DOORS
from tests.support.readme import TESTED_WITH
from tests.support.servers import ROOT

#: Which framework the apps are that tests/frameworks/test_servers.py serves.
FRAMEWORKS = {
    test_servers.WSGI: "Flask",
    test_servers.ASGI: "Starlette",
    test_servers.DJANGO_WSGI: "Django, WSGI",
    test_servers.DJANGO_ASGI: "Django, ASGI",
    "runserver": "Django, WSGI",
}


def marked() -> set[tuple[str, str]]:
    """Framework and server of every mark in the table."""
    table = TESTED_WITH.read_text()
    rows = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("|")]
    servers = [cell.strip() for cell in rows[0][1:]]
    return {
        (row[0].strip(), server)
        for row in rows[2:]
        for server, cell in zip(servers, row[1:], strict=True)
        if cell.strip()
    }


def tried() -> set[tuple[str, str]]:
    """Framework and server of every test."""
    found = set()
    for command in test_servers.SERVERS.values():
        (framework,) = {name for app, name in FRAMEWORKS.items() if app in command}
        server = command.split()[0].replace("django", "runserver")
        found.add((framework, server))
    under_uvicorn = {name.partition("_")[0] for name in test_asgi.UNDER_UVICORN}
    apps = {*test_asgi.APPS, *test_wsgi.APPS}
    proper = {name.casefold(): name for name, _ in marked()}
    found |= {(proper[name], "uvicorn") for name in under_uvicorn if name in proper}
    found |= {(proper[name], "in process") for name in apps if name in proper}
    return found | {(f"Django, {name[7:].upper()}", "in process") for name in DOORS if "-" in name}


def test_the_table_of_servers_names_what_the_tests_try() -> None:
    assert marked() == tried()


def test_the_pythons_that_are_named_are_those_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    versions = re.findall(r"Python :: (3\.\d+)", " ".join(project["classifiers"]))
    named = f"Python {', '.join(versions[:-1])} and {versions[-1]}"
    assert named in TESTED_WITH.read_text()


def test_the_table_of_servers_has_a_row_for_each_that_is_measured() -> None:
    told = servers.DOCUMENT.read_text().partition("<!-- servers -->")[2].partition("<!-- /")[0]
    rows = {line.strip("| ").partition(" |")[0] for line in told.splitlines() if ": " in line}
    assert {f"{kind.name}: {name}" for kind in servers.KINDS for name in kind.servers} <= rows
    (columns, *_) = (line for line in told.splitlines() if "bare app" in line)
    assert [cell.strip() for cell in columns.strip("|").split("|")[1:]] == [
        case.name for case in servers.CASES
    ]
