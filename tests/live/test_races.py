"""Races between real workers over one store: what is asked at once, and what dies at once."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.support.failing_valkey import failing_valkey
from tests.support.faults import fault
from tests.support.in_time import in_time
from tests.support.live import Server, served, served_by_two, settings
from tests.support.postgres import postgres_server
from tests.support.visitor import PAGE, SCRIPT, TOKEN

pytestmark = pytest.mark.long

#: A store that `make thorough` tries, too.
OVER_POSTGRES = pytest.param("postgres", marks=pytest.mark.thorough)


@pytest.fixture(scope="module", params=["sqlite", "redis", OVER_POSTGRES])
def workers(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, Server]]:
    """Two workers, each reached at an address of its own. Each test leaves their room empty."""
    folder = tmp_path_factory.mktemp("races")
    with ExitStack() as stack:
        url = f"sqlite:///{folder / 'vwr.sqlite3'}"
        if request.param == "redis":  # of their own: others empty the one that all tests share
            url = f"{stack.enter_context(failing_valkey(folder)).url}?socket_timeout=10"
        if request.param == "postgres":
            url = f"{stack.enter_context(postgres_server()).url}&socket_timeout=10"
        env = settings(url, session_seconds=11, confirm_within=10)
        one, two = stack.enter_context(served_by_two(folder, env))
        yield one, two


def post(client: httpx.Client, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
    """A program's call, made again where the store was late, as programs do."""
    give_up_at = time.monotonic() + 20
    while True:
        answer = client.post(path, headers=headers)
        if answer.status_code != 503 or time.monotonic() > give_up_at:
            return answer
        time.sleep(0.05)


def claims(server: Server, ticket: str) -> list[httpx.Response]:
    """25 claims of one ticket at once."""
    with httpx.Client(base_url=server.url, timeout=20) as client, ThreadPoolExecutor(25) as pool:
        papers = {"VWR-Ticket": ticket}
        asked = [pool.submit(post, client, "/vwr/main/token?go=1", papers) for _ in range(25)]
        return [answer.result() for answer in asked]


@contextmanager
def enter(server: Server) -> Iterator[httpx.Client]:
    """Somebody inside, who has come back once. A busy machine may take a while to see it empty."""
    with httpx.Client(base_url=server.url, headers=PAGE, timeout=20) as client:
        assert in_time(lambda: client.get("/tickets").status_code == 200)
        assert client.get("/tickets").status_code == 200
        yield client


def at(client: httpx.Client, server: Server, path: str = "/tickets") -> httpx.Response:
    """The same person's next request reaches this worker."""
    return client.get(f"{server.url}{path}")


@fault(
    "One ticket is used fifty times at once",
    inside="One session.",
    line="Wait for that one slot, and no more.",
    figure="2 workers, 50 claims.",
)
def test_one_ticket_claimed_fifty_times_at_once_is_one_session(
    workers: tuple[Server, Server],
) -> None:
    one, two = workers
    with httpx.Client(base_url=one.url) as client:
        place = post(client, "/vwr/main/tickets").json()
        ticket = place["ticket"]
        polls = partial(client.get, "/vwr/main/position?door=1", headers={"VWR-Ticket": ticket})
        assert in_time(lambda: polls().json()["may_enter"])
    with ThreadPoolExecutor(2) as pool:
        found = [a for answers in pool.map(claims, workers, [ticket] * 2) for a in answers]
    granted = [answer.json() for answer in found if answer.status_code == 200]
    assert granted
    assert {answer["session"] for answer in granted} == {f"1-{place['position']}"}
    assert {answer.status_code for answer in found} <= {200, 202}
    with httpx.Client(base_url=two.url, headers=PAGE) as other:
        assert other.get("/tickets").status_code == 202  # the one slot is taken, and once
        other.post("/vwr/main/leave")
    token = {"Cookie": f"{TOKEN}={granted[0]['token']}", **SCRIPT}
    assert httpx.get(f"{one.url}/tickets/done", headers=token).status_code == 200


@pytest.mark.thorough  # it lasts seconds, and workers over one store are tried by a clock elsewhere
def test_ten_requests_past_half_life_are_one_renewal_a_worker(
    workers: tuple[Server, Server],
) -> None:
    one, two = workers
    with enter(one) as client:
        cookie = {"Cookie": f"{TOKEN}={client.cookies[TOKEN]}", **SCRIPT}
    time.sleep(5.8)  # past half of the life, and past the pause after the confirmation

    def ask(server: Server) -> bool:
        answer = httpx.get(f"{server.url}/tickets", headers=cookie, timeout=20)
        assert answer.status_code == 200
        return TOKEN in answer.headers.get("set-cookie", "")

    with ThreadPoolExecutor(10) as pool:
        renewed = list(pool.map(ask, [one] * 10))
        assert sum(renewed) == 1
        assert sum(pool.map(ask, [two] * 10)) == 1
    assert httpx.get(f"{one.url}/tickets/done", headers=cookie).status_code == 200


def test_an_ended_session_is_refused_by_the_other_worker(workers: tuple[Server, Server]) -> None:
    """Within a second, which is held where no machine is busy: in tests/gate/test_ended.py."""
    one, two = workers
    with enter(one) as client:
        assert at(client, two).status_code == 200
        token = {**SCRIPT, "Cookie": f"{TOKEN}={client.cookies[TOKEN]}"}
        at(client, one, "/tickets/done")

        def is_refused() -> bool:
            answer = httpx.get(f"{two.url}/tickets", headers=token)
            return answer.status_code == 429 and answer.json()["you"] == "ended"

        assert in_time(is_refused)


@fault(
    "A worker is killed",
    inside="Go on at the next.",
    line="Have the same places.",
    new="Come behind them.",
    figure="0 places lost; cookies and the store hold everything.",
)
@pytest.mark.parametrize(
    "shared_url",
    ["sqlite", pytest.param("redis", marks=pytest.mark.thorough), OVER_POSTGRES],
    indirect=True,
)
def test_a_worker_that_is_killed_loses_no_place(shared_url: str, tmp_path: Path) -> None:
    env = settings(shared_url, session_seconds=600)
    with ExitStack() as stack:
        first = stack.enter_context(served(tmp_path, env))
        inside = stack.enter_context(enter(first))
        line = [
            stack.enter_context(httpx.Client(base_url=first.url, headers=PAGE, timeout=20))
            for _ in range(5)
        ]
        for client in line:
            assert client.get("/tickets").status_code == 202
        first.kill()
        second = stack.enter_context(served(tmp_path, env))
        newcomer = stack.enter_context(httpx.Client(base_url=second.url, headers=PAGE))
        assert newcomer.get("/tickets").status_code == 202
        places = [at(client, second, "/vwr/main/position").json() for client in (*line, newcomer)]
        assert [place["position"] for place in places] == [2, 3, 4, 5, 6, 7]
        assert at(inside, second).status_code == 200
        at(inside, second, "/tickets/done")
        assert enters(line[0], second)
        assert at(line[1], second).status_code == 202


def enters(client: httpx.Client, server: Server) -> bool:
    """Poll as a page does, and come when told."""
    is_told = in_time(lambda: at(client, server, "/vwr/main/position?door=1").json()["may_enter"])
    return is_told and at(client, server).status_code == 200


@fault(
    "Releases and workers come and go: a deploy",
    inside="Go on, at old and new workers.",
    line="Have the same places at each.",
    figure="0 places lost.",
)
@pytest.mark.parametrize(
    "shared_url",
    ["redis", pytest.param("sqlite", marks=pytest.mark.thorough), OVER_POSTGRES],
    indirect=True,
)
def test_workers_that_come_and_go_lose_no_place(shared_url: str, tmp_path: Path) -> None:
    """A rolling deployment: the new release stands beside the old one before that goes."""
    env = settings(shared_url, session_seconds=600)
    with ExitStack() as stack:
        old = stack.enter_context(ExitStack())
        servers = old.enter_context(served_by_two(tmp_path, env))
        inside = stack.enter_context(enter(servers[0]))
        line = [stack.enter_context(httpx.Client(headers=PAGE, timeout=20)) for _ in range(4)]
        for i, client in enumerate(line):
            assert at(client, servers[i % 2]).status_code == 202
        newer = stack.enter_context(served_by_two(tmp_path, env))
        for server in (*servers, *newer):
            found = [at(client, server, "/vwr/main/position").json() for client in line]
            assert [place["position"] for place in found] == [2, 3, 4, 5]
            assert at(inside, server).status_code == 200
        old.close()
        at(inside, newer[1], "/tickets/done")
        assert enters(line[0], newer[0])
        assert at(line[1], newer[1]).status_code == 202


@fault("Two stores serve one room", figure="One clear error in the log.")
def test_two_memory_stores_behind_one_secret_are_one_clear_error_in_the_log(
    tmp_path: Path,
) -> None:
    env = settings("memory://")
    with (
        served_by_two(tmp_path, env) as (one, two),
        httpx.Client(headers=PAGE) as client,
        enter(one),
    ):
        assert at(client, one).status_code == 202
        for _ in range(3):
            at(client, two, "/vwr/main/position")
            at(client, two)
        assert two.log.count("two stores serve this room") == 1
        assert "memory:// is another store in each process" in two.log
        assert "two stores" not in one.log
