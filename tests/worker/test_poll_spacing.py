"""Polls from far back are spaced out while a worker has too much to do."""

import logging

import pytest

from vwr_middleware.worker.poll_spacing import PollSpacing


class Worker:
    """A worker that reads its rooms twice a second, and works for this part of the time."""

    def __init__(self) -> None:
        self.now = self.work = 0.0
        self.in_line = 100_000
        self.spacing = PollSpacing(lambda: self.work)
        self.spacing.look(0.0, self.in_line)

    def goes_on(self, seconds: float, busy: float) -> float:
        for _ in range(round(2 * seconds)):
            self.now += 0.5
            self.work += 0.5 * busy
            self.spacing.look(self.now, self.in_line)
        return self.spacing.part


@pytest.fixture
def worker() -> Worker:
    return Worker()


def test_a_worker_with_time_to_spare_spaces_nothing_out(worker: Worker) -> None:
    assert worker.goes_on(600, busy=0.7) == 0


def test_a_short_burst_is_no_reason(worker: Worker) -> None:
    worker.goes_on(60, busy=0.2)
    assert worker.goes_on(2, busy=1.0) == 0


def test_a_full_core_spaces_them_out_within_a_minute_and_says_so_once(
    worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "vwr_middleware")
    assert 0 < worker.goes_on(20, busy=0.95) < 1
    assert worker.goes_on(40, busy=0.95) == 1
    assert [record.getMessage() for record in caplog.records] == [
        "this worker's core is full: those far back in line are told to ask up to every 300 s, not"
        " every 60 s, until it has time to spare"
    ]


def test_a_worker_that_is_busy_with_its_app_says_nothing_of_a_line_that_is_short(
    worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    worker.in_line = 12_000
    assert worker.goes_on(120, busy=0.95) == 0
    assert not caplog.records


def test_what_helps_is_kept_until_there_is_time_to_spare(worker: Worker) -> None:
    worker.goes_on(120, busy=0.95)
    assert worker.goes_on(600, busy=0.65) == 1
    assert 0 < worker.goes_on(240, busy=0.4) < 1
    assert worker.goes_on(360, busy=0.4) == 0


def test_after_a_while_in_which_nobody_asked_it_begins_anew(worker: Worker) -> None:
    worker.goes_on(120, busy=0.95)
    worker.now += 600
    worker.work += 1000
    assert worker.spacing.look(worker.now, worker.in_line) == 0


def test_where_the_work_is_not_known_nothing_is_spaced_out() -> None:
    spacing = PollSpacing(None)
    assert [spacing.look(now / 2, 100_000) for now in range(100)] == [0.0] * 100
