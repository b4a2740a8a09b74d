"""`vwr loadtest` as people run it: on Locust, at a real server with two workers."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from werkzeug.wrappers import Request, Response

from benchmarks.processes import family
from tests.support.in_time import in_time
from tests.support.live import Server, served, settings
from tests.support.servers import ROOT, free_port
from tests.support.serving import serving
from vwr_middleware.papers.agreement import consent_text

pytestmark = pytest.mark.outside

TOKEN = "a token for tests at real servers"
#: Ten people, half a minute at most.
SMALL = ("--people", "10", "--within", "1", "--minutes", "0.5", "--stay", "1.5", "--pages", "2")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("served")
    store = f"sqlite:///{folder / 'vwr.sqlite3'}"
    env = settings(store, max_active=4, loadtest_token=TOKEN)
    with served(folder, env, "--workers", "2") as running:
        yield running


def command(url: str, *options: str) -> list[str]:
    return [sys.executable, "-m", "vwr_middleware", "loadtest", url, *options]


def starting(url: str, *options: str) -> subprocess.Popen[str]:
    env = {**os.environ, "VWR_LOADTEST_TOKEN": TOKEN}
    return subprocess.Popen(
        command(url, *options),
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def run(server: Server, *options: str, expect: Sequence[int] = (0,)) -> str:
    running = starting(f"{server.url}/tickets", *SMALL, *options)
    said, _ = running.communicate(timeout=120)
    assert running.returncode in expect, said
    return said


def figures(path: Path) -> Any:
    return json.loads(path.read_text())


def test_a_crowd_comes_in_in_turn_and_the_report_says_so(server: Server, tmp_path: Path) -> None:
    html, told = tmp_path / "report.html", tmp_path / "figures.json"
    shares = ("--absent", "0.2", "--programs", "0.2", "--no-script", "0.0", "--gives-up", "0")
    said = run(server, *shares, "--max-active", "4", "--html", str(html), "--json", str(told))
    found = figures(told)
    assert "It went well." in said and found["well"] is True
    assert found["people"] == 10 and found["by_kind"]["program"] >= 1
    assert found["entered"] == 10 - found["outcomes"].get("absent", 0)
    assert found["order"]["overtaken"] == 0 and found["inside_at_once_at_most"] <= 4
    assert found["waits"]["all"]["p100"] > 0 and found["errors"] == []
    asked = {row["name"]: row["count"] for row in found["requests"]}
    assert asked["the position"] > 0 and asked["a file"] > 0 and asked["a place, by a program"] > 0
    page = html.read_text()
    assert page.count("<svg") == 2 and not re.search("<script|https?://(?!127)", page)


def test_load_generators_that_are_killed_leave_no_process(server: Server) -> None:
    """Two of them and their master, each a process. What they leave in the room is what visitors
    leave: places, and sessions until these run out."""
    options = ("--processes", "2", "--port", str(free_port()), "--minutes", "2", "--stay", "60")
    running = starting(f"{server.url}/tickets", "--people", "6", "--within", "1", *options)
    try:
        assert in_time(lambda: len(family(running.pid)) == 3, 60)
        children = family(running.pid)[1:]
        issued = httpx.get(f"{server.url}/vwr/main/status").json()["issued"]
        assert in_time(
            lambda: httpx.get(f"{server.url}/vwr/main/status").json()["issued"] > issued, 60
        )
    finally:
        running.send_signal(signal.SIGKILL)
        running.communicate()
    assert in_time(lambda: not any(map(is_running, children)), 30)


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"  # of those whose parent is gone, the machine's first process is slow


def test_a_test_that_is_stopped_lets_those_inside_make_room(server: Server, tmp_path: Path) -> None:
    told = tmp_path / "figures.json"
    options = ("--minutes", "2", "--stay", "100", "--json", str(told), "--absent", "0")
    running = starting(f"{server.url}/tickets", "--people", "4", "--within", "1", *options)
    before = httpx.get(f"{server.url}/vwr/main/status").json()["issued"]

    def are_there() -> bool:
        return bool(httpx.get(f"{server.url}/vwr/main/status").json()["issued"] >= before + 4)

    try:
        assert in_time(are_there, 60)
    finally:
        running.send_signal(signal.SIGTERM)
        said, _ = running.communicate(timeout=60)
    assert told.exists(), said
    found = figures(told)
    ended = found["outcomes"]
    assert ended.get("was inside at the end", 0) + ended.get("was in line at the end", 0) == 4, said
    assert found["visitors_without_report"] == 0


def test_locusts_own_page_begins_and_shows_the_test(server: Server) -> None:
    port = free_port()
    running = starting(f"{server.url}/tickets", *SMALL, "--web", "--web-port", str(port))
    page = f"http://127.0.0.1:{port}"
    try:

        def is_there() -> bool:
            try:
                return httpx.get(page).status_code == 200
            except httpx.HTTPError:
                return False

        assert in_time(is_there, 60)
        # Whatever somebody writes there: only the host that has agreed is asked.
        began = httpx.post(f"{page}/swarm", data={"host": "http://127.0.0.1:1"})
        assert began.json()["success"], began.text

        def stats() -> Any:
            return httpx.get(f"{page}/stats/requests").json()

        assert in_time(lambda: any(row["name"] == "a page, first" for row in stats()["stats"]), 60)
        assert stats()["errors"] == []
    finally:
        running.send_signal(signal.SIGTERM)
        said, _ = running.communicate(timeout=60)
    assert "only http://127.0.0.1" in said and "not http://127.0.0.1:1" in said


def test_a_site_that_takes_its_word_back_is_left_alone() -> None:
    has_agreed = True

    def site(environ: Any, start: Any) -> Any:
        nonlocal has_agreed
        if not Request(environ).path.endswith("loadtest.txt"):
            has_agreed = False
            return Response("the shop")(environ, start)
        answer = Response(consent_text(TOKEN)) if has_agreed else Response(status=404)
        return answer(environ, start)

    shares = ("--programs", "0", "--absent", "0", "--stay", "100", "--minutes", "2")
    with serving(site) as url:
        running = starting(f"{url}/tickets", "--people", "2", "--within", "1", *shares)
        said, _ = running.communicate(timeout=90)
    assert running.returncode == 2
    assert "does not agree any more" in said and "It did not go well" in said
    assert said.count("2 visitors") == 1


def test_a_master_and_its_worker_play_the_masters_plan(server: Server, tmp_path: Path) -> None:
    """As on two machines: each is started by a command of its own."""
    told, port = tmp_path / "figures.json", str(free_port())
    url = f"{server.url}/tickets"
    worker = starting(url, "--worker", "--port", port)
    try:
        absent = ("--absent", "1", "--programs", "0", "--no-script", "0")
        options = ("--master", "--port", port, "--json", str(told))
        said = run(server, *absent, *options, expect=(0, 1))
    finally:
        worker.send_signal(signal.SIGTERM)
        worker.communicate(timeout=60)
    assert figures(told)["by_kind"] == {"absent": 10}, said


def test_nothing_is_loaded_that_a_command_does_not_need() -> None:
    """Locust changes how Python waits: only the process that plays a crowd has it."""
    names = ("vwr_middleware.cli.commands", "vwr_middleware.loadtest.command")
    lines = [*(f"import {name}" for name in names), "import vwr_middleware.drill.command, sys"]
    code = "\n".join([*lines, "print({'locust', 'gevent', 'matplotlib'} & {*sys.modules})"])
    said = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True)
    assert said.strip() == "set()"
