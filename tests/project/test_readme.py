"""What the documents say is so: tables, snippets, commands and links."""

import re
import tomllib
import unittest
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from django.test import override_settings
from werkzeug.test import Client

import tests.support.django_shop  # noqa: F401  (sets Django up)
from benchmarks.__main__ import STORES
from benchmarks.__main__ import main as benchmark
from tests.support.apps import asgi_app, wsgi_app
from tests.support.django_project import ROOMS, browsers, project
from tests.support.readme import (
    DEPLOYMENT,
    DOCS,
    MEASURED,
    PATHS,
    PROGRAMS,
    README,
    RULES,
    SECURITY,
    SETTINGS,
    TESTING,
    settings_tables,
    snippets,
)
from tests.support.servers import ROOT, free_port
from tests.support.serving import example_shop, serving_asgi
from tests.support.visitor import TOKEN
from tests.support.waiting import wait_for
from vwr_middleware.demo.crowd import NAVIGATION
from vwr_middleware.django.checks import OURS
from vwr_middleware.inlet import Inlet
from vwr_middleware.papers.signing_keys import new_key
from vwr_middleware.pytest_plugin import vwr_room
from vwr_middleware.settings import Settings
from vwr_middleware.settings.secrets import PUBLISHED_SECRETS
from vwr_middleware.wsgi import WaitingRoomMiddleware
from vwr_middleware.wsgi.middleware import make_site

__all__ = ["vwr_room"]

DOCUMENTS = [README, *sorted(DOCS.glob("*.md"))]
#: Their Python is run. (That of a tutorial is a part of what test_tutorials.py follows.)
WITH_CODE = [path for path in DOCUMENTS if not path.stem.startswith("tutorial-")]
SNIPPETS = [
    pytest.param(code, id=f"{document.stem}-{number}")
    for document in WITH_CODE
    for number, code in enumerate(snippets(document.read_text(), "python"), start=1)
]
PUBLISHED = "a long secret of your own"
#: What a reader writes in its place.
SECRET = "a secret that a reader has made"
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
    found: dict[str, Any] = {"__name__": "snippet", "app": wsgi_app, "shop": asgi_app}
    found |= {"KEY": SECRET, "WaitingRoomMiddleware": WaitingRoomMiddleware}
    if "rsa.pem" in code:
        Path("rsa.pem").write_text(new_key("RS256"))
    exec(compile(code.replace(PUBLISHED, SECRET), "snippet", "exec"), found)
    if "rooms" in found:
        found["rooms"].close()
    return found


def the_snippet(document: Path, text: str) -> dict[str, Any]:
    return run(next(code for code in snippets(document.read_text(), "python") if text in code))


def test_the_settings_table_is_what_the_settings_say() -> None:
    assert settings_tables() in SETTINGS.read_text(), "run `make readme`"


@pytest.mark.parametrize("code", SNIPPETS)
def test_every_python_snippet_runs(code: str) -> None:
    run(code)


def test_the_rule_of_ones_own_slows_the_first_minute_down() -> None:
    class Room:
        first_claim = 100.0

    rule = the_snippet(RULES, "gently_at_first")["gently_at_first"]
    assert rule(Room, 130.0) == Inlet(per_second=10)
    assert rule(Room, 161.0) is None


@contextmanager
def at_the_shop(**env: str) -> Iterator[httpx.Client]:
    """A program, and the example's shop on a server."""
    env |= {"VWR_SECRET_KEY": SECRET, "VWR_STORE": "memory://"}
    with (
        serving_asgi(example_shop(env)) as url,
        httpx.Client(base_url=url, trust_env=False) as client,
    ):
        yield client


def test_the_api_client_waits_its_turn_once_and_comes_in_as_often_as_it_asks() -> None:
    client_of = the_snippet(PROGRAMS, "wait_for_turn")
    with at_the_shop(VWR_MODE="queue") as client:  # everybody gets a place in line first
        token = client_of["wait_for_turn"](client)
        for _ in range(2):
            client.cookies.clear()  # a program need not keep any
            assert "Purchase now" in client_of["seats"](client, token)
        wait_for(lambda: client.get("/vwr/main/status").json()["issued"] == 1)


def test_the_api_client_comes_into_a_full_room_that_is_off() -> None:
    client_of = the_snippet(PROGRAMS, "wait_for_turn")
    with at_the_shop(VWR_MODE="off", VWR_MAX_ACTIVE="1") as client:
        headers = {"VWR-Ticket": client.post("/vwr/main/tickets").json()["ticket"]}
        wait_for(lambda: client.post("/vwr/main/token", headers=headers).status_code == 200)
        client.cookies.clear()
        token = client_of["wait_for_turn"](client)
        assert "Purchase now" in client_of["seats"](client, token)


def test_another_program_verifies_a_token_with_public_keys() -> None:
    gateway = the_snippet(SECURITY, "PyJWKClient")
    with at_the_shop(VWR_TOKEN_ALGORITHM="ES256") as client:
        gateway["keys"] = jwt.PyJWKClient(f"{client.base_url}/vwr/main/jwks.json")
        token = the_snippet(PROGRAMS, "wait_for_turn")["wait_for_turn"](client)
        claims = gateway["verify"](token)
        assert (claims["iss"], claims["aud"], claims["pos"]) == ("vwr", "main", 1)
        unknown = jwt.encode(claims, b"k" * 32, headers={"kid": "of another site"})
        for other in ("", token[:-4] + "AAAA", unknown):
            with pytest.raises(jwt.PyJWTError):
                gateway["verify"](other)


def test_another_program_verifies_a_token_by_the_issuer_alone(tmp_path: Path) -> None:
    gateway = the_snippet(SECURITY, "openid-configuration")
    (tmp_path / "key.pem").write_text(new_key("RS256"))
    issuer = f"http://127.0.0.1:{free_port()}"
    given = {"TOKEN_ALGORITHM": "RS256", "TOKEN_KEYS": str(tmp_path / "key.pem")}
    environ = {f"VWR_{name}": value for name, value in given.items()}
    with at_the_shop(**environ, VWR_TOKEN_ISSUER=f"{issuer}/vwr") as client:
        # The server takes a port of its own: its keys are asked for there.
        gateway["ISSUER"] = str(client.base_url).rstrip("/") + "/vwr"
        document = httpx.get(f"{gateway['ISSUER']}/.well-known/openid-configuration").json()
        assert document["jwks_uri"] == f"{issuer}/vwr/.well-known/jwks.json"
        there = f"{gateway['ISSUER']}/.well-known/jwks.json"
        gateway["keys"] = lambda: jwt.PyJWKClient(there)
        token = the_snippet(PROGRAMS, "wait_for_turn")["wait_for_turn"](client)
        with pytest.raises(jwt.InvalidIssuerError):
            gateway["verify"](token)
        gateway["ISSUER"] = document["issuer"]
        claims = gateway["verify"](token)
        assert (claims["aud"], claims["sub"]) == ("main", claims["sid"])


def test_another_program_verifies_a_token_with_the_derived_key() -> None:
    given: dict[str, Any] = {"secret_key": SECRET, "paths": "/tickets", "store": "memory://"}
    client = Client(WaitingRoomMiddleware(wsgi_app, **given))
    client.get("/tickets", headers=NAVIGATION)
    token = client.get_cookie(TOKEN)
    assert token is not None
    gateway = the_snippet(SECURITY, "for_purpose")
    claims = gateway["verify"](token.value)
    assert (claims["iss"], claims["aud"]) == ("vwr", "main")
    later = {name: claims[name] + 2 for name in ("iat", "exp")}
    from_a_clock_ahead = jwt.encode({**claims, **later}, gateway["key"])
    assert gateway["verify"](from_a_clock_ahead)["sid"] == claims["sid"]


def test_the_challenge_that_is_shown_lets_people_join_once_they_have_met_it() -> None:
    shown = the_snippet(RULES, "def challenge")
    given = {"secret_key": SECRET, "paths": "/tickets", "store": "memory://", **shown["settings"]}
    client = Client(WaitingRoomMiddleware(wsgi_app, **given))
    where = client.get("/tickets?day=2", headers=NAVIGATION).location
    assert where == "/captcha?next=/tickets%3Fday%3D2"
    attacker = Client(client.application, use_cookies=False)
    response = attacker.get("/tickets", headers={**NAVIGATION, "Cookie": "human=\xff"})
    assert response.status_code == 303, "a cookie that is no text leads around the CAPTCHA"
    for value, status in (("yes", 303), (shown["signer"].sign("yes").decode(), 200)):
        client.set_cookie("human", value)
        assert client.get("/tickets", headers=NAVIGATION).status_code == status


def test_the_identity_that_is_shown_is_djangos_account() -> None:
    shown = the_snippet(RULES, "def identity")["settings"]
    engine = "django.contrib.sessions.backends.signed_cookies"
    with project(VWR_ROOMS=[ROOMS[0] | shown], SESSION_ENGINE=engine):
        shopper, *devices = browsers(4)
        shopper.get("/tickets")
        for device, account in zip(devices, ("7", "7", "8"), strict=True):
            session = device.session
            session["_auth_user_id"] = account
            session.save()
            device.cookies["sessionid"] = str(session.session_key)
            assert device.get("/tickets").status_code == 202
        told = [device.get("/vwr/main/position").json()["position"] for device in devices]
    assert told == [2, 2, 3]


def test_the_rooms_that_are_shown_are_settings() -> None:
    shown = the_snippet(PATHS, '"rooms"')["settings"]
    assert [room.name for room in Settings(secret_key=SECRET, **shown).rooms] == ["vip", "main"]


def test_the_tests_that_are_shown_hold(vwr_room: Any) -> None:
    for of in ("Starlette(", "Flask("):
        shown = the_snippet(TESTING, of)
        tests = [test for name, test in shown.items() if name.startswith("test_")]
        assert tests
        for test in tests:
            test(vwr_room)
    of_django = unittest.defaultTestLoader.loadTestsFromTestCase(
        the_snippet(TESTING, "SimpleTestCase")["Opening"]
    )
    project = {"ROOT_URLCONF": "tests.testing.conftest", "VWR": {"PATHS": ["/tickets"]}}
    with override_settings(MIDDLEWARE=[OURS], **project):
        found = of_django.run(unittest.TestResult())
    assert (found.testsRun, found.failures, found.errors) == (1, [], [])


@pytest.mark.parametrize(
    "document",
    [*DOCUMENTS, ROOT / "examples" / "README.md", ROOT / "CONTRIBUTING.md"],
    ids=lambda path: f"{path.parent.name}/{path.name}",
)
def test_every_link_leads_somewhere(document: Path) -> None:
    text = re.sub(r"```.*?```|`[^`\n]*`", "", document.read_text(), flags=re.DOTALL)
    for target in re.findall(r'(?:\]\(|<img src=")([^)"]+)', text):
        if target.startswith("https://"):
            continue  # a source, elsewhere
        path, _, anchor = target.partition("#")
        file = (document.parent / path).resolve() if path else document
        assert file.exists(), target
        assert not anchor or anchor in slugs(file.read_text()), target


def test_every_document_is_short_and_named_by_the_readme_or_the_deployment_guide() -> None:
    guides = README.read_text().replace("docs/", "") + DEPLOYMENT.read_text()
    documents = sorted(DOCS.glob("*.md"))
    assert [path.name for path in documents if f"]({path.name})" not in guides] == []
    assert [path.name for path in documents if path.read_text().count("\n") > 250] == []


def slugs(text: str) -> set[str]:
    """The anchors of a document's headings."""
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}


def test_every_target_of_make_that_is_named_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text()
    contributing = (ROOT / "CONTRIBUTING.md").read_text()
    text = README.read_text() + MEASURED.read_text() + contributing
    named = set(re.findall(r"(?:`|^ *)make ([a-z-]+)", text, re.MULTILINE))
    assert named >= {"demo", "demo-flask", "test", "check", "bench"}
    assert named <= set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))


def test_the_parts_of_the_tests_that_are_named_are_there() -> None:
    contributing = (ROOT / "CONTRIBUTING.md").read_text()
    parts = re.findall(r'ARGS="(?:--ignore )?(tests/[\w./]+)(?: -k (\w+)")?', contributing)
    assert [path for path, word in parts if not named_in(path, word)] == []
    (example,) = re.findall(r"`(test_\w+)`", contributing)
    assert named_in("tests/doors", example)


def named_in(path: str, word: str) -> bool:
    """Whether a test in this file or folder has that word in its name."""
    files = [ROOT / path, *(ROOT / path).rglob("test_*.py")]
    return any(re.search(rf"def \w*{word}", file.read_text()) for file in files if file.is_file())


def test_every_extra_that_is_named_is_there() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    text = README.read_text() + (DOCS / "stores.md").read_text()
    named = set(re.findall(r"(?:vwr-middleware|or |, )\[([a-z]+)\]", text))
    assert {"asgi", "flask", "django", "redis"} <= named <= set(extras)


def test_the_settings_that_are_named_are_there() -> None:
    known = set(re.findall(r"^\| `(\w+)` \|", SETTINGS.read_text(), re.MULTILINE))
    text = "".join(document.read_text() for document in DOCUMENTS)
    named = set(re.findall(r"`([a-z_]+)=", text)) - {"hidden", "role"}  # a query, an attribute
    assert named >= {"trusted_proxies", "opens_at", "cookie_domain"}
    assert named <= known


#: The cases in the table of all figures that the README's rows are taken from: by hand, and ours.
COSTS = {
    "an unprotected path": (
        "unprotected path: by hand, BaseHTTPMiddleware",
        "unprotected path: ours",
    ),
    "a page for an admitted visitor": ("admitted: by hand, pure ASGI", "admitted: ours"),
    "a poll of the public status": ("", "status poll: ours"),
    "a poll of somebody in line": ("poll: by hand", "position poll: ours"),
    "the waiting page": ("waiting page: by hand", "waiting page: ours"),
    "a new place in line, on Valkey": ("join: by hand", "join: ours, Valkey"),
    "Flask: a page for an admitted visitor": ("Flask admitted: by hand", "Flask admitted: ours"),
    "Flask: a poll of somebody in line": ("Flask poll: by hand", "Flask poll: ours"),
}
#: Where these figures are in that table: of the app, the limit, added and trips.
FIGURES = 2, 4, 6, 7


def test_the_costs_in_short_are_those_that_were_measured() -> None:
    text = MEASURED.read_text()
    measured = {row[0]: row for row in rows_of(text) if len(row) > 11}
    short = README.read_text().partition("## What it costs")[2].partition("\n## ")[0]
    told = {row[0]: row[1:] for row in rows_of(short)[2:]}
    assert told == {
        name: [
            measured[hand][2] if hand else "",
            *(measured[ours][figure] for figure in FIGURES),
        ]
        for name, (hand, ours) in COSTS.items()
    }
    (machine,) = re.findall(r"on (2 cores .*? [\d.]+);", text)
    assert machine in short


def test_every_case_is_told_and_the_stores_are_weighed_with_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert benchmark(["--list"]) == 0
    cases = set(capsys.readouterr().out.splitlines())
    _, measured, _ = re.split("<!-- /?bench -->", MEASURED.read_text())
    told = {row[0] for row in rows_of(measured) if len(row) > 11}
    assert cases ^ told == {STORES, "case", "---"}


def rows_of(text: str) -> list[list[str]]:
    """The cells of all lines of tables."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_secret_that_we_write_down_is_known_as_such() -> None:
    texts = [*DOCUMENTS, *ROOT.glob("examples/**/*.py")]
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
    make_site(Settings(secret_key=PUBLISHED, paths=[], store="memory://", debug=True))
    assert "secret_key is an example from our documentation" in caplog.text
