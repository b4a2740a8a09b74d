"""What judges a simulated day: it finds each broken promise, and its figures are what they say."""

import re
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from vwr_middleware.simulate.observer import Entry, Observer, Sample
from vwr_middleware.simulate.result import Result
from vwr_middleware.simulate.scenario import Crowd
from vwr_middleware.simulate.summary import figures, show
from vwr_middleware.simulate.visitor import Visitor

START = 1_800_000_000.0


def observing(**rules: Any) -> Observer:
    """The judge of a room with these settings, which has stood empty since the morning."""
    observer = Observer()
    observer.change({"max_active": 2, "per_minute": None, "burst": None} | rules, START - 9000)
    return observer


def visitor(position: int, **more: Any) -> Visitor:
    return Visitor(position, 0.0, 0.0, position=position, joined=START, **more)


def let_in(observer: Observer, *positions: int, until: float = 600, at: float = 0) -> None:
    for position in positions:
        observer.let_in(visitor(position), f"1-{position}", START + until, START + at)


def test_whoever_is_let_in_above_the_limit_is_noticed() -> None:
    observer = observing()
    let_in(observer, 1, 2)
    assert observer.overshoot == 0
    let_in(observer, 3, 4)
    assert observer.overshoot == 2, "the most at one time"


def test_a_slot_is_free_from_the_moment_at_which_its_session_is_over() -> None:
    observer = observing()
    let_in(observer, 1, 2, until=10)
    observer.runs_until("1-2", START + 20)
    assert [observer.active(START + at) for at in (9.9, 10, 19.9, 20)] == [2, 1, 1, 0]
    let_in(observer, 3, 4, at=20)
    observer.ended("1-3", START + 20)
    let_in(observer, 5, at=20)
    assert observer.overshoot == 0


@pytest.mark.parametrize(
    ("refused", "inside", "expected"),
    [
        ([3], [1], 1),  # one slot, and it was the other's
        ([3], [], 0),  # one for each
        ([4, 3], [], 1),
        ([6], [1], 0),  # who stands behind is passed by nobody
    ],
)
def test_whoever_takes_the_slot_of_somebody_at_the_door_is_noticed(
    refused: list[int], inside: list[int], expected: int
) -> None:
    observer = observing()
    let_in(observer, *inside)
    for position in refused:
        observer.refuse(visitor(position))
    observer.obeys_no_more(visitor(2))  # who was not at the door
    let_in(observer, 5)
    assert observer.violations == expected


def test_nobody_is_waited_for_who_has_gone_or_entered_or_hides_the_page() -> None:
    observer = observing(max_active=9)
    for position in (1, 2):
        observer.refuse(visitor(position))
        observer.refuse(visitor(position))  # with each poll
    observer.refuse(visitor(3, is_hidden=True))
    observer.obeys_no_more(visitor(2))
    let_in(observer, 1)
    observer.limit = 2
    let_in(observer, 9)
    assert observer.violations == 0


def test_a_pace_frees_no_more_slots_than_it_allows() -> None:
    observer = observing(max_active=100, per_minute=30, burst=3)
    observer.refuse(visitor(3))
    let_in(observer, 5, 6)
    assert observer.violations == 0
    let_in(observer, 7)
    assert observer.violations == 1, "the third at once was the other's"
    let_in(observer, 8, at=4)
    assert observer.violations == 1, "and so there were two more"


def waits(observer: Observer, position: int, **more: Any) -> Visitor:
    """Somebody who is in line, and asks as told unless said otherwise."""
    found = visitor(position, where="line", **more)
    observer.obeys(found)
    return found


def test_only_those_behind_overtake_and_only_while_somebody_asks_as_told() -> None:
    observer = observing(max_active=9)
    let_in(observer, 7)
    late = waits(observer, 4)
    let_in(observer, 3)
    let_in(observer, 8, at=28)
    let_in(observer, 9, at=29)
    observer.let_in(late, "1-4", START + 600, START + 30)
    assert observer.entries[-1] == Entry(START + 30, 4, 30.0, 2, 2.0)
    assert observer.slots_taken == 0, "there was a slot for each"


@pytest.mark.parametrize(("before", "taken"), [({}, 1), ({"asleep": True}, 0)])
def test_whoever_takes_the_slot_of_somebody_in_line_before_is_noticed(
    before: dict[str, Any], taken: int
) -> None:
    observer = observing()
    waits(observer, 4, **before)
    let_in(observer, 5)
    assert observer.slots_taken == 0
    let_in(observer, 6)
    assert observer.slots_taken == taken


@pytest.mark.parametrize("how", [{"has_script": False}, {"is_hidden": True}, {"asleep": True}])
def test_whoever_cannot_ask_as_told_is_overtaken_by_nobody(how: dict[str, Any]) -> None:
    observer = observing(max_active=9)
    late = waits(observer, 4, **how)
    let_in(observer, 7)
    observer.let_in(late, "1-4", START + 600, START + 30)
    assert observer.entries[-1].overtaken == 0


def test_it_is_known_when_slots_became_free() -> None:
    observer = observing()
    assert observer.freed == [START - 9000] * 2
    let_in(observer, 1, 2, until=10)
    observer.ended("1-1", START + 5)
    observer.active(START + 20)
    observer.change({"max_active": 3, "per_minute": None, "burst": None}, START + 30)
    assert observer.freed[2:] == [START + 5, START + 10, START + 30]


def test_with_a_pace_it_is_what_that_allows() -> None:
    observer = observing(max_active=9, per_minute=60, burst=1)
    let_in(observer, 1, 2, 3, at=0)
    let_in(observer, 4, at=2)
    assert len(observer.freed) == 3 + 2, "a burst counts as three while people are on their way"


def result(**changes: Any) -> Result:
    """A day of three visitors that is easily reckoned."""
    samples = [
        Sample(0.0, 0, 10, 0, 0, 0, 0, {}),
        Sample(10.0, 10, 10, 5, 6, 8, 0, {}),
        Sample(69.5, 0, 10, 20, 9, 9, 2, {}),  # within a minute of the first arrival
        Sample(70.0, 10, 10, 5, 4, 9, 3, {}),
        Sample(80.0, 5, 10, 5, 3, 9, 3, {}),
        Sample(90.0, 2, 10, 1, 1, 9, 3, {}),  # too few are left to fill the room
    ]
    entries = [
        Entry(START + 20, 1, 4.0, 0),
        Entry(START + 30, 2, 7270.0, 0),
        Entry(START + 50, 3, 10.0, 4, 1.5),
    ]
    asked = [
        (1, START, 20, 40),  # it took 20 s
        (2, START + 10, 15, 20),  # it took 20 s
        (3, START + 10, 1, 21),  # it took 40 s
        (9, START + 10, 1, 2),  # never entered
    ]
    given: dict[str, Any] = {
        "samples": samples,
        "entries": entries,
        "positions": [1, 2, 3],
        "overshoot": 1,
        "violations": 2,
        "slots_taken": 1,
        "freed": [START, START + 0.5, START + 9],
        "polls": 45,
        "status_reads": 180.0,
        "calls": {"refresh": 90, "join": 9},
        "crashes": 0,
        "missed": 3,
        "started": START,
        "totals": {},
        "app": None,
        "asked": asked,
    }
    return Result(**given | changes)


def test_the_figures_are_what_they_are_called() -> None:
    assert figures(result()) == {
        "lasted_seconds": 90,
        "arrived": 9,
        "entered": 3,
        "never_entered": 6,
        "used": 0.75,
        "over_the_limit": 1,
        "out_of_order": 2,
        "missed_turns": 3,
        "wait_seconds": {"median": 10, "p95": 7270, "most": 7270},
        "slots_taken": 1,
        "overtaken": 1,
        "overtaken_by": {"p50": 0, "p90": 4, "p99": 4, "most": 4},
        "overtaken_seconds": 1.5,
        "freed_within_a_second": 2,
        "told_range_held": 0.667,
        "told_range_width": 0.5,
        "told_each_ten_minutes": [{"minute": 0, "asked": 3, "held": 0.667, "width": 0.5}],
        "most_waiting": 9,
        "own_polls_per_second": 0.5,
        "status_reads_per_second": 2.0,
        "store_calls_per_second": 1.1,
        "store_calls": {"refresh": 90, "join": 9},
    }


def test_ranges_are_judged_for_each_ten_minutes_in_which_they_were_told() -> None:
    asked = [(1, START, 20, 40), (2, START + 10, 15, 20), *[(3, START + 1300, 0, 5)] * 30]
    entries = [Entry(START + 20, 1, 0, 0), Entry(START + 30, 2, 0, 0), Entry(START + 1306, 3, 0, 0)]
    told = result(asked=asked, entries=entries)
    assert {at: (n.asked, n.held) for at, n in told.told_in_turn().items()} == {
        0: (2, 1.0),
        20: (30, 0.0),
    }
    console = Console(file=StringIO(), width=300)
    show(told, console, Crowd(arrivals=[]))
    shown = " ".join(console.file.getvalue().split())  # type: ignore[attr-defined]
    assert "… each ten minutes 0% to 0% 0% to 0% in half of them" in shown, "two are too few"


#: A line of the day as it is drawn in the terminal.
CHART = re.compile("[▁▂▃▄▅▆▇█]")


def test_the_table_says_the_same() -> None:
    console = Console(file=StringIO(), width=300)
    show(result(), console, Crowd(arrivals=[], absent=0.5, gives_up=0.1, patience=90, bots=2))
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    lines = [line for line in shown.splitlines() if not CHART.search(line)]
    rows = {line[:22].strip(): " ".join(line[22:].split()) for line in lines}
    assert len(lines) < len(shown.splitlines()), "the day is drawn, too"
    assert rows == {
        "Simulated": "1 min 30 s",
        "Arrived": "9 at most 9 in line at once",
        "Entered": "3",
        "Never entered": "6 50% close the tab at once (--absent 0.5); 10% of the rest while they"
        " wait (--gives-up); others after 1 min 30 s on average (--patience);"
        " 2 never poll (--bots)",
        "Slots in use": "75.0% while enough people waited to fill them",
        "Let in above the limit": "1",
        "Let in out of order": "2 ahead of somebody waiting at the door",
        "Wait, median": "10 s",
        "Wait, p95": "2 h 01 min longest 2 h 01 min",
        "Let in before others": "1 into a slot that somebody before needed, who asked as told",
        "Overtaken": "1 by 4 places at most, and for 1.5 s, by people who had slots of their own",
        "Wait range held": "67% median width 50% of the wait",
        "Position polls": "0.5/s",
        "Status reads": "2.0/s cacheable",
        "Store calls": "1.1/s",
    }


def test_a_day_on_which_nobody_came_has_figures_too() -> None:
    nobody = figures(result(samples=[], entries=[], asked=[], calls={}, polls=0, status_reads=0.0))
    assert nobody["used"] is nobody["told_range_held"] is nobody["told_range_width"] is None
    assert nobody["wait_seconds"] == {"median": 0, "p95": 0, "most": 0}
