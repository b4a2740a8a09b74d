"""Lanes: which positions are whose, beside the plainest model of it."""

from collections import Counter
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from tests.support.rooms import config
from vwr_middleware.line.constants import CHANGES_KEPT, STRIDE
from vwr_middleware.line.lanes import (
    MAIN,
    begin_lanes,
    count_of,
    knows_more_of_lanes,
    lane_of,
    lay_lanes,
    lift_lanes,
    note_joined,
    nth_taken,
    pattern_of,
    rebuild_lanes,
    remembered,
    shown_number,
    stretches_of,
    taken_after,
)
from vwr_middleware.line.lanes import next_after as next_of
from vwr_middleware.line.state import Numbers

names = st.sampled_from(["a", "b", "members", "vip-2"])
percents = st.dictionaries(names, st.integers(1, 30), max_size=3)


def shares_of(parts: dict[str, int]) -> dict[str, float]:
    return {name: part / 100 for name, part in parts.items()}


def numbers_with(parts: dict[str, int]) -> Numbers:
    numbers = Numbers("0" * 16, 0.0, 0.0, config(lanes=shares_of(parts)))
    numbers.lay_rules()
    begin_lanes(numbers)
    return numbers


@given(percents)
def test_of_any_stretch_of_positions_each_lane_has_its_share(parts: dict[str, int]) -> None:
    pattern = pattern_of(shares_of(parts))
    whole = pattern * 3
    assert len(pattern) == STRIDE
    for digit, part in enumerate([100 - sum(parts.values()), *(parts[n] for n in sorted(parts))]):
        assert pattern.count(str(digit)) == part
        for begin in range(0, STRIDE, 7):
            for length in (10, 33, 60, 150):
                here = whole.count(str(digit), begin, begin + length)
                assert abs(here - length * part / 100) < 2 + len(parts)


@dataclass
class PlainLine:
    """A line with lanes as anybody would write it down: who has which position, looked through."""

    owners: list[str] = field(default_factory=list)  # of each position, from 1 on
    taken: set[int] = field(default_factory=set)
    serving: int = 0
    shares: dict[str, int] = field(default_factory=dict)

    def owner(self, position: int) -> str:
        while len(self.owners) < position:
            pattern = pattern_of(shares_of(self.shares))
            digit = int(pattern[len(self.owners) % STRIDE])
            self.owners.append([MAIN, *sorted(self.shares)][digit])
        return self.owners[position - 1]

    def change(self, shares: dict[str, int]) -> None:
        """From the last position that somebody has on."""
        del self.owners[max(self.taken, default=0) :]
        self.shares = shares

    def join(self, lane: str) -> int:
        last = max((p for p in self.taken if self.owner(p) == lane), default=0)
        position = max(last, self.serving) + 1
        while self.owner(position) != lane:
            position += 1
        self.owner(max(self.taken, default=0))  # laid out by the present shares
        self.taken.add(position)
        return position


steps = st.one_of(
    st.tuples(st.just("join"), st.sampled_from(["", "", "a", "b", "gone"])),
    st.tuples(st.just("call"), st.integers(1, 12)),
    st.tuples(st.just("change"), percents),
)


@given(percents, st.lists(steps, max_size=60))
def test_everybody_gets_the_position_that_the_plainest_search_finds(
    parts: dict[str, int], todo: list[tuple[str, str | int | dict[str, int]]]
) -> None:
    numbers, plain, changes = numbers_with(parts), PlainLine(shares=parts), 0
    for name, what in todo:
        if name == "call":
            assert isinstance(what, int)
            numbers.serving = plain.serving = min(numbers.queue, numbers.serving + what)
        elif isinstance(what, dict):
            if changes == CHANGES_KEPT - 1:
                continue
            changes += 1
            numbers.config = config(lanes=shares_of(what))
            numbers.lay_rules()
            lay_lanes(numbers)
            plain.change(what)
        else:
            lane = str(what) if str(what) in plain.shares else MAIN
            at = _next(numbers, lane)
            assert at == plain.join(lane)
            note_joined(numbers, lane, at)
        after = [p for p in plain.taken if p > plain.serving]
        assert taken_after(numbers, numbers.queue) == len(after)
        assert nth_taken(numbers, 2) == (sorted(after)[1:2] or [numbers.queue])[0]
    if numbers.layout:
        assert all(lane_of(numbers.layout, p) == plain.owner(p) for p in plain.taken)
        owners = Counter(map(plain.owner, range(1, numbers.queue + 1)))
        for lane in owners:
            assert count_of(numbers.layout, lane, 0, numbers.queue) == owners[lane]


def _next(numbers: Numbers, lane: str) -> int:
    if not numbers.layout:
        return numbers.queue + 1
    tail = numbers.lanes.get(lane, [0])[0]
    return next_of(numbers.layout, lane, max(tail, numbers.serving))


def test_a_layout_does_not_grow_without_end() -> None:
    numbers = numbers_with({"a": 10})
    for part in range(11, 40):
        note_joined(numbers, MAIN, _next(numbers, MAIN))
        numbers.config = config(lanes={"a": part / 100})
        numbers.lay_rules()
        lay_lanes(numbers)
    assert len(stretches_of(numbers.layout)) == CHANGES_KEPT
    assert stretches_of(numbers.layout)[0][0].after == 0


@given(percents.filter(bool), st.lists(names, max_size=40), st.integers(0, 9))
def test_a_lost_line_goes_on_behind_all_that_were_given(
    parts: dict[str, int], joiners: list[str], unknown: int
) -> None:
    """By what one worker saw, though others have given positions since."""
    numbers = numbers_with(parts)
    lanes = [name if name in parts else MAIN for name in joiners]
    given_out = set()
    word, queue = remembered(numbers.layout, numbers.lanes), 0
    for at, lane in enumerate(lanes):
        if at == max(0, len(lanes) - unknown):
            word, queue = remembered(numbers.layout, numbers.lanes), numbers.queue
        position = _next(numbers, lane)
        note_joined(numbers, lane, position)
        given_out.add(position)
    if not unknown:
        word, queue = remembered(numbers.layout, numbers.lanes), numbers.queue
    lost = numbers_with({})
    lost.config = numbers.config
    lost.lay_rules()
    lost.queue = queue + unknown
    rebuild_lanes(lost, word, unknown)
    for lane in [MAIN, *parts]:
        assert _next(lost, lane) not in given_out


def test_a_store_that_fell_back_is_lifted_to_the_tails_that_a_worker_knows() -> None:
    numbers, later = numbers_with({"a": 30}), numbers_with({"a": 30})
    for lane in ("a", "", "a"):
        note_joined(later, lane, _next(later, lane))
    word = remembered(later.layout, later.lanes)
    assert knows_more_of_lanes(numbers, word)
    lift_lanes(numbers, word)
    assert not knows_more_of_lanes(numbers, word)
    assert _next(numbers, "a") == _next(later, "a")


def test_numbers_are_counted_within_a_lane() -> None:
    numbers = numbers_with({"a": 30})
    for lane in ("", "a", "", "", "a"):
        at = _next(numbers, lane)
        note_joined(numbers, lane, at)
    shown = [shown_number(numbers.layout, row[0]) for _, row in sorted(numbers.lanes.items())]
    assert shown == [3, 2]
