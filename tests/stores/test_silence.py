"""A crowd that falls silent at once: its store stood still, or what lies before the app."""

from collections.abc import Callable

import pytest

from tests.support.faults import fault
from tests.support.rooms import Room, seen_in
from vwr_middleware.blocking import finish
from vwr_middleware.line.constants import CROWD, NEAR_COUNT, PRESENCE_WINDOW, SETTLING
from vwr_middleware.line.messages import Seen

Rooms = Callable[..., Room]

GAP = 45.0  # in which nobody could be heard, and all sessions have run out
CHECKS = 5.0
SLOTS = 5


@pytest.fixture
def full(make_room: Rooms) -> Room:
    room = make_room(max_active=SLOTS, confirm_within=50)
    room.look()
    assert [turn.verdict for turn in room.join(SLOTS)] == ["entered"] * SLOTS
    return room


def wait(room: Room, count: int) -> range:
    """So many more get in line, and poll for a while."""
    room.join(count)
    line = range(SLOTS + 1, SLOTS + count + 1)
    room.look(*line)
    room.clock.pass_by(PRESENCE_WINDOW)
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
    full.clock.pass_by(2)
    assert line[SLOTS - 1] <= full.look().serving < line[2 * SLOTS], "then it enters in its order"


def test_a_silence_that_ends_in_the_next_window_is_one_too(full: Room) -> None:
    line = wait(full, 40)
    full.clock.pass_by(PRESENCE_WINDOW - full.clock() % PRESENCE_WINDOW)
    full.look(line[-1])  # who polls first in a window, and counts through the next
    full.clock.pass_by(25)
    assert full.look(line[-3]).serving == SLOTS


def pass_unheard(room: Room, seconds: float) -> None:
    """Nobody comes through to the app, whose health checks go on reading the room."""
    for _ in range(int(seconds / CHECKS)):
        room.clock.pass_by(CHECKS)
        room.look()


@fault(
    "A whole line is cut off for half a minute",
    line=("When the first are heard again, nobody is called until it is known who else is there."),
    figure="3 s.",
)
def test_a_crowd_that_is_cut_off_is_listened_to_when_the_first_are_back(full: Room) -> None:
    line = wait(full, 40)
    pass_unheard(full, 10 * GAP)
    served = [full.look(line[-3], line[-1]).serving]
    full.clock.pass_by(1)
    served.append(full.look(*line).serving)
    assert served == [SLOTS] * 2
    full.clock.pass_by(2)
    assert line[SLOTS - 1] <= full.look().serving < line[2 * SLOTS]


@pytest.mark.parametrize("before", [0, 10_000_000])
def test_each_silence_is_listened_to_however_many_were_before(
    make_room: Rooms, before: int
) -> None:
    room = make_room(max_active=SLOTS, mode="queue")
    room.look()
    finish(room.store.restore(room.name, Seen("f" * 16, 1, before, before, 0)))
    for _ in range(3):
        room.clock.pass_by(PRESENCE_WINDOW)
        room.look()
    room.join(100)
    line = range(before + 1, before + 101)
    for _ in range(4):
        room.look(*line)
        room.clock.pass_by(PRESENCE_WINDOW)
        served = [room.look(*line).serving]
        room.clock.pass_by(GAP + PRESENCE_WINDOW)
        served.append(room.look(line[-1]).serving)
        room.clock.pass_by(1)
        served.append(room.look(*line).serving)
        room.clock.pass_by(3)
        called = room.look(*line).serving - served[0]
        assert served == [served[0]] * 3
        assert 0 < called < 3 * SLOTS


@pytest.mark.parametrize("is_restored", [False, True])
def test_a_room_that_was_lost_listens_to_its_crowd_before_it_calls_anybody(
    full: Room, is_restored: bool
) -> None:
    line = wait(full, 40)
    seen = seen_in(full.look(), active=0)
    lost = Room(full.store, full.clock, full.settings, name="lost", seen=seen)
    if is_restored:
        lost.seen = None
        lost.look()
        finish(full.store.restore("lost", seen))
        lost.clock.pass_by(GAP)  # until those of old hear of it
    served = [lost.look(line[-3], line[-1]).serving]  # who happens to ask first
    lost.clock.pass_by(1)
    served.append(lost.look(*line[::2]).serving)
    assert served == [SLOTS] * 2
    lost.clock.pass_by(2)
    assert line[SLOTS - 1] <= lost.look(*line).serving < line[3 * SLOTS], "then in its order"


def test_of_a_long_line_that_was_lost_not_all_are_told_at_once_to_ask_often(full: Room) -> None:
    """Nobody knows any more who was heard. Those far back are heard when they are near."""
    seen = seen_in(full.look(), queue=100_000)
    lost = Room(full.store, full.clock, full.settings, name="lost", seen=seen)
    lost.look()
    first = SLOTS + 1
    for start in range(20):
        lost.clock.pass_by(0.5)
        read = lost.look(*range(first + start % 16, first + NEAR_COUNT, 16))
        assert read.horizon <= first + 2 * NEAR_COUNT + CROWD
    assert read.horizon >= first + NEAR_COUNT
    for _ in range(16):  # nobody of these is there any more, and the sessions run out
        lost.clock.pass_by(60)
        read = lost.look()
    assert read.horizon > 10 * NEAR_COUNT


def test_a_room_that_was_lost_with_nobody_in_line_listens_to_nobody(full: Room) -> None:
    seen = seen_in(full.look(), active=0)
    lost = Room(full.store, full.clock, full.settings, name="lost", seen=seen)
    lost.look()
    lost.clock.pass_by(SETTLING)
    assert lost.join()[0].verdict == "entered"


def test_a_silence_tells_nothing_of_how_many_are_there(full: Room) -> None:
    line = wait(full, 3000)
    near = line[:1000]
    pass_unheard(full, GAP)
    full.look(*near[::20])
    for _ in range(4):
        full.clock.pass_by(1)
        horizon = full.look(*near).horizon
    assert near[-1] < horizon < line[-1] / 2


def test_a_few_who_come_through_end_a_silence_but_not_those_from_before_it(full: Room) -> None:
    line = wait(full, 40)
    full.clock.pass_by(PRESENCE_WINDOW - full.clock() % PRESENCE_WINDOW)
    full.look(line[-1])
    pass_unheard(full, GAP)
    assert full.look(line[-3]).serving == SLOTS


def test_a_reset_waits_for_no_crowd(full: Room) -> None:
    wait(full, 40)
    pass_unheard(full, GAP)
    full.reset()
    full.look()
    assert full.join()[0].verdict == "entered"


def test_a_crowd_that_polls_slowly_is_not_silent(full: Room) -> None:
    line = wait(full, 40)
    for position in line[10:16]:
        full.clock.pass_by(14)
        served = full.look(position).serving
    assert served > SLOTS


def test_whoever_comes_when_a_crowd_has_gone_does_not_wait_for_it(full: Room) -> None:
    wait(full, 40)
    full.clock.pass_by(GAP)
    full.look()
    assert full.join()[0].verdict == "waiting"
    full.look(SLOTS + 41)
    full.clock.pass_by(3)
    assert full.look().serving == SLOTS + 41


def test_whoever_comes_behind_a_long_line_that_has_gone_is_called(full: Room) -> None:
    line = wait(full, 3000)
    pass_unheard(full, GAP)
    (newcomer,) = full.join()
    assert newcomer.verdict == "waiting"
    for _ in range(30):
        full.clock.pass_by(1)
        if full.look().horizon > line[-1]:  # beyond it a page does not say that it is there
            full.look(line[-1] + 1)
    assert full.look().serving == line[-1] + 1


def test_those_behind_are_reached_when_all_who_were_near_have_gone_for_good(full: Room) -> None:
    line = wait(full, 3000)
    pass_unheard(full, GAP)
    before = full.look().horizon
    pass_unheard(full, 180)
    assert before < line[-1] <= full.look().horizon


@pytest.mark.parametrize(("count", "verdict"), [(CROWD - 1, "entered"), (CROWD, "waiting")])
def test_a_few_who_are_gone_are_not_listened_for(full: Room, count: int, verdict: str) -> None:
    wait(full, count)
    full.clock.pass_by(GAP)
    full.look()
    assert full.join()[0].verdict == verdict


@pytest.mark.parametrize(("heard", "is_silent"), [(10, False), (9, True)])
def test_it_is_a_silence_if_of_four_not_one_is_heard(
    full: Room, heard: int, is_silent: bool
) -> None:
    line = wait(full, 40)
    full.clock.pass_by(PRESENCE_WINDOW)
    full.look(*line[:heard])
    full.clock.pass_by(PRESENCE_WINDOW)
    full.change(max_active=2 * SLOTS)
    assert (full.look(line[-1]).serving == SLOTS) == is_silent


@pytest.mark.parametrize("is_checked", [False, True])
def test_programs_that_ask_all_at_once_each_minute_are_called(
    full: Room, *, is_checked: bool
) -> None:
    line = wait(full, 40)
    for _ in range(2):
        pass_unheard(full, 60) if is_checked else full.clock.pass_by(60)
        served = full.look(*line).serving
    assert line[0] <= served


def test_programs_of_which_some_ask_just_behind_a_window_are_called(full: Room) -> None:
    line = wait(full, 40)
    full.clock.pass_by(PRESENCE_WINDOW - full.clock() % PRESENCE_WINDOW - 1)
    for _ in range(6):
        full.look(*line[:36])
        full.clock.pass_by(2)
        served = full.look(*line[36:]).serving
        full.clock.pass_by(58)
    assert line[0] <= served


def test_programs_that_take_no_place_enter_when_a_crowd_has_gone(full: Room) -> None:
    wait(full, 40)
    pass_unheard(full, GAP)
    verdicts = []
    for _ in range(2):
        verdicts += [turn.verdict for turn in full.join(kind="enter")]
        full.clock.pass_by(4)
        full.look()
    assert verdicts == ["refused", "entered"]
