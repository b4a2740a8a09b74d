"""Which room `vwr` works on: by a store or a panel, named on the command line or before it."""

import json
import sqlite3
import time
from collections.abc import Iterable
from contextlib import closing
from itertools import chain, repeat
from pathlib import Path
from urllib.request import Request, urlopen
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from click.testing import CliRunner
from werkzeug.utils import redirect
from werkzeug.wrappers import Request as AppFunctions
from werkzeug.wrappers import Response

from tests.support.panel import API_KEY
from tests.support.servers import free_port
from tests.support.serving import serving
from tests.support.shell import SETTINGS, failed, said
from vwr_middleware.cli import reach
from vwr_middleware.cli.commands import vwr
from vwr_middleware.stores.sqlite.connection import PATIENCE


def test_a_wrong_key_and_a_wrong_url_are_told(panel: str) -> None:
    runner = CliRunner()
    wrong = failed(runner.invoke(vwr, ["--url", panel, "--key", "x", "rooms"]))
    assert "the panel does not accept this key" in wrong
    assert "admin_api_key" in wrong and "--key or VWR_KEY" in wrong
    assert "--url needs --key" in failed(runner.invoke(vwr, ["--url", panel, "rooms"]))
    nobody = ["--url", "http://127.0.0.1:1/vwr-admin", "--key", "x", "rooms"]
    assert "does not answer: [Errno" in failed(runner.invoke(vwr, nobody))
    assert "must begin with" in failed(
        runner.invoke(vwr, ["--url", "ftp://x", "--key", "x", "rooms"])
    )
    torn = ["--url", "http://[::1/vwr-admin", "--key", "x", "rooms"]
    assert "is this the URL of a panel?" in failed(runner.invoke(vwr, torn))
    elsewhere = ["--url", panel.removesuffix("-admin") + "x", "--key", "x", "rooms"]
    assert "is not a control API" in failed(runner.invoke(vwr, elsewhere))


def test_a_password_in_the_url_is_refused_and_not_shown() -> None:
    words = ["--url", "http://ann:hush@127.0.0.1:1/vwr-admin", "--key", "x", "rooms"]
    text = failed(CliRunner().invoke(vwr, words))
    assert "must not contain a user name or password" in text
    assert "hush" not in text


def test_a_line_end_of_another_system_is_no_part_of_what_is_named(store: str, panel: str) -> None:
    runner = CliRunner(env={"VWR_URL": f"{panel}\r", "VWR_KEY": f"{API_KEY}\r"})
    assert "2 of 2" in said(runner.invoke(vwr, ["status", "main"]))
    runner = CliRunner(env={"VWR_STORE": f"{store}\r", "VWR_NAMESPACE": "vwr\r"})
    assert "2 of 2" in said(runner.invoke(vwr, ["status", "main"]))


def test_an_apps_own_words_are_not_taken_for_those_of_a_panel() -> None:
    """FastAPI says in JSON what it has not."""
    missing = Response('{"detail": "Not Found"}', 404, content_type="application/json")
    with serving(missing) as url:
        text = failed(CliRunner().invoke(vwr, ["--url", url, "--key", "x", "rooms"]))
    assert "it answers 404 NOT FOUND: is this the URL of a panel?" in text


def torn(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    AppFunctions(
        environ
    ).get_data()  # or this server waits for what may still come, and its client for it
    start_response("200 OK", [("Content-Length", "99"), ("Content-Type", "application/json")])
    return [b'{"rooms": ']


def test_an_answer_that_breaks_off_is_none() -> None:
    with serving(torn) as url:
        text = failed(CliRunner().invoke(vwr, ["--url", url, "--key", API_KEY, "rooms"]))
    assert f"{url}/api does not answer: IncompleteRead" in text


@pytest.mark.parametrize(
    ("command", "is_told"),
    [("reset main --confirm main", True), ("rooms", False), ("explain main 1", False)],
)
def test_a_change_whose_answer_gets_lost_may_have_been_made(command: str, is_told: bool) -> None:
    """Whoever resets a room once more takes the places of those who have come back."""
    gateway = Response("<h1>Gateway Timeout</h1>", 504, content_type="text/html")
    detail = '{"detail": "the store does not answer: try again in a moment"}'
    late = Response(detail, 503, content_type="application/problem+json")  # the app's store
    words = "may have been made, check with `vwr audit`"
    for answer in (gateway, torn, late):
        with serving(answer) as url:
            lost = CliRunner().invoke(vwr, ["--url", url, "--key", "x", *command.split()])
        assert (words in failed(lost)) is is_told
    for url in ("http://127.0.0.1:1", "http://127.0.0.1:x"):
        nobody = CliRunner().invoke(vwr, ["--url", url, "--key", "x", *command.split()])
        assert "does not answer" in failed(nobody) and words not in failed(nobody)


def test_an_app_that_is_away_behind_its_proxy_is_told_as_that() -> None:
    """In the middle of a deploy no operator is to look for another URL."""
    with serving(Response("<h1>Bad Gateway</h1>", 502, content_type="text/html")) as url:
        text = failed(CliRunner().invoke(vwr, ["--url", url, "--key", "x", "pause", "main"]))
    assert "it answers 502 BAD GATEWAY: the app behind the proxy is down, or" in text


@pytest.mark.parametrize("command", [["rooms"], ["advance", "main", "1"]])
def test_the_key_goes_nowhere_but_to_the_url_that_was_named(command: list[str]) -> None:
    asked: list[str] = []

    def elsewhere(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        asked.append(environ.get("HTTP_AUTHORIZATION", ""))
        return Response("{}")(environ, start_response)

    with serving(elsewhere) as other, serving(redirect(f"{other}/x")) as url:
        text = failed(CliRunner().invoke(vwr, ["--url", url, "--key", API_KEY, *command]))
        assert f"it leads to {other}/x: is this the URL of a panel?" in text
    assert asked == []


def test_a_name_of_any_language_is_written_down(
    panel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "Jürgen 日本")
    words = ["--url", panel, "--key", API_KEY]
    said(CliRunner().invoke(vwr, [*words, "pause", "main"]))
    request = Request(
        f"{panel}/api/rooms/main/audit", headers={"Authorization": f"Bearer {API_KEY}"}
    )
    with urlopen(request) as answer:
        assert json.load(answer)["audit"][0]["who"] == "Jürgen 日本 (shell)"


def test_keys_may_hold_any_letters(panel: str) -> None:
    words = ["--url", panel, "--key", API_KEY, "advance", "main", "2", "--idempotency-key"]
    for key in ("日本", "\udcff"):
        for _ in range(2):
            assert "called 2" in said(CliRunner().invoke(vwr, [*words, key]))
    assert "6 of 10 handed out" in said(CliRunner().invoke(vwr, [*words[:4], "status", "main"]))
    wrong = CliRunner().invoke(vwr, ["--url", panel, "--key", "日本\udcff", "pause", "main"])
    assert "the panel does not accept this key" in failed(wrong)


def test_without_a_store_the_fix_is_told() -> None:
    assert "--store" in failed(CliRunner().invoke(vwr, ["status", "main"]))
    memory = ["--store", "memory://", "status", "main"]
    assert "use --url" in failed(CliRunner().invoke(vwr, memory))
    no_url = ["--store", "vwr.sqlite3", "status", "main"]
    assert 'a URL like "sqlite:///vwr.sqlite3"' in failed(CliRunner().invoke(vwr, no_url))


def test_a_file_that_cannot_be_a_store_is_told_with_the_fix(tmp_path: Path) -> None:
    nowhere = ["--store", f"sqlite:///{tmp_path}/none/vwr.sqlite3", "status", "main"]
    assert "does not exist: make it, or name another" in failed(CliRunner().invoke(vwr, nowhere))
    (tmp_path / "notes.txt").write_text("no database, but a text that is long enough to be read")
    notes = ["--store", f"sqlite:///{tmp_path}/notes.txt", "status", "main"]
    assert "name another file" in failed(CliRunner().invoke(vwr, notes))


@pytest.mark.parametrize("command", ["status main", "pause main", "advance main 5"])
def test_where_no_store_answers_the_next_step_is_told(command: str) -> None:
    nobody = ["--store", f"redis://127.0.0.1:{free_port()}", *command.split()]
    words = "refused: nothing was changed; try again, and if it fails again, start the store"
    assert words in failed(CliRunner().invoke(vwr, nobody))


def test_a_store_that_others_hold_is_told_with_the_fix(
    store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reach, "PATIENCE", 0)
    with closing(sqlite3.connect(store.removeprefix("sqlite:///"))) as holder:
        holder.execute("BEGIN IMMEDIATE")
        for arguments in (["pause", "main"], ["check"]):
            refused = CliRunner(env=SETTINGS).invoke(vwr, ["--store", store, *arguments])
            assert "locked: another process has held its lock for too long" in failed(refused)


@pytest.mark.parametrize("command", ["pause main", "check"])
def test_an_operator_has_more_patience_than_a_visitor(
    store: str, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """Other programs hold the file for longer than any request would wait, three times over."""
    with closing(sqlite3.connect(store.removeprefix("sqlite:///"))) as holder:
        holder.execute("BEGIN IMMEDIATE")
        pauses = chain([PATIENCE * 2] * 3, repeat(None))

        def wait(_: float) -> None:
            longer = next(pauses)
            time.sleep(longer) if longer else holder.rollback()

        monkeypatch.setattr("vwr_middleware.stores.sqlite.connection.sleep", wait)
        arguments = ["--store", store, *command.split()]
        said(CliRunner(env=SETTINGS).invoke(vwr, arguments))


def test_a_store_alone_tells_no_names_of_rooms_and_the_fix_is_told(store: str) -> None:
    assert "set VWR_SECRET_KEY" in said(CliRunner().invoke(vwr, ["--store", store, "rooms"]))


NO_PANEL = {"VWR_URL": "http://127.0.0.1:1/vwr-admin", "VWR_KEY": API_KEY}


def test_a_store_on_the_command_line_beats_a_panel_in_the_environment(store: str) -> None:
    runner = CliRunner(env=NO_PANEL)
    assert "2 of 2" in said(runner.invoke(vwr, ["--store", store, "status", "main"]))
    runner = CliRunner(env={**NO_PANEL, "VWR_STORE": store})
    assert "2 of 2" in said(runner.invoke(vwr, ["--namespace", "vwr", "status", "main"]))
    assert "does not answer" in failed(runner.invoke(vwr, ["status", "main"]))


def test_a_panel_on_the_command_line_beats_a_store_in_the_environment(
    store: str, panel: str
) -> None:
    runner = CliRunner(env={"VWR_STORE": f"{store}.none", "VWR_KEY": API_KEY})
    for url in (panel, f"{panel}/"):
        assert "2 of 2" in said(runner.invoke(vwr, ["--url", url, "status", "main"]))


def test_a_ticket_without_the_key_is_told_what_is_missing(store: str) -> None:
    explain = ["--store", store, "explain", "main", "-"]
    text = failed(CliRunner().invoke(vwr, explain, input="a ticket\n"))
    assert "set VWR_SECRET_KEY and VWR_PATHS (or VWR_ROOMS) as the app has them, or use" in text
    other = {**SETTINGS, "VWR_NAME": "other"}
    text = failed(CliRunner(env=other).invoke(vwr, explain, input="a ticket\n"))
    assert "the settings name no room 'main', only other" in text
    for env, whom in (({}, "7"), (other, "7"), ({}, "1-7")):  # a number needs no key
        by_number = CliRunner(env=env).invoke(vwr, [*explain[:-1], whom])
        assert "position 7: waiting" in said(by_number)


@pytest.mark.parametrize("option", ["--store", "--namespace"])
def test_a_store_and_a_panel_on_one_command_line_are_refused(option: str) -> None:
    both = [option, "here", "--url", "http://127.0.0.1:1", "--key", API_KEY, "rooms"]
    text = failed(CliRunner().invoke(vwr, both))
    assert f"drop {option} to use the panel, or --url to use the store" in text


@pytest.mark.parametrize(
    "command",
    [["rooms"], ["status", "main"], ["pause", "main"], ["revoke", "main", "1-2", "--yes"]],
)
def test_what_another_app_says_in_json_is_no_success(command: list[str]) -> None:
    with serving(Response('{"ok": true}', content_type="application/json")) as url:
        text = failed(CliRunner().invoke(vwr, ["--url", url, "--key", API_KEY, *command]))
    assert "is not a control API: is this the URL of a panel?" in text
