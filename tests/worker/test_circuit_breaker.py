"""The circuit breaker: a store that does not answer is asked seldom, by one at a time."""

import asyncio
import logging
from itertools import pairwise

import pytest

from tests.support.clock import Clock
from tests.support.faults import fault
from vwr_middleware.blocking import finish
from vwr_middleware.errors import (
    RoomLost,
    StoreBusy,
    StoreCrowded,
    StoreDamaged,
    StoreUnavailable,
    WaitingRoomError,
)
from vwr_middleware.worker.circuit_breaker import Breaker


class FlakyStore:
    """Answers, or fails as it is told."""

    def __init__(self) -> None:
        self.error: WaitingRoomError | None = None
        self.calls = 0

    async def step(self) -> str:
        self.calls += 1
        if self.error is not None:
            raise self.error
        return "an answer"


@pytest.fixture
def store() -> FlakyStore:
    return FlakyStore()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(clock)


def fail(breaker: Breaker, store: FlakyStore) -> None:
    store.error = store.error or StoreUnavailable("gone")
    with pytest.raises(StoreUnavailable):
        finish(breaker.ask(store.step))


def test_whose_turn_comes_too_late_makes_no_outage(
    breaker: Breaker, store: FlakyStore, clock: Clock
) -> None:
    store.error = StoreCrowded("others are not done")
    fail(breaker, store)
    assert (breaker.is_open, breaker.errors) == (False, 1)
    store.error = StoreUnavailable("gone")
    fail(breaker, store)
    clock.pass_by(0.5)
    store.error = StoreCrowded("others are not done")
    fail(breaker, store)
    assert breaker.is_open
    assert not breaker.may_try, "it was the one try of this moment"
    fail(breaker, store)
    assert breaker.errors == 4
    clock.pass_by(0.5)
    store.error = None
    assert finish(breaker.ask(store.step)) == "an answer"


def test_after_a_failure_nobody_asks_for_a_moment(
    breaker: Breaker, store: FlakyStore, clock: Clock
) -> None:
    fail(breaker, store)
    for _ in range(10):
        clock.pass_by(0.04)
        fail(breaker, store)
    assert store.calls == 1
    assert not breaker.may_try
    clock.pass_by(0.2)
    assert breaker.may_try
    fail(breaker, store)
    assert store.calls == 2


@fault("The store is away: stopped, or cut off", figure="It is tried once a second.")
def test_the_store_is_asked_once_a_second_while_it_stays_away(
    breaker: Breaker, store: FlakyStore, clock: Clock
) -> None:
    fail(breaker, store)
    tried_at, begin = [], clock()
    for _ in range(600):
        clock.pass_by(0.1)
        before = store.calls
        fail(breaker, store)
        if store.calls > before:
            tried_at.append(clock() - begin)
    pauses = [round(b - a, 1) for a, b in pairwise(tried_at)]
    assert pauses == pytest.approx([1.0] * len(pauses), abs=0.11)


async def hangs() -> str:
    """A call whose answer has not come when its coroutine is sent on once."""
    await asyncio.sleep(0)
    return "never"


def test_one_call_tries_at_a_time(breaker: Breaker, store: FlakyStore, clock: Clock) -> None:
    fail(breaker, store)
    clock.pass_by(1)
    trying = breaker.ask(hangs)
    trying.send(None)
    store.error = None
    clock.pass_by(4)
    with pytest.raises(StoreUnavailable):
        finish(breaker.ask(store.step))
    assert store.calls == 1
    with pytest.raises(asyncio.CancelledError):
        trying.throw(asyncio.CancelledError())
    clock.pass_by(0.5)
    assert finish(breaker.ask(store.step)) == "an answer"


def test_a_try_that_never_ends_keeps_others_out_for_a_while_only(
    breaker: Breaker, store: FlakyStore, clock: Clock
) -> None:
    fail(breaker, store)
    clock.pass_by(1)
    trying = breaker.ask(hangs)
    trying.send(None)  # and its event loop ends without a word
    store.error = None
    clock.pass_by(5)
    assert finish(breaker.ask(store.step)) == "an answer"
    trying.close()


def test_calls_that_were_under_way_do_not_lengthen_the_pause(
    breaker: Breaker, store: FlakyStore, clock: Clock
) -> None:
    async def crowd() -> None:
        gone = asyncio.Event()

        async def call() -> str:
            await gone.wait()
            raise StoreUnavailable("gone")

        tasks = [asyncio.create_task(breaker.ask(call)) for _ in range(32)]
        await asyncio.sleep(0)
        gone.set()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(crowd())
    assert breaker.is_open
    clock.pass_by(0.5)
    assert finish(breaker.ask(store.step)) == "an answer"


def test_an_answer_ends_the_outage_whatever_it_is(
    breaker: Breaker, store: FlakyStore, clock: Clock
) -> None:
    fail(breaker, store)
    clock.pass_by(1)
    store.error = RoomLost("main")  # it is back, and empty
    with pytest.raises(RoomLost):
        finish(breaker.ask(store.step))
    assert not breaker.is_open
    assert breaker.spans_after(clock() - 2)[0] == 1


def test_one_line_says_that_it_is_gone_and_one_that_it_is_back(
    breaker: Breaker, store: FlakyStore, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(5):
        fail(breaker, store)
        clock.pass_by(6)
    store.error = None
    for _ in range(3):
        finish(breaker.ask(store.step))
    told = [(record.levelno, record.getMessage()) for record in caplog.records]
    assert told == [
        (logging.ERROR, "the store is unavailable, places are kept: gone"),
        (logging.WARNING, "the store is back after 30.0 s"),
    ]
    assert breaker.errors == 5


def test_of_a_damaged_store_is_told_where_it_was_met(
    breaker: Breaker, store: FlakyStore, caplog: pytest.LogCaptureFixture
) -> None:
    store.error = StoreDamaged("what is this?")
    store.error.__cause__ = ValueError()
    fail(breaker, store)
    assert "Traceback" in caplog.text


def test_of_an_outage_no_line_is_told_though_a_client_stumbled_over_it(
    breaker: Breaker, store: FlakyStore, caplog: pytest.LogCaptureFixture
) -> None:
    # As a cluster's client does while the first slot moves to a new node.
    store.error = StoreUnavailable("a slot is on its way")
    store.error.__cause__ = AttributeError()
    fail(breaker, store)
    assert "on its way" in caplog.text
    assert "Traceback" not in caplog.text


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    found = [record.getMessage() for record in caplog.records]
    caplog.clear()
    return found


def test_what_can_be_done_is_told_where_it_shows_only_after_the_first_error(
    breaker: Breaker, store: FlakyStore, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    hung_up = StoreUnavailable("hung up")
    refused, full = (
        StoreUnavailable("refused.", "correct it"),
        StoreUnavailable("full", "make room"),
    )
    for store.error in (hung_up, refused, full, hung_up, refused, full):
        fail(breaker, store)
        clock.pass_by(1)
    assert lines(caplog) == [
        "the store is unavailable, places are kept: hung up",
        "the store is still unavailable: refused: correct it",
        "the store is still unavailable: full: make room",
    ]
    store.error = None
    finish(breaker.ask(store.step))
    clock.pass_by(100)
    for store.error in (hung_up, refused):
        fail(breaker, store)
        clock.pass_by(1)
    assert "still unavailable: refused: correct it" in lines(caplog)[-1], "a later outage"


def test_of_a_store_that_comes_and_goes_is_told_once_a_minute_how_often(
    breaker: Breaker, store: FlakyStore, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(55):  # for nearly two minutes
        away(breaker, store, clock, 1.0)
        clock.pass_by(1.0)
    told = lines(caplog)
    assert len(told) == 4
    assert told[2].endswith("gone (and 29 times for a moment since the last message)")
    fail(breaker, store)
    assert lines(caplog) == []
    clock.pass_by(3.0)
    fail(breaker, store)
    store.error = None
    clock.pass_by(3.0)
    finish(breaker.ask(store.step))
    said, back = lines(caplog)
    assert said.startswith("the store is unavailable, places are kept: gone (and 24 times")
    assert back == "the store is back after 6.0 s"


def away(breaker: Breaker, store: FlakyStore, clock: Clock, seconds: float) -> tuple[float, float]:
    """One outage, from when to when."""
    began = clock()
    fail(breaker, store)
    clock.pass_by(seconds)
    store.error = None
    finish(breaker.ask(store.step))
    return began, clock()


def test_outages_before_the_last_are_remembered(
    breaker: Breaker, store: FlakyStore, clock: Clock
) -> None:
    finish(breaker.ask(store.step))
    outages = []
    for _ in range(60):
        outages.append(away(breaker, store, clock, 30))
        clock.pass_by(30)
        finish(breaker.ask(store.step))
    for began, ended in outages:
        assert all(map(breaker.was_away, (began, began + 15, ended)))
        assert not any(map(breaker.was_away, (began - 1, ended + 1)))
    fail(breaker, store)
    clock.pass_by(1)
    assert breaker.was_away(clock())
    assert not breaker.was_away(clock() - 2)
    assert breaker.was_away(outages[0][0])


def test_a_moment_between_two_outages_in_which_not_everybody_could_ask_is_none(
    breaker: Breaker, store: FlakyStore, clock: Clock
) -> None:
    finish(breaker.ask(store.step))
    long_ago, _ = away(breaker, store, clock, 30)
    clock.pass_by(60)
    finish(breaker.ask(store.step))
    first, _ = away(breaker, store, clock, 1)
    for _ in range(500):
        clock.pass_by(4)
        fail(breaker, store)
        assert breaker.was_away(clock() - 2)
        away(breaker, store, clock, 1)
    assert breaker.was_away(first)
    assert not breaker.was_away(first - 0.1)
    assert breaker.was_away(long_ago), "all those count as one"


def test_an_outage_that_a_worker_begins_in_began_before_it(
    breaker: Breaker, store: FlakyStore, clock: Clock
) -> None:
    _, ended = away(breaker, store, clock, 30)
    assert breaker.was_away(clock() - 3600)
    clock.pass_by(60)
    assert not breaker.was_away(ended + 1)
    finish(breaker.ask(store.step))
    began, _ = away(breaker, store, clock, 30)
    assert not breaker.was_away(began - 1), "of this one it has seen the beginning"


def test_an_outage_may_have_begun_while_a_worker_had_nothing_to_ask(
    breaker: Breaker, store: FlakyStore, clock: Clock
) -> None:
    for quiet, unknown in ((40, 40), (3600, 60)):
        finish(breaker.ask(store.step))
        answered = clock()
        clock.pass_by(quiet)
        found, ended = away(breaker, store, clock, 10)
        assert breaker.was_away(found - unknown + 1)
        assert not breaker.was_away(found - unknown - 1)
        clock.pass_by(100)
        assert breaker.spans_after(answered) == (10, unknown + 10 + 100)
        assert breaker.spans_after(ended) == (0, 0)


def test_of_a_store_that_is_only_busy_nobody_says_that_it_was_away(
    breaker: Breaker, store: FlakyStore, clock: Clock
) -> None:
    finish(breaker.ask(store.step))
    answered = clock()
    clock.pass_by(5)
    store.error = StoreBusy("others are served")
    with pytest.raises(StoreBusy):
        finish(breaker.ask(store.step))
    clock.pass_by(2)
    assert breaker.spans_after(answered) == (2, 0)


def test_how_long_the_store_was_away_is_known_afterwards(
    breaker: Breaker, store: FlakyStore, clock: Clock
) -> None:
    """A worker does not reckon with joins elsewhere in that time."""
    finish(breaker.ask(store.step))
    read_at = clock()
    clock.pass_by(10)
    fail(breaker, store)
    clock.pass_by(30)
    assert breaker.spans_after(read_at)[0] == 30
    store.error = None
    finish(breaker.ask(store.step))
    clock.pass_by(40)
    assert breaker.spans_after(read_at)[0] == 30
    assert breaker.spans_after(clock())[0] == 0


def test_another_outage_begins_with_a_short_pause_again(
    breaker: Breaker, store: FlakyStore, clock: Clock
) -> None:
    for _ in range(2):
        away(breaker, store, clock, 30)
        fail(breaker, store)
        assert not breaker.may_try
        clock.pass_by(0.5)
        assert breaker.may_try
        fail(breaker, store)


def test_a_store_that_was_gone_is_away_though_it_be_busy_next(
    breaker: Breaker, store: FlakyStore, clock: Clock
) -> None:
    store.error = StoreBusy("busy")
    fail(breaker, store)
    assert not breaker.is_away
    for store.error in (StoreUnavailable("gone"), StoreBusy("busy")):
        clock.pass_by(1)
        fail(breaker, store)
        assert breaker.is_away


def test_a_store_that_was_late_once_is_asked_again_soon(
    breaker: Breaker, store: FlakyStore, clock: Clock
) -> None:
    finish(breaker.ask(store.step))
    store.error = StoreBusy("late")
    with pytest.raises(StoreBusy):
        finish(breaker.ask(store.step))
    clock.pass_by(0.05)
    assert breaker.may_try


def test_a_store_that_hangs_is_away_three_seconds_after_its_last_answer_whoever_asks_then(
    clock: Clock, store: FlakyStore
) -> None:
    breaker = Breaker(clock)
    finish(breaker.ask(store.step))
    clock.pass_by(30)  # with nothing to ask
    store.error = StoreBusy("late")
    for _ in range(2):
        assert not breaker.is_away, "one answer may be late"
        with pytest.raises(StoreBusy):
            finish(breaker.ask(store.step))
        clock.pass_by(0.05)
    assert breaker.is_away
