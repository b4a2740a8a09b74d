"""`vwr init` and `vwr serve` as far as they need no server."""

import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result
from kubernetes_validate import validate

from tests.cli.test_packages import FROM_A_SHELL, without
from tests.project.test_architecture import loaded_by
from tests.support.questions import DECISION_KEY
from tests.support.room_service import SECRET, settings_file
from tests.support.servers import free_port
from vwr_middleware.cli.commands import vwr
from vwr_middleware.serve.options import Options, start_message
from vwr_middleware.serve.proxy_configuration import PROXIES, proxy_configuration
from vwr_middleware.serve.settings_file import read_given
from vwr_middleware.settings import Settings

#: Not even root can read it from its beginning.
UNREADABLE = Path("/proc/self/mem")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with no settings in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.upper().startswith("VWR_"):
            monkeypatch.delenv(name)
    monkeypatch.setattr(sys, "path", [*sys.path])
    return tmp_path


def runs(*arguments: str, **environ: str) -> Result:
    return CliRunner(env=environ).invoke(vwr, arguments)


def test_a_first_file_is_for_its_owner_alone_and_is_kept(here: Path) -> None:
    done = runs("init", "--path", "/tickets", "--path", "/seats")
    assert (done.exit_code, done.output) == (
        0,
        "wrote vwr.toml\nNow start the room: vwr serve vwr.toml\n",
    )
    file = here / "vwr.toml"
    assert file.stat().st_mode & 0o777 == 0o600
    settings = read_given(file, {}).settings()
    assert settings.rooms[0].paths == ("/tickets", "/seats")
    assert settings.admin_password and settings.trusted_proxies == 0
    before = file.read_bytes()
    again = runs("init")
    assert again.exit_code == 2 and "overwrite it with --force" in again.output
    assert file.read_bytes() == before
    assert runs("init", "--force").exit_code == 0
    assert file.read_bytes() != before and file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in here.iterdir()] == ["vwr.toml"]


def test_a_script_that_a_proxy_reads_without_rights_has_no_secret(here: Path) -> None:
    assert runs("init", "--for", "apache", "--for", "haproxy").exit_code == 0
    key = read_given(here / "vwr.toml", {}).settings().decision_key[0]
    for file in here.iterdir():
        is_script = file.suffix == ".lua"
        assert (key in file.read_text()) is not is_script
        assert file.stat().st_mode & 0o777 == (0o644 if is_script else 0o600)


@pytest.mark.parametrize("name", PROXIES)
def test_a_proxys_configuration_is_filled_in_from_the_settings(name: str, here: Path) -> None:
    settings_file(here, 'prefix = "/queue"\nadmin_prefix = "/control"\n')
    before = (here / "vwr.toml").read_bytes()
    options = ("--app", "app.internal:3001", "--room-service", "room.internal:8099")
    done = runs("init", "--for", name, *options)
    assert done.exit_code == 0, done.output
    assert (here / "vwr.toml").read_bytes() == before
    files = [file for file in here.iterdir() if file.name != "vwr.toml"]
    assert PROXIES[name].template in {file.name for file in files}
    text = "".join(file.read_text() for file in files)
    for part in ("/queue", "app.internal", "room.internal", "8099"):
        assert part in text
    assert "/vwr/" not in text and SECRET not in text
    assert runs("init", "--for", name).exit_code == 2, "nor is this one overwritten"
    assert runs("init", "--for", name, "--force").exit_code == 0
    assert (here / "vwr.toml").read_bytes() == before, "the secret stays"


@pytest.mark.parametrize("name", ["traefik", "envoy", "kubernetes-traefik"])
@pytest.mark.parametrize("service", ["room.internal:8099", "unix:/run/vwr"])
def test_what_is_yaml_can_be_read(name: str, service: str) -> None:
    settings = Settings(secret_key=SECRET, paths="/", decision_key=DECISION_KEY)
    text = proxy_configuration(name, settings, room_service=service, app="shop:3001")
    read = [*yaml.safe_load_all(text)]
    assert all(isinstance(each, dict) for each in read)
    assert (DECISION_KEY in str(read)) and ("8099" in str(read) or service != "room.internal:8099")


@pytest.mark.parametrize("name", PROXIES)
def test_every_proxy_is_configured_for_the_settings_that_init_writes(name: str) -> None:
    settings = Settings(secret_key=SECRET, paths="/")
    where = {"room_service": "127.0.0.1:8090", "app": "127.0.0.1:3000"}
    assert proxy_configuration(name, settings, **where).endswith("\n")


def test_manifests_fit_the_schemas_of_kubernetes() -> None:
    rooms = [{"name": "main", "paths": "/tickets"}, {"name": "drop", "paths": ["/drop", "/x/*"]}]
    more = [{"name": "odd", "paths": [{"regex": "^/odd"}]}]
    key = "a-key-by-which-proxies-ask"
    settings = Settings(secret_key=SECRET, decision_key=key, rooms=rooms + more)
    where = {"room_service": "vwr.shop.svc:8090", "app": "shop:3000"}
    text = proxy_configuration("kubernetes", settings, **where)
    parts = list(yaml.safe_load_all(text))
    for part in parts:
        validate(part, "1.32", strict=True)
    assert [part["metadata"]["name"] for part in parts] == [
        "vwr-decision-key",
        "shop-main",
        "shop-drop",
        "vwr",
    ]
    assert parts[0]["data"] == {"VWR-Decision-Key": key}
    (rule,) = parts[2]["spec"]["rules"]
    assert [path["path"] for path in rule["http"]["paths"]] == ["/drop"]


@pytest.mark.parametrize("name", ["kubernetes-gateway", "kubernetes-traefik"])
def test_in_a_cluster_nobody_outside_asks_nor_tells_the_app_who_he_is(name: str) -> None:
    settings = Settings(secret_key=SECRET, paths="/", decision_key="a-key-by-which-proxies-ask")
    where = {"room_service": "vwr.shop.svc:8090", "app": "shop:3000"}
    parts = list(yaml.safe_load_all(proxy_configuration(name, settings, **where)))
    routes = [part for part in parts if part["kind"] in ("HTTPRoute", "IngressRoute")]
    rules = [
        rule for part in routes for rule in part["spec"].get("rules", part["spec"].get("routes"))
    ]
    (closed,) = [rule for rule in rules if "/vwr/auth" in str(rule)]
    assert "vwr-nobody" in str(closed)
    assert [part for part in parts if part["metadata"]["name"] == "vwr-nobody"]
    dropped = [part for part in parts if part["kind"] in ("ClientTrafficPolicy", "Middleware")]
    assert any(word in str(dropped) for word in ("DropHeader", "'VWR_Session_Id': ''"))


def test_nothing_is_written_for_what_cannot_work(here: Path) -> None:
    for wrong in ("127.0.0.1", "a;b:1", "unix:vwr.sock", "https://a:1", "a:1/path", "a:1\n"):
        done = runs("init", "--for", "nginx", "--app", wrong)
        assert done.exit_code == 2 and "write it like 127.0.0.1:3000" in done.output, wrong
    done = runs("init", "--path", "tickets")
    assert done.exit_code == 2 and "must begin with a slash" in done.output
    assert list(here.iterdir()) == []
    for right in ("http://127.0.0.1:3000/", "[::1]:3000", "unix:/run/app.sock"):
        assert runs("init", "--for", "nginx", "--app", right, "--force").exit_code == 0, right


def test_without_a_terminal_nothing_is_asked(here: Path) -> None:
    (here / "vwr.toml").mkdir()
    assert "is there already" in runs("init").output


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "not there": (lambda folder: None, "there is no vwr.toml here: write one with vwr init"),
    "a directory": (lambda folder: (folder / "vwr.toml").mkdir(), "vwr.toml is a directory"),
    "not TOML": (lambda folder: settings_file(folder, "]"), "vwr.toml is not TOML: "),
    "empty": (lambda folder: (folder / "vwr.toml").touch(), "vwr.toml is empty"),
    "an unknown name": (
        lambda folder: settings_file(folder, "max_activ = 3"),
        "max_activ is not a setting: did you mean max_active?",
    ),
    "bad templates": (
        lambda folder: settings_file(folder, 'templates = "look"'),
        "templates must be a directory that exists",
    ),
    "switched off": (lambda folder: settings_file(folder, "enabled = false"), "enabled is false"),
    "a store elsewhere": (
        lambda folder: settings_file(folder, 'store = "sqlite:///away/vwr.sqlite3"'),
        "away",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_stops_the_start_with_one_message(case: str, here: Path) -> None:
    make, told = BAD[case]
    make(here)
    done = runs("serve")
    assert done.exit_code == 2, done.output
    assert done.output.startswith("Error: ") and told in done.output
    assert len(done.output.splitlines()) == 1


@pytest.mark.skipif(not UNREADABLE.is_file(), reason="there is no file that nobody can read")
def test_a_file_that_cannot_be_read_is_told(here: Path) -> None:
    done = runs("serve", str(UNREADABLE))
    assert done.exit_code == 2 and f"{UNREADABLE} cannot be read: Input/output" in done.output


def test_an_option_of_other_commands_is_not_ignored(here: Path) -> None:
    settings_file(here, "store = 'memory://'")
    done = runs("--store", "redis://cache/0", "serve")
    assert done.exit_code == 2 and "--store is for other commands: set it in" in done.output


def test_several_problems_are_told_at_once(here: Path) -> None:
    settings_file(here, "max_activ = 3\nmode = 'busy'\n")
    done = runs("serve", VWR_TRUSTED_PROXIES="many")
    assert done.exit_code == 2
    told = [line for line in done.output.splitlines() if line.startswith("- ")]
    assert len(told) == 3, done.output


def test_workers_need_a_store_that_they_share(here: Path) -> None:
    settings_file(here, "store = 'memory://'")
    done = runs("serve", "--workers", "2")
    assert done.exit_code == 2 and "use sqlite:// or redis://, or --workers 1" in done.output


def test_the_environment_alone_may_set_everything(here: Path) -> None:
    done = runs("serve", VWR_PATHS="/tickets", VWR_STORE="memory://")
    assert done.exit_code == 2 and "secret_key is missing" in done.output


def test_an_address_that_is_taken_is_told(here: Path) -> None:
    settings_file(here, "store = 'memory://'")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = runs("serve", "--port", port)
    assert done.exit_code == 2
    assert f"127.0.0.1:{port} cannot be listened at: Address already in use" in done.output
    elsewhere = runs("serve", "--host", "203.0.113.1", "--port", str(free_port()))
    assert elsewhere.exit_code == 2 and "see --host and --port" in elsewhere.output


def test_a_socket_that_is_taken_or_in_no_folder_is_told(here: Path) -> None:
    settings_file(here, "store = 'memory://'")
    with socket.socket(socket.AF_UNIX) as taken:
        taken.bind("vwr.sock")
        taken.listen()
        done = runs("serve", "--uds", "vwr.sock")
    assert done.exit_code == 2 and "something listens there already: see --uds" in done.output
    done = runs("serve", "--uds", "away/vwr.sock")
    assert done.exit_code == 2 and "No such file or directory: see --uds" in done.output
    done = runs("serve", "--uds", "vwr.toml")
    assert done.exit_code == 2 and (here / "vwr.toml").stat().st_size


def test_the_start_shows_where_everything_is(here: Path) -> None:
    file = settings_file(here, 'admin_password = "open sesame, please"\nstore = "redis://:pw@a"\n')
    settings = read_given(file, {}).settings()
    told = start_message(settings, Options(host="::1", port=8001, workers=2), file)
    for part in (
        "is served at http://[::1]:8001 (2 workers",
        "http://[::1]:8001/vwr/main/",
        "http://[::1]:8001/vwr/auth",
        "http://[::1]:8001/vwr-admin",
        f"kill -HUP {os.getpid()}",
    ):
        assert part in told
    assert "pw" not in told.replace(str(here), "") and "sesame" not in told
    plain = Settings(secret_key=SECRET, paths="/")
    assert "off (set admin_password)" in start_message(plain, Options(), None)


def test_the_other_commands_load_no_server() -> None:
    names = ["vwr_middleware.cli.commands", "vwr_middleware.serve.proxy_configuration"]
    assert not {"granian", "watchfiles", "httpx"} & loaded_by(names)


@pytest.mark.parametrize("package", ["granian", "watchfiles"])
def test_what_serving_needs_is_told(package: str, here: Path) -> None:
    settings_file(here, "store = 'memory://'")
    done = without(package, FROM_A_SHELL, "serve", "vwr.toml")
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert 'pip install "vwr-middleware[serve]"' in done.stderr


def test_the_other_commands_read_the_file_too(here: Path) -> None:
    settings_file(
        here, 'store = "sqlite:///room.sqlite3"\nbypass = "hooks_beside_the_file:staff"\n'
    )
    (here / "hooks_beside_the_file.py").write_text("def staff(request): ...\n")
    away = here / "away"
    away.mkdir()
    os.chdir(away)
    file = "../vwr.toml"
    assert runs("--config", file, "prepare", "main", "--yes").exit_code == 0
    assert (here / "room.sqlite3").exists()
    done = runs("rooms", VWR_CONFIG=file)
    assert done.exit_code == 0 and "main" in done.output
    checked = runs("check", VWR_CONFIG=file)
    assert checked.exit_code == 0 and str(here / "room.sqlite3") in checked.output
    # What is typed wins over a panel in the environment, and both typed is a mistake.
    assert runs("--config", file, "rooms", VWR_URL="https://a", VWR_KEY="b").exit_code == 0
    assert runs("--config", file, "--url", "https://a", "--key", "b", "rooms").exit_code == 2
    assert "there is no file" in runs("--config", "nowhere.toml", "rooms").output
