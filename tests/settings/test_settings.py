"""Settings: the ways to write them, what they become, and the table of them all."""

import json
import math
from dataclasses import FrozenInstanceError, dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from tests.support.problems import KEY
from tests.support.readme import rows_of
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.inlet import MaxSize, Periodic
from vwr_middleware.line.messages import Snapshot
from vwr_middleware.settings import RoomSettings, Settings
from vwr_middleware.web.http import Request

OTHER = "another key that is long enough"


def room(**given: object) -> RoomSettings:
    return RoomSettings(**{"paths": "/tickets", **given})


def test_a_single_rooms_settings_are_written_among_the_others() -> None:
    settings = Settings(secret_key=KEY, paths=["/tickets"], max_active=500)
    assert settings.secret_key == (KEY,)
    assert settings.rooms == (RoomSettings(paths=["/tickets"], max_active=500),)
    assert settings.rooms[0].name == "main"
    assert settings == Settings(secret_key=[KEY], rooms=[{"paths": "/tickets", "max_active": 500}])


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
        "stock_left": None,
        "when_gone": "message",
        "public_stock": False,
        "message": None,
        "quiet_hours": None,
    }


def test_what_has_no_default_may_be_given_as_none() -> None:
    rows = [*rows_of(Settings), *rows_of(RoomSettings)]
    names = [row.name for row in rows if row.default == "none"]
    given: dict[str, object] = {"secret_key": KEY, "paths": "/tickets"}
    assert {"exclude", "hosts", "cors_origins", "admin_api_key", "logo"} <= set(names)
    assert Settings(**given, **dict.fromkeys(names)) == Settings(**given)


def test_settings_do_not_change() -> None:
    settings = Settings(secret_key=KEY, paths="/tickets")
    with pytest.raises(FrozenInstanceError):
        settings.namespace = "other"  # type: ignore[misc]
    assert replace(settings, namespace="other").rooms == settings.rooms
    assert replace(settings.rooms[0], session_seconds=5).session_seconds == 5


def test_secrets_are_never_printed() -> None:
    store = "redis://:a-password@cache/0"
    password = "open sesame, please"
    settings = Settings(secret_key=KEY, paths="/", admin_password=password, store=store)
    for secret in (KEY, "sesame", "a-password"):
        assert secret not in repr(settings)


def test_names_come_in_either_case() -> None:
    either = Settings.from_mapping({"SECRET_KEY": KEY, "PATHS": ["/a"], "max_active": 5})
    assert either == Settings(secret_key=KEY, paths=["/a"], max_active=5)


def test_the_environment_is_read_by_the_kind_of_each_setting() -> None:
    settings = Settings.from_env(
        {
            "VWR_SECRET_KEY": f"{KEY}, {OTHER}",
            "VWR_TOKEN_ALGORITHM": "es256, HS256",
            "VWR_PATHS": "/tickets, /drop,",
            "VWR_MAX_ACTIVE": "5",
            "VWR_PER_MINUTE": "7.5",
            "VWR_RENEW": "No",
            "VWR_ENABLED": "1",
            "VWR_DEBUG": "Yes",
            "VWR_RESUME": "off",
            "VWR_WAITING_STATUS": "503",
            "VWR_HOSTS": '["a.example", "b.example"]',
            "VWR_METHODS": "get,post",
            "VWR_COOKIE_SAMESITE": "strict",
            "VWR_OPENS_AT": "2026-05-01T10:00:00+09:00",
            "VWR_CLOSES_AT": "1800000000",
            "VWR_BYPASS": "builtins:callable",
            "VWR_INLET": "math:fmod,math:atan2",
            "VWR_MESSAGE": "",
            "HOME": "/root",
        }
    )
    one = settings.rooms[0]
    assert settings.secret_key == (KEY, OTHER)
    assert settings.token_algorithm == ("ES256", "HS256")
    assert (settings.cookie_samesite, settings.debug, settings.resume) == ("Strict", True, False)
    assert (one.paths, one.hosts) == (("/tickets", "/drop"), ("a.example", "b.example"))
    assert (one.max_active, one.per_minute, one.renew) == (5, 7.5, False)
    assert (one.methods, one.waiting_status) == (("GET", "POST"), 503)
    assert (one.opens_at, one.closes_at) == (1777597200.0, 1800000000.0)
    assert (one.bypass, one.inlet) == (callable, (math.fmod, math.atan2))
    assert one.message is None


@pytest.mark.parametrize(
    "text", ['{"kind": "periodic", "count": 9}', '[{"kind": "max_size", "max_active": 9}]']
)
def test_a_strategy_is_written_in_text_as_an_operator_writes_it(text: str) -> None:
    strategy = Periodic(9) if "periodic" in text else MaxSize(9)
    single = {"VWR_SECRET_KEY": KEY, "VWR_PATHS": "/a", "VWR_INLET": text}
    assert Settings.from_env(single).rooms[0].inlet == (strategy,)
    assert Settings(secret_key=KEY, paths="/a", inlet=text).rooms[0].inlet == (strategy,)
    rooms = f'[{{"paths": "/a", "inlet": {text}}}]'
    several = Settings.from_env({"VWR_SECRET_KEY": KEY, "VWR_ROOMS": rooms})
    assert several.rooms[0].inlet == (strategy,)
    assert room(inlet=json.loads(text)).inlet == (strategy,)


def test_spaces_around_a_variable_are_no_part_of_it() -> None:
    given = {
        "VWR_PATHS": '["/tickets", "/drop"]',
        "VWR_RENEW": "no",
        "VWR_INLET": '{"kind": "periodic", "count": 5, "every": 60}',
        "VWR_OPENS_AT": "2030-05-01T10:00:00+09:00",
    }
    spaced = {name: f" {text} " for name, text in given.items()}
    key = {"VWR_SECRET_KEY": KEY}
    assert Settings.from_env(spaced | key).rooms == Settings.from_env(given | key).rooms


@pytest.mark.parametrize(
    "given",
    [
        {"secret_key": "a secret of the tests"},
        {"site_name": "x" * 100},
        {"message": "x"},
        {"message": "x" * 1000},
        {"confirm_within": 30, "session_seconds": 30},
        {"per_minute": 1e9, "burst": 1},
        {"session_seconds": 366 * 24 * 60 * 60},
        {"trusted_proxies": 100},
        {"closes_at": 2e9},
        {"opens_at": 1e11},
    ],
)
def test_what_lies_at_its_bound_is_taken(given: dict[str, object]) -> None:
    Settings(**{"secret_key": KEY, "paths": "/tickets", **given})


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


def test_the_line_ends_of_a_file_of_variables_are_no_part_of_them() -> None:
    given = {
        "VWR_SECRET_KEY": KEY,
        "VWR_PATHS": "/tickets",
        "VWR_STORE": "sqlite:////var/lib/shop/vwr.sqlite3",
        "VWR_ADMIN_PASSWORD": "one that is typed, and has no such end",
        "VWR_MODE": "queue",
        "VWR_MESSAGE": "",
    }
    from_windows = {name: f"{text}\r" for name, text in given.items()}
    assert Settings.from_env(from_windows) == Settings.from_env(given)


def test_variables_of_the_command_do_not_count() -> None:
    given = {"VWR_URL": "https://shop.example/vwr-admin", "VWR_KEY": "one of admin_api_key"}
    Settings.from_env({"VWR_SECRET_KEY": KEY, "VWR_PATHS": "/", **given})


def test_a_switched_off_middleware_needs_nothing() -> None:
    assert Settings(enabled=False).rooms == ()
    assert Settings(enabled=False).secret_key == ()
    assert Settings(enabled=False, paths="/a").rooms[0].paths == ("/a",)
    assert Settings(enabled=False, rooms=[]).rooms == ()
    assert replace(Settings(enabled=False), namespace="x").rooms == ()


def test_times_are_kept_as_seconds_since_1970() -> None:
    tokyo = datetime(2026, 5, 1, 10, tzinfo=timezone(timedelta(hours=9)))
    for moment in (tokyo, "2026-05-01T10:00+09:00", "2026-05-01T01:00:00Z", 1777597200):
        assert room(opens_at=moment).opens_at == 1777597200.0


def test_a_burst_that_is_not_set_is_left_to_the_store_which_knows_the_rate() -> None:
    assert room(per_minute=600).store_config()["burst"] is None
    assert room(per_minute=600, burst=5).store_config()["burst"] == 5


def test_what_a_store_needs_is_json() -> None:
    config = room(opens_at=10, closes_at=20, message="soon", per_minute=60).store_config()
    assert json.loads(json.dumps(config)) == config


def test_strategies_come_alone_or_several() -> None:
    assert room(inlet=pow).inlet == (pow,)
    assert room(inlet=[pow, divmod]).inlet == (pow, divmod)
    assert room().inlet is None


def test_a_whole_number_may_be_written_with_a_point() -> None:
    limit = room(max_active=5.0).max_active
    assert (limit, type(limit)) == (5, int)


def test_templates_are_a_directory(tmp_path: Path) -> None:
    assert Settings(secret_key=KEY, paths="/", templates=str(tmp_path)).templates == tmp_path


def test_origins_and_prefixes_are_kept_without_a_slash_at_their_end() -> None:
    settings = Settings(secret_key=KEY, paths="/", prefix="/a/", cors_origins="https://B.example/")
    assert settings.prefix == "/a"
    assert settings.cors_origins == ("https://b.example",)


def test_origins_are_kept_as_browsers_write_them() -> None:
    given = ["https://日本.example", "http://München.example:8080"]
    settings = Settings(secret_key=KEY, paths="/", cors_origins=given, frame_ancestors=given)
    written = ("https://xn--wgv71a.example", "http://xn--mnchen-3ya.example:8080")
    assert settings.cors_origins == settings.frame_ancestors == written
    given = ["https://a.example:443", "http://a.example:80", "http://a.example:443", "app://a"]
    settings = Settings(secret_key=KEY, paths="/", cors_origins=given)
    kept = ("https://a.example", "http://a.example", "http://a.example:443", "app://a")
    assert settings.cors_origins == kept


def test_the_table_has_the_meaning_of_every_setting_and_its_default_as_people_write_it() -> None:
    rows = [*rows_of(Settings), *rows_of(RoomSettings)]
    assert [row.name for row in rows if not row.meaning.endswith(".")] == []
    defaults = {row.name: row.default for row in rows}
    shown = {
        "secret_key": "required",
        "paths": "required",
        "enabled": "true",
        "hosts": "none",
        "max_active": "100",
        "rooms": "one room, main",
        "burst": "1 + three seconds' worth",
    }
    assert {name: defaults[name] for name in shown} == shown


def test_a_comma_that_has_cut_a_secret_from_the_environment_is_told() -> None:
    environ = {"VWR_SECRET_KEY": "a secret, with a comma in it", "VWR_PATHS": "/a"}
    with pytest.raises(
        ConfigurationError, match=r"secret_key holds 2 secrets \(in the env.*, and each"
    ):
        Settings.from_env(environ)


def test_what_workers_tell_each_other_of_a_set_hangs_on_no_order() -> None:
    # Each process has an order of its own for the texts of a set.
    told = room(paths={"/a", "/b"}, methods=["POST", "GET"], hosts=["b.example", "a.example"])
    same = room(paths=["/b", "/a"], methods=["GET", "POST"], hosts=["a.example", "b.example"])
    assert told.own_config() == same.own_config()


@dataclass(frozen=True)
class Monitor:
    """A bypass for whoever brings a secret."""

    secret: str

    def __call__(self, request: Request) -> bool:
        return request.header("x-monitor") == self.secret


def test_workers_tell_each_other_of_a_users_object_its_name_and_not_what_is_in_it() -> None:
    told = room(bypass=Monitor("only for monitors"), inlet=[Periodic(5)]).own_config()
    assert told["bypass"] == "Monitor"
    assert told["inlet"] == "Periodic(count=5, every=60.0, burst=None)"


@dataclass
class Half:
    """A strategy of an app's own that, as most dataclasses, cannot be hashed."""

    limit: int

    def __call__(self, snapshot: Snapshot, now: float) -> int:
        return snapshot.serving + self.limit // 2


def test_several_strategies_need_not_be_hashable() -> None:
    assert room(inlet=[Half(4), MaxSize(9), Half(4)]).inlet == (Half(4), MaxSize(9))
