"""The draw of a room with lanes: each lane by itself, its share, and who comes later."""

from collections import defaultdict
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.rooms import config
from vwr_middleware.draw.permutation import place_of
from vwr_middleware.draw.seed import lane_seed
from vwr_middleware.line.constants import CHANGES_KEPT, DRAWN, REGISTERING
from vwr_middleware.line.drawn_lanes import (
    DrawnLanes,
    checked_word,
    lay_drawn,
    lift_drawn_lanes,
    word_by_counts,
    word_of_draw,
)
from vwr_middleware.line.lanes import (
    MAIN,
    TAIL,
    begin_lanes,
    lane_in_force,
    lane_of,
    lay_lanes,
    nth_taken,
    remembered,
    shown_number,
    taken_after,
)
from vwr_middleware.line.lanes import next_after as next_of
from vwr_middleware.line.state import Numbers

SEED = bytes(range(32))
names = st.sampled_from(["a", "a-b", "members", "slow"])
shares = st.dictionaries(names, st.integers(1, 24), max_size=4)
steps = st.lists(
    st.one_of(st.tuples(st.just("joins"), names | st.just(""), st.integers(1, 20)), shares),
    max_size=8,
)


@dataclass
class Registration:
    """People who register, as the rule gives them positions: with lane and number as shown."""

    numbers: Numbers
    told: dict[int, tuple[str, int]] = field(default_factory=dict)

    def shares(self, parts: dict[str, int]) -> None:
        self.numbers.config["lanes"] = {name: part / 100 for name, part in parts.items()}
        self.numbers.lay_rules()

    def joins(self, lane: str, count: int = 1) -> list[int]:
        numbers, given_out = self.numbers, []
        for _ in range(count):
            lay_lanes(numbers)
            lane = lane_in_force(numbers, lane)
            row = numbers.lanes.setdefault(lane, [0, 0, 0]) if numbers.layout else [numbers.queue]
            at = next_of(numbers.layout, lane, row[TAIL]) if numbers.layout else numbers.queue + 1
            row[TAIL] = at
            numbers.queue = max(numbers.queue, at)
            self.told[at] = lane, shown_number(numbers.layout, at)
            given_out.append(at)
        return given_out


def registration(parts: dict[str, int]) -> Registration:
    numbers = Numbers("0" * 16, 0.0, 0.0, config(lanes={}), draw=REGISTERING)
    found = Registration(numbers)
    found.shares(parts)
    begin_lanes(numbers)
    return found


def drawn(people: Registration) -> DrawnLanes | None:
    """The opening, but for what has nothing to do with lanes."""
    numbers = people.numbers
    word = word_of_draw(numbers)
    if not word:
        return None
    begin_lanes(numbers)
    numbers.queue, numbers.draw, numbers.draw_lanes = 0, DRAWN, word
    lay_drawn(numbers)
    return DrawnLanes(word)


def place(lanes: DrawnLanes, position: int) -> tuple[str, int]:
    found = lanes.number_at(position)
    assert found is not None
    lane, number = found
    return lane, place_of(lane_seed(SEED, lane), lanes.counts[lane], number)


@given(shares, steps)
def test_whatever_the_lanes_each_number_gets_one_position_and_no_other_has_it(
    begun: dict[str, int], walk: list[tuple[str, str, int] | dict[str, int]]
) -> None:
    people = registration(begun)
    people.joins("")
    for step in walk:
        people.shares(step) if isinstance(step, dict) else people.joins(*step[1:])
    lanes = drawn(people)
    if lanes is None:
        return
    in_force = people.numbers.rules["lanes"]
    assert lanes.counts.keys() == {MAIN, *in_force}
    assert lanes.count == len(people.told) == sum(lanes.joined.values())
    found = {}
    for position, (lane, number) in people.told.items():
        own, drawn_as = lanes.number_at(position) or ("", 0)
        assert (own == lane and drawn_as == number) or (own == MAIN and lane not in in_force)
        assert lanes.registered_at(own, drawn_as) == position
        at = lanes.position_of(*place(lanes, position))
        assert lane_of(people.numbers.layout, at) == own, "it is one of the lane's own"
        found[at] = position
    assert len(found) == len(people.told), "no two have the same"
    for lane, count in lanes.counts.items():
        ranks = [lanes.place_at(at) for at in found if lane_of(lanes.layout, at) == lane]
        assert len(ranks) == count, lane
        assert set(ranks) == {(lane, n) for n in range(1, count + 1)}, "without a gap"
    assert people.numbers.queue == lanes.last_place == max(found)
    assert taken_after(people.numbers, people.numbers.queue) == len(people.told)
    assert checked_word(lanes.text) == lanes
    assert word_by_counts(lanes.registered, lanes.joined, lanes.layout) == lanes.text


@given(shares, st.lists(st.integers(0, 25), min_size=5, max_size=5))
def test_lanes_get_their_shares_after_the_draw_and_late_ones_are_behind(
    parts: dict[str, int], counts: list[int]
) -> None:
    people = registration(parts or {"a": 30})
    lanes_there = [MAIN, *sorted(people.numbers.rules["lanes"])]
    for lane, count in zip(lanes_there, counts, strict=False):
        people.joins(lane, count)
    lanes = drawn(people)
    assert lanes is not None
    waiting = {lane: list(range(1, n + 1)) for lane, n in lanes.counts.items()}
    for lane in lanes_there:
        (late,) = people.joins(lane)
        own, rank = lanes.by_shares(late)
        assert (own, rank) == (lane, lanes.counts[lane] + 1), "behind all of the own lane"
        assert lanes.place_at(late) is None
        waiting[lane].append(rank)
    # As long as somebody of each lane waits, they go in by their shares, in exact order.
    went_in = defaultdict[str, list[int]](list)
    shortest = min(len(ranks) / share_of(people, lane) for lane, ranks in waiting.items())
    line = sorted(lanes.position_of(lane, n) for lane, ranks in waiting.items() for n in ranks)
    assert [nth_taken(people.numbers, n) for n in (1, 2, len(line))] == [*line[:2], line[-1]]
    for position in line[: max(0, int(shortest) - len(waiting))]:
        lane, rank = lanes.by_shares(position)
        went_in[lane].append(rank)
    for lane, ranks in went_in.items():
        assert ranks == list(range(1, len(ranks) + 1))
        whole = sum(map(len, went_in.values()))
        assert abs(len(ranks) - whole * share_of(people, lane)) < 2 + len(waiting)


def share_of(people: Registration, lane: str) -> float:
    given_away: dict[str, float] = people.numbers.rules["lanes"]
    return given_away[lane] if lane else 1 - sum(given_away.values())


def test_a_lane_that_is_gone_at_the_opening_is_drawn_with_the_main_line() -> None:
    people = registration({"members": 30, "vip": 10})
    people.joins("", 10)
    vips = people.joins("vip", 3)
    people.joins("members", 4)
    people.shares({"members": 30})
    people.joins("", 2)
    lanes = drawn(people)
    assert lanes is not None
    assert (lanes.counts, lanes.gone) == ({"": 15, "members": 4}, {"vip": 12})
    assert [lanes.number_at(position) for position in vips] == [("", 13), ("", 14), ("", 15)]


def test_a_number_that_was_told_stays_however_often_the_shares_change() -> None:
    people = registration({"a": 30})
    for percent in range(1, 3 * CHANGES_KEPT):
        people.joins("a", 3)
        people.joins("", 5)
        people.shares({"a": percent, "b": 2 * percent})
    lanes = drawn(people)
    assert lanes is not None
    assert {at: lanes.number_at(at) for at in people.told} == people.told
    for percent in range(1, 3 * CHANGES_KEPT):  # nor does a place, after the draw
        people.shares({"a": percent})
        people.joins("a")
        people.joins("", 3)
    layout = people.numbers.layout
    assert layout.count(";") < CHANGES_KEPT
    for at in range(1, lanes.last_place + 1):
        assert (lane_of(layout, at), shown_number(layout, at)) == lanes.by_shares(at)


def test_the_greater_number_of_each_lane_counts_if_two_draws_were_told() -> None:
    people = registration({"a": 30})
    people.joins("a", 3)
    people.joins("", 9)
    ours = drawn(people)
    assert ours is not None
    layout = ours.registered
    theirs = word_by_counts(layout, {"": 7, "a": 5}, ours.layout)
    lift_drawn_lanes(people.numbers, theirs)
    assert DrawnLanes(people.numbers.draw_lanes).counts == {"": 9, "a": 5}
    assert people.numbers.drawn == 14
    assert people.numbers.lanes["a"][TAIL] == ours.position_of("a", 5)
    raised = ours.with_counts({"a": 5, "": 2})
    assert raised == people.numbers.draw_lanes, "and so if tickets tell of more"


ONE = f"0//{'0' * 100}"


@pytest.mark.parametrize(
    "word",
    [
        *("", "x", "|", "||", ONE, f"{ONE}|=1,a=x|{ONE}", f"{ONE}|=01|{ONE}"),
        *(f"0/a/{'0' * 100}|=1|{ONE}", f"0//{'0' * 99}|=1|{ONE}", f"5{ONE[1:]}|=1|{ONE}"),
        *(f"{ONE};{ONE}|=1|{ONE}", f"{ONE}|=1|{ONE};5{ONE[1:]}", f"{ONE}|=9999999999|{ONE}"),
    ],
)
def test_a_word_that_is_none_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="lanes"):
        checked_word(word)


def test_a_room_without_lanes_keeps_nothing() -> None:
    people = registration({})
    people.joins("", 5)
    assert drawn(people) is None
    assert remembered(people.numbers.layout, people.numbers.lanes) == ""
