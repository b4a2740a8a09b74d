"""The lanes of a simulated room: who belongs to which, and what each of them got."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from reprlib import repr as shown
from typing import TYPE_CHECKING, Any

import click

from vwr_middleware.line.lanes import MAIN
from vwr_middleware.simulate.visitor import Visitor

if TYPE_CHECKING:
    from vwr_middleware.simulate.observer import Entry

#: Of the visitors the part that belongs to a lane, if nothing is said of it.
USUAL_PART = 0.1
#: What the main line is called where lanes are told apart.
EVERYBODY_ELSE = "everybody else"


@dataclass(slots=True)
class LaneCounts:
    """Who waits in which lane, and which lane gets the slots meanwhile."""

    waiting: Counter[str] = field(default_factory=Counter)
    #: Entries while somebody of a lane waited, and of another one too; and those of the lane.
    contended: Counter[str] = field(default_factory=Counter)
    got: Counter[str] = field(default_factory=Counter)

    def enters(self, lane: str) -> None:
        """Somebody of a lane comes in, who waited until now."""
        others = [one for one, count in self.waiting.items() if count and one != lane]
        if others:
            self.contended.update([*others, lane])
            self.got[lane] += 1


@dataclass(frozen=True, slots=True)
class LaneResult:
    """What one lane got."""

    lane: str  # "" for the main line
    share: float  # of the slots, by the settings
    arrived: int
    waits: list[float]  # of those who came in, the shortest first
    #: The part of the slots that went to it while somebody of it waited, and of another one too;
    #: None: that never was.
    got: float | None


def results(
    shares: Mapping[str, float],
    visitors: Sequence[Visitor],
    entries: Sequence["Entry"],
    counts: LaneCounts,
) -> list[LaneResult]:
    """What each lane got, the main line first; nothing in a room without lanes."""
    if not shares:
        return []
    came = Counter(visitor.lane for visitor in visitors if visitor.joined)
    rest = {MAIN: round(1 - sum(shares.values()), 2)}
    return [
        LaneResult(
            lane,
            share,
            came[lane],
            sorted(entry.waited for entry in entries if entry.lane == lane),
            counts.got[lane] / counts.contended[lane] if counts.contended[lane] else None,
        )
        for lane, share in {**rest, **dict(sorted(shares.items()))}.items()
    ]


# The options `--lanes` and `--in-lanes`.


class Parts(click.ParamType):  # type: ignore[type-arg]
    """Lanes with a part each, like `members=0.3,press=0.05`; or in JSON, as settings have them."""

    name = "LANE=PART,…"

    def convert(self, value: Any, param: Any, ctx: Any) -> dict[str, float]:
        """The parts by lane."""
        if isinstance(value, Mapping):
            return dict(value)
        try:
            given = json.loads(value) if value.startswith("{") else dict(_pairs(value))
            return {str(lane): float(part) for lane, part in given.items()}
        except (ValueError, TypeError, AttributeError):
            self.fail(f"{shown(value)} must be like members=0.3, or members=0.3,press=0.05")


def _pairs(text: str) -> list[tuple[str, str]]:
    found = [pair.partition("=") for pair in text.split(",") if pair.strip()]
    return [(lane.strip(), part) for lane, _, part in found]


def parts_in_lanes(
    shares: Mapping[str, float] | None, told: Mapping[str, float] | None
) -> dict[str, float]:
    """Which part of the visitors belongs to each lane. Raises ValueError if that cannot be."""
    shares, told = shares or {}, told or {}
    if unknown := sorted(told.keys() - shares.keys()):
        raise ValueError(f"--in-lanes: {unknown[0]} is no lane: give it a share with --lanes")
    parts = {lane: told.get(lane, USUAL_PART) for lane in sorted(shares)}
    if any(part < 0 for part in parts.values()) or not sum(parts.values()) <= 1 + 1e-9:
        raise ValueError(
            "--in-lanes: the parts must be 1 together at most: who is left has no lane"
        )
    return parts
