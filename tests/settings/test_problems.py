"""Settings that cannot work: every problem is told at once, each with its fix."""

import math
import re
import sys
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.faults import fault
from tests.support.problems import KEY, problems
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.settings import RoomSettings, Settings
from vwr_middleware.settings.settings import ALL_KINDS
from vwr_middleware.startup.checks import warnings

#: What Python makes of bytes in the environment that are no UTF-8.
NO_TEXT = "Gr\udcfc\udcdfe, Gr\udcfc\udcdfe, Gr\udcfc\udcdfe"


@fault("A setting is wrong", new="The app does not start, and one error lists every problem.")
def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings(pats="/tickets", max_active="500", burst=3, mode="busy", prefix="vwr", renew="yes")
    told = str(caught.value)
    assert told.startswith("the waiting room cannot start:\n- ")
    for part in (
        "pats is not a setting: did you mean paths?",
        "max_active must be a whole number from 1 to 2147483647, not '500'",
        "burst needs per_minute: set",
        "mode must be one of auto, queue, paused, closed, off, shadow, not 'busy'",
        'prefix must be a path like "/vwr"',
        "renew must be true or false, not 'yes'",
        "paths is missing: name the paths to protect",
        "secret_key is missing: make one with python -c",
    ):
        assert part in told
    assert len(caught.value.problems) == 8


def test_every_problem_of_every_room_is_told_with_its_name() -> None:
    told = problems(
        rooms=[
            {"name": "a", "paths": "/a", "max_activ": 3, "Paths": "/b"},
            {"name": "static"},
            {"name": "b", "paths": "/b"},
            {"name": "b", "paths": "/c", "burst": 3},
            {"store": "memory://", "paths": "/c"},
            "/d",
        ],
        max_active=7,
    )
    assert told == (
        "room 'a': paths is given twice, in two spellings: remove one",
        "room 'a': max_activ is not a setting of a room: did you mean max_active?",
        "room 'static': name cannot be 'static', which is one of our own pages: choose another",
        "room 'static': paths is missing: name the paths to protect, like paths=[\"/tickets\"], or"
        " write paths=[] where only @waiting_room protects views",
        "room 'b': burst needs per_minute: set per_minute, or remove burst",
        "room 5: store is not a setting of a room: see the table of settings, or remove it",
        "rooms: number 6 must be a mapping of settings, not '/d'",
        "rooms: 2 of them are named 'b': give each its own name",
        "max_active belongs to a room: move it into one of rooms",
    )


def test_of_two_rooms_without_a_name_that_is_said_too_if_one_has_another_problem() -> None:
    told = problems(rooms=[{"paths": "/a"}, {"paths": "/b", "max_active": 0}])
    assert told[1:] == ("rooms: 2 of them are named 'main': give each its own name",)


def test_a_room_that_only_decorators_lead_into_has_no_paths() -> None:
    rooms = Settings(secret_key=KEY, rooms=[{"name": "checkout", "paths": []}]).rooms
    assert rooms[0].paths == ()


@pytest.mark.parametrize(
    "rooms", [[], {}, "main", 5, None, '[{"paths"', b"[]", [RoomSettings(paths="/a")] * 2]
)
def test_rooms_must_be_a_list_with_a_room(rooms: object) -> None:
    assert len(problems(rooms=rooms)) == 1


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("secret_key", "short", "make one with python"),
        ("secret_key", [KEY, "short"], "16 characters"),
        ("secret_key", [], "16 characters"),
        ("secret_key", KEY.encode(), "must be text"),
        ("token_algorithm", "RS512", "must be one of HS256, ES256, EdDSA, RS256, not 'RS512'"),
        ("token_algorithm", ["ES256", "none"], "EdDSA, RS256, not 'none'"),
        ("token_algorithm", [], "must be one of HS256, ES256, EdDSA, RS256, not []"),
        ("token_algorithm", None, "must be one of HS256, ES256, EdDSA, RS256, not None"),
        ("store", "sqlite.db", "must be a URL"),
        ("store", None, "must be a URL"),
        ("namespace", "a b", "1 to 64"),
        ("enabled", "false", "true or false"),
        ("prefix", "/", "must be a path"),
        ("prefix", "/a/../b", 'without "."'),
        ("prefix", "/./b", 'without "."'),
        ("admin_prefix", "/vwr/admin", "keep them apart"),
        ("prefix", "/vwr-admin/x", "keep them apart"),
        ("admin_password", "", "keep the panel off"),
        ("admin_password", NO_TEXT, "must be text"),
        ("admin_password", "11 letters!", "12 characters or more"),
        ("admin_viewer_password", "123412341234", "5 of them different"),
        ("admin_password", "a b c d       ", "5 of them different"),
        ("admin_api_key", NO_TEXT, "must be text"),
        ("admin_api_key", " " * 40, "must not be white space"),
        ("secret_key", " " * 40, "must not be white space"),
        ("secret_key", "a long secret of your own", "an example from our documentation"),
        ("secret_key", ["a key of my own, long", "a-secret-of-your-own"], "anybody can sign"),
        ("admin_networks", ["10.0.0.1/8"], "has host bits set"),
        ("admin_networks", "intranet", 'like "10.0.0.0/8"'),
        ("admin_hosts", "admin.example/panel", "must be a host name"),
        ("site_name", NO_TEXT, "must be text"),
        ("site_name", "x" * 101, "up to 100 characters"),
        ("logo", f"/{NO_TEXT}", "must be a path"),
        ("admin_auth", "nowhere.at:all", "cannot be imported"),
        ("admin_auth", "math:pi", "must be callable"),
        ("on_event", 5, "must be callable"),
        ("on_store_error", "panic", "one of wait, admit"),
        ("outage_grace", -1, "a number of seconds from 0"),
        ("trusted_proxies", True, "a whole number"),
        ("trusted_proxies", -1, "a whole number"),
        ("cookie_domain", "shop example", "must be a domain"),
        ("cookie_path", "tickets", "must be a path"),
        ("cookie_path", "/;x", "must be a path"),
        ("cookie_path", "/日本", "as browsers write it"),
        ("cookie_path", "/a\0", "must be a path"),
        ("cookie_secure", True, "one of auto, always, never"),
        ("cookie_samesite", "some", "one of Lax, None, Strict"),
        ("cors_origins", "*", "must be an origin"),
        ("cors_origins", "wss://a.example", "must be an origin"),
        ("cors_origins", "null", "must be an origin"),
        ("cors_origins", ["https://a.example", "https://a.example/x"], "must be an origin"),
        ("cors_origins", "https://a.example:x", "must be an origin"),
        ("frame_ancestors", "https://a.example;x", "must be an origin"),
        ("frame_ancestors", "https://a.example\0", "must be an origin"),
        ("templates", "/nowhere/at/all", "a directory that exists"),
        ("templates", "\0", "a directory that exists"),
        ("templates", "x" * 5000, "a directory that exists"),
        ("name", "Main", "a-z, 0-9 and -"),
        ("name", "a" * 33, "1 to 32"),
        ("name", "main\n", "a-z, 0-9 and -"),
        ("name", "healthz", "one of our own pages"),
        ("name", "preview", "one of our own pages"),
        ("name", "readyz", "one of our own pages"),
        ("paths", None, "must begin with a slash"),
        ("paths", "tickets", "must begin with a slash"),
        ("paths", ["/a", 5], "must begin with a slash"),
        ("paths", ["a", "/b", "/c?d", "a"], ", not 'a'; cannot hold a query or fragment: shorten"),
        ("paths", "https://shop.example/a", "must begin with a slash"),
        ("paths", "/a#b", "a query or fragment"),
        ("paths", re.compile(b"/a"), "compile it from text"),
        ("paths", "/tickets/<int:id>", "write * for any characters"),
        ("paths", ["/a", "/tickets/{id}/buy"], "write * for any characters"),
        ("paths", "/tickets/.*", "or compile the regex"),
        ("paths", "/tickets.*", "or compile the regex"),
        ("exclude", r"/tickets/\d+", "or compile the regex"),
        ("exclude", "/static/.*", "or compile the regex"),
        ("exclude", "x", "must begin with a slash"),
        ("hosts", "*.example", "must be a host name"),
        ("hosts", "https://shop.example", "must be a host name"),
        ("methods", "GET POST", "must be a method"),
        ("methods", "*", "leave it out for all methods"),
        ("bypass", "os:nothing", "cannot be imported"),
        ("on_event", "no name", "cannot be imported"),
        ("inlet", [pow, 5], "must be callable"),
        ("inlet", "periodic", 'or a strategy like {"kind": "periodic", "count": 100'),
        ("inlet", '{"kind" "periodic"}', "is not JSON, at line 1, column 9"),
        ("inlet", {"kind": "fast"}, "must have a kind, one of manual, max_size"),
        ("inlet", [{"kind": "periodic"}], "(periodic: count)"),
        (
            "inlet",
            {"kind": "periodic", "per": 9},
            "has no per: it takes count, every, burst",
        ),
        ("inlet", {"kind": "manual", "count": 9}, "has no count: it takes none"),
        ("inlet", {"kind": "adaptive", "target": 1, "floor": 0}, "(adaptive: floor)"),
        (
            "inlet",
            {"kind": "adaptive", "target": 1, "floor": 9, "ceiling": 5},
            "inlet cannot be: Adaptive: floor must be from 1 to ceiling",
        ),
        ("max_active", 0, "a whole number from 1"),
        ("max_active", 1.5, "a whole number from 1"),
        ("max_active", 2**31, "a whole number from 1"),
        ("per_minute", 0, "above 0"),
        ("per_minute", math.nan, "above 0"),
        ("per_minute", math.inf, "above 0"),
        ("max_waiting", -1, "a whole number from 0"),
        ("session_seconds", 0, "a number of seconds above 0"),
        ("session_seconds", 10**9, "a number of seconds above 0 and up to 31622400, not"),
        ("late", "never", "one of when_space, lost"),
        ("opens_at", "2026-05-01T10:00:00", "has no time zone"),
        ("opens_at", datetime(2026, 5, 1), "has no time zone"),
        ("opens_at", "tomorrow", "a time with its UTC offset"),
        ("opens_at", "20260501", "a time with its UTC offset"),
        ("opens_at", "inf", "in seconds since 1970"),
        ("opens_at", "nan", "a time with its UTC offset"),
        ("opens_at", 1777597200000, "in seconds since 1970"),
        ("opens_at", -1, "in seconds since 1970"),
        ("opens_at", True, "a time with its UTC offset"),
        ("message", 5, "must be text"),
        ("message", NO_TEXT, "must be text"),
        ("message", " \n", "must be text of 1 to 1000 characters, not ' \\n'"),
        ("message", "x" * 1001, "1 to 1000 characters"),
        ("joins_per_address", 0, "a whole number from 1"),
        ("waiting_status", 404, "one of 200, 202, 429, 503"),
        ("waiting_status", "202", "one of 200, 202, 429, 503"),
        ("polls", 3, "polls is not a setting"),
        ("pahts", "/x", "did you mean paths?"),
    ],
)
def test_a_bad_value_is_refused_with_its_fix(name: str, value: object, told: str) -> None:
    said = problems(**{name: value})
    assert len(said) == 1
    assert told in said[0]
    assert name in said[0]


def test_public_keys_without_their_package_are_refused_with_its_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "cryptography", None)
    told = problems(token_algorithm=["HS256", "ES256"])
    assert told == ('token_algorithm cannot be ES256 yet: pip install "vwr-middleware[crypto]"',)


def test_a_room_of_its_own_tells_its_problems_too() -> None:
    with pytest.raises(ConfigurationError) as caught:
        RoomSettings(nmae="a", max_active=None, per_minute="x", burst=5, confirm_within="x")
    told = [problem.split()[0] for problem in caught.value.problems]
    assert told == ["nmae", "max_active", "per_minute", "confirm_within", "paths"]


def test_mappings_tell_names_that_are_no_text_or_stand_twice() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings.from_mapping({5: 1, "PATHS": "/a", "paths": "/b"})  # type: ignore[dict-item]
    assert caught.value.problems[0] == "5 is not a setting: names are text"
    assert caught.value.problems[1].startswith("paths is given twice")
    assert caught.value.problems[2].startswith("secret_key is missing")


def test_the_environment_tells_what_it_cannot_read() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings.from_env(
            {"VWR_ROOMS": "[{", "VWR_ENABLED": "maybe", "VWR_SECRET_KEY": KEY, "VWR_PATH": "/"}
        )
    assert [problem.split()[0] for problem in caught.value.problems] == ["path", "enabled", "rooms"]


def test_where_the_rooms_stop_to_be_json_is_told() -> None:
    text = '[\n  {"paths": "/a"},\n  {"paths": "/b" "max_active": 5}\n]'
    with pytest.raises(ConfigurationError) as caught:
        Settings.from_env({"VWR_SECRET_KEY": KEY, "VWR_ROOMS": text})
    (problem,) = caught.value.problems
    assert problem.startswith("rooms is not JSON, at line 3, column 18: Expecting ',' delimiter")


def test_a_problem_never_tells_a_secret() -> None:
    told = problems(secret_key="tooshort", admin_password=7777, store="rdis://:a-password@c")
    assert len(told) == 3
    for secret in ("tooshort", "7777", "a-password"):
        assert secret not in "".join(told)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


NAMES = list(ALL_KINDS)


@given(st.dictionaries(st.sampled_from(NAMES), ANYTHING, max_size=4))
def test_no_value_fails_in_another_way(given: dict[str, object]) -> None:
    try:
        Settings(**given)
    except ConfigurationError as error:
        assert all(error.problems)


@given(st.dictionaries(st.sampled_from(NAMES).map(str.upper), st.text(), max_size=4))
def test_no_text_in_the_environment_fails_in_another_way(given: dict[str, str]) -> None:
    try:
        Settings.from_env({f"VWR_{name}": text for name, text in given.items()})
    except ConfigurationError as error:
        assert all(error.problems)


@pytest.mark.parametrize(
    ("name", "value"),
    [("secret_key", "0" * 64), ("admin_api_key", ["long enough, I think", "12" * 16])],
)
def test_a_secret_of_a_few_characters_is_warned_of(name: str, value: object) -> None:
    given = {"secret_key": "a key for tests of problems", "paths": "/", "store": "memory://"}
    settings = Settings(**{**given, name: value})
    (told,) = warnings(settings)
    assert told.startswith(f"{name} is a few characters that repeat")
