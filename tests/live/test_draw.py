"""Live crowds go through draws on two workers: no place is lost, none is given twice, and people
come in in the order that was drawn.

The order is exact, as it is of every line: whoever asks within the interval that was told comes in
before everybody behind. Who is there, and who stands at the door, is lost with a store, and is
learnt again from those who ask, before anybody is called. So what was asked before the loss does
not count as asked: whoever asks again is in order from then on.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from benchmarks.hold.crowd import Plan
from benchmarks.hold.stores import NAMESPACE
from tests.support.drawn_crowd import ABSENT, DrawnCrowd, kill_a_worker
from tests.support.lost import lose_all
from tests.support.servers import free_port, running_process
from vwr_middleware.blocking import finish
from vwr_middleware.draw.record import DrawRecord, read_record
from vwr_middleware.line.constants import LEAD_LEAST
from vwr_middleware.stores.opening import open_store

pytestmark = [pytest.mark.crowd, pytest.mark.timeout(900)]

OPTIONS = ("--factory", "--no-access-log", "--log-level", "warning", "--timeout-keep-alive", "90")
SLOTS, STAY, PER_SECOND = 20, 1.5, 80
#: So many are called at once: for the slots that are free, and for those that others will have left
#: until the called are there. Whoever is called and asks late is overtaken by the rest of these.
AT_ONCE = SLOTS * (1 + LEAD_LEAST / STAY)
#: Seconds from when all have registered until the opening.
BEFORE = 12.0
#: Seconds in which so many come in as a test waits for, at most, on a busy machine.
PATIENCE = 300.0


@dataclass
class Sale:
    """Two workers of one room, and its store."""

    url: str
    pid: int
    store: str
    opens_at: float = 0.0
    commitments: list[str] = field(default_factory=list)

    def published(self) -> dict[str, Any]:
        """What anybody reads of the draw."""
        told: dict[str, Any] = httpx.get(f"{self.url}/vwr/main/draw.json", timeout=20).json()
        return told

    def opens_soon(self) -> None:
        """An operator moves the opening."""
        self.commitments.append(self.published()["commitment"])
        self.opens_at, opened = time.time() + BEFORE, open_store(self.store, NAMESPACE)
        finish(opened.change("main", {"opens_at": self.opens_at}, who="an operator"))
        finish(opened.close())


@contextmanager
def sale(store: str, **settings: Any) -> Iterator[Sale]:
    """A room that draws."""
    given = {
        "secret_key": "for the tests of a real crowd, and nothing else",
        "store": store,
        "namespace": NAMESPACE,
        "paths": ["/tickets"],
        "max_active": SLOTS,
        "draw": True,
        **settings,
    }
    port = free_port()
    command = ["uvicorn", "benchmarks.apps.asgi:ours", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--workers", "2", *OPTIONS]
    with running_process(command, port, {"BENCHMARK_SETTINGS": json.dumps(given)}) as process:
        yield Sale(f"http://127.0.0.1:{port}", process.pid, store)


@contextmanager
def crowd_of(people: int, at: Sale) -> Iterator[DrawnCrowd]:
    """Those who come, as long as the test looks at them."""
    crowd = DrawnCrowd(Plan(people, PER_SECOND, SLOTS, STAY), at.url)
    try:
        yield crowd
    finally:
        crowd.connections.close()


def once(is_time: Callable[[], bool], do: Callable[[], object]) -> Callable[[], bool]:
    """Whether it was done, as soon as its time has come."""
    done = False

    def look() -> bool:
        nonlocal done
        if not done and is_time():
            done = True
            do()
        return done

    return look


def judge(crowd: DrawnCrowd, record: DrawRecord, commitment: str) -> str:
    """Each has one place, the very one that everybody can work out, and no two have the same."""
    assert record.commitment == commitment
    visits, order = crowd.draw_visits, crowd.order
    numbers = list(visits.numbers.values())
    assert len(set(numbers)) == len(numbers)
    assert len(visits.places) == crowd.stay > (record.count or 0) / 2, "nobody's place is lost"
    for ticket, places in visits.places.items():
        assert places == {record.place_of(visits.numbers[ticket])}, "somebody's place has changed"
    assert len(visits.there) == len(visits.places)
    first = [place for _, place in order.came_in]
    came_late = sum(record.number_at(place) > (record.count or 0) // 2 for place in first)
    assert 0.2 < came_late / len(first) < 0.8, "by lot, and not by who came first"
    return (
        f"{record.count:,} drawn, {len(visits.places):,} of them there, {visits.entered:,} came in;"
        f" at most {order.most_inside} of {order.limit} inside, {order.out_of_order} and"
        f" {visits.in_line.out_of_order} out of order; {dict(visits.errors)} of {crowd.answers:,}"
    )


def only_told_to_come_again(crowd: DrawnCrowd) -> bool:
    """A store on a busy machine may be too late for a few, who are told so and ask once more."""
    errors = crowd.draw_visits.errors
    return all(what.startswith("503 ") for what in errors) and errors.total() < crowd.answers / 100


@pytest.mark.parametrize(
    ("shared_url", "people"),
    [("sqlite", 2000), ("redis", 2000), ("postgres", 600)],
    indirect=["shared_url"],
)
def test_a_crowd_is_drawn_and_comes_in_in_order_though_its_store_loses_all(
    shared_url: str, people: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with sale(shared_url, opens_at=time.time() + 3600) as held, crowd_of(people, held) as crowd:
        crowd.registers()
        held.opens_soon()
        there = (1 - ABSENT) * people
        lost_at = 0.0

        def lose() -> None:
            nonlocal lost_at
            lose_all(held.store)
            lost_at = time.monotonic()
            crowd.store_was_lost()

        is_lost = once(lambda: crowd.draw_visits.entered > there / 8, lose)
        crowd.goes_on(lambda: is_lost() and crowd.draw_visits.entered > there / 3, PATIENCE)
        record = read_record(held.published())
        said = judge(crowd, record, *held.commitments)
    before, after = crowd.order.most_overtaken(until=lost_at), crowd.order.most_overtaken(lost_at)
    with capsys.disabled():
        print(f"\n{shared_url.partition(':')[0]}: {said}; overtaken by {before}, by {after} since")
    assert crowd.draw_visits.entered > there / 3
    assert only_told_to_come_again(crowd)
    assert crowd.order.over_limit == crowd.order.out_of_order == 0
    assert crowd.draw_visits.in_line.out_of_order == 0
    assert max(before, after) <= AT_ONCE, "called in order"


@pytest.mark.parametrize("shared_url", ["sqlite", "redis", "postgres"], indirect=True)
def test_a_worker_that_is_killed_in_the_middle_of_a_draw_takes_no_place_along(
    shared_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    people = 400
    with sale(shared_url, opens_at=time.time() + 3600) as held, crowd_of(people, held) as crowd:
        crowd.registers()
        held.opens_soon()
        is_killed = once(
            lambda: time.time() > held.opens_at - 0.05, lambda: kill_a_worker(held.pid)
        )
        there = (1 - ABSENT) * people
        crowd.goes_on(lambda: is_killed() and crowd.draw_visits.entered > there / 3, PATIENCE)
        said = judge(crowd, read_record(held.published()), *held.commitments)
    with capsys.disabled():
        print(f"\n{shared_url.partition(':')[0]}: {said}")
    assert crowd.draw_visits.entered > there / 3
    assert all(what.startswith("no answer") for what in crowd.draw_visits.errors)
    assert crowd.order.over_limit == crowd.order.out_of_order == 0


@pytest.mark.parametrize("shared_url", ["sqlite", "redis", "postgres"], indirect=True)
def test_two_openings_of_one_list_are_drawn_one_after_the_other(
    shared_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    people, begins = 120, time.time() + 60  # a busy machine takes its time to serve and to register
    openings = [
        {"opens_at": begins, "closes_at": begins + 40, "draw": True},
        {"opens_at": begins + 90, "closes_at": begins + 600, "draw": True},
    ]
    said, records, crowds = [], [], []
    with sale(shared_url, openings=openings) as held:
        for opening in openings:
            with crowd_of(people, held) as crowd:
                crowd.registers()
                assert time.time() < opening["opens_at"], "all have registered in time"
                held.commitments.append(held.published()["commitment"])
                crowd.goes_on(all_are_through(crowd), opening["opens_at"] + 39 - time.time())
                records.append(read_record(held.published()))
                said.append(judge(crowd, records[-1], held.commitments[-1]))
                crowds.append(crowd)
            if opening is openings[0]:
                time.sleep(max(0.0, opening["closes_at"] + 1 - time.time()))
    with capsys.disabled():
        print(f"\n{shared_url.partition(':')[0]}: {said}")
    first, second = records
    assert second.generation > first.generation
    assert len({first.seed, second.seed, first.commitment, second.commitment}) == 4
    assert not crowds[0].draw_visits.numbers.keys() & crowds[1].draw_visits.numbers.keys()
    assert min(crowds[1].draw_visits.numbers.values()) <= 10, "registered anew, from 1"
    for crowd in crowds:
        assert only_told_to_come_again(crowd)
        assert crowd.draw_visits.entered > people / 3
        assert crowd.order.over_limit == crowd.order.out_of_order == 0


def all_are_through(crowd: DrawnCrowd) -> Callable[[], bool]:
    """Whether everybody who is there has come in, and is done."""
    return lambda: 0 < len(crowd.draw_visits.places) <= crowd.draw_visits.completed
