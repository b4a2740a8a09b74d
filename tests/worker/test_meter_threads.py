"""What the threads of a worker measure of the app, all of them at one meter."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from vwr_middleware.worker.app_load import Meter


@pytest.fixture
def eager_threads() -> Iterator[None]:
    """Threads that take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("eager_threads")
def test_each_request_is_in_flight_until_it_is_answered_whichever_thread_has_its_turn() -> None:
    meter = Meter(0.0)
    for _ in range(50):
        meter.begin(0.0)  # and never answered

    def answer(requests: int) -> None:
        for _ in range(requests):
            began = meter.begin(0.0)
            meter.pause(0.0)
            meter.resume(0.0)
            meter.end(began, 0.0, 200)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(answer, [5000] * 8))
    load = meter.hand_in(0.0)
    assert (load.arrivals, load.finished) == (40050, 40000)
    assert meter.hand_in(10.0).in_flight == 500
