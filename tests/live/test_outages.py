"""A real store that hangs, dies and loses its data under real workers: nobody loses a place."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
import redis

from tests.support.cases import rare
from tests.support.failing_valkey import FailingValkey
from tests.support.faults import fault
from tests.support.in_time import in_time
from tests.support.live import served, served_by_two, settings
from tests.support.scene import GONE, Scene
from tests.support.visitor import PAGE, SCRIPT, TOKEN

pytestmark = pytest.mark.long


@pytest.fixture
def scene(valkey: FailingValkey, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Scene]:
    """Settings come by `@pytest.mark.parametrize("scene", [{...}], indirect=True)`."""
    more = getattr(request, "param", {})
    # On a busy machine the answer to the first join may be late: then its slot is free soon again.
    env = settings(valkey.url, **{"session_seconds": 600, "confirm_within": 12, **more})
    with ExitStack() as stack:
        workers = stack.enter_context(served_by_two(tmp_path, env))
        inside = stack.enter_context(httpx.Client(headers=PAGE, timeout=20))
        admits = more.get("on_store_error") == "admit"
        scene = Scene(valkey, workers, inside, admits=admits)
        for worker in (0, 1):
            assert enters(scene, inside, worker)
        for i in range(4):
            client = stack.enter_context(httpx.Client(headers=PAGE, timeout=20))
            scene.line.append(client)
            assert comes(scene, client, i % 2)
            for worker in (0, 1):  # so that a session of seconds goes on
                assert scene.ask(inside, worker).status_code == 200
        # Where a machine is busy, the answer to a join may be late, and then its number is burned.
        scene.kept = scene.places(0)
        assert scene.kept == scene.places(1) == sorted({1, *scene.kept})[1:]
        assert scene.until(scene.is_back)
        scene.busy = scene.all_logs.count(GONE)
        yield scene


def fail(valkey: FailingValkey, how: str) -> None:
    if how == "hangs":
        valkey.hang()
    else:
        valkey.kill()


def recover(valkey: FailingValkey, how: str) -> None:
    if how == "hangs":
        valkey.go_on()
    else:
        valkey.start()


@fault(
    "The store hangs: it takes what it is asked, and answers nothing",
    inside="Notice nothing.",
    line="Keep their place.",
    new="A page that tries again by itself.",
    figure="One line in each worker's log.",
)
@pytest.mark.parametrize("how", ["hangs", rare("dies")])
def test_an_outage_costs_nobody_anything(scene: Scene, how: str) -> None:
    fail(scene.valkey, how)
    with httpx.Client(headers=PAGE, timeout=20) as newcomer:
        for _ in range(8):
            for worker in (0, 1):
                notice_nothing(scene, newcomer, worker)
            time.sleep(0.1)
        assert scene.all_logs.count(GONE) - scene.busy == 2  # one line a worker
        recover(scene.valkey, how)
        assert scene.until(scene.is_back)
        assert scene.places(0) == scene.places(1) == scene.kept
        assert comes(scene, newcomer, 0)
        # A join that was on its way when the store hung may have been carried out.
        assert scene.ask(newcomer, 1, "/vwr/main/position").json()["position"] > scene.kept[-1]
    assert scene.ask(scene.inside, 1).status_code == 200
    assert "Traceback" not in scene.all_logs


def notice_nothing(scene: Scene, newcomer: httpx.Client, worker: int) -> None:
    """What everybody sees of an outage."""
    assert scene.ask(scene.inside, worker).status_code == 200
    assert scene.places(worker) == scene.kept
    told = scene.ask(scene.line[0], worker, "/vwr/main/position").json()
    page = scene.ask(scene.line[0], worker)
    if page.headers["vwr-state"] != "waiting":  # until this worker has asked the store again
        assert page.headers["vwr-state"] == "store-down"
        assert "We are keeping your place" in page.text
    assert told["you"] == "waiting"
    page = scene.ask(newcomer, worker)
    assert (page.status_code, page.headers["vwr-state"]) == (202, "store-down")
    assert not newcomer.cookies
    assert scene.ask(scene.line[0], worker, "/vwr/main/position").json()["store"] == "down"
    assert scene.ask(newcomer, worker, "/vwr/healthz").json()["store"] == "down"
    assert scene.ask(newcomer, worker, "/vwr/readyz").status_code == 503


def enters(scene: Scene, client: httpx.Client, worker: int) -> bool:
    """Whether somebody is let in, asking on as the page does: a busy machine is slow."""
    return in_time(lambda: scene.ask(client, worker).status_code == 200)


def comes(scene: Scene, client: httpx.Client, worker: int) -> bool:
    """Whether somebody gets a place, asking on as the page does: a busy machine is slow."""

    def has_place() -> bool:
        status = scene.ask(client, worker).status_code
        assert status == 202 or (scene.admits and not client.cookies)
        return bool(client.cookies)

    return in_time(has_place)


@fault(
    "The store hangs: it takes what it is asked, and answers nothing",
    line="They are not let in with newcomers: their turn comes in order.",
)
@pytest.mark.parametrize("scene", [{"on_store_error": "admit"}], indirect=True)
def test_newcomers_are_admitted_where_the_settings_say_so_and_the_line_is_not(
    scene: Scene,
) -> None:
    scene.valkey.hang()
    with httpx.Client(headers=PAGE, timeout=20) as newcomer:
        assert scene.until(lambda: scene.all_logs.count(GONE) >= 2 + scene.busy)
        for worker in (0, 1):
            assert enters(scene, newcomer, worker)
            assert scene.ask(scene.line[0], worker).status_code == 202
        scene.valkey.go_on()
        assert scene.until(scene.is_back)
        # Where a machine is busy, the store may be late once more.
        assert scene.until(lambda: scene.ask(newcomer, 0).status_code == 202)


@fault(
    "The store hangs: it takes what it is asked, and answers nothing",
    inside="Go on if their session has run out meanwhile.",
)
@pytest.mark.parametrize(
    "scene", [{"session_seconds": 4, "confirm_within": 4, "session_grace": 1}], indirect=True
)
def test_a_session_that_ran_out_during_an_outage_goes_on(scene: Scene) -> None:
    scene.valkey.hang()
    until = time.monotonic() + 6
    while time.monotonic() < until:
        for worker in (0, 1):
            assert scene.ask(scene.inside, worker).status_code == 200
        time.sleep(0.2)
    scene.valkey.go_on()
    assert scene.until(scene.is_back)
    # It is registered again: its token is new, and its slot is taken.
    answer = scene.ask(scene.inside, 0)
    assert answer.status_code == 200
    assert scene.ask(scene.inside, 1).status_code == 200
    with httpx.Client(headers=PAGE, timeout=20) as newcomer:
        assert scene.ask(newcomer, 0).status_code == 202


@fault(
    "The store has lost its data",
    inside="Go on, at every worker.",
    line="Have the same places.",
    new="Come behind them all.",
    figure="Lost twice within 3 s.",
)
def test_data_that_is_lost_is_put_together_again_from_what_the_workers_saw(scene: Scene) -> None:
    for _ in range(2):
        with redis.Redis.from_url(scene.valkey.url) as client:
            client.flushall()
        time.sleep(1.2)
        assert scene.places(0) == scene.kept
        assert scene.places(1) == scene.kept
        assert scene.ask(scene.inside, 0).status_code == 200
        assert scene.ask(scene.inside, 1).status_code == 200
    with httpx.Client(headers=PAGE, timeout=20) as newcomer:
        assert comes(scene, newcomer, 1)
        place = scene.ask(newcomer, 0, "/vwr/main/position").json()
        assert place["position"] > scene.kept[-1]
        assert place["generation"] == 1
    scene.ask(scene.inside, 0, "/tickets/done")
    assert scene.until(lambda: _enters(scene))
    assert "two stores" not in scene.all_logs
    assert "Traceback" not in scene.all_logs


def _enters(scene: Scene) -> bool:
    told = scene.ask(scene.line[0], 0, "/vwr/main/position?door=1").json()
    return bool(told["may_enter"]) and scene.ask(scene.line[0], 0).status_code == 200


@fault(
    "The store is away: stopped, or cut off",
    inside="Who is done is out at once, and the slot is free when it is back.",
)
def test_an_ending_during_an_outage_is_told_when_the_store_is_back(scene: Scene) -> None:
    scene.valkey.hang()
    assert scene.until(lambda: scene.all_logs.count(GONE) >= 2 + scene.busy)
    token = scene.inside.cookies[TOKEN]
    assert scene.ask(scene.inside, 0, "/tickets/done").status_code == 200
    headers = {**SCRIPT, "Cookie": f"{TOKEN}={token}"}
    with httpx.Client(headers=headers, timeout=20) as again:
        assert scene.ask(again, 0).json()["you"] == "ended"
        scene.valkey.go_on()
        assert scene.until(scene.is_back)
        assert scene.until(lambda: _enters(scene))
        # Within a second every worker has heard of it.
        assert scene.until(lambda: scene.ask(again, 1).json().get("you") == "ended")


@fault(
    "A worker starts while the store is away",
    new="A page that tries again by itself; unprotected paths are served.",
)
def test_a_worker_that_starts_during_an_outage_serves_and_recovers(
    valkey: FailingValkey, tmp_path: Path
) -> None:
    valkey.kill()
    with (
        served(tmp_path, settings(valkey.url)) as worker,
        httpx.Client(base_url=worker.url, headers=PAGE, timeout=20) as client,
    ):
        assert client.get("/tickets").headers["vwr-state"] == "store-down"
        assert client.get("/about").status_code == 200
        assert client.get("/vwr/main/status").json()["store"] == "down"
        valkey.start()
        assert in_time(lambda: client.get("/tickets").status_code == 200)
        assert "Traceback" not in worker.log
