"""Settings: every spelling of them, and every problem told at once with its fix."""

import json
import math
import re
from dataclasses import FrozenInstanceError, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vwr_middleware.errors import ConfigurationError
from vwr_middleware.settings import RoomSettings, Settings, describe
from vwr_middleware.settings.fields import describe_fields

KEY = "a key that is long enough"
OTHER = "another key that is long enough"


def problems(**given: object) -> tuple[str, ...]:
    """The problems of settings that are good but for what is given."""
    good: dict[str, object] = {"secret_key": KEY, "paths": "/tickets"}
    if "rooms" in given:
        del good["paths"]
    with pytest.raises(ConfigurationError) as caught:
        Settings(**{**good, **given})
    return caught.value.problems


def room(**given: object) -> RoomSettings:
    return RoomSettings(**{"paths": "/tickets", **given})


# --- what can be written -------------------------------------------------------------------------


def test_a_single_rooms_settings_are_written_among_the_others() -> None:
    settings = Settings(secret_key=KEY, paths=["/tickets"], max_active=500)
    assert settings.secret_keys == (KEY,)
    assert settings.rooms == (RoomSettings(paths=["/tickets"], max_active=500),)
    assert settings.rooms[0].name == "main"
    assert settings == Settings.build(secret_key=KEY, paths="/tickets", max_active=500)


def test_rooms_are_mappings_or_settings_of_their_own() -> None:
    settings = Settings(secret_key=KEY, rooms=[{"NAME": "a", "PATHS": "/a"}, room(name="b")])
    assert [each.name for each in settings.rooms] == ["a", "b"]


def test_defaults_are_those_of_the_table() -> None:
    settings = Settings(secret_key=KEY, paths="/tickets")
    assert settings.store == "sqlite:///vwr.sqlite3"
    assert (settings.prefix, settings.admin_prefix) == ("/vwr", "/vwr-admin")
    assert (settings.on_store_error, settings.outage_grace) == ("wait", 3600)
    assert settings.rooms[0].store_config() == {
        "mode": "auto",
        "max_active": 100,
        "per_minute": None,
        "burst": None,
        "max_waiting": None,
        "session_seconds": 600,
        "renew": True,
        "confirm_within": 60,
        "session_grace": 60,
        "claim_within": 60,
        "late": "when_space",
        "opens_at": None,
        "closes_at": None,
        "message": None,
    }


def test_settings_do_not_change() -> None:
    settings = Settings(secret_key=KEY, paths="/tickets")
    with pytest.raises(FrozenInstanceError):
        settings.namespace = "other"  # type: ignore[misc]
    assert replace(settings, namespace="other").rooms == settings.rooms
    assert replace(settings.rooms[0], session_seconds=5).session_seconds == 5


def test_secrets_are_never_printed() -> None:
    store = "redis://:a-password@cache/0"
    settings = Settings(secret_key=KEY, paths="/", admin_password="open sesame", store=store)
    for secret in (KEY, "sesame", "a-password"):
        assert secret not in repr(settings)
    told = "".join(
        problems(secret_key="tooshort", admin_password=7777, store="rdis://:a-password@c")
    )
    for secret in ("tooshort", "7777", "a-password"):
        assert secret not in told


def test_names_come_in_either_case_and_with_a_prefix() -> None:
    django = Settings.from_mapping({"SECRET_KEY": KEY, "PATHS": ["/a"], "max_active": 5})
    flask = Settings.from_mapping(
        {"VWR_SECRET_KEY": KEY, "VWR_PATHS": "/a", "VWR_MAX_ACTIVE": 5, "DEBUG": True, "SECRET": 1},
        prefix="VWR_",
    )
    assert django == flask


def test_the_environment_is_read_by_the_kind_of_each_setting() -> None:
    settings = Settings.from_env(
        {
            "VWR_SECRET_KEY": f"{KEY}, {OTHER}",
            "VWR_PATHS": "/tickets, /drop",
            "VWR_MAX_ACTIVE": "5",
            "VWR_PER_MINUTE": "7.5",
            "VWR_RENEW": "No",
            "VWR_ENABLED": "1",
            "VWR_WAITING_STATUS": "503",
            "VWR_HOSTS": '["a.example", "b.example"]',
            "VWR_METHODS": "get,post",
            "VWR_COOKIE_SAMESITE": "strict",
            "VWR_OPENS_AT": "2026-05-01T10:00:00+09:00",
            "VWR_CLOSES_AT": "1800000000",
            "VWR_BYPASS": "builtins:callable",
            "VWR_INLET": "math:floor,math:ceil",
            "VWR_MESSAGE": "",
            "HOME": "/root",
        }
    )
    one = settings.rooms[0]
    assert settings.secret_keys == (KEY, OTHER)
    assert settings.cookie_samesite == "Strict"
    assert (one.paths, one.hosts) == (("/tickets", "/drop"), ("a.example", "b.example"))
    assert (one.max_active, one.per_minute, one.renew) == (5, 7.5, False)
    assert (one.methods, one.waiting_status) == (("GET", "POST"), 503)
    assert (one.opens_at, one.closes_at) == (1777597200.0, 1800000000.0)
    assert (one.bypass, one.inlet) == (callable, (math.floor, math.ceil))
    assert one.message is None


def test_rooms_in_the_environment_are_json() -> None:
    rooms = [{"name": "a", "paths": ["/a"], "max_active": 3}, {"name": "b", "paths": "/b"}]
    settings = Settings.from_env({"VWR_SECRET_KEY": KEY, "VWR_ROOMS": json.dumps(rooms)})
    assert [each.max_active for each in settings.rooms] == [3, 100]


def test_variables_of_a_cluster_for_a_service_of_our_name_do_not_count() -> None:
    links = {
        "VWR_SERVICE_HOST": "10.0.0.1",
        "VWR_SERVICE_PORT_HTTP": "80",
        "VWR_PORT": "tcp://10.0.0.1:80",
        "VWR_PORT_80_TCP_ADDR": "10.0.0.1",
        "VWR_REDIS_PORT_6379_TCP": "tcp://10.0.0.2:6379",
    }
    Settings.from_env({"VWR_SECRET_KEY": KEY, "VWR_PATHS": "/", **links})


def test_a_switched_off_middleware_needs_nothing() -> None:
    assert Settings(enabled=False).rooms == ()
    assert Settings(enabled=False).secret_keys == ()
    assert Settings(enabled=False, paths="/a").rooms[0].paths == ("/a",)
    assert Settings(enabled=False, rooms=[]).rooms == ()
    assert replace(Settings(enabled=False), namespace="x").rooms == ()


def test_times_are_kept_as_seconds_since_1970() -> None:
    tokyo = datetime(2026, 5, 1, 10, tzinfo=timezone(timedelta(hours=9)))
    for moment in (tokyo, "2026-05-01T10:00+09:00", "2026-05-01T01:00:00Z", 1777597200):
        assert room(opens_at=moment).opens_at == 1777597200.0


def test_the_burst_is_one_and_three_seconds_worth_unless_it_is_set() -> None:
    assert room().effective_burst is None
    assert room(per_minute=600).effective_burst == 31
    assert room(per_minute=600, burst=5).effective_burst == 5
    assert room(per_minute=600).store_config()["burst"] == 31
    assert (room().per_second, room(per_minute=30).per_second) == (None, 0.5)


def test_a_store_is_never_told_a_confirmation_longer_than_the_session() -> None:
    assert room(session_seconds=5).store_config()["confirm_within"] == 5


def test_what_a_store_needs_is_json() -> None:
    config = room(opens_at=10, closes_at=20, message="soon", per_minute=60).store_config()
    assert json.loads(json.dumps(config)) == config


def test_strategies_come_alone_or_several() -> None:
    assert room(inlet=len).inlet == (len,)
    assert room(inlet=[len, abs]).inlet == (len, abs)
    assert room().inlet is None


def test_templates_are_a_directory(tmp_path: Path) -> None:
    assert Settings(secret_key=KEY, paths="/", templates=str(tmp_path)).templates == tmp_path


def test_origins_and_prefixes_are_kept_without_a_slash_at_their_end() -> None:
    settings = Settings(secret_key=KEY, paths="/", prefix="/a/", cors_origins="https://B.example/")
    assert settings.prefix == "/a"
    assert settings.cors_origins == ("https://b.example",)


# --- what is refused -----------------------------------------------------------------------------


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings(pats="/tickets", max_active="500", burst=3, mode="busy", prefix="vwr", renew="yes")
    told = str(caught.value)
    assert told.startswith("the waiting room cannot start:\n- ")
    for part in (
        "pats is not a setting: did you mean paths?",
        "max_active must be a whole number from 1 to 2147483647, not '500'",
        "burst needs per_minute beside it",
        "mode must be one of auto, queue, paused, closed, off, not 'busy'",
        'prefix must be a path like "/vwr"',
        "renew must be true or false, not 'yes'",
        "paths is missing: say which paths wait",
        "secret_key is missing: make one by python -c",
    ):
        assert part in told
    assert len(caught.value.problems) == 8


def test_every_problem_of_every_room_is_told_with_its_name() -> None:
    told = problems(
        rooms=[
            {"name": "a", "paths": "/a", "max_activ": 3, "Paths": "/b"},
            {"name": "static", "paths": []},
            {"name": "b", "paths": "/b"},
            {"name": "b", "paths": "/c"},
            {"store": "memory://", "paths": "/c"},
            "/d",
        ],
        max_active=7,
    )
    assert told == (
        "room 'a': paths is given twice, in two spellings: take one out",
        "room 'a': max_activ is not a setting of a room: did you mean max_active?",
        "room 'static': name cannot be 'static', which is one of our own pages: choose another",
        "room 'static': paths is missing: say which paths wait, like paths=[\"/tickets\"]",
        "room 5: store is not a setting of a room: see the table of settings, or take it out",
        "rooms: number 6 must be a mapping of settings, not '/d'",
        "rooms: 2 of them are named 'b': give each its own name",
        "max_active stands beside rooms: put it inside a room",
    )


@pytest.mark.parametrize("rooms", [[], {}, "main", 5, None, '[{"paths"'])
def test_rooms_must_be_a_list_with_a_room(rooms: object) -> None:
    assert len(problems(rooms=rooms)) == 1


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("secret_key", "short", "make one by python"),
        ("secret_key", [KEY, "short"], "16 characters"),
        ("secret_key", [], "16 characters"),
        ("secret_key", KEY.encode(), "must be text"),
        ("store", "sqlite.db", "must be a URL"),
        ("store", None, "must be a URL"),
        ("namespace", "a b", "1 to 64"),
        ("enabled", "false", "true or false"),
        ("prefix", "/", "must be a path"),
        ("prefix", "/a/../b", "without dots"),
        ("admin_prefix", "/vwr/admin", "keep them apart"),
        ("prefix", "/vwr-admin", "keep them apart"),
        ("admin_password", "", "keep the panel off"),
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
        ("cookie_secure", True, "one of auto, always, never"),
        ("cookie_samesite", "some", "one of Lax, None, Strict"),
        ("cors_origins", "*", "must be an origin"),
        ("cors_origins", ["https://a.example", "https://a.example/x"], "must be an origin"),
        ("cors_origins", "https://a.example:x", "must be an origin"),
        ("templates", "/nowhere/at/all", "a directory that exists"),
        ("templates", "\0", "a directory that exists"),
        ("name", "Main", "a-z, 0-9 and -"),
        ("name", "a" * 33, "1 to 32"),
        ("name", "main\n", "a-z, 0-9 and -"),
        ("name", "healthz", "one of our own pages"),
        ("name", "readyz", "one of our own pages"),
        ("paths", "tickets", "must begin with a slash"),
        ("paths", ["/a", 5], "must begin with a slash"),
        ("paths", "https://shop.example/a", "must begin with a slash"),
        ("paths", "/a?b=1", "a query or fragment"),
        ("paths", re.compile(b"/a"), "compile it from text"),
        ("paths", (), "paths is missing"),
        ("exclude", "x", "must begin with a slash"),
        ("hosts", "*.example", "must be a host name"),
        ("hosts", "https://shop.example", "must be a host name"),
        ("methods", "GET POST", "must be a method"),
        ("bypass", "x", "cannot be imported"),
        ("inlet", [len, 5], "must be callable"),
        ("max_active", 0, "a whole number from 1"),
        ("max_active", 1.5, "a whole number from 1"),
        ("max_active", 2**31, "a whole number from 1"),
        ("per_minute", 0, "above 0"),
        ("per_minute", math.nan, "above 0"),
        ("per_minute", math.inf, "above 0"),
        ("max_waiting", -1, "a whole number from 0"),
        ("session_seconds", 0, "a number of seconds above 0"),
        ("session_seconds", 10**9, "a number of seconds above 0"),
        ("late", "never", "one of when_space, lost"),
        ("opens_at", "2026-05-01T10:00:00", "has no time zone"),
        ("opens_at", datetime(2026, 5, 1), "has no time zone"),
        ("opens_at", "tomorrow", "a time with its offset"),
        ("opens_at", "20260501", "a time with its offset"),
        ("opens_at", 1777597200000, "in seconds since 1970"),
        ("opens_at", -1, "in seconds since 1970"),
        ("opens_at", True, "a time with its offset"),
        ("message", 5, "must be text"),
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


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"burst": 3}, "burst needs per_minute"),
        ({"cookie_samesite": "None", "cookie_secure": "never"}, "needs secure cookies"),
        ({"cookie_partitioned": True, "cookie_secure": "never"}, "needs secure cookies"),
        ({"opens_at": 2e9, "closes_at": 2e9}, "closes_at must be later than opens_at"),
        ({"confirm_within": 90, "session_seconds": 30}, "confirm_within cannot be longer"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(
    given: dict[str, object], told: str
) -> None:
    said = problems(**given)
    assert len(said) == 1
    assert told in said[0]


def test_a_room_of_its_own_tells_its_problems_too() -> None:
    with pytest.raises(ConfigurationError) as caught:
        RoomSettings(nmae="a", max_active=None)
    assert len(caught.value.problems) == 3


def test_mappings_tell_names_that_are_no_text_or_stand_twice() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings.from_mapping({5: 1, "PATHS": "/a", "paths": "/b"})  # type: ignore[dict-item]
    assert caught.value.problems[0] == "5 is not a setting: names are text"
    assert caught.value.problems[1].startswith("paths is given twice")
    assert caught.value.problems[2].startswith("secret_key is missing")
    Settings.from_mapping({5: 1, "V_PATHS": "/a", "V_ENABLED": False}, "V_")  # type: ignore[dict-item]


def test_the_environment_tells_what_it_cannot_read() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings.from_env(
            {"VWR_ROOMS": "[{", "VWR_ENABLED": "maybe", "VWR_SECRET_KEY": KEY, "VWR_PATH": "/"}
        )
    assert [problem.split()[0] for problem in caught.value.problems] == ["path", "enabled", "rooms"]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
NAMES = [row.name for row in describe()]


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


# --- the table -----------------------------------------------------------------------------------

ALL_ROOMS = [
    "secret_key",
    "store",
    "namespace",
    "enabled",
    "prefix",
    "admin_prefix",
    "admin_password",
    "admin_auth",
    "on_store_error",
    "outage_grace",
    "trusted_proxies",
    "cookie_domain",
    "cookie_path",
    "cookie_secure",
    "cookie_samesite",
    "cookie_partitioned",
    "cors_origins",
    "public_numbers",
    "templates",
    "on_event",
    "rooms",
]
ONE_ROOM = [
    "name",
    "paths",
    "hosts",
    "methods",
    "exclude",
    "bypass",
    "max_active",
    "per_minute",
    "burst",
    "max_waiting",
    "inlet",
    "mode",
    "session_seconds",
    "renew",
    "confirm_within",
    "session_grace",
    "claim_within",
    "late",
    "opens_at",
    "closes_at",
    "message",
    "joins_per_address",
    "waiting_status",
]


def test_the_table_has_every_setting_with_its_meaning() -> None:
    rows = describe()
    assert [row.name for row in rows if not row.of_room] == ALL_ROOMS
    assert [row.name for row in rows if row.of_room] == ONE_ROOM
    for row in rows:
        assert row.meaning.endswith("."), row
        assert row.default
    defaults = {row.name: row.default for row in rows}
    assert defaults["secret_key"] == defaults["paths"] == "required"
    assert (defaults["enabled"], defaults["hosts"], defaults["max_active"]) == (
        "true",
        "none",
        "100",
    )
    assert (defaults["rooms"], defaults["burst"]) == ("one room, main", "1 + three seconds' worth")


def test_the_table_stands_without_sources_too() -> None:
    sourceless = type("Sourceless", (RoomSettings,), {"__module__": "builtins"})
    assert {row.meaning for row in describe_fields(sourceless, of_room=True)} == {""}
