"""The draw of a room with lanes: each lane is drawn by itself, and keeps its share.

While people register, each lane gives its numbers, from 1 and without a gap. The draw gives each
number a place in its lane. That place is the lane's position of this rank in the layout of the next
generation, which is by the shares in force at the opening. So each lane has its share of the
positions as ever, and whoever comes later stands behind all of the own lane who were drawn.

A lane that the room has no more at the opening is drawn with the main line: its numbers count on
behind those of the main line.

What a room keeps of that is one word, whatever the crowd: the layout in which people registered,
the last position that each lane had given, and the layout of their places. From it follows which
lane and number a position of the registration was, and where a place of a lane stands. Which place
a number has got follows from the seed alone (see the folder draw/).
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from vwr_middleware.line.constants import STRIDE
from vwr_middleware.line.lane_numbers import numbering
from vwr_middleware.line.lanes import (
    MAIN,
    TAIL,
    lay_lanes,
    layout_in_force,
    read_remembered,
    remembered,
    stretches_of,
)

if TYPE_CHECKING:
    from vwr_middleware.line.state import Numbers

#: What is read from outside: characters of a layout, and positions, at most.
LONGEST, LARGEST = 20_000, 2**31
_STRETCH = f"[0-9]{{1,10}}/(?:[a-z0-9-]{{1,32}},){{0,8}}[a-z0-9-]{{0,32}}/[0-9]{{{STRIDE}}}"
_LAYOUT = re.compile(f"{_STRETCH}(?:;{_STRETCH})*")
_TAILS = re.compile("[a-z0-9-]{0,32}=[0-9]{1,10}(?:,[a-z0-9-]{1,32}=[0-9]{1,10})*")

#: A lane, and a number or a place in it, from 1.
InLane = tuple[str, int]


class DrawnLanes:
    """The lanes of one draw, read from the word that the room keeps."""

    def __init__(self, text: str) -> None:
        self.text = text
        word, _, self.layout = text.rpartition("|")
        self.registered, self.tails = read_remembered(word)
        self._numbers, self._places = numbering(self.registered), numbering(self.layout)
        names = stretches_of(self.layout)[0][0].names
        #: How many have registered in each lane, by its name.
        self.joined: dict[str, int] = {MAIN: 0}
        for lane, tail in sorted(self.tails.items()):
            self.joined[lane] = self._numbers.count(lane, tail)
        #: How many were drawn in each lane that there is at the opening, the main line first.
        self.counts = {lane: self.joined.get(lane, 0) for lane in names}
        #: Of each lane that was gone by then: behind how many of the main line its numbers count.
        self.gone: dict[str, int] = {}
        for lane in self.joined.keys() - self.counts.keys():
            self.gone[lane] = 0
        for lane in sorted(self.gone):
            self.gone[lane] = self.counts[MAIN]
            self.counts[MAIN] += self.joined[lane]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DrawnLanes) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    @property
    def count(self) -> int:
        """How many were drawn in all lanes together."""
        return sum(self.counts.values())

    @property
    def last_number(self) -> int:
        """The last position of the registration that somebody was given."""
        return max(self.tails.values(), default=0)

    def number_at(self, position: int) -> InLane | None:
        """The lane, and the number there, with which a position of the registration is drawn; None:
        it was given to nobody."""
        if position < 1:
            return None
        lane, number = self._numbers.of(position)
        if number > self.joined.get(lane, 0):
            return None
        return (MAIN, self.gone[lane] + number) if lane in self.gone else (lane, number)

    def registered_at(self, lane: str, number: int) -> int:
        """The position of the registration that is drawn with this number."""
        if lane == MAIN:
            for gone, before in self.gone.items():
                if before < number <= before + self.joined[gone]:
                    return self._numbers.position_of(gone, number - before)
        return self._numbers.position_of(lane, number)

    @property
    def last_place(self) -> int:
        """The last position of the line that somebody was drawn to."""
        places = (self.position_of(lane, n) for lane, n in self.counts.items() if n)
        return max(places, default=0)

    def place_at(self, position: int) -> InLane | None:
        """The lane, and the place there, of a position of the line; None: of nobody drawn."""
        if position < 1:
            return None
        lane, rank = self._places.of(position)
        return (lane, rank) if rank <= self.counts[lane] else None

    def by_shares(self, position: int) -> InLane:
        """The lane of a position of the line, and the rank there, by the shares at the opening."""
        return self._places.of(position)

    def count_at(self, position: int) -> int:
        """How many were drawn in the lane of a position."""
        return self.counts[self.by_shares(position)[0]]

    def position_of(self, lane: str, rank: int) -> int:
        """The position of the line at which a place of a lane stands."""
        return self._places.position_of(lane, rank)

    def with_counts(self, counts: Mapping[str, int]) -> str:
        """The word of the same draw, if of these lanes more people took part."""
        tails = dict(self.tails)
        for lane, count in counts.items():
            own = count - sum(self.joined[gone] for gone in self.gone) if lane == MAIN else count
            if own > self.joined.get(lane, 0):
                tails[lane] = self._numbers.position_of(lane, own)
        return word_of(self.registered, tails, self.layout)


@lru_cache(maxsize=64)
def drawn_lanes(text: str) -> DrawnLanes:
    """The lanes of a draw, read once."""
    return DrawnLanes(text)


def word_of(registered: str, tails: Mapping[str, int], layout: str) -> str:
    """The word of a draw, by its parts."""
    return f"{remembered(registered, {lane: [tail] for lane, tail in tails.items()})}|{layout}"


def checked_word(text: str) -> DrawnLanes:
    """The lanes of a draw by a word from outside. Raises ValueError if it is none."""
    word, _, layout = text.rpartition("|")
    registered, _, tails = word.partition("|")
    check_layout(registered)
    check_layout(layout)
    if ";" in layout or not _TAILS.fullmatch(tails):
        raise ValueError("no lanes of a draw are written like that")
    found = drawn_lanes(text)
    if word_of(found.registered, found.tails, found.layout) != text or found.count > LARGEST:
        raise ValueError("these cannot be the lanes of a draw")
    return found


def check_layout(layout: str) -> None:
    """Raise ValueError for what is no layout: each stretch has positions of each of its lanes."""
    if len(layout) > LONGEST or not _LAYOUT.fullmatch(layout):
        raise ValueError("no layout of lanes is written like that")
    stretches = [stretch for stretch, _ in stretches_of(layout)]
    begins = [stretch.after for stretch in stretches]
    if begins[0] or begins != sorted(set(begins)):
        raise ValueError("a layout of lanes goes on from 0")
    for stretch in stretches:
        names, digits = stretch.names, {str(at) for at in range(len(stretch.names))}
        if len(set(names)) < len(names) or set(stretch.pattern) != digits:
            raise ValueError("a layout of lanes has positions of each lane that it names")


def word_by_counts(registered: str, joined: Mapping[str, int], layout: str) -> str:
    """The same, from how many had registered in each lane."""
    numbers = numbering(registered)
    tails = {lane: numbers.position_of(lane, n) if n else 0 for lane, n in joined.items()}
    return word_of(registered, tails, layout)


# Within a step of the store.


def word_of_draw(numbers: "Numbers") -> str:
    """What the room is to keep of the lanes of a draw that is made now; "": it has none."""
    lay_lanes(numbers)
    if not numbers.layout:
        return ""
    return f"{remembered(numbers.layout, numbers.lanes)}|{layout_in_force(numbers)}"


def lay_drawn(numbers: "Numbers") -> None:
    """Lay the lanes of a generation that began with a draw: the next are behind those drawn."""
    if not numbers.draw_lanes:
        return
    drawn = drawn_lanes(numbers.draw_lanes)
    if ";" not in numbers.layout:
        numbers.layout = drawn.layout
    for lane, count in drawn.counts.items():
        row = numbers.lanes.setdefault(lane, [0, 0, 0])
        if count:
            row[TAIL] = max(row[TAIL], drawn.position_of(lane, count))
        numbers.queue = max(numbers.queue, row[TAIL])


def knows_more_of_drawn(ours: str, theirs: str) -> bool:
    """Whether by one word of a draw more people took part in any lane than by another one."""
    if not theirs or theirs == ours:
        return False
    if not ours:
        return True
    known = drawn_lanes(ours).counts
    return any(n > known.get(lane, 0) for lane, n in drawn_lanes(theirs).counts.items())


def lift_drawn_lanes(numbers: "Numbers", theirs: str) -> None:
    """Take over a worker's word of a draw, as far as that is more: by either word people may have
    been told their places, so in each lane the greater number counts."""
    if not theirs:
        return
    ours, other = numbers.draw_lanes, drawn_lanes(theirs)
    one = drawn_lanes(ours) if ours else None
    if one and (one.registered, one.layout) == (other.registered, other.layout):
        lanes = one.tails.keys() | other.tails.keys()
        tails = {lane: max(one.tails.get(lane, 0), other.tails.get(lane, 0)) for lane in lanes}
        numbers.draw_lanes = word_of(one.registered, tails, one.layout)
    elif one is None or other.count > one.count:
        numbers.draw_lanes = theirs
    numbers.drawn = drawn_lanes(numbers.draw_lanes).count
    lay_drawn(numbers)
