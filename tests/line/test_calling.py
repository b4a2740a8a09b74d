"""How far the serving counter goes, and the mistakes that the rule must not make."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.clock import Clock
from tests.support.rooms import Room, new_line
from vwr_middleware.line import capacity
from vwr_middleware.line.calling import evaluate, fresh_after
from vwr_middleware.line.capacity import look_around
from vwr_middleware.line.constants import GHOST_PRIOR, LATENCY_FIRST, NEAR_COUNT
from vwr_middleware.line.messages import Inlet
from vwr_middleware.line.state import Line
from vwr_middleware.stores.memory.store import MemoryStore

NOW = 1_800_000_000.0


def room_of(clock: Clock, **settings: object) -> Room:
    room = Room(MemoryStore(clock), clock, {"mode": "queue", **settings})
    room.look()
    return room


def line_of(count: int, present: list[int], **settings: object) -> Line:
    """So many joined long ago; these polled just now."""
    line = new_line(NOW, mode="queue", **settings)
    numbers = line.numbers
    numbers.queue, numbers.window = count, int(NOW // 15)
    numbers.queue_log = [[NOW - 60, float(count)]]
    line.bits.note(present, numbers.window)
    look_around(line, NOW)
    return line


@given(
    present=st.lists(st.integers(1, 200), unique=True).map(sorted),
    limit=st.integers(1, 40),
    ghosts=st.floats(0, 200),
)
def test_evaluating_twice_is_evaluating_once(present: list[int], limit: int, ghosts: float) -> None:
    line = line_of(200, present, max_active=limit)
    line.numbers.ghost_missing, line.numbers.ghost_called = ghosts, 200.0
    first = evaluate(line, NOW)
    if first is not None:
        assert first[1] in present
        assert line.numbers.cohorts[0][3] == len([p for p in present if p <= first[1]])
    assert evaluate(line, NOW) is None
    assert (first is None) == (not present)


@given(present=st.lists(st.integers(1, 200), unique=True).map(sorted), limit=st.integers(1, 40))
def test_as_many_present_are_called_as_slots_are_free(present: list[int], limit: int) -> None:
    line = line_of(200, present, max_active=limit)
    evaluate(line, NOW)
    assert line.numbers.serving == (present[:limit] or [0])[-1]


def test_fewer_present_than_slots_do_not_call_all_the_rest() -> None:
    line = line_of(5000, [7, 30], max_active=500)
    assert evaluate(line, NOW) == (0, 30)


def test_the_counter_stays_within_the_horizon() -> None:
    line = line_of(5000, list(range(1, 5001)), max_active=3000)
    evaluate(line, NOW)
    assert line.numbers.serving == NEAR_COUNT


def test_the_counter_stays_below_a_ceiling_and_stands_where_the_operator_calls() -> None:
    line = line_of(50, list(range(1, 51)))
    line.numbers.inlet_serving = 20
    evaluate(line, NOW)
    assert line.numbers.serving == 20
    line.numbers.inlet_serving, line.numbers.inlet_calls = None, False
    assert evaluate(line, NOW) is None


def test_a_share_that_never_comes_is_made_up_for() -> None:
    line = line_of(200, list(range(1, 201)), max_active=10)
    line.numbers.ghost_missing, line.numbers.ghost_called = 60.0, 100.0
    evaluate(line, NOW)
    assert line.numbers.serving == 19  # half of them are not to be expected


def test_the_called_are_waited_for_by_what_they_had_been_told(clock: Clock) -> None:
    room = room_of(clock, max_active=2)
    room.join(10)
    assert room.look(1, 2, 3, 4, 5, 6).serving == 2
    clock.pass_by(3.999)
    assert room.look(3, 4, 5, 6).serving == 2
    clock.pass_by(0.001)
    assert room.look(3, 4, 5, 6).serving > 2


def test_bots_teach_nothing_about_people(clock: Clock) -> None:
    room = room_of(clock, max_active=50)
    room.join(50)
    assert room.look().serving == 50
    clock.pass_by(20)
    room.join(100)
    clock.pass_by(1)
    people = range(51, 151)
    assert room.look(*people).serving == 100


def test_who_joined_just_now_counts_for_a_while_and_then_only_by_polling(clock: Clock) -> None:
    room = room_of(clock)
    room.join(3)
    stop = Inlet(calls=False)
    clock.pass_by(0.5)
    assert room.look(inlet=stop).first_counting == 1
    clock.pass_by(5.499)
    assert room.look(3, inlet=stop).first_counting == 1
    clock.pass_by(0.001)
    assert room.look(inlet=stop).first_counting == 3


def test_who_stays_away_for_two_windows_is_absent(clock: Clock) -> None:
    room = room_of(clock)
    room.join(2)
    stop = Inlet(calls=False)
    clock.now = 1_800_000_014.9
    room.look(1, 2, inlet=stop)
    clock.now = 1_800_000_029.9
    assert room.look(2, inlet=stop).first_counting == 1
    clock.now = 1_800_000_030.0
    assert room.look(inlet=stop).first_counting == 2


def test_latency_is_measured_on_first_knocks_and_not_on_entries(clock: Clock) -> None:
    room = room_of(clock, max_active=2)
    room.join(3)
    assert room.look(1, 2, 3).serving == 2
    room.change(max_active=1)
    clock.pass_by(2.05)  # with the claim's part that is what is assumed at first
    assert [room.claim(1).verdict, room.knock(2).verdict] == ["entered", "next"]
    for _ in range(10):
        clock.pass_by(3)
        room.knock(2)
    room.end(1)
    assert room.claim(2).verdict == "entered"
    latency = room.look(inlet=Inlet(calls=False)).latency
    assert latency == pytest.approx(LATENCY_FIRST, abs=1e-6)


def test_an_idle_night_leaves_no_more_than_a_burst(clock: Clock) -> None:
    room = room_of(clock, max_active=1000, per_minute=600)
    room.join(200)
    clock.pass_by(36_000)
    room.look()
    room.advance(200)
    entered = [p for p in range(1, 201) if room.claim(p).verdict == "entered"]
    assert len(entered) == 31
    assert room.look(inlet=Inlet(calls=False)).tokens < 1


@given(st.lists(st.floats(0.05, 3), min_size=1, max_size=60))
def test_no_window_sees_more_than_the_pace_and_the_burst(pauses: list[float]) -> None:
    clock = Clock()
    burst = 6  # while people come a smaller one counts like 1 + two seconds' worth, which is 5
    room = room_of(clock, max_active=10_000, per_minute=120, burst=burst)
    room.join(2000)
    room.advance(2000)
    admitted: list[float] = []
    for pause in pauses:
        clock.pass_by(pause)
        for position in range(len(admitted) + 1, 2001):
            if room.claim(position).verdict != "entered":
                break
            admitted.append(clock())
    for i, first in enumerate(admitted):
        for j in range(i, len(admitted)):
            assert j - i + 1 <= burst + 2 * (admitted[j] - first) + 1e-6


def test_no_slots_no_calls() -> None:
    for mode in ("paused", "closed"):
        line = line_of(9, [1, 2, 3])
        line.numbers.rules["mode"] = mode
        look_around(line, NOW)
        assert evaluate(line, NOW) is None


def test_before_anything_is_logged_of_joins_everybody_is_a_newcomer() -> None:
    assert fresh_after(new_line(NOW).numbers, NOW) == 0


@given(st.floats(0, 1e6), st.floats(0, 1e4))
def test_intervals_and_rates_stay_within_their_bounds(ahead: float, seconds: float) -> None:
    numbers = new_line(NOW).numbers
    assert 0 <= capacity.least_ahead(ahead) <= ahead
    assert 2.0 <= capacity.given_interval(numbers, int(ahead), 10, None) <= 10.0
    assert 2.0 <= capacity.given_interval(numbers, int(ahead), 10, 3.0) <= 10.0
    numbers.left_sum = seconds
    capacity.tick(numbers, NOW + seconds, 5)
    assert capacity.hazard(numbers, 10) >= 0 and capacity.hazard(numbers, 0) == 0
    assert 0 <= capacity.ghost(numbers) <= 0.9


def test_whoever_has_come_is_expected_no_more_and_those_who_never_came_are_learnt_from(
    clock: Clock,
) -> None:
    room = room_of(clock, max_active=4)
    room.join(8)
    clock.pass_by(6)  # they are no newcomers any more
    assert room.look(*range(1, 9)).serving == 4
    assert room.claim(1).verdict == "entered"
    assert room.look().expected == 3
    clock.pass_by(15)  # the other three are overdue
    later = room.look(*range(5, 9))
    assert later.serving == 7
    never_come = 3 / (4 + GHOST_PRIOR)
    assert later.expected == pytest.approx(3 * (1 - never_come))
