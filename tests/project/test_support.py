"""The helpers of the other tests work on real things."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import httpx
import pytest
import redis

from tests.support.alike import alike
from tests.support.apps import asgi_app
from tests.support.clock import Clock
from tests.support.servers import (
    free_port,
    ports_of,
    running,
    running_gunicorn,
    running_uvicorn,
)
from tests.support.transport import PortalTransport

SERVERS = {
    "uvicorn": (running_uvicorn, "tests.support.apps:asgi_app"),
    "gunicorn": (running_gunicorn, "tests.support.apps:wsgi_app"),
}


def test_the_clock_moves_when_told() -> None:
    clock = Clock(5.0)
    clock.pass_by(1.5)
    assert clock() == 6.5


def test_moments_are_alike_to_thousandths_of_a_second() -> None:
    moment = Clock()()
    assert alike([moment], [moment + 1e-6])
    assert not alike([moment], [moment + 0.01])


@pytest.mark.parametrize("server", SERVERS)
def test_a_server_serves_with_two_workers_and_is_gone_afterwards(server: str) -> None:
    run: Callable[..., AbstractContextManager[str]]
    run, app = SERVERS[server]
    with run(app, workers=2) as url:
        assert httpx.get(url).text.isdigit()
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_a_server_that_does_not_start_says_why() -> None:
    with pytest.raises(RuntimeError, match="no_such_module"), running_uvicorn("no_such_module:app"):
        pass


def test_no_two_processes_that_share_the_tests_give_the_same_port() -> None:
    env = {"PYTEST_XDIST_WORKER_COUNT": "3"}
    ports = [port for n in range(3) for port in ports_of({**env, "PYTEST_XDIST_WORKER": f"gw{n}"})]
    assert len(ports) == len(set(ports)) == len(ports_of({})) == 12_000
    assert len({free_port() for _ in range(100)}) == 100


def test_any_other_server_can_be_run() -> None:
    port = free_port()
    command = ["waitress", f"--listen=127.0.0.1:{port}", "tests.support.apps:wsgi_app"]
    with running(command, port) as url:
        assert httpx.get(url).status_code == 200


def test_the_transport_keeps_every_cookie_and_one_loop() -> None:
    closed: list[bool] = []

    async def aclose() -> None:
        closed.append(True)

    with httpx.Client(transport=PortalTransport(asgi_app, aclose), base_url="http://app") as client:
        assert client.get("/").headers.get_list("set-cookie") == ["a=1", "b=2"]
        assert client.post("/", json={"a": 1}).status_code == 200
        assert not closed
    assert closed


def test_valkey_begins_empty(valkey_url: str) -> None:
    with redis.Redis.from_url(valkey_url) as client:
        assert client.dbsize() == 0
        client.set("left", "behind")


def test_valkey_begins_empty_each_time(valkey_url: str) -> None:
    test_valkey_begins_empty(valkey_url)


def test_valkey_answers_by_tcp(valkey_tcp_url: str) -> None:
    with redis.Redis.from_url(valkey_tcp_url) as client:
        assert client.ping()
