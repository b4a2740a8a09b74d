"""What every store counts of the ranges that people were told: which are settled, and how."""

from collections.abc import Callable
from itertools import count

import pytest

from tests.support.rooms import Room
from vwr_middleware.line.constants import (
    MARGIN_FIRST,
    MARGIN_STEP,
    RANGES_OPEN,
    RANGES_STEP,
    RECORD_SAMPLE,
    RECORD_SPAN,
)
from vwr_middleware.line.messages import Inlet, Snapshot, ToldRange

Rooms = Callable[..., Room]

HOLD = Inlet(calls=False)


def tell(room: Room, position: int, low: float = 10, high: float = 20, level: int = 25) -> None:
    """Somebody in line is told a range, and has polled."""
    room.clock.pass_by(RANGES_STEP)
    now = room.clock()
    room.look(position, inlet=HOLD, marks=[ToldRange(level, position, now + low, now + high)])


def enters(room: Room, position: int) -> Snapshot:
    """The line is called up to there, and this one goes in."""
    room.advance(position - room.look(position, inlet=HOLD).serving)
    room.claim(position)
    return room.look(inlet=HOLD)


@pytest.fixture
def main(make_room: Rooms) -> Room:
    """A room with people in line."""
    room = make_room(mode="queue", max_active=100)
    room.join(60)
    return room


@pytest.mark.parametrize(
    ("after", "held", "margins"),
    [(5, 0, (0.9, -0.1)), (15, 1, (-0.1, -0.1)), (25, 0, (-0.1, 0.9))],
    ids=["early", "in time", "late"],
)
def test_a_range_is_settled_when_its_visitor_goes_in(
    main: Room, after: float, held: int, margins: tuple[float, float]
) -> None:
    tell(main, 25)
    main.clock.pass_by(after)
    read = enters(main, 25)
    assert read.record == [1, held, 1, held]
    moved = [MARGIN_FIRST + MARGIN_STEP * by for by in margins]
    assert read.margins["25"] == pytest.approx(moved)


def test_a_range_is_missed_as_soon_as_its_latest_moment_passes(main: Room) -> None:
    """So whoever leaves then does not make the record better."""
    tell(main, 25)
    main.clock.pass_by(21)
    assert main.look(inlet=HOLD).record == [1, 0, 1, 0]
    assert enters(main, 25).record == [1, 0, 1, 0], "once"


def test_who_is_called_and_waits_for_a_slot_is_not_in_yet(main: Room) -> None:
    tell(main, 25)
    main.advance(25)
    main.clock.pass_by(15)
    assert main.look(25, inlet=HOLD).record == [0, 0, 0, 0]
    main.clock.pass_by(6)
    assert main.look(25, inlet=HOLD).record == [1, 0, 1, 0]


def test_who_is_absent_or_leaves_does_not_count(main: Room) -> None:
    tell(main, 24)
    main.leave(24)
    main.clock.pass_by(100)
    assert main.look(inlet=HOLD).record == [0, 0, 0, 0], "left before its time"
    tell(main, 25, high=1000)
    main.clock.pass_by(100)
    main.advance(25)
    assert main.look(inlet=HOLD).record == [0, 0, 0, 0], "nobody was there when it was called"
    now = main.clock()
    main.clock.pass_by(RANGES_STEP)
    main.look(inlet=HOLD, marks=[ToldRange(25, 50, now + 40, now + 50)])
    main.clock.pass_by(100)
    assert main.look(inlet=HOLD).record == [0, 0, 0, 0], "never heard"


@pytest.mark.parametrize("mode", ["paused", "closed"])
def test_a_room_that_is_paused_or_closed_withdraws_its_ranges(main: Room, mode: str) -> None:
    tell(main, 25)
    main.change(mode=mode)
    main.look(inlet=HOLD)
    main.change(mode="queue")
    main.clock.pass_by(100)
    assert main.look(25, inlet=HOLD).record == [0, 0, 0, 0]


def test_a_range_that_comes_too_late_to_be_one_is_not_noted(main: Room) -> None:
    """The worker's reading was older: somebody was called meanwhile, or should have been."""
    main.advance(10)
    tell(main, 10)
    tell(main, 20, low=-9, high=-1)
    main.clock.pass_by(60)
    main.advance(10)
    assert main.look(10, 20, inlet=HOLD).record == [0, 0, 0, 0]


def test_so_many_ranges_of_a_depth_are_open_evenly_in_time(main: Room) -> None:
    for _ in range(4):
        tell(main, 25, high=RANGES_OPEN * RANGES_STEP * 2)
    for position in range(30, 60):
        tell(main, position, high=1000 * RANGES_STEP, level=50)
    main.clock.pass_by(1001 * RANGES_STEP)
    read = main.look(25, *range(30, 60), inlet=HOLD)
    assert read.record[0] == 2 + 1, "each second of the one, and one of the other"


def test_the_record_forgets_what_is_older_than_a_day(main: Room) -> None:
    tell(main, 25)
    main.clock.pass_by(21)
    main.look(inlet=HOLD)
    main.clock.pass_by(3600)
    assert main.look(inlet=HOLD).record == [1, 0, 0, 0]
    main.clock.pass_by(RECORD_SPAN)
    assert main.look(inlet=HOLD).record == [0, 0, 0, 0]


def test_it_is_told_once_that_too_few_hold_and_once_that_enough_do(make_room: Rooms) -> None:
    main, positions = make_room(mode="queue", max_active=1000), count(1)
    main.join(400)
    told: list[str] = []

    def settle(people: int, high: float) -> None:
        for level in range(people):
            position = next(positions)
            main.clock.pass_by(RANGES_STEP)
            now = main.clock()
            main.look(position, inlet=HOLD, marks=[ToldRange(level, position, now, now + high)])
            main.clock.pass_by(3)
            for read in (main.look(position, inlet=HOLD), enters(main, position)):
                told.extend(name for name, _ in read.events if name.startswith("estimates"))

    settle(RECORD_SAMPLE - 1, high=2)
    assert told == [] and main.look(inlet=HOLD).estimates_off == 0
    settle(9, high=2)
    assert told == ["estimates_off"] and main.look(inlet=HOLD).estimates_off > 0
    settle(70, high=20)
    assert told == ["estimates_off", "estimates_back"]
    assert main.look(inlet=HOLD).estimates_off == 0
