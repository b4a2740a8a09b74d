"""Overload: those inside first, then newcomers, in the order in which they came."""

import asyncio
import logging
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.faults import fault
from tests.support.rush import INSIDE, NEW, Core, evenly, part
from vwr_middleware.worker.appointment_book import LATEST, SOONEST, AppointmentBook
from vwr_middleware.worker.join_cost import JoinCost
from vwr_middleware.worker.overload import CROWD, FLOOR, Overload


def rush(core: Core, inside: float, per_second: float, seconds: float, lasts: float = 60) -> Core:
    """So many inside ask in a second, and so many newcomers come after two seconds."""
    core.comes(evenly(inside, lasts), INSIDE)
    core.comes(evenly(per_second, seconds, begin=2.0), NEW)
    core.run()
    return core


def test_who_comes_while_there_is_little_to_do_joins_at_once() -> None:
    core = rush(Core(), inside=200, per_second=500, seconds=5)
    assert core.overload.told == 0
    assert len(core.places) == 2500


@fault(
    "More newcomers come than a worker can give places to: a rush",
    figure="Three times as many as can join: those inside wait less than 0.25 s (p99, simulated).",
)
def test_in_a_rush_those_inside_wait_little_and_everybody_gets_a_place() -> None:
    core = rush(Core(), inside=200, per_second=2000, seconds=10)
    assert len(core.places) == 20_000
    assert core.overload.told > 10_000
    settled = [took for at, took in core.answers_inside if at > 1000 + 2 + 3]
    assert part(settled, 0.99) < 0.25
    assert max(core.first_answers) < 1.0, "a page within a second"


def test_near_what_a_worker_can_take_hardly_anybody_is_told_twice_and_it_does_not_idle() -> None:
    core = Core(inside=0.0006, join=0.00055, told=0.00015)  # as measured
    rush(core, inside=250, per_second=1700, seconds=15, lasts=40)
    assert len(core.places) == 25_500
    assert core.overload.told < 1.5 * len(core.places)
    assert part([took for _, took in core.answers_inside], 0.99) < 0.1
    joined = sorted(joined for _, joined in core.places)
    assert joined[int(0.9 * len(joined))] - 1000 < 45, "25 if it never idled"


def test_after_a_rush_a_steady_stream_of_newcomers_joins_at_once_again() -> None:
    core = Core(join=0.003, told=0.0008)
    core.comes(evenly(500, 3, begin=2.0), NEW)
    core.comes(evenly(60, 45, begin=5.0), NEW)  # a fourth of what it could take
    core.run()
    assert len(core.places) == 500 * 3 + 60 * 45
    late = [joined - since for since, joined in core.places if since - 1000 > 40]
    assert max(late) < 1.0, "of whom nobody was told to come again"


def test_a_first_moment_in_which_joins_were_cheap_sets_no_pace_for_the_rest() -> None:
    """As when the store took in one batch before anybody of it began to poll. What is told to
    newcomers then takes nearly all the time that those inside leave."""
    core = Core(inside=0.0005, join=0.0002, told=0.00015)
    core.comes(evenly(4500, 1), NEW)
    core.run()
    core.join = 0.0006
    core.comes(evenly(800, 15), INSIDE)
    core.comes(evenly(2500, 10), NEW)
    core.run()
    assert part([took for _, took in core.answers_inside], 0.5) < 0.1
    assert part([took for _, took in core.answers_inside], 0.99) < 1.0
    assert core.overload.told < 3 * len(core.places)


def test_without_the_rule_those_inside_wait_for_all_who_came_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Overload, "look", lambda self, now, late=0.0: None)
    core = rush(Core(), inside=200, per_second=2000, seconds=10)
    assert part([took for _, took in core.answers_inside], 0.99) > 10


def test_nobody_who_was_told_to_come_again_is_overtaken_by_more_than_the_spread() -> None:
    core = rush(Core(), inside=200, per_second=2000, seconds=10)
    assert part(core.overtaken, 0.99) < 0.1 * LATEST
    assert max(core.overtaken) < LATEST


@settings(max_examples=12, deadline=None)
@given(
    inside=st.integers(0, 400),
    per_second=st.integers(20, 2500),
    seconds=st.integers(1, 8),
    seed=st.integers(0, 1000),
)
def test_whatever_comes_everybody_gets_a_place_and_those_inside_are_not_behind_the_crowd(
    inside: int, per_second: int, seconds: int, seed: int
) -> None:
    core = rush(Core(told=0.0001, seed=seed), inside, per_second, seconds, lasts=seconds + 10)
    assert len(core.places) == per_second * seconds
    assert max(core.overtaken) < LATEST + SOONEST
    if inside:
        settled = [took for at, took in core.answers_inside if at > 1000 + 2 + 2]
        assert part(settled, 0.9) < 0.5
    core.now += 60
    core.overload.look(core.now)
    assert not core.overload.is_on, "and then it is over"


# ---- the book


def test_appointments_follow_each_other_as_fast_as_joins_are_made() -> None:
    book = AppointmentBook()
    book.open(100.0)
    given = [book.appoint(10.0) - 100.0 for _ in range(21)]
    assert given == pytest.approx([SOONEST + number / 10 for number in range(1, 22)])
    assert book.expects


def test_who_finds_no_place_at_an_appointment_comes_before_all_later_ones() -> None:
    book = AppointmentBook()
    book.open(100.0)
    given = [book.appoint(10.0) for _ in range(100)]
    book.go_on(105.0, 5.0, joined=1.0)
    due = [one for one in given if one <= book.reached]
    again = [book.comes_in(one, 105.0, 10.0) for one in due]
    assert again == pytest.approx([SOONEST + number / 10 for number in range(1, len(due) + 1)])
    last = book.comes_in(given[-1], 105.0, 10.0)
    assert last == pytest.approx(again[-1] + given[-1] - book.reached)


def test_an_appointment_is_kept_however_many_find_no_place_at_theirs() -> None:
    book = AppointmentBook()
    book.open(100.0)
    given = [book.appoint(10.0) for _ in range(1000)]
    for second in range(101, 150):
        book.go_on(float(second), 1.0, joined=1.0)
        for one in (one for one in given if one <= book.reached):
            book.comes_in(one, float(second), 10.0)
    assert book.reached == pytest.approx(149.0), "those who come later come in vain otherwise"


def test_where_many_more_come_than_can_join_the_next_seconds_are_for_telling_them() -> None:
    book = AppointmentBook()
    book.open(100.0)
    assert book.appoint(10.0, first_in=7.0) == pytest.approx(107.1)
    assert book.appoint(10.0, first_in=9.0) == pytest.approx(107.2), "in order"
    book.open(100.0)
    assert book.appoint(10.0, first_in=1000.0) == pytest.approx(110.1), "for ten at most"


def test_who_comes_a_moment_early_may_join_too() -> None:
    book = AppointmentBook()
    book.open(100.0)
    first = book.appoint(10.0)
    assert not book.has_come(first)
    book.go_on(101.0, 1.0, joined=1.0)
    assert book.has_come(first)
    assert not book.has_come(first + 1.0)
    assert not book.has_come(None), "while somebody is expected"


def test_they_come_sooner_where_many_have_given_up() -> None:
    book = AppointmentBook()
    book.open(100.0)
    last = [book.appoint(10.0) for _ in range(1000)][-1]
    for number in range(800):
        book.go_on(100.0 + number / 10, 0.1, joined=0.3)
    assert not book.expects
    assert book.reached < last + 0.1
    assert last > 199


def test_they_do_not_where_as_many_come_as_were_told() -> None:
    book = AppointmentBook()
    book.open(100.0)
    for _ in range(1000):
        book.appoint(10.0)
    for number in range(800):
        book.go_on(100.0 + number / 10, 0.1, joined=0.9)
    assert book.reached == pytest.approx(180.0)


def test_appointments_that_nobody_brings_keep_nobody_outside_for_long() -> None:
    overload = Overload(lambda: 100.0)
    looks(overload, 20, late=1.0)
    while overload.lets_in(None):
        pass
    for _ in range(120_000):  # a script asked for them: 20 minutes' worth of joins
        appointment, _ = overload.appoint(None)
    assert appointment > 100 + 1100
    looks(overload, 1200, begin=102.0)
    assert not overload.is_on, "two minutes later, though hardly anybody came"


def test_nobody_is_told_to_wait_for_longer_than_a_page_can_be_trusted_to() -> None:
    book = AppointmentBook()
    book.open(100.0)
    last = [book.appoint(1.0) for _ in range(1000)][-1]
    assert book.comes_in(last, 100.0, 1.0) == LATEST


# ---- what a join costs


@pytest.mark.parametrize("join", [0.0005, 0.001])
def test_what_a_join_costs_is_seen_from_how_the_work_goes_up_and_down(join: float) -> None:
    cost, rest = JoinCost(), 0.2
    for number in range(2000):
        joined = 100.0 + 300.0 * (number % 7) / 7
        cost.note(rest + join * joined, joined, 0.0)
    assert cost.of_each(rest + join * 300, 300.0, 0.0) == pytest.approx(join, rel=0.02)


def test_before_that_all_work_is_thought_to_be_for_joins() -> None:
    cost = JoinCost()
    assert cost.of_each(0.5, 500.0, 0.0) == pytest.approx(0.001)
    assert cost.of_each(0.0, 500.0, 0.0) == 0.0, "work that is not known says nothing"


def test_telling_people_to_come_again_is_work_too() -> None:
    cost = JoinCost()
    assert cost.of_each(0.5, 500.0, 1000.0) == pytest.approx(0.5 / 1000)


# ---- what it looks at


def looks(overload: Overload, times: int, late: float = 0.0, begin: float = 100.0) -> None:
    for number in range(times):
        overload.look(begin + number / 10, late)


def test_a_late_event_loop_is_an_overload_and_a_late_moment_is_none() -> None:
    overload = Overload(lambda: 100.0)
    looks(overload, 2, late=0.1)
    assert not overload.is_on
    looks(overload, 8, late=0.1, begin=100.2)
    assert overload.is_on


def test_joins_that_wait_for_a_slow_store_are_an_overload_and_a_store_that_is_far_is_none() -> None:
    now = 100.0
    near, far = Overload(lambda: now), Overload(lambda: now, patience=3.0)
    few = Overload(lambda: now)
    for overload, waiting in ((near, CROWD), (far, CROWD), (few, CROWD - 1)):
        for _ in range(waiting):
            overload.begin_join()
        looks(overload, 9)
    assert (near.is_on, far.is_on, few.is_on) == (True, False, False)


def test_a_few_may_always_join(caplog: pytest.LogCaptureFixture) -> None:
    now = 100.0
    overload = Overload(lambda: now)
    looks(overload, 20, late=1.0)
    assert overload.is_on
    assert all(overload.lets_in(None) for _ in range(int(0.3 * FLOOR)))
    assert not overload.lets_in(None)
    assert caplog.records == [], "nobody had to come again so far"
    with caplog.at_level(logging.WARNING):
        overload.appoint(None)
        overload.appoint(None)
    assert len(caplog.records) == 1


def test_who_comes_anew_joins_only_when_nobody_is_expected_any_more() -> None:
    now = 100.0
    overload = Overload(lambda: now)
    looks(overload, 20, late=1.0)
    while overload.lets_in(None):
        pass
    appointment, seconds = overload.appoint(None)
    now += 1.0
    assert not overload.lets_in(None), "though there would be time for it by now"
    assert not overload.lets_in(appointment)
    for number in range(60):  # calm again
        overload.look(103.0 + number / 10)
    now = 110.0
    assert SOONEST < seconds < 1.2 * SOONEST
    assert overload.lets_in(appointment)
    assert overload.lets_in(None)


def test_where_hardly_anybody_comes_any_more_the_appointments_come_all_the_same() -> None:
    now = 100.0
    overload = Overload(lambda: now)
    looks(overload, 20, late=1.0)
    while overload.lets_in(None):
        pass
    appointment, seconds = overload.appoint(None)
    now += 2 + seconds
    assert overload.lets_in(appointment), "though nobody has looked since"
    assert not overload.is_on


def test_who_brings_one_appointment_again_and_again_puts_nobody_off_for_long() -> None:
    book = AppointmentBook()
    book.open(100.0)
    given = [book.appoint(100.0) for _ in range(1000)]
    book.go_on(105.0, 5.0, joined=1.0)
    for _ in range(20_000):
        book.comes_in(given[0], 105.0, 100.0)
    assert book.comes_in(given[1], 105.0, 100.0) <= 60
    assert book.comes_in(given[-1], 105.0, 100.0) <= 60 + given[-1] - book.reached


def test_an_event_loop_is_looked_at_while_newcomers_come_and_not_for_longer() -> None:
    overload = Overload(time.monotonic, in_loop=True)
    seen: list[float] = []
    look = overload.look

    def note(now: float, late: float = 0.0) -> None:
        seen.append(late)
        look(now, late)

    overload.look = note  # type: ignore[method-assign]

    async def busy() -> None:
        overload.end_join(overload.begin_join())
        await asyncio.sleep(0.15)
        overload.end_join(overload.begin_join())
        time.sleep(0.3)
        while len(seen) < 4:
            await asyncio.sleep(0.05)
        overload.is_on = False
        await asyncio.sleep(0.5)
        seen.append(-1.0)
        await asyncio.sleep(0.3)

    asyncio.run(asyncio.wait_for(busy(), 30))
    assert max(seen) > 0.05
    assert seen[-1] == -1.0
