"""What the documents say is so: tables, snippets, commands and links."""

import re
import tomllib
import unittest
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from django.test import override_settings

from tests import test_asgi_frameworks, test_servers, test_wsgi_frameworks
from tests.support.doors import DOORS
from tests.support.readme import (
    DEPLOYMENT,
    README,
    TESTING,
    settings_tables,
    snippets,
    with_settings,
)
from tests.support.servers import ROOT, running_uvicorn
from tests.support.waiting import wait_for
from vwr_middleware.django.checks import OURS
from vwr_middleware.inlet import Inlet
from vwr_middleware.settings import Settings
from vwr_middleware.settings.web import PUBLISHED_SECRETS
from vwr_middleware.wsgi.middleware import make_site

DOCUMENTS = [README, DEPLOYMENT, TESTING]
SNIPPETS = [
    pytest.param(code, id=f"{document.stem}-{number}")
    for document in DOCUMENTS
    for number, code in enumerate(snippets(document.read_text(), "python"), start=1)
]
SECRET = "a long secret of your own"
# Its tests go by httpx, which Starlette tells on: people are free to have the newer one.
pytestmark = pytest.mark.filterwarnings("ignore:Using .httpx. with .starlette.testclient")


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Snippets name files in the working directory, and settings in the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VWR_SECRET_KEY", SECRET)
    monkeypatch.setenv("VWR_PATHS", "/tickets")


def run(code: str) -> dict[str, Any]:
    """What a snippet has defined."""
    found: dict[str, Any] = {"__name__": "snippet"}
    exec(compile(code, "snippet", "exec"), found)
    if "rooms" in found:
        found["rooms"].close()
    return found


def the_snippet(document: Path, text: str) -> dict[str, Any]:
    return run(next(code for code in snippets(document.read_text(), "python") if text in code))


def test_the_settings_table_is_what_the_settings_say() -> None:
    text = README.read_text()
    assert settings_tables() in text, "run `make readme`"
    assert with_settings(text) == text
    assert with_settings(text.replace("| `room", "| `moor")) != text.replace("| `room", "| `moor")


@pytest.mark.parametrize("code", SNIPPETS)
def test_every_python_snippet_runs(code: str) -> None:
    run(code)


def test_the_rule_of_ones_own_slows_the_first_minute_down() -> None:
    class Room:
        first_claim = 100.0

    rule = the_snippet(README, "gently_at_first")["gently_at_first"]
    assert rule(Room, 130.0) == Inlet(per_second=10)
    assert rule(Room, 161.0) is None


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The example's shop, in which everybody gets a place in line first."""
    env = {"VWR_SECRET_KEY": SECRET, "VWR_STORE": "memory://", "VWR_MODE": "queue"}
    with running_uvicorn("examples.starlette_app.shop:app", env=env) as url:
        yield url


def test_the_api_client_waits_its_turn_and_comes_in(shop: str) -> None:
    client_of = the_snippet(DEPLOYMENT, "wait_for_turn")
    with httpx.Client(base_url=shop, trust_env=False) as client:
        assert "Purchase now" in client_of["seats"](client)


def test_the_api_client_comes_into_a_full_room_that_is_off() -> None:
    client_of = the_snippet(DEPLOYMENT, "wait_for_turn")
    env = {"VWR_SECRET_KEY": SECRET, "VWR_STORE": "memory://", "VWR_MODE": "off"}
    with (
        running_uvicorn(
            "examples.starlette_app.shop:app", env={**env, "VWR_MAX_ACTIVE": "1"}
        ) as url,
        httpx.Client(base_url=url, trust_env=False) as client,
    ):
        headers = {"VWR-Ticket": client.post("/vwr/main/tickets").json()["ticket"]}
        wait_for(lambda: client.post("/vwr/main/token", headers=headers).status_code == 200)
        client.cookies.clear()
        assert "Purchase now" in client_of["seats"](client)


def test_another_program_verifies_a_token(shop: str) -> None:
    wait_for_turn = the_snippet(DEPLOYMENT, "wait_for_turn")["wait_for_turn"]
    with httpx.Client(base_url=shop, trust_env=False) as client:
        token = wait_for_turn(client)
    gateway = the_snippet(DEPLOYMENT, "jwt.decode")
    claims = gateway["verify"](token)
    assert (claims["iss"], claims["aud"]) == ("vwr", "main")
    later = {name: claims[name] + 2 for name in ("iat", "exp")}
    from_a_clock_ahead = jwt.encode({**claims, **later}, gateway["key"])
    assert gateway["verify"](from_a_clock_ahead)["sid"] == claims["sid"]


def test_the_tests_that_are_shown_hold() -> None:
    shown = the_snippet(TESTING, "TestClient")
    shown["test_everybody_waits"]()
    shown["test_who_has_bought_makes_room"]()
    of_django = unittest.defaultTestLoader.loadTestsFromTestCase(
        the_snippet(TESTING, "SimpleTestCase")["FullRoom"]
    )
    with override_settings(MIDDLEWARE=[OURS]):
        found = of_django.run(unittest.TestResult())
    assert (found.testsRun, found.failures, found.errors) == (1, [], [])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    text = document.read_text()
    for target in re.findall(r'(?:\]\(|<img src=")([^)"]+)', text):
        path, _, anchor = target.partition("#")
        file = (document.parent / path).resolve() if path else document
        assert file.exists(), target
        assert not anchor or anchor in slugs(file.read_text()), target


def slugs(text: str) -> set[str]:
    """The anchors of a document's headings."""
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}


def test_every_target_of_make_that_is_named_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text()
    contributing = (ROOT / "CONTRIBUTING.md").read_text()
    text = README.read_text() + DEPLOYMENT.read_text() + contributing
    named = set(re.findall(r"(?:`|^ *)make ([a-z-]+)", text, re.MULTILINE))
    assert named >= {"demo", "demo-flask", "test", "check", "bench"}
    assert named <= set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))


def test_every_extra_that_is_named_is_there() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    text = README.read_text() + DEPLOYMENT.read_text()
    named = set(re.findall(r"(?:vwr-middleware|or |, )\[([a-z]+)\]", text))
    assert {"asgi", "flask", "django", "redis"} <= named <= set(extras)


def test_the_settings_that_are_named_are_there() -> None:
    known = set(re.findall(r"^\| `(\w+)` \|", README.read_text(), re.MULTILINE))
    text = "".join(document.read_text() for document in DOCUMENTS)
    named = set(re.findall(r"`([a-z_]+)=", text))
    assert named >= {"trusted_proxies", "opens_at", "cookie_domain"}
    assert named <= known


# The table of servers and frameworks, and the Pythons.

#: Which framework the apps are that tests/test_servers.py serves.
FRAMEWORKS = {
    test_servers.WSGI: "Flask",
    test_servers.ASGI: "Starlette",
    test_servers.DJANGO_WSGI: "Django, WSGI",
    test_servers.DJANGO_ASGI: "Django, ASGI",
    "runserver": "Django, WSGI",
}


def marked() -> set[tuple[str, str]]:
    """Framework and server of every mark in the table."""
    table = README.read_text().partition("### What it was tried under")[2].partition("\n\n## ")[0]
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
    under_uvicorn = {name.partition("_")[0] for name in test_asgi_frameworks.UNDER_UVICORN}
    apps = {*test_asgi_frameworks.APPS, *test_wsgi_frameworks.APPS}
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
    assert named in README.read_text()


def test_every_secret_that_we_write_down_is_known_as_such() -> None:
    texts = [*DOCUMENTS, *ROOT.glob("examples/**/*.py"), *ROOT.glob("docs/*.md")]
    written = re.compile(
        r"""secret_key="([^"]+)"|SECRET_KEY=([\w-]+) |KEY", "([^"]+)"\)""", re.IGNORECASE
    )
    found = {
        next(filter(None, each)) for text in texts for each in written.findall(text.read_text())
    }
    assert found == PUBLISHED_SECRETS


def test_a_site_says_when_it_starts_that_everybody_knows_its_secret(
    caplog: pytest.LogCaptureFixture,
) -> None:
    make_site(Settings(secret_key=SECRET, paths=[], store="memory://"))
    assert "secret_key is the one of our documentation" in caplog.text
