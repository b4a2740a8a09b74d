"""The demo: a shop behind a room, a crowd, and a terminal that tells of it."""

import asyncio
import os
import random
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import IO

import httpx
import pytest
from click.testing import CliRunner
from uvicorn import Config

from tests.support.servers import ROOT, free_port, running_uvicorn
from vwr_middleware.cli.commands import vwr
from vwr_middleware.demo import foreign_app, servers
from vwr_middleware.demo.command import SETTINGS, opening_with_draw
from vwr_middleware.demo.crowd import LIMITS, NAVIGATION, Crowd, Nature, Visitor
from vwr_middleware.demo.report import line, welcome
from vwr_middleware.settings import Settings

pytestmark = pytest.mark.outside

SHOP = "examples.starlette_app.shop:app"
SECRET = "a secret of the demo's own tests"


def refused(*arguments: str, status: int = 1) -> str:
    """What `vwr demo` says where it does not run."""
    result = CliRunner().invoke(vwr, ["demo", *arguments])
    assert result.exit_code == status
    return result.output


def settings(**more: str) -> dict[str, str]:
    env = {"VWR_SECRET_KEY": SECRET, "VWR_STORE": "memory://", "VWR_MAX_ACTIVE": "1"}
    return env | {f"VWR_{name.upper()}": value for name, value in more.items()}


async def hurried(seconds: float) -> None:
    await asyncio.sleep(seconds / 10)


async def visits(url: str, *natures: Nature) -> list[str]:
    """How so many visits end that begin one right after the other."""
    dice = random.Random(1)
    limits = httpx.Limits(max_connections=8)
    async with httpx.AsyncHTTPTransport(limits=limits) as transport, asyncio.TaskGroup() as group:
        tasks = []
        for nature in natures:
            client = httpx.AsyncClient(transport=transport, base_url=url, trust_env=False)
            visitor = Visitor(client, nature, dice, hurried)
            tasks.append(group.create_task(visitor.visit()))
            await asyncio.sleep(0.3)
    return [task.result() for task in tasks]


@pytest.fixture(scope="module")
def narrow_shop() -> Iterator[str]:
    """The shop behind a room for one at a time."""
    with running_uvicorn(SHOP, env=settings(session_seconds="5", claim_within="2")) as url:
        yield url


def test_visitors_come_one_after_the_other_and_do_what_people_do(narrow_shop: str) -> None:
    natures = [
        Nature(stay=14),  # long enough for the next one to have asked and gone, on a busy machine
        Nature(patience=1),
        Nature(vanishes_in_line=True),
        Nature(stay=2, buys=False),
        Nature(stay=2),
    ]
    ends = asyncio.run(visits(narrow_shop, *natures))
    assert ends == ["bought", "gave up", "vanished", "left", "bought"]


def test_a_visitor_who_vanishes_in_the_shop_says_nothing(narrow_shop: str) -> None:
    assert asyncio.run(visits(narrow_shop, Nature(stay=2, vanishes_in_shop=True))) == ["vanished"]


def test_a_visitor_goes_when_the_room_is_closed() -> None:
    with running_uvicorn(SHOP, env=settings(mode="closed")) as url:
        assert asyncio.run(visits(url, Nature())) == ["turned away"]


def test_a_crowd_keeps_coming_and_counts_how_its_visits_end() -> None:
    async def watch(crowd: Crowd) -> None:
        running = asyncio.create_task(crowd.run())
        while sum(crowd.outcomes.values()) < 6 or not crowd.outcomes["bought"]:
            await asyncio.sleep(0.05)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    with running_uvicorn(SHOP, env=settings(max_active="3")) as url:
        crowd = Crowd(url, 6, seed=4, pause=hurried)
        asyncio.run(watch(crowd))
    assert crowd.outcomes["failed"] == 0
    assert crowd.inside == 0


def test_a_crowd_survives_a_server_that_is_away() -> None:
    crowd = Crowd(f"http://127.0.0.1:{free_port()}", 1)
    asyncio.run(crowd.one_visit(Nature()))
    assert crowd.outcomes == {"failed": 1}


def test_the_crowd_gives_an_idle_connection_up_before_the_server_does() -> None:
    gunicorn = pytest.importorskip("gunicorn.config")

    assert LIMITS.keepalive_expiry is not None
    assert LIMITS.keepalive_expiry < gunicorn.Keepalive.default
    assert LIMITS.keepalive_expiry < Config(SHOP).timeout_keep_alive
    # granian closes none that is idle.


def test_people_differ() -> None:
    dice = random.Random(7)
    crowd = [Nature.at_random(dice) for _ in range(400)]
    assert 0.6 < sum(nature.buys for nature in crowd) / 400 < 0.9
    assert any(nature.vanishes_in_line for nature in crowd)
    assert any(nature.vanishes_in_shop for nature in crowd)


def test_the_terminal_says_what_to_open_and_how_the_room_stands() -> None:
    opened = welcome("http://127.0.0.1:8000", "abc", "k3y")
    assert "vwr --url http://127.0.0.1:8000/vwr-admin --key k3y status --watch" in opened
    assert "http://127.0.0.1:8000/tickets" in opened
    assert "password: abc" in opened
    crowd = Crowd("http://127.0.0.1:1", 0)
    crowd.outcomes["failed"] = 2
    told = line({"waiting": 12, "serving": 30, "issued": 42, "admitted_per_minute": 9.6}, crowd)
    assert "12 waiting" in told
    assert "serving 30 of 42" in told
    assert "10 a minute" in told
    assert "failed 2" in told


def test_a_port_in_use_is_said_with_the_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refused("--port", str(port))
    assert f"port {port} is taken: choose another with --port" in said


@pytest.mark.parametrize("given", [["--port", "80151"], ["--workers", "0"], ["--crowd", "some"]])
def test_numbers_that_cannot_be_are_refused(given: list[str]) -> None:
    assert f"Invalid value for '{given[0]}'" in refused(*given, status=2)


def test_its_help_names_the_command_that_was_typed() -> None:
    assert CliRunner().invoke(vwr, ["demo", "--help"]).output.startswith("Usage: vwr demo")


def test_a_store_that_workers_cannot_share_is_refused() -> None:
    said = refused("--port", str(free_port()), "--store", "memory://")
    assert "name a store that the workers can share" in said


def test_a_store_that_cannot_be_used_is_named_with_what_helps(tmp_path: Path) -> None:
    file = tmp_path / "kept.sqlite3"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA user_version = 3")
    told = refused("--port", str(free_port()), "--store", f"sqlite:///{file}")
    assert f"{file} cannot be used" in told
    assert "another release of vwr_middleware): name another file" in told


def test_what_must_be_installed_or_checked_out_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(servers, "ROOT", tmp_path)
    with pytest.raises(servers.DemoError, match="starlette_app is missing"):
        servers.check("starlette", free_port())
    monkeypatch.setattr(servers, "find_spec", lambda name: None)
    with pytest.raises(servers.DemoError, match="starlette and granian and httpx must be"):
        servers.check("starlette", free_port())


@pytest.mark.parametrize("shop", ["starlette", "flask", "django", "php"])
def test_what_the_demo_says_to_install_brings_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, shop: str
) -> None:
    monkeypatch.setattr(servers, "find_spec", lambda name: None)
    with pytest.raises(servers.DemoError) as told:
        servers.check(shop, free_port())
    missing, _, fix = str(told.value).partition(" must be installed: ")
    named = re.fullmatch(r'pip install "vwr-middleware\[([a-z,]+)\]"(.*)', fix)
    assert named is not None and "demo" in named[1].split(",")
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    brings = [*_packages(extras["optional-dependencies"], named[1]), *named[2].split()]
    assert set(missing.split(" and ")) <= set(brings)


def _packages(extras: dict[str, list[str]], names: str) -> Iterator[str]:
    """The packages of some extras, and of those that these name."""
    for name in names.split(","):
        for wanted in extras[name]:
            ours = re.fullmatch(r"vwr-middleware\[(.+)\]", wanted)
            if ours is not None:
                yield from _packages(extras, ours[1])
            else:
                yield re.split(r"[\[>]", wanted)[0]


def test_programs_that_are_missing_are_named_with_their_packages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(foreign_app, "which", lambda name, path: None)
    with pytest.raises(servers.DemoError, match=r"nginx and php .* apt install nginx php-cli"):
        foreign_app.check_programs()


def test_what_a_quiet_server_said_is_shown_where_it_does_not_start(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit('no table left')"]
    with (
        pytest.raises(servers.DemoError, match="did not start: no table left"),
        servers.serving(command, free_port(), {}, tmp_path / "log"),
    ):
        pass


def test_a_shop_that_does_not_start_is_said() -> None:
    command = [sys.executable, "-c", "raise SystemExit(1)"]
    with (
        pytest.raises(servers.DemoError, match="did not start"),
        servers.serving(command, free_port(), {}),
    ):
        pass


def test_settings_of_a_real_app_in_the_environment_are_none_of_the_demos(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VWR_ROOMS", '[{"paths": "/a"}]')
    monkeypatch.setenv("vwr_name", "shop")
    port = free_port()
    shop = (
        "import os, socket\n"
        "assert [name for name in os.environ if 'vwr_' in name.lower()] == ['VWR_PATHS']\n"
        f"socket.create_server(('127.0.0.1', {port})).accept()"
    )
    with servers.serving([sys.executable, "-c", shop], port, {"VWR_PATHS": "/tickets"}):
        pass


@pytest.mark.parametrize("shop", servers.SHOPS)
def test_every_shop_is_served_on_this_machine_only(shop: str) -> None:
    command = " ".join(servers.command_of(shop, 8000, 2))
    assert f"{shop}_app" in command
    assert "127.0.0.1" in command
    assert "8000" in command


def told(stream: IO[str], pattern: str) -> re.Match[str]:
    """The first line of this pattern that comes."""
    found = next(filter(None, (re.search(pattern, line) for line in stream)), None)
    assert found
    return found


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("SIGINT", "starlette"),
        pytest.param("SIGTERM", "starlette", marks=pytest.mark.thorough),
        pytest.param("SIGINT", "php", marks=pytest.mark.thorough),
    ],
)
def test_the_demo_serves_a_line_that_moves_until_it_is_stopped(name: str, kind: str) -> None:
    if kind == "php" and foreign_app.missing_programs() and "CI" not in os.environ:
        pytest.skip("nginx or PHP is not installed")
    port = free_port()
    command = [sys.executable, "-m", "vwr_middleware", "demo", kind, "--port", str(port)]
    command += ["--crowd", "90", "--workers", "1"]
    demo = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    with demo:
        try:
            assert demo.stdout
            panel = told(demo.stdout, r"(http\S+/vwr-admin)\s+\(password: (\S+)\)")
            signed_in = httpx.post(f"{panel[1]}/sign-in", data={"password": panel[2]})
            assert signed_in.status_code == 303
            told(demo.stdout, r"Ctrl\+C")
            # A line every few seconds; at first a busy machine may have let in none, or all.
            told(demo.stdout, r"[1-9]\d* waiting  serving .* [1-9]\d* a minute")
            shop = f"http://127.0.0.1:{port}"
            assert 'href="/tickets"' in httpx.get(f"{shop}/").text
            page = httpx.get(f"{shop}/tickets", headers=NAVIGATION)
            assert page.headers["vwr-state"] == "waiting"
        finally:
            demo.send_signal(getattr(signal, name))
        assert "The demo has stopped." in demo.stdout.read()
    assert demo.returncode == 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{shop}/")


def test_a_shop_that_draws_opens_in_a_minute() -> None:
    given = opening_with_draw(1_800_000_000.0)
    settings = Settings.from_env({**SETTINGS, **given, "VWR_SECRET_KEY": "k" * 32})
    (room,) = settings.rooms
    assert room.draw and room.opens_at == 1_800_000_060
