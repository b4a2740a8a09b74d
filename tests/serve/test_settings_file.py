"""`vwr.toml`: every setting can stand in it, and what is wrong with it is said in one message."""

import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.problems import KEY
from tests.support.readme import DOCS, rows_of
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.papers.signing_keys import new_key
from vwr_middleware.serve.new_file import new_settings_file, write_new
from vwr_middleware.serve.settings_file import read_given
from vwr_middleware.settings import RoomSettings, Settings

#: The least that a file needs.
LEAST = f'secret_key = "{KEY}"\npaths = "/tickets"\n'

#: A line for each setting of a site, and what becomes of it.
OF_SITE: Mapping[str, tuple[str, object]] = {
    "secret_key": (f'["{KEY}", "another key that is long enough"]', ...),
    "token_algorithm": ('"HS256"', ("HS256",)),
    "token_keys": ('["key.pem"]\ntoken_algorithm = "ES256"', ...),
    "token_issuer": ('"https://a.example"\ntoken_algorithm = "ES256"', "https://a.example"),
    "openid_clients": (
        '[{id = "a", redirect_uris = "https://a.example/c", '
        'secret = "0123456789abcdef0123456789abcdef"}]\n'
        'token_algorithm = "ES256"\ntoken_issuer = "https://a.example"',
        ...,
    ),
    "store": ('"redis://cache/0"', "redis://cache/0"),
    "namespace": ('"staging"', "staging"),
    "enabled": ("false", False),
    "prefix": ('"/queue"', "/queue"),
    "admin_prefix": ('"/control"', "/control"),
    "admin_password": ('"open sesame, please"', "open sesame, please"),
    "admin_viewer_password": ('"close sesame, please"', "close sesame, please"),
    "admin_api_key": ('"a key for the api"', ("a key for the api",)),
    "admin_auth": ('"builtins:callable"', callable),
    "admin_operators": ('[{name = "Ann", password = "open sesame, please"}]', ...),
    "alarm_webhooks": ('["https://ops.example/alarms"]', ...),
    "alarm_services": ('["json://ops.example"]', ...),
    "alarm_events": ('["reset"]\nalarm_webhooks = ["https://ops.example/"]', ("reset",)),
    "alarm_webhook_secret": ('"whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="', ...),
    "otel": ("true", True),
    "admin_hosts": ('["ops.example"]', ("ops.example",)),
    "admin_networks": ('["10.0.0.0/8"]', ("10.0.0.0/8",)),
    "on_store_error": ('"admit"', "admit"),
    "outage_grace": ("60", 60),
    "trusted_proxies": ("2", 2),
    "decision_key": ('["a-key-for-the-proxy"]', ("a-key-for-the-proxy",)),
    "decision_networks": ('"127.0.0.1"', ("127.0.0.1/32",)),
    "loadtest_token": (f'"{KEY} of the crowd"', f"{KEY} of the crowd"),
    "cookie_domain": ('"shop.example"', "shop.example"),
    "cookie_path": ('"/"', "/"),
    "cookie_secure": ('"always"', "always"),
    "cookie_samesite": ('"Strict"', "Strict"),
    "cookie_partitioned": ("true", True),
    "frame_ancestors": ('["https://a.example"]', ("https://a.example",)),
    "cors_origins": ('"https://a.example"', ("https://a.example",)),
    "public_numbers": ("false", False),
    "public_record": ("true", True),
    "site_url": ('"/start"', "/start"),
    "push_contact": ('"mailto:ops@shop.example"', ...),
    "push_key": ('"key.pem"\npush_contact = "mailto:ops@shop.example"', ...),
    "push_services": ('["push.example"]', ("push.example",)),
    "resume": ("false", False),
    "templates": ('"."', ...),
    "site_name": ('"The Shop"', "The Shop"),
    "logo": ('"/logo.svg"', "/logo.svg"),
    "logo_dark": ('"/dark.svg"', "/dark.svg"),
    "header": ('["#8a1538", "#2c1140"]', ("#8a1538", "#2c1140")),
    "scheme": ('"dark"', "dark"),
    "font": ('"/brand.woff2"', "/brand.woff2"),
    "colors": ('{accent = "#b00020"}', (("accent", "#b00020"),)),
    "debug": ("true", True),
    "on_event": ('"builtins:callable"', callable),
    "rooms": ('[{paths = "/a"}]', (RoomSettings(paths="/a"),)),
}
DRAWN = "draw = true\nopens_at = 2030-05-01T10:00:00Z"
#: The same for a room.
OF_ROOM: Mapping[str, tuple[str, object]] = {
    "complete_by_image": ("true", True),
    "session_idle": ("90", 90),
    "name": ('"sale"', "sale"),
    "paths": ('["/a", "/b/*"]', ("/a", "/b/*")),
    "hosts": ('"shop.example"', ("shop.example",)),
    "methods": ('["GET", "POST"]', ("GET", "POST")),
    "preflights": ("true", True),
    "exclude": ('["/plan", {regex = "^/$"}]', ("/plan", re.compile("^/$"))),
    "bypass": ('"builtins:callable"', callable),
    "challenge": ('"builtins:callable"', callable),
    "on_challenge_error": ('"pass"', "pass"),
    "identity": ('"builtins:callable"', callable),
    "max_active": ("300", 300),
    "per_minute": ("600.5", 600.5),
    "burst": ("5\nper_minute = 60", 5),
    "max_waiting": ("1000", 1000),
    "inlet": ('{kind = "periodic", count = 100, every = 60}', ...),
    "mode": ('"queue"', "queue"),
    "session_seconds": ("90", 90),
    "renew": ("false", False),
    "confirm_within": ("30", 30),
    "session_grace": ("0", 0),
    "close_websockets": ("true", True),
    "bind": ("true", True),
    "claim_within": ("45", 45),
    "late": ('"lost"', "lost"),
    "quiet_hours": ('"22:00-08:00 Europe/Berlin"', "22:00-08:00 Europe/Berlin"),
    "notify": ('"builtins:callable"\ncontact = "builtins:callable"', callable),
    "contact": ('"builtins:callable"\nnotify = "builtins:callable"', callable),
    "stock": ('"time:monotonic"', time.monotonic),
    "stock_left": ("420", 420),
    "when_gone": ('"close"', "close"),
    "public_stock": ("true", True),
    "opens_at": ("2030-05-01T10:00:00Z", datetime(2030, 5, 1, 10, tzinfo=UTC).timestamp()),
    "closes_at": ('"2030-05-01T10:00:00+00:00"', datetime(2030, 5, 1, 10, tzinfo=UTC).timestamp()),
    "message": ('"We open at ten."', "We open at ten."),
    "announcement": ('{text = "Ten."}', {"text": "Ten.", "severity": "info"}),
    "prepared_messages": (
        '{gone = "Sold out."}',
        {"gone": {"text": "Sold out.", "severity": "info"}},
    ),
    "joins_per_address": ("20", 20),
    "expected_crowd": ("250000", 250_000),
    "aws_event": ('"Sample"', "Sample"),
    "title": ('"General sale"', (("", "General sale"),)),
    "subtitle": ('{en = "Seats", de = "Sitze"}', (("en", "Seats"), ("de", "Sitze"))),
    "theme": ('{header = "#8a1538"}', (("header", ("#8a1538",)),)),
    "waiting_status": ("503", 503),
    "draw": ("true\nopens_at = 2030-05-01T10:00:00Z", True),
    "draw_from": (f"2030-05-01T09:00:00Z\n{DRAWN}", ...),
    "draw_beacon": (f'"2 4 8 16 32"\ndraw_beacon_from = "the lottery"\n{DRAWN}', ...),
    "draw_beacon_from": (f'"drand"\n{DRAWN}', ...),
    "openings": ("[{opens_at = 2030-05-01T10:00:00Z}]", ...),
    "lanes": ("{members = 0.3}", ...),
    "lane": ('"builtins:callable"\nlanes = {members = 0.3}', callable),
    "invited_only": ("true", True),
    "slow_joins_per_address": ("9", 9),
    "slow_lane": ('["network"]', ...),
    "slow_share": ('0.1\nslow_lane = ["network"]', 0.1),
    "appeal": ('"builtins:callable"\nslow_lane = ["network"]', callable),
    "challenge_work": ('18\nchallenge = "pow"', 18),
    "day_log": ("50000", 50_000),
    "alarms": ("{line_formed = 10}", ...),
}


def file_with(folder: Path, text: str) -> Path:
    file = folder / "vwr.toml"
    file.write_text(text)
    return file


def settings_of(folder: Path, text: str, **environ: str) -> Settings:
    return read_given(file_with(folder, text), environ).settings()


def problems_of(folder: Path, text: str, **environ: str) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as caught:
        settings_of(folder, text, **environ)
    return caught.value.problems


def test_every_setting_of_the_table_is_tried_in_a_file() -> None:
    assert {*OF_SITE} == {row.name for row in rows_of(Settings)}
    assert {*OF_ROOM} == {row.name for row in rows_of(RoomSettings)}


@pytest.mark.parametrize("name", OF_SITE)
def test_a_file_may_set_what_is_set_for_the_site(name: str, tmp_path: Path) -> None:
    written, expected = OF_SITE[name]
    (tmp_path / "key.pem").write_text(new_key("ES256"))
    least = LEAST if name != "rooms" else f'secret_key = "{KEY}"\n'
    rest = "\n".join(line for line in least.splitlines() if not line.startswith(f"{name} "))
    settings = settings_of(tmp_path, f"{rest}\n{name} = {written}\n")
    plain = read_given(file_with(tmp_path, LEAST), {}).settings()
    got = getattr(settings, name)
    assert got != getattr(plain, name) or name in ("token_algorithm", "cookie_path")
    assert expected is ... or got == expected


@pytest.mark.parametrize("where", ["", "[rooms.main]\n"])
@pytest.mark.parametrize("name", OF_ROOM)
def test_a_file_may_set_what_is_set_for_a_room(name: str, where: str, tmp_path: Path) -> None:
    written, expected = OF_ROOM[name]
    paths = "" if name == "paths" else 'paths = "/tickets"\n'
    if name == "name" and where:
        where = "[rooms.sale]\n"
    text = f'secret_key = "{KEY}"\n{where}{paths}{name} = {written}\n'
    (room,) = settings_of(tmp_path, text).rooms
    got = getattr(room, name)
    assert got != getattr(RoomSettings(paths="/tickets"), name)
    assert expected is ... or got == expected


def test_rooms_are_tables_in_their_order(tmp_path: Path) -> None:
    rooms = '[rooms.late]\npaths = "/b"\n[rooms.early]\npaths = "/a"\nmax_active = 3\n'
    settings = settings_of(tmp_path, f'secret_key = "{KEY}"\n{rooms}')
    found = [(room.name, room.max_active) for room in settings.rooms]
    assert found == [("late", 100), ("early", 3)]


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    settings = settings_of(
        tmp_path, f"{LEAST}max_active = 3\n", VWR_MAX_ACTIVE="7", VWR_STORE="memory://", HOME="/"
    )
    assert (settings.rooms[0].max_active, settings.store) == (7, "memory://")


def test_the_environment_overrides_what_the_file_says_of_its_one_room(tmp_path: Path) -> None:
    one = f'secret_key = "{KEY}"\n[rooms.sale]\nPATHS = "/sale"\nmax_active = 3\n'
    (room,) = settings_of(tmp_path, one, VWR_MAX_ACTIVE="7", VWR_MODE="queue").rooms
    assert (room.name, room.paths, room.max_active, room.mode) == ("sale", ("/sale",), 7, "queue")
    two = f'{one}[rooms.drop]\npaths = "/drop"\n'
    (problem,) = problems_of(tmp_path, two, VWR_MAX_ACTIVE="7", VWR_MODE="queue")
    assert problem.startswith("VWR_MAX_ACTIVE, VWR_MODE: there are 2 rooms")
    for text in (one, two, f"{LEAST}max_active = 3\n"):
        rooms = settings_of(tmp_path, text, VWR_ROOMS='[{"paths": "/a"}]').rooms
        assert rooms == (RoomSettings(paths="/a"),)


def test_paths_begin_at_the_folder_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "etc of shop"
    (folder / "look").mkdir(parents=True)
    (folder / "secret").write_text(f"{KEY}\n")
    text = 'secret_key_file = "secret"\npaths = "/"\ntemplates = "look"\n'
    monkeypatch.chdir(tmp_path)
    for store in ("", 'store = "sqlite:///vwr.sqlite3"\n'):
        settings = settings_of(folder, text + store)
        assert settings.secret_key == (KEY,)
        assert settings.templates == folder / "look"
        assert settings.store == f"sqlite:///{folder}/vwr.sqlite3".replace(" ", "%20")
    for store in ("sqlite:////tmp/a.sqlite3", "memory://", "redis://cache/0"):
        assert settings_of(folder, f'{text}store = "{store}"\n').store == store


def test_secrets_come_from_files_one_to_a_line(tmp_path: Path) -> None:
    other = "another key that is long enough"
    (tmp_path / "keys").write_text(f"{KEY}\n\n{other}\r\n")
    (tmp_path / "password").write_text("\ufeffopen sesame, please\n")
    text = 'secret_key_file = "keys"\nadmin_password_file = "password"\npaths = "/"\n'
    settings = settings_of(tmp_path, text)
    assert settings.secret_key == (KEY, other)
    assert settings.admin_password == "open sesame, please"
    overridden = settings_of(tmp_path, text, VWR_SECRET_KEY=other)
    assert overridden.secret_key == (other,)
    keys = str(tmp_path / "keys")
    assert settings_of(tmp_path, LEAST, VWR_SECRET_KEY_FILE=keys).secret_key == (KEY, other)


BAD: Mapping[str, tuple[str, str]] = {
    "not TOML": ("paths = /tickets", "vwr.toml is not TOML: Invalid value (at line 1"),
    "empty": ("# nothing\n", "vwr.toml is empty: write a new one with vwr init --force"),
    "no secret": ('paths = "/"', "secret_key is missing: make one with"),
    "an unknown name": (f"{LEAST}max_activ = 3", "did you mean max_active"),
    "a wrong type": (f'{LEAST}max_active = "3"', "max_active must be a whole number"),
    "a time without a zone": (f"{LEAST}opens_at = 2030-05-01T10:00:00", "has no time zone"),
    "a day": (f"{LEAST}opens_at = 2030-05-01", "opens_at must be a time"),
    "a room that is no table": (
        f'secret_key = "{KEY}"\nrooms = {{a = 3}}',
        "room a must be a table, [rooms.a], not 3",
    ),
    "a room with a mistake": (
        f'secret_key = "{KEY}"\n[rooms.a]\npaths = "/"\nmax_waitin = 3',
        "room 'a': max_waitin is not a setting of a room: did you mean max_waiting",
    ),
    "a room of two names": (
        f'secret_key = "{KEY}"\n[rooms.a]\nname = "b"\npaths = "/"',
        "room a has the name 'b' too: remove one",
    ),
    "two forms of a secret": (f'{LEAST}secret_key_file = "x"', "is given twice, also by"),
    "a secret that is not there": ('paths = "/"\nsecret_key_file = "x"', "secret_key_file: "),
    "a number for a file": ('paths = "/"\nsecret_key_file = 3', "must be the name of a file"),
    "a regex that is none": (f'{LEAST}exclude = {{regex = "("}}', "which is no regex"),
    "a regex by another name": (f'{LEAST}exclude = [{{re = "a"}}]', "written like"),
    "two spellings": (f"{LEAST}MAX_ACTIVE = 3\nmax_active = 4", "max_active is given twice"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_told_in_one_message(case: str, tmp_path: Path) -> None:
    text, told = BAD[case]
    found = problems_of(tmp_path, text)
    assert len([problem for problem in found if told in problem]) == 1, found
    assert len(found) == 1, found


def unreadable(folder: Path) -> Path:
    file = folder / "loop"
    file.symlink_to(file)
    return file


def latin(folder: Path) -> Path:
    file = folder / "vwr.toml"
    file.write_bytes('message = "Grüße"'.encode("latin-1"))
    return file


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda folder: folder, "is a directory: name the file in it"),
        (lambda folder: folder / "vwr.toml", "there is no file"),
        (unreadable, "there is no file"),
        (latin, "is no text in UTF-8"),
    ],
)
def test_what_is_no_file_to_read_is_told(
    make: Callable[[Path], Path], told: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError, match=told):
        read_given(make(tmp_path), {})


def test_a_new_file_is_valid_with_and_without_its_examples(tmp_path: Path) -> None:
    file = tmp_path / "vwr.toml"
    text = new_settings_file(file, ("/tickets", '/"quoted"'), 1)
    write_new(file, text, 0o600)
    assert file.stat().st_mode & 0o777 == 0o600
    assert read_given(file, {}).settings().rooms[0].paths == ("/tickets", '/"quoted"')
    (tmp_path / "templates").mkdir()
    examples = re.sub(r"^# (?=[a-z_]+ = |\[rooms)", "", text, flags=re.MULTILINE)
    assert examples.count("#") < text.count("#") - 15
    once = examples.replace('store = "sqlite:///vwr.sqlite3"\n', "")  # one of its two
    settings = settings_of(tmp_path, once)
    assert [room.name for room in settings.rooms] == ["main", "drop"]
    assert settings.rooms[0].opens_at and settings.store == "redis://localhost:6379/0"


def test_the_file_that_is_shown_can_be_read(tmp_path: Path) -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", (DOCS / "serve.md").read_text(), re.DOTALL)
    settings = settings_of(tmp_path, text, VWR_SECRET_KEY=KEY)
    assert [room.name for room in settings.rooms] == ["tickets", "drop"]


def test_each_new_file_has_secrets_of_its_own() -> None:
    lines = [new_settings_file(Path("vwr.toml"), ("/",), 0).splitlines() for _ in range(2)]
    differ = [one.partition(" ")[0] for one, other in zip(*lines, strict=True) if one != other]
    assert differ == ["secret_key", "decision_key", "admin_password"]
