"""A `notify` that never returns harms nobody else, and keeps no worker from ending."""

import asyncio
import threading
import time
from collections.abc import Iterator

import pytest

from tests.notices.test_telling import called, line_of_two
from tests.support.clock import Clock
from tests.support.house import House, make_house
from tests.support.our_log import our_log
from vwr_middleware.line.constants import SENT
from vwr_middleware.line.messages import Notice
from vwr_middleware.notices import notifier
from vwr_middleware.notices.room_notices import Report
from vwr_middleware.notices.sending import THREADS, Sending

#: Nothing here takes so long, unless a thread is waited for that hangs.
GENEROUS = 20.0


@pytest.fixture
def lasts() -> Iterator[threading.Event]:
    """What a thread that hangs waits for."""
    event = threading.Event()
    # If something waits for such a thread all the same, it fails rather than hangs.
    timer = threading.Timer(GENEROUS, event.set)
    timer.start()
    yield event
    timer.cancel()
    event.set()


def hanging_house(clock: Clock, lasts: threading.Event, hangs: threading.Event) -> House:
    def notify(notice: object) -> None:
        hangs.set()
        lasts.wait()

    house = make_house(clock, max_active=1, notify=notify, contact=lambda request: "someone")
    first, second = line_of_two(house)
    second.post("/vwr/main/notices")
    called(house, first)
    return house


def test_a_notify_that_hangs_holds_up_no_event_loop_that_ends(
    clock: Clock, lasts: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    hangs = threading.Event()
    house = hanging_house(clock, lasts, hangs)
    monkeypatch.setattr(type(house.site.store), "blocking", False)

    async def a_workers_life() -> None:
        task = asyncio.create_task(house.site.notifier._go_on())
        while not hangs.is_set():
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait([task])

    began = time.monotonic()
    asyncio.run(a_workers_life())
    assert time.monotonic() - began < GENEROUS / 2


def test_a_notify_that_hangs_is_logged_and_no_more_is_taken_than_can_be_sent(
    clock: Clock,
    lasts: threading.Event,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(notifier, "NOTICE_LEASE", 0.05)
    house = hanging_house(clock, lasts, threading.Event())
    sending = Sending()
    monkeypatch.setattr(type(house.site.store), "blocking", False)
    asyncio.run(house.site.notifier.round(sending))
    assert our_log(caplog, "room main: 1 notices are on their way")
    assert sending.free == THREADS - 1


def test_a_process_waits_for_no_thread_that_sends(lasts: threading.Event) -> None:
    def hang(notice: Notice) -> Report:
        lasts.wait()
        return Report(SENT)

    sending = Sending()
    jobs = sending.begin(hang, [Notice(position, "{}") for position in range(2 * THREADS)])
    until = time.monotonic() + GENEROUS
    while sum(job.running() for job in jobs) < THREADS and time.monotonic() < until:
        time.sleep(0.01)
    threads = [thread for thread in threading.enumerate() if thread.name.startswith("vwr-notice_")]
    assert len(threads) >= THREADS
    assert all(thread.daemon for thread in threads)
    assert sending.free == 0
    for job in jobs:
        job.cancel()
    lasts.set()
    assert [job.result(GENEROUS).again_in for job in jobs if not job.cancelled()] == [SENT] * 8
