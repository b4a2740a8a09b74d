"""Lanes: parts of the line, each with its share of the positions, and so of the slots.

A lane is a stride in the same line. Of a hundred positions as many are reserved for a lane as its
share says, evenly spread; the others are the main line's. Whoever joins a lane gets its next
position that is free and not called yet, and so does whoever joins the main line. A reserved
position that nobody has taken looks like that of somebody who never was seen, whom the rule passes
over. So within a lane the order is exact, each lane gets its share while somebody of it waits, what
an empty lane leaves goes to the others, and nothing else of the rule knows of lanes.

Which positions are whose is kept as a text, the layout. It grows at its end when the shares change:
positions that have been handed out stay whose they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from vwr_middleware.line.constants import CHANGES_KEPT, REGISTERING, STRIDE

if TYPE_CHECKING:
    from vwr_middleware.line.state import Line, Numbers

#: The lane of those who are in none.
MAIN = ""

#: What is kept of a lane, by its name: the last position that was handed out (the tail), and how
#: many have joined it and entered from it, ever.
TAIL, JOINED, ENTERED = range(3)
Lanes = dict[str, list[int]]


# Which positions are whose.


def pattern_of(shares: Mapping[str, float]) -> str:
    """Whose each of a hundred positions is, as digits: 0 is the main line's, 1 the first lane's by
    name. The next goes to whoever has the most of its share outstanding, so shares are spread as
    evenly as can be."""
    parts = [0, *(round(shares[name] * STRIDE) for name in sorted(shares))]
    parts[0] = STRIDE - sum(parts)
    due, digits = [0] * len(parts), ""
    for _ in range(STRIDE):
        due = [owed + part for owed, part in zip(due, parts, strict=True)]
        most = due.index(max(due))
        due[most] -= STRIDE
        digits += str(most)
    return digits


@dataclass(frozen=True, slots=True)
class LayoutRange:
    """The positions after `after`, up to the next stretch, by one set of shares."""

    after: int
    names: tuple[str, ...]  # the main line's first
    pattern: str

    def lane_of(self, position: int) -> str:
        return self.names[int(self.pattern[(position - 1) % STRIDE])]

    def count(self, lane: str, after: int, to: int) -> int:
        """How many of the positions after `after`, up to `to`, are this lane's."""
        if to <= after or lane not in self.names:
            return 0
        digit = str(self.names.index(lane))
        rounds = to // STRIDE - after // STRIDE
        begun = self.pattern.count(digit, 0, to % STRIDE)
        return (
            rounds * self.pattern.count(digit)
            + begun
            - self.pattern.count(digit, 0, after % STRIDE)
        )

    def nth_after(self, lane: str, n: int) -> int:
        """The lane's n-th position, from 1, after the beginning, as if these shares went on."""
        digit = str(self.names.index(lane))
        begun = self.pattern.count(digit, 0, self.after % STRIDE)
        rounds, at = divmod(begun + n - 1, self.pattern.count(digit))
        found = [i for i, its in enumerate(self.pattern, 1) if its == digit]
        return (self.after // STRIDE + rounds) * STRIDE + found[at]

    def next_after(self, lane: str, position: int, last: float) -> int:
        """The lane's first position after this one, up to `last`; 0: it has none."""
        if lane not in self.names:
            return 0
        begin, digit = position % STRIDE, str(self.names.index(lane))
        found = (self.pattern * 2).find(digit, begin) - begin
        at = position + found + 1
        return at if found >= 0 and at <= last else 0


@lru_cache(maxsize=256)
def stretches_of(layout: str) -> tuple[tuple[LayoutRange, float], ...]:
    """A layout's stretches, each with its last position."""
    found = []
    for text in layout.split(";") if layout else ():
        after, names, pattern = text.split("/")
        lanes = tuple(names.split(",")) if names else ()
        found.append(LayoutRange(int(after), (MAIN, *lanes), pattern))
    ends = [float(stretch.after) for stretch in found[1:]]
    return tuple(zip(found, [*ends, float("inf")], strict=True)) if found else ()


def lane_of(layout: str, position: int) -> str:
    """Whose a position is."""
    for stretch, last in stretches_of(layout):
        if position <= last:
            return stretch.lane_of(position)
    return MAIN


def count_of(layout: str, lane: str, after: int, to: int) -> int:
    """How many of the positions after `after`, up to `to`, are this lane's."""
    return sum(
        stretch.count(lane, max(after, stretch.after), int(min(to, last)))
        for stretch, last in stretches_of(layout)
    )


def next_after(layout: str, lane: str, position: int) -> int:
    """The lane's first position after this one; 0: it has none any more."""
    for stretch, last in stretches_of(layout):
        if last > position:
            found = stretch.next_after(lane, max(position, stretch.after), last)
            if found:
                return found
    return 0


def shown_number(layout: str, position: int) -> int:
    """The number that is shown for a position: how many its lane has had up to there."""
    return count_of(layout, lane_of(layout, position), 0, position) if layout else position


def taken(layout: str, lanes: Mapping[str, list[int]], after: int, to: int) -> int:
    """How many of these positions somebody was given. `after` is not before the serving counter:
    there each lane's positions up to its tail are taken, without a gap."""
    if not layout:
        return max(0, to - after)
    return sum(count_of(layout, lane, after, min(to, row[TAIL])) for lane, row in lanes.items())


# A room's lanes.


def begin_lanes(numbers: "Numbers") -> None:
    """A generation begins: by the shares in force, and with everybody's first position."""
    shares, counts = _shares(numbers), numbers.lanes
    numbers.layout = layout_in_force(numbers) if shares else ""
    lanes = [MAIN, *sorted(shares)] if shares else []
    numbers.lanes = {lane: [0, *counts.get(lane, [0, 0, 0])[JOINED:]] for lane in lanes}


def lay_lanes(numbers: "Numbers") -> None:
    """Take over the shares in force, for the positions behind all that were handed out."""
    shares = _shares(numbers)
    if not (shares or numbers.layout):
        return
    named, stretches = _named(shares), numbers.layout.split(";")
    if stretches[-1].split("/", 1)[-1] == named:
        return
    if not numbers.layout:
        stretches = [f"0/{_named({})}"]
        numbers.lanes = {MAIN: [numbers.queue, numbers.queue, 0]}
    stretches = with_stretch(stretches, f"{numbers.queue}/{named}")
    while len(stretches) > CHANGES_KEPT and numbers.draw != REGISTERING:  # there, numbers count
        del stretches[1 if numbers.draw_lanes else 0]  # nor may those drawn get other ones
    first, *others = stretches
    numbers.layout = ";".join(["0/" + first.split("/", 1)[1], *others])


def layout_in_force(numbers: "Numbers") -> str:
    """The layout of a line that begins by the shares in force."""
    return f"0/{_named(_shares(numbers))}"


def _shares(numbers: "Numbers") -> dict[str, float]:
    return numbers.rules.get("lanes") or {}


def _named(shares: Mapping[str, float]) -> str:
    """Shares as a layout has them."""
    return f"{','.join(sorted(shares))}/{pattern_of(shares)}"


def with_stretch(stretches: list[str], text: str) -> list[str]:
    """A layout that goes on by other shares. Where nobody has joined since the last change, that
    one counts for nothing."""
    after = text.split("/", 1)[0]
    return [*(stretch for stretch in stretches if stretch.split("/", 1)[0] != after), text]


def next_position(line: "Line", lane: str) -> int:
    """The position of whoever joins this lane next. A lane that there is not is the main line."""
    numbers = line.numbers
    if not numbers.layout:
        return numbers.queue + 1
    row = numbers.lanes.get(lane) or [0]
    return next_after(numbers.layout, lane, max(row[TAIL], numbers.serving))


def lane_in_force(numbers: "Numbers", lane: str) -> str:
    """The lane that somebody joins who asks for this one."""
    return lane if lane in _shares(numbers) else MAIN


def note_joined(numbers: "Numbers", lane: str, position: int) -> None:
    """Somebody was given this position."""
    numbers.queue = max(numbers.queue, position)
    if numbers.layout:
        row = numbers.lanes.setdefault(lane, [0, 0, 0])
        row[TAIL], row[JOINED] = position, row[JOINED] + 1


def note_entered(numbers: "Numbers", position: int) -> None:
    """Somebody has entered from this position."""
    if numbers.layout:
        numbers.lanes.setdefault(lane_of(numbers.layout, position), [0, 0, 0])[ENTERED] += 1


def ever_joined(numbers: "Numbers") -> int:
    """How many have joined, in this generation; of a room with lanes, ever."""
    if not numbers.layout:
        return numbers.queue
    return sum(row[JOINED] for row in numbers.lanes.values())


def taken_after(numbers: "Numbers", to: int) -> int:
    """How many positions after the serving counter, up to `to`, somebody was given."""
    return taken(numbers.layout, numbers.lanes, numbers.serving, to)


def nth_taken(numbers: "Numbers", n: int) -> int:
    """The n-th position after the serving counter that somebody was given; the last, if there are
    fewer. Found by halving."""
    if not numbers.layout:
        return min(numbers.queue, numbers.serving + n)
    low, high = numbers.serving, numbers.queue
    if taken_after(numbers, high) <= n:
        return high
    while high - low > 1:
        middle = (low + high) // 2
        if taken_after(numbers, middle) >= n:
            high = middle
        else:
            low = middle
    return high


# What a worker remembers of a room's lanes, for a store that has lost data.


def remembered(layout: str, lanes: Mapping[str, list[int]]) -> str:
    """A layout and the tails as one word; "" of a room without lanes."""
    if not layout:
        return ""
    return f"{layout}|{','.join(f'{lane}={row[TAIL]}' for lane, row in sorted(lanes.items()))}"


def read_remembered(text: str) -> tuple[str, dict[str, int]]:
    """The layout and the tails of such a word."""
    layout, _, tails = text.partition("|")
    pairs = (pair.split("=") for pair in tails.split(",") if pair)
    return layout, {lane: int(tail) for lane, tail in pairs}


def knows_more_of_lanes(numbers: "Numbers", text: str) -> bool:
    """Whether a worker of the same generation has seen what the store does not know any more."""
    if not text or text == remembered(numbers.layout, numbers.lanes):
        return False
    layout, tails = read_remembered(text)
    if layout.count(";") > numbers.layout.count(";") or not numbers.layout:
        return True
    return any(tail > (numbers.lanes.get(lane) or [0])[TAIL] for lane, tail in tails.items())


def lift_lanes(numbers: "Numbers", text: str) -> None:
    """Take over what a worker has seen of the lanes, as far as that is more."""
    layout, tails = read_remembered(text)
    if layout.count(";") > numbers.layout.count(";") or not numbers.layout:
        numbers.layout = layout
    for lane, tail in tails.items():
        row = numbers.lanes.setdefault(lane, [0, 0, 0])
        row[TAIL] = max(row[TAIL], tail)


def rebuild_lanes(numbers: "Numbers", text: str, spare: int) -> None:
    """The lanes of a room that its store has lost, as a worker has seen them. Of each lane as many
    positions are skipped as others may have been given without anybody knowing."""
    if not text:
        lay_behind(numbers)
        return
    lift_lanes(numbers, text)
    for lane, row in numbers.lanes.items():
        for _ in range(spare):
            row[TAIL] = next_after(numbers.layout, lane, row[TAIL]) or row[TAIL]
        numbers.queue = max(numbers.queue, row[TAIL])


def lay_behind(numbers: "Numbers") -> None:
    """The lanes of a line of which nobody knows more than how far it goes: they go on behind it."""
    begin_lanes(numbers)
    for row in numbers.lanes.values():
        row[TAIL] = numbers.queue
