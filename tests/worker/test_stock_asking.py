"""How the app is asked what is left: it may fail, lie or hang, and nothing else is harmed."""

import asyncio
import logging
import threading
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from tests.support.clock import Clock
from tests.support.house import House, inside, make_house, waiting
from tests.support.in_time import in_time
from vwr_middleware.line.constants import POSITIONS_MOST, STOCK_EVERY, STOCK_WAITS
from vwr_middleware.site.routing import Site
from vwr_middleware.stores.memory.store import MemoryStore
from vwr_middleware.worker.refresh import ask_of
from vwr_middleware.worker.stock_asking import (
    FAILED,
    LATE,
    NEGATIVE,
    NO_NUMBER,
    TOO_LARGE,
    NoCount,
    StockAsking,
    count_of,
)


class Whole:
    """As numpy's integers are: no `int`, and as good as one."""

    def __index__(self) -> int:
        return 7


@pytest.mark.parametrize(
    ("answer", "count"), [(0, 0), (420, 420), (3.0, 3), (Decimal(12), 12), (Whole(), 7)]
)
def test_what_is_a_whole_number_counts(answer: object, count: int) -> None:
    assert count_of(answer) == count


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        *((None, NO_NUMBER), ("420", NO_NUMBER), (True, NO_NUMBER), (2.5, NO_NUMBER)),
        *((float("nan"), NO_NUMBER), (Decimal("NaN"), NO_NUMBER), (b"1", NO_NUMBER)),
        *((-1, NEGATIVE), (-3.0, NEGATIVE), (float("-inf"), NEGATIVE)),
        *((POSITIONS_MOST + 1, TOO_LARGE), (10**400, TOO_LARGE), (1e300, TOO_LARGE)),
        *((float("inf"), TOO_LARGE), (Decimal("1e5000"), TOO_LARGE), ([4], NO_NUMBER)),
    ],
    ids=lambda value: str(value)[:12],
)
def test_what_is_none_is_named(answer: object, problem: int) -> None:
    with pytest.raises(NoCount) as raised:
        count_of(answer)
    assert raised.value.problem == problem


def asking(function: Callable[[], object], clock: Clock, **given: Any) -> StockAsking:
    return StockAsking("main", function, clock, clock, **given)


def answered(asked: StockAsking) -> tuple[int | None, int]:
    assert in_time(lambda: asked.hand_in() is not None)
    told = asked.hand_in()
    assert told is not None
    return told.left, told.problem


async def seven() -> int:
    return 7


def broken() -> int:
    raise OSError("the database is away")


@pytest.mark.parametrize(
    ("function", "told"),
    [(lambda: 7, (7, 0)), (seven, (7, 0)), (lambda: seven(), (7, 0)), (broken, (None, FAILED))],
    ids=["plain", "asynchronous", "a coroutine", "failing"],
)
def test_the_answer_is_handed_in_until_it_has_arrived(
    clock: Clock, function: Callable[[], object], told: tuple[int | None, int]
) -> None:
    asked = asking(function, clock)
    asked.begin()
    assert answered(asked) == told == answered(asked)
    asked.arrived(asked.hand_in())
    assert asked.hand_in() is None
    assert in_time(asked.may_ask)


def test_one_that_hangs_is_given_up_and_asked_again_only_once_it_has_ended(clock: Clock) -> None:
    ends, asked_for = threading.Event(), list[int]()

    def hangs() -> int:
        asked_for.append(1)
        ends.wait(30)
        return 5

    asked = asking(hangs, clock)
    asked.begin()
    assert asked.hand_in() is None and not asked.may_ask()
    clock.pass_by(STOCK_WAITS + 0.1)
    assert answered(asked) == (None, LATE)
    assert not asked.may_ask()
    ends.set()
    assert in_time(asked.may_ask)
    assert answered(asked) == (None, LATE), "an answer that comes too late is none"
    assert asked_for == [1]


def test_an_asynchronous_function_runs_in_the_loop_of_the_app(clock: Clock) -> None:
    loops = []

    async def left() -> int:
        loops.append(asyncio.get_running_loop())
        return 9

    async def serve() -> None:
        asked = asking(left, clock)
        asked.begin()
        await asyncio.sleep(0.01)
        assert answered(asked) == (9, 0)
        assert loops == [asyncio.get_running_loop()]

    asyncio.run(serve())


def test_a_failure_is_told_once_twice_four_times_and_the_recovery_too(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    answers: list[object] = [*["sold out"] * 4, 3]
    failures = []
    asked = asking(lambda: answers.pop(0), clock, run=_now, on_failure=lambda: failures.append(1))
    with caplog.at_level(logging.INFO, "vwr_middleware"):
        for _ in range(5):
            asked.begin()
    said = [record.getMessage() for record in caplog.records]
    assert [text.partition(". The")[0] for text in said[:-1]] == [
        f"room main: stock: it answered with something that is no whole number: 'sold out'"
        f" ({count} so far)"
        for count in (1, 2, 4)
    ]
    assert said[-1] == "room main: stock answers again"
    assert len(failures) == 4


def _now(work: Callable[[], None]) -> Callable[[], bool]:
    work()
    return lambda: False


def shop(clock: Clock, left: Callable[[], object], **settings: Any) -> House:
    """A house whose app is asked at once, in the same thread."""
    house = make_house(clock, stock=left, **settings)
    (view,) = house.site.store_access.views.values()
    asked = view.stock_asking
    assert asked is not None
    asked._run = _now
    return house


def test_two_workers_ask_in_turns(clock: Clock) -> None:
    asked = list[str]()

    def left(name: str) -> int:
        asked.append(name)
        return 50

    store = MemoryStore(clock)
    houses = [shop(clock, partial(left, name), store=store) for name in "ab"]
    for _ in range(10):
        for house in houses:
            house.pass_by(0.5)
    assert len(asked) == 5 // STOCK_EVERY + 1
    assert all(
        house.visitor().get("/vwr/main/status").json["stock"]["reach"] for house in houses
    ), "the answer of one is known to the other"


def test_no_request_asks_the_app(clock: Clock) -> None:
    threads = list[str]()

    def left() -> int:
        threads.append(threading.current_thread().name)
        return 5

    house = make_house(clock, stock=left)
    house.pass_by(1)
    assert in_time(lambda: bool(threads))
    assert threads == ["vwr-stock"]


def test_a_shell_that_only_looks_asks_nothing(clock: Clock) -> None:
    house = shop(clock, lambda: 5)
    house.pass_by(1)
    (view,) = house.site.store_access.views.values()
    clock.pass_by(60)
    view.only_looks = True
    ask = ask_of(view, clock())
    assert (ask.asks_stock, ask.stock) == (False, None)


def test_everybody_in_line_reads_within_one_poll_that_nothing_is_left(clock: Clock) -> None:
    left = [30]
    house = shop(clock, lambda: left[0], max_active=1, when_gone="close")
    inside(house)
    people = [waiting(house) for _ in range(3)]
    house.pass_by(6)
    told = people[0].get("/vwr/main/position").json
    assert told["state"] == "queueing" and told["odds"]["likely"] == "yes"
    left[0] = 0
    house.pass_by(6.5)
    answers = [person.get("/vwr/main/position").json for person in people]
    assert {answer["state"] for answer in answers} == {"closed"}
    assert {answer["odds"]["likely"] for answer in answers} == {"no"}
    newcomer = house.visitor().open()
    assert newcomer.status == 503
    left[0] = 4
    house.pass_by(6.5)
    again = [person.get("/vwr/main/position").json for person in people]
    assert [answer["position"] for answer in again] == [answer["position"] for answer in answers]
    assert {answer["state"] for answer in again} == {"queueing"}
    assert house.told("stock_gone") == ["0"] and house.told("stock_back") == ["4"]


def test_a_function_that_begins_to_fail_closes_nothing_and_leaves_the_last_number(
    clock: Clock,
) -> None:
    answers: list[Any] = [12]

    def left() -> object:
        return answers[0] or 1 // 0

    house = shop(clock, left, max_active=1)
    inside(house)
    person = waiting(house)
    house.pass_by(6)
    answers[0] = None
    house.pass_by(30)
    assert person.get("/vwr/main/position").json["odds"]["likely"] == "yes"
    house.pass_by(300)
    found = person.get("/vwr/main/position").json
    assert (found["odds"], found["state"]) == (None, "queueing")
    assert set(house.told("function_failed")) == {"stock"}


def test_a_site_without_the_function_has_nobody_to_ask(clock: Clock) -> None:
    site = make_house(clock).site
    assert isinstance(site, Site)
    assert [view.stock_asking for view in site.store_access.views.values()] == [None]
