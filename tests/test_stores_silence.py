"""A crowd that falls silent at once: its store stood still, or what lies before the app."""

from collections.abc import Callable

import pytest

from tests.support.rooms import Room

Rooms = Callable[..., Room]

GAP = 45.0  # in which nobody could be heard, and all sessions have run out
SLOTS = 5


@pytest.fixture
def full(make_room: Rooms) -> Room:
    room = make_room(max_active=SLOTS, confirm_within=30)
    room.look()
    assert [turn.verdict for turn in room.join(SLOTS)] == ["entered"] * SLOTS
    return room


def wait(room: Room, count: int) -> range:
    """So many more get in line, and poll."""
    room.join(count)
    line = range(SLOTS + 1, SLOTS + count + 1)
    room.look(*line)
    return line


def test_old_steps_that_a_store_finds_after_standing_still_call_no_crowd(full: Room) -> None:
    line = wait(full, 40)
    full.clock.pass_by(GAP)
    served = [full.look(line[-3], line[-1]).serving]  # who polled just before
    served += [turn.serving for turn in full.join(2)]
    full.clock.pass_by(1)
    served.append(full.look(*line[::2]).serving)  # what one worker knows
    assert served == [SLOTS] * 4


def test_after_it_was_listened_to_a_crowd_enters_in_its_order(full: Room) -> None:
    line = wait(full, 40)
    full.clock.pass_by(GAP)
    full.look(line[-1])
    full.clock.pass_by(1)
    full.look(*line)
    full.clock.pass_by(2)
    assert line[SLOTS - 1] <= full.look().serving < line[2 * SLOTS]


def test_whoever_comes_when_a_crowd_has_gone_does_not_wait_for_it(full: Room) -> None:
    wait(full, 40)
    full.clock.pass_by(GAP)
    full.look()
    assert full.join()[0].verdict == "waiting"
    full.clock.pass_by(3)
    newcomer = full.look(SLOTS + 41)
    assert newcomer.serving == SLOTS + 41


def test_a_few_who_are_gone_are_not_listened_for(full: Room) -> None:
    wait(full, 19)
    full.clock.pass_by(GAP)
    full.look()
    assert full.join()[0].verdict == "entered"
