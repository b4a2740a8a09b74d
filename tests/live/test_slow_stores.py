"""A store that is late again and again, as on a busy machine, is not away; one that hangs is."""

import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest

from tests.support.failing_valkey import FailingValkey
from tests.support.faults import fault
from tests.support.live import settings
from tests.support.servers import free_port, running
from tests.support.visitor import PAGE

pytestmark = pytest.mark.long

ASGI = "uvicorn tests.support.served:app --host 127.0.0.1 --port {port} --workers {workers}"
WSGI = "gunicorn tests.support.served_flask:app -b 127.0.0.1:{port} -w {workers} --threads 24"


@contextmanager
def late_again_and_again(valkey: FailingValkey, seconds: float) -> Iterator[None]:
    """It stands still for so long, four times a second."""
    is_over = threading.Event()

    def stand_still() -> None:
        while not is_over.wait(0.25):
            valkey.hang()
            time.sleep(seconds)
            valkey.go_on()

    thread = threading.Thread(target=stand_still)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


@contextmanager
def serving(valkey: FailingValkey, command: str, workers: int, **more: object) -> Iterator[str]:
    port = free_port()
    env = {**os.environ, **settings(valkey.url, **more)}
    with running(command.format(port=port, workers=workers).split(), port, env) as url:
        yield url


@fault(
    "The store is slow, or too busy for a moment",
    new="Wait for their place, up to a second.",
    figure="Late by 0.1 s again and again, 24 at once: 290 of 300 joins at least.",
)
@pytest.mark.alone
def test_joins_wait_for_a_store_that_is_late(valkey: FailingValkey) -> None:
    with serving(valkey, ASGI, 1) as url:

        def join(_: int) -> int:
            return httpx.post(f"{url}/vwr/main/tickets", timeout=20).status_code

        with ThreadPoolExecutor(24) as pool, late_again_and_again(valkey, 0.1):
            answers = Counter(pool.map(join, range(300)))
    # Where others are busy too, some come when it has been late for longer than they wait.
    assert answers[201] >= 290, answers


@fault(
    "The store hangs: it takes what it is asked, and answers nothing",
    new="With `admit` they are let in 3 s after its last answer, at every worker.",
)
@pytest.mark.alone
@pytest.mark.parametrize("command", [ASGI, pytest.param(WSGI, marks=pytest.mark.thorough)])
@pytest.mark.parametrize("workers", [2, pytest.param(4, marks=pytest.mark.thorough)])
def test_newcomers_are_let_in_three_seconds_after_a_store_hangs_at_every_worker(
    valkey: FailingValkey, command: str, workers: int
) -> None:
    with serving(valkey, command, workers, on_store_error="admit") as url:
        for _ in range(20):  # so that workers have read the room, and it is full
            httpx.get(f"{url}/tickets", headers=PAGE, timeout=20)
        valkey.hang()
        time.sleep(3)
        for _ in range(10):  # a machine that is busy with other things may be late
            found = [httpx.get(f"{url}/tickets", headers=PAGE, timeout=20) for _ in range(16)]
            # A worker that none of the first requests has reached is asked twice before it
            # believes that its store is away.
            refused = [answer for answer in found if answer.status_code != 200]
            if len(refused) <= workers:
                break
        valkey.go_on()
    assert len(refused) <= workers
