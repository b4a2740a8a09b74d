"""`vwr drill` at servers with two workers: what is right is a go, and what is wrong is found."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result
from werkzeug.wrappers import Response

from tests.support.serving import serving, serving_asgi
from tests.support.starlette_shop import starlette_app
from vwr_middleware.asgi import WaitingRoomMiddleware
from vwr_middleware.cli.commands import vwr
from vwr_middleware.papers.agreement import consent_text
from vwr_middleware.serve.without_app import without_app

pytestmark = pytest.mark.long

TOKEN = "a token for drills at real servers"
PASSWORD = "a long password 1"
SETTINGS: dict[str, Any] = {
    "secret_key": "a key for drills that is long enough",
    "paths": "/tickets",
    "loadtest_token": TOKEN,
    "admin_password": PASSWORD,
}


@contextmanager
def two_workers(*settings: dict[str, Any]) -> Iterator[str]:
    """The address that workers with these settings share. No server believes a made-up address."""
    apps = [
        WaitingRoomMiddleware(starlette_app(has_action=False), **SETTINGS, **each)
        for each in settings
    ]
    with serving_asgi(*apps, proxy_headers=False) as url:
        yield url


def drill(url: str, *options: str, path: str = "/tickets", **env: str) -> Result:
    given = {"VWR_LOADTEST_TOKEN": TOKEN, "VWR_ADMIN_PASSWORD": PASSWORD, **env}
    return CliRunner(env=given).invoke(vwr, ["drill", url + path, *options])


def results(path: Path) -> dict[str, str]:
    """The worst result by what was looked at."""
    found: dict[str, str] = {}
    order = ("go", "open", "no-go")
    for row in json.loads(path.read_text())["findings"]:
        before = found.get(row["what"], "go")
        found[row["what"]] = max(before, row["result"], key=order.index)
    return found


def test_all_is_go_where_two_workers_share_a_store_and_the_real_room_is_untouched(
    tmp_path: Path,
) -> None:
    store = {"store": f"sqlite:///{tmp_path / 'vwr.sqlite3'}"}
    html, told = tmp_path / "sheet.html", tmp_path / "sheet.json"
    with two_workers(store, store) as url:
        result = drill(url, "--people", "20", "--html", str(html), "--json", str(told))
        status = httpx.get(f"{url}/vwr/main/status").json()
    assert result.exit_code == 0, result.output
    found = results(told)
    assert {what for what, how in found.items() if how == "no-go"} == set()
    expected = [
        *("workers", "prefix routing", "static files", "protected page", "proxies", "line"),
        *("one line at all workers", "private answers", "cookies", "turns", "room", "app"),
    ]
    assert {what: found[what] for what in expected} == dict.fromkeys(expected, "go")
    assert found["panel"] == "go" and found["alarms"] == found["https"] == "open"
    assert "GO; " in result.output and (status["issued"], status["waiting"]) == (0, 0)
    page = html.read_text()
    assert "<script" not in page and "GO; " in page and PASSWORD not in page + told.read_text()


def test_workers_with_stores_of_their_own_are_a_no_go(tmp_path: Path) -> None:
    told = tmp_path / "sheet.json"
    with two_workers({"store": "memory://"}, {"store": "memory://"}) as url:
        result = drill(url, "--json", str(told))
    assert result.exit_code == 1
    assert results(told)["store"] == "no-go"
    assert "each has a line of its own" in result.output


def test_workers_that_do_not_know_each_others_visitors_are_a_no_go(tmp_path: Path) -> None:
    told = tmp_path / "sheet.json"
    store = {"store": f"sqlite:///{tmp_path / 'vwr.sqlite3'}"}
    with two_workers(store, {**store, "namespace": "other"}) as url:
        result = drill(url, "--json", str(told))
    assert result.exit_code == 1, result.output
    found = results(told)
    assert "no-go" in (found.get("line"), found.get("one line at all workers")), result.output
    assert "give all workers the same store" in result.output


def test_a_page_that_no_room_protects_is_a_no_go_and_takes_no_place(tmp_path: Path) -> None:
    told, store = tmp_path / "sheet.json", {"store": f"sqlite:///{tmp_path / 'vwr.sqlite3'}"}
    with two_workers(store) as url:
        result = drill(url, "--json", str(told), path="/elsewhere")
    found = results(told)
    assert result.exit_code == 1
    assert found["protected page"] == found["line"] == "no-go" and found["workers"] == "open"
    assert "the room 'main' protects /tickets" in result.output


def test_where_the_copy_does_not_answer_nobody_opens_a_page(tmp_path: Path) -> None:
    """It may be a view with a room of its own, which would give real numbers."""
    purposes: list[bytes] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            purposes.append(dict(scope["headers"]).get(b"sec-purpose", b"none"))
        await without_app(scope, receive, send)

    store = f"sqlite:///{tmp_path / 'vwr.sqlite3'}"
    with serving_asgi(WaitingRoomMiddleware(app, **SETTINGS, store=store)) as url:
        assert drill(url, "--people", "10", "--restart", "true", path="/view").exit_code == 1
    assert set(purposes) == {b"prefetch"}


def test_an_app_that_is_not_there_is_a_no_go(tmp_path: Path) -> None:
    told, store = tmp_path / "sheet.json", f"sqlite:///{tmp_path / 'vwr.sqlite3'}"
    app = WaitingRoomMiddleware(without_app, **SETTINGS, store=store)
    with serving_asgi(app, proxy_headers=False) as url:
        assert drill(url, "--json", str(told)).exit_code == 1
    found = results(told)
    assert {what for what, how in found.items() if how == "no-go"} == {"app"}


def test_a_room_that_is_off_is_told(tmp_path: Path) -> None:
    store = {"store": f"sqlite:///{tmp_path / 'vwr.sqlite3'}", "mode": "off"}
    with two_workers(store) as url:
        result = drill(url)
    assert "open  room: main is off" in result.output
    assert "go  turns" in result.output, "the copy is open"


def test_the_settings_are_checked_first_where_they_are_here(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'vwr.sqlite3'}"
    with two_workers({"store": store}) as url:
        env = {"VWR_SECRET_KEY": SETTINGS["secret_key"], "VWR_PATHS": "/tickets"}
        result = drill(url, VWR_STORE=store, VWR_COOKIE_SECURE="never", **env)
    assert "go  configuration: vwr check finds no problem" in result.output
    assert "open  configuration: cookie_secure is never" in result.output


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--html", "/nowhere/at/all.html"), "there is no directory"),
        (("--prefix", "vwr"), "begins with a slash"),
        (("--token", "another token than the site's"), "has not agreed"),
    ],
)
def test_bad_input_is_refused_with_words(options: tuple[str, ...], told: str) -> None:
    with serving(Response(consent_text(TOKEN))) as url:
        result = drill(url, *options)
    assert result.exit_code == 2 and told in result.output and "Traceback" not in result.output


def test_without_a_token_nothing_begins() -> None:
    result = CliRunner(env={"VWR_LOADTEST_TOKEN": ""}).invoke(vwr, ["drill", "http://127.0.0.1:1/"])
    assert result.exit_code == 2 and "VWR_LOADTEST_TOKEN" in result.output


def test_a_site_that_does_not_answer_is_told() -> None:
    result = drill("http://127.0.0.1:1")
    assert result.exit_code == 2 and "does not answer" in result.output
