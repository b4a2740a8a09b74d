"""`vwr check`: what it finds wrong, what it notes, and what operators changed."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
from click.testing import CliRunner, Result

from tests.support.clock import Clock
from tests.support.house import make_house
from tests.support.our_log import our_log
from tests.support.shell import KEY, SETTINGS, failed, panel_over, said
from vwr_middleware.blocking import finish
from vwr_middleware.cli.check import problems, warnings
from vwr_middleware.cli.commands import vwr
from vwr_middleware.line.constants import AUDIT_ROWS
from vwr_middleware.settings import Settings
from vwr_middleware.stores.opening import open_store


def check(**environ: str) -> Result:
    return CliRunner(env=environ).invoke(vwr, ["check"])


def warned(**environ: str) -> set[str]:
    """What the check notes of a configuration with these variables."""
    text = said(check(**SETTINGS, VWR_STORE="memory://", **environ))
    return {line for line in text.splitlines() if line.startswith("warning: ")}


def test_a_sound_configuration_passes_the_check(store: str) -> None:
    panel = {"VWR_ADMIN_PASSWORD": "a long password", "VWR_ADMIN_NETWORKS": "10.0.0.0/8"}
    text = said(check(**SETTINGS, VWR_STORE=store, **panel))
    assert text == (
        f"the store is {store.removeprefix('sqlite:///')}\n"
        "no problems found in the configuration or the store (rooms: main)\n"
    )


def test_the_check_of_an_empty_folder_makes_no_file_and_says_where_it_looked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert f"the store is {tmp_path / 'vwr.sqlite3'}, a file that is not there" in said(
        check(**SETTINGS)
    )
    for arguments in (["rooms"], ["status"], ["pause", "main"]):
        told = failed(CliRunner().invoke(vwr, ["--store", "sqlite:///typo.sqlite3", *arguments]))
        assert f"there is no file {tmp_path / 'typo.sqlite3'}" in told
    assert list(tmp_path.iterdir()) == []


def test_the_check_names_every_problem_at_once() -> None:
    text = failed(check(VWR_SECRET_KEY="short", VWR_PATHS="tickets", VWR_MAX_ACTIVE="0"))
    for name in ("secret_key", "paths", "max_active"):
        assert name in text


def test_the_check_finds_a_store_that_cannot_work(tmp_path: Path) -> None:
    text = failed(check(**SETTINGS, VWR_STORE=f"sqlite:///{tmp_path}/none/vwr.sqlite3"))
    assert "does not exist: make it" in text


@pytest.mark.usefixtures("person")
def test_the_check_says_what_to_do_about_a_room_that_is_damaged(valkey_url: str) -> None:
    url = f"{valkey_url}?socket_timeout=5"
    environ = {**SETTINGS, "VWR_STORE": url}
    said(CliRunner(env=environ).invoke(vwr, ["prepare", "main"], input="y"))
    with redis.Redis.from_url(url) as client:
        client.hset("{vwr:main}", "rules", "junk")
    assert "delete the key {vwr:main} " in problems(Settings.from_env(environ))[0]


def test_the_check_looks_where_the_command_line_says(store: str) -> None:
    environ = {**SETTINGS, "VWR_STORE": store}
    said(CliRunner(env=environ).invoke(vwr, ["set", "main", "max_active=9"]))
    runner = CliRunner(env={**SETTINGS, "VWR_STORE": "memory://", "VWR_NAMESPACE": "other"})
    text = said(runner.invoke(vwr, ["--store", store, "--namespace", "vwr", "check"]))
    assert "max_active is 9, set by" in text and "works for one process" not in text
    text = said(runner.invoke(vwr, ["--store", store, "check"]))
    assert "max_active" not in text
    assert "store must be a URL" in failed(runner.invoke(vwr, ["--store", "redis", "check"]))


def test_the_check_tells_what_operators_changed(store: str) -> None:
    environ = {**SETTINGS, "VWR_STORE": store}
    opened = open_store(store)
    for who, name, value in (("Ann", "max_active", 9), ("Bo", "message", "Soon")):
        finish(opened.change("main", {name: value}, who=who))
    finish(opened.close())
    text = said(check(**environ))
    assert "max_active is 9, set by Ann" in text and "message is Soon, set by Bo" in text


def test_a_check_without_settings_says_which_there_must_be() -> None:
    assert "there are no settings: name the app (--app main:app), or set VWR_SECRET_KEY" in failed(
        check()
    )


def test_a_message_that_an_operator_wrote_moves_no_cursor_where_the_check_tells_it(
    store: str,
) -> None:
    environ = {**SETTINGS, "VWR_STORE": store}
    said(CliRunner(env=environ).invoke(vwr, ["message", "main", "Sold out\x9b1A\x7fsoon"]))
    assert "message is Sold out\ufffd1A\ufffdsoon, set by" in said(check(**environ))


def test_a_change_is_none_that_is_configured_by_now_or_was_taken_back(store: str) -> None:
    environ = {**SETTINGS, "VWR_STORE": store}
    runner = CliRunner(env=environ)
    said(runner.invoke(vwr, ["set", "main", "max_active=9"]))
    assert "by an operator" in said(check(**environ | {"VWR_MAX_ACTIVE": "7"}))
    assert "by an operator" not in said(check(**environ | {"VWR_MAX_ACTIVE": "9"}))
    said(runner.invoke(vwr, ["unset", "main", "max_active"]))
    assert "by an operator" not in said(check(**environ | {"VWR_MAX_ACTIVE": "7"}))


def test_the_check_tells_a_strategy_and_a_time_in_words(store: str) -> None:
    environ = {**SETTINGS, "VWR_STORE": store}
    given = ["opens_at=2035-05-01T10:00:00+09:00", 'inlet={"kind": "periodic", "count": 5}']
    said(CliRunner(env=environ).invoke(vwr, ["set", "main", *given]))
    text = said(check(**environ))
    assert "opens_at is 2035-05-01 01:00 UTC, set by" in text and "configured: none" in text
    assert "inlet is periodic, count 5, every 60, set by" in text
    assert "configured: from the limits" in text


def test_the_check_tells_of_openings_that_an_operator_has_set(store: str) -> None:
    environ = {**SETTINGS, "VWR_STORE": store}
    said(CliRunner(env=environ).invoke(vwr, ["opening", "main", "2035-05-01T10:00+09:00"]))
    text = said(check(**environ))
    assert "openings is from 2035-05-01 01:00 UTC on, set by" in text


def test_a_change_is_told_that_the_audit_log_holds_no_more(store: str) -> None:
    environ = {**SETTINGS, "VWR_STORE": store}
    said(CliRunner(env=environ).invoke(vwr, ["set", "main", "max_active=9"]))
    opened = open_store(store, "vwr")
    for _ in range(AUDIT_ROWS):
        finish(opened.advance("main", 1, present_only=False, keep_rest=False, who="Bo"))
    finish(opened.close())
    assert "max_active is 9, set by an operator" in said(check(**environ))


def test_the_check_warns_of_a_missing_panel_and_a_store_of_one_process() -> None:
    text = said(check(**SETTINGS, VWR_STORE="memory://"))
    assert "there is no panel" in text and "works for one process" in text


def test_the_check_notes_a_secret_that_everybody_knows(store: str) -> None:
    environ = {**SETTINGS, "VWR_STORE": store, "VWR_ADMIN_PASSWORD": "a long password"}
    for known in ("a long secret of your own", '["one of my own, really", "a-secret-of-your-own"]'):
        text = said(check(**environ | {"VWR_SECRET_KEY": known, "VWR_DEBUG": "yes"}))
        assert "secret_key is an example from our documentation" in text and "of my own" not in text


def test_the_check_notes_a_room_that_nobody_comes_to(
    store: str, caplog: pytest.LogCaptureFixture
) -> None:
    given = '[{"paths": "/"}, {"name": "vip", "paths": "/vip"}]'
    text = said(check(VWR_SECRET_KEY=KEY, VWR_ROOMS=given, VWR_STORE=store))
    words = "room 'vip': '/vip' never leads to it"
    assert f"warning: {words}" in text
    make_house(Clock(), rooms=json.loads(given))
    assert our_log(caplog, words), "the app's log tells it, too"


def test_the_check_finds_a_secret_or_algorithm_that_the_apps_workers_do_not_have(
    store: str,
) -> None:
    environ = {**SETTINGS, "VWR_STORE": store}
    with panel_over(store) as url:
        httpx.get(url.replace("/vwr-admin", "/tickets"))
    words = "token_algorithm differs from that of the app's most recently started worker"
    other = "another key for the tests of the shell"
    for key in (other, f'["{other}", "{KEY}"]'):
        assert words in failed(check(**environ | {"VWR_SECRET_KEY": key}))
    for algorithms in ("ES256", "ES256,HS256"):
        assert words in failed(check(**environ | {"VWR_TOKEN_ALGORITHM": algorithms}))
    for key in (KEY, f'["{KEY}", "{other}"]'):
        said(check(**environ | {"VWR_SECRET_KEY": key, "VWR_TOKEN_ALGORITHM": "HS256,ES256"}))


def test_the_check_tells_a_panel_that_can_only_be_read_from_none() -> None:
    viewer = {**SETTINGS, "VWR_STORE": "memory://", "VWR_ADMIN_VIEWER_PASSWORD": "only to look"}
    text = said(check(**viewer))
    assert "the panel is read-only" in text and "no panel" not in text
    steered = said(check(**viewer, VWR_ADMIN_PASSWORD="a long password"))
    assert "read-only" not in steered


@pytest.mark.parametrize("given", [{"admin_api_key": KEY}, {"admin_auth": lambda request: None}])
def test_a_panel_without_a_password_is_one(given: dict[str, Any]) -> None:
    settings = Settings(secret_key=KEY, store="memory://", paths="/", **given)
    assert not [text for text in warnings(settings, 0) if "panel" in text]


def test_the_check_notes_where_all_states_of_the_page_are_shown() -> None:
    given = {**SETTINGS, "VWR_STORE": "memory://", "VWR_PREFIX": "/tickets/_vwr"}
    assert "in every state at /tickets/_vwr/preview/" in said(check(**given, VWR_DEBUG="true"))


def test_the_check_notes_a_place_with_a_proxy_in_front() -> None:
    given = {**SETTINGS, "VWR_STORE": "memory://", "DYNO": "web.1"}
    assert "but this platform usually has a proxy in front" in said(check(**given))
    assert "trusted_proxies" not in said(check(**given, VWR_TRUSTED_PROXIES="1"))


#: The README's example.
COLOURS = '{"accent": "#8a1538", "accent_dark": "#f2a0b5", "on_accent_dark": "#2b0610"}'


@pytest.mark.parametrize(
    ("name", "given", "sound", "words"),
    [
        ("METHODS", "POST", "POST,GET", "room 'main': only POST is protected"),
        ("METHODS", "GET,PUT", "GET", "room 'main': only GET, PUT is protected"),
        ("ENABLED", "false", "true", "enabled is false: the middleware does nothing, and nobody"),
        ("MODE", "closed", "queue", "room 'main': mode is closed: everybody new is turned away"),
        (
            "MODE",
            "paused",
            "queue",
            "room 'main': mode is paused: nobody is called or let in until an operator resumes",
        ),
        ("MODE", "off", "queue", "room 'main': mode is off: everybody passes, and no limit"),
    ],
)
def test_the_check_notes_what_few_people_want(
    name: str, given: str, sound: str, words: str
) -> None:
    usual = warned()
    assert words in "".join(warned(**{f"VWR_{name}": given}) - usual)
    assert warned(**{f"VWR_{name}": sound}) <= usual


def test_the_check_finds_a_pattern_that_a_long_path_keeps_busy() -> None:
    hostile = ["/tickets", re.compile("^/a+$"), re.compile("^/(a+)+$")]
    assert problems(Settings(secret_key=KEY, store="memory://", paths=hostile)) == [
        "room 'main': the pattern '^/(a+)+$' is slow on long paths: rewrite it without a"
        " repetition inside a repetition"
    ]


def test_the_check_notes_times_that_are_past() -> None:
    given = {**SETTINGS, "VWR_STORE": "memory://", "VWR_OPENS_AT": "2020-05-01T10:00:00+09:00"}
    opened = (
        "room 'main': opens_at, 2020-05-01 01:00 UTC, has passed: it holds nobody back any more"
    )
    assert opened in said(check(**given))
    text = said(check(**given, VWR_CLOSES_AT="2020-05-02T10:00:00+09:00"))
    assert "closes_at, 2020-05-02 01:00 UTC, has passed, so the room is closed: move it" in text
    assert "opens_at" not in text
    assert "has passed" not in said(check(**given, VWR_MODE="off"))


def test_the_check_notes_openings_that_are_over() -> None:
    given = {**SETTINGS, "VWR_STORE": "memory://"}
    over = {"opens_at": "2020-05-01T10:00:00Z", "closes_at": "2020-05-01T12:00:00Z"}
    text = said(check(**given, VWR_OPENINGS=json.dumps([over])))
    assert "room 'main': all openings are over, so the room is closed: add one" in text
    text = said(check(**given, VWR_OPENINGS=json.dumps([over, {"opens_at": 4e9}])))
    assert "openings that are over can be left out: 2020-05-01 10:00 UTC" in text


def test_the_check_notes_turns_too_short_for_a_page_in_the_background() -> None:
    given = {**SETTINGS, "VWR_STORE": "memory://", "VWR_LATE": "lost"}
    words = "a page in the background, which may poll only once a minute"
    assert words in said(check(**given, VWR_CLAIM_WITHIN="59"))
    assert words not in said(check(**given, VWR_CLAIM_WITHIN="60"))
    assert words not in said(check(**given | {"VWR_LATE": "when_space", "VWR_CLAIM_WITHIN": "5"}))


def test_the_check_has_nothing_to_say_of_times_to_come_and_of_a_room_that_queues() -> None:
    to_come = {"VWR_OPENS_AT": "2130-05-01T10:00:00Z", "VWR_CLOSES_AT": "2130-05-02T10:00:00Z"}
    text = said(check(**SETTINGS, **to_come, VWR_STORE="memory://", VWR_MODE="queue"))
    assert "room 'main'" not in text
