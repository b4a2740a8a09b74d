"""`vwr drill` through a real nginx, and while a server loses a worker, or the drill its life."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from werkzeug.wrappers import Response

from benchmarks.processes import family
from tests.drill.test_drills import PASSWORD, TOKEN, drill, results, two_workers
from tests.support.asking_proxies import DECISION_KEY, PROGRAMS
from tests.support.in_time import in_time
from tests.support.live import Server, served, settings
from tests.support.nginx import NGINX, nginx
from tests.support.room_service import room_service
from tests.support.servers import ROOT, end, free_port, has_begun_to_accept
from tests.support.serving import serving
from vwr_middleware.serve.proxy_configuration import proxy_files
from vwr_middleware.serve.settings_file import read_given

pytestmark = pytest.mark.outside

BEHIND_NGINX = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
PASS_ON = """
location / {{ proxy_pass {url}; proxy_set_header Host $http_host; {more}
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto $scheme; }}
"""
#: A cache that obeys nobody, as people copy it from somewhere.
KEEPS_ALL = """proxy_cache all; proxy_cache_valid any 10s; proxy_cache_key $uri;
    proxy_ignore_headers Cache-Control Set-Cookie Vary Expires;"""
#: One that keeps the status alone, for its second.
KEEPS_STATUS = "proxy_cache all; proxy_cache_key $uri;"


def through_nginx(folder: Path, more: str, trusted: int) -> Iterator[tuple[str, dict[str, str]]]:
    told = folder / "sheet.json"
    store = {"store": f"sqlite:///{folder / 'vwr.sqlite3'}", "trusted_proxies": trusted}
    outside = f"proxy_cache_path {folder}/cache keys_zone=all:1m;"
    with (
        two_workers(store, store) as behind,
        nginx(PASS_ON.format(url=behind, more=more), folder, outside) as url,
    ):
        result = drill(url, "--json", str(told))
    assert told.exists(), (result.output, result.exception)
    yield result.output, results(told)


@BEHIND_NGINX
def test_a_proxy_that_is_counted_and_keeps_the_status_is_a_go(tmp_path: Path) -> None:
    ((said, found),) = through_nginx(tmp_path, KEEPS_STATUS, 1)
    assert "NO-GO" not in said
    for what in ("proxies", "public status", "private answers", "cookies", "turns", "panel"):
        assert found[what] == "go", said


@BEHIND_NGINX
@pytest.mark.parametrize(
    ("more", "trusted", "wrong", "fix"),
    [
        ("", 2, "proxies", "set trusted_proxies to 1"),
        (KEEPS_ALL, 1, "line", ""),
        ("proxy_hide_header Set-Cookie;", 1, "line", ""),
        ('proxy_set_header VWR-Drill "";', 1, "protected page", "takes the header VWR-Drill away"),
    ],
    ids=["one too many", "keeps all", "takes cookies", "takes the pass"],
)
def test_what_a_proxy_does_wrong_is_found(
    tmp_path: Path, more: str, trusted: int, wrong: str, fix: str
) -> None:
    ((said, found),) = through_nginx(tmp_path, more, trusted)
    assert found.get(wrong) == "no-go" and fix in said, said


@BEHIND_NGINX
def test_behind_an_nginx_that_asks_first_the_sheet_is_as_true(tmp_path: Path) -> None:
    told, port = tmp_path / "sheet.json", free_port()
    text = f'loadtest_token = "{TOKEN}"\ntrusted_proxies = 1\ndecision_key = "{DECISION_KEY}"\n'
    store = f'store = "sqlite:///{tmp_path / "vwr.sqlite3"}"\n'
    with (
        serving(Response("the shop")) as app,
        room_service(tmp_path, text + store, "--workers", "2") as room,
    ):
        given = read_given(room.file, {}).settings()
        places = {"room_service": f"127.0.0.1:{room.port}", "app": urlsplit(app).netloc}
        (file,) = proxy_files("nginx", given, **places).values()
        command = [str(NGINX), *PROGRAMS["nginx"].start(file, tmp_path, port)]
        proxy = subprocess.Popen(command, start_new_session=True)
        try:
            assert has_begun_to_accept(proxy, port)
            result = drill(f"http://127.0.0.1:{port}", "--json", str(told), VWR_ADMIN_PASSWORD="")
            status = httpx.get(f"http://127.0.0.1:{port}/vwr/main/status").json()
        finally:
            end(proxy)
    assert "NO-GO" not in result.output and (status["issued"], status["waiting"]) == (0, 0)
    found = results(told)
    for what in ("protected page", "line", "one line at all workers", "turns", "app", "proxies"):
        assert found[what] == "go", result.output


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    env = settings(
        f"sqlite:///{tmp_path / 'vwr.sqlite3'}", loadtest_token=TOKEN, admin_password=PASSWORD
    )
    with served(tmp_path, env, "--workers", "2", "--no-proxy-headers") as running:
        assert in_time(lambda: len(family(running.process.pid)) >= 3, 30)
        yield running


@pytest.mark.alone  # a busy machine is a finding of its own
def test_nobody_loses_a_place_while_a_worker_falls_and_an_interrupted_drill_leaves_no_trace(
    server: Server,
) -> None:
    # A drill that is killed as soon as its visitors wait.
    command = [sys.executable, "-m", "vwr_middleware", "drill", f"{server.url}/tickets"]
    command += ["--restart", "sleep 30"]
    running = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "VWR_LOADTEST_TOKEN": TOKEN},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert running.stderr is not None
    while "The line" not in running.stderr.readline():
        pass
    os.killpg(running.pid, signal.SIGKILL)
    running.communicate()
    # The next one begins anew, and a worker falls in it.
    worker = family(server.process.pid)[-1]
    result = drill(server.url, "--restart", f"kill -9 {worker}")
    assert "go  line: numbers 3 to 5" in result.output
    assert "nobody lost a place" in result.output and "NO-GO" not in result.output
    status = httpx.get(f"{server.url}/vwr/main/status").json()
    assert (status["issued"], status["waiting"]) == (0, 0)
