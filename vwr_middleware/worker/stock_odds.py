"""Whether what is left to sell will reach a visitor: the odds, in words and tenths.

Before somebody at a position can buy, those inside may, and those who go in first. How many of
these do is a beta-binomial number: so many people, each of whom buys with a probability that is
itself only known from those who came before, of whom some bought and the rest did not (J. G.
Skellam, "A probability distribution derived from the binomial distribution by regarding the
probability of success as variable between the sets of trials", Journal of the Royal Statistical
Society B 10, 1948, pages 257 to 261). How many units a buyer takes is measured by what goes for
each who completes; they are taken to differ as a geometric number does.

A visitor reads tenths and words, never the exact figure: it would promise more than is known.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import erfc, sqrt
from typing import Any, Literal

from vwr_middleware.line.constants import POSITIONS_MOST, STOCK_TRUSTED
from vwr_middleware.line.messages import CLAIMED, SEEN_CALLED, Snapshot
from vwr_middleware.worker.current_room import ROOMS_KEPT, CurrentRoom
from vwr_middleware.worker.stock_buyers import buyers_of

#: `no`: nothing is left. `spoken_for`: something is, and those inside are about to buy it.
Likely = Literal["yes", "likely", "maybe", "unlikely", "spoken_for", "no"]

#: From how many tenths on which word is said.
_WORDS: tuple[tuple[int, Likely], ...] = ((10, "yes"), (7, "likely"), (4, "maybe"))
TENTHS = 10
#: People whose choices count at most: later ones may want to buy less or more than the first.
_PEOPLE_MOST = 300.0
#: So many people who take one unit each are believed in before any are measured.
_UNITS_FIRST = 4.0
#: How far the number of those who go in first may be off, as a part of it.
_COMERS_SPREAD = 0.1


@dataclass(frozen=True, slots=True)
class Odds:
    """What one visitor is told."""

    likely: Likely
    tenths: int

    @property
    def as_json(self) -> str:
        """As JSON. Our own words need no escaping."""
        return f'{{"likely":"{self.likely}","chance":{self.tenths / TENTHS}}}'


@dataclass(frozen=True, slots=True)
class _Demand:
    """What is known of those who may buy."""

    left: int
    bought: float  # of the people whose choice is known, as a Beta distribution's parameters
    not_bought: float
    units: float  # that one buyer takes, on average
    units_spread: float  # the variance of what one takes
    units_known: float  # buyers on whom that was measured
    inside: float  # people inside who may still buy
    coming: float  # called and on their way

    def chance(self, before: float) -> float:
        """The chance that one unit at least is left after so many more people, who all go in."""
        people = self.inside + before
        known = self.bought + self.not_bought
        share = self.bought / known
        buyers = people * share
        spread = people * share * (1 - share) * (known + people) / (known + 1)
        spread += (_COMERS_SPREAD * before * share) ** 2
        taken = buyers * self.units
        spread = (
            spread * self.units**2
            + buyers * self.units_spread
            + buyers**2 * self.units_spread / self.units_known
        )
        over = self.left - 0.5 - taken
        if spread <= 0:
            return 1.0 if over > 0 else 0.0
        return erfc(-over / sqrt(2 * spread)) / 2

    def tenths(self, before: float) -> int:
        return round(self.chance(before) * TENTHS)


def left_now(snapshot: Snapshot) -> int | None:
    """What is left, less what people have bought since that was said; None: it is not known.

    Nothing is left only where that was said. People may have bought less than one each.
    """
    told = snapshot.stock_left
    if told is None or not is_young(snapshot):
        return None
    if told == 0:
        return 0
    since = snapshot.totals["completed"] - (
        snapshot.stock_counted if snapshot.stock_at else snapshot.completed_before
    )
    return max(1, round(told - max(0, since) * units_of(snapshot)))


def is_by_hand(snapshot: Snapshot) -> bool:
    """Whether an operator, and not the app, has said what is left."""
    return snapshot.rules.get("stock_left") is not None


def is_young(snapshot: Snapshot) -> bool:
    """Whether what was said last counts still."""
    return is_by_hand(snapshot) or snapshot.now - snapshot.stock_at <= STOCK_TRUSTED


def units_of(snapshot: Snapshot) -> float:
    """How many units one buyer takes on average, as far as that could be measured; else one."""
    fell, bought = snapshot.stock_fell, snapshot.stock_bought
    return max(1.0, (fell + _UNITS_FIRST) / (bought + _UNITS_FIRST)) if bought else 1.0


@lru_cache(maxsize=ROOMS_KEPT)
def _demand(room: CurrentRoom) -> _Demand | None:
    """Worked out once for each reading."""
    snapshot = room.snapshot
    left = left_now(snapshot)
    if not left:
        return None
    buyers = buyers_of(room.sales, snapshot)
    known = buyers.bought + buyers.not_bought
    weight = min(1.0, _PEOPLE_MOST / known)
    units = units_of(snapshot)
    return _Demand(
        left,
        buyers.bought * weight,
        buyers.not_bought * weight,
        units,
        units * (units - 1),
        snapshot.stock_bought + _UNITS_FIRST,
        buyers.undecided,
        max(0.0, snapshot.expected),
    )


def share_of(room: CurrentRoom) -> float | None:
    """Of those inside, the part that buys, as far as it was measured; None: it is not needed."""
    demand = _demand(room)
    return None if demand is None else demand.bought / (demand.bought + demand.not_bought)


def _before(room: CurrentRoom, demand: _Demand, position: int) -> float:
    """How many will go in before this position, besides those who are inside."""
    snapshot = room.snapshot
    serving = snapshot.serving
    if position <= serving:
        return 0.0
    reach = max(serving, min(snapshot.horizon, snapshot.queue))
    if position <= reach:
        part = (position - 1 - serving) / max(1, reach - serving)
        return demand.coming + snapshot.present_ahead * part
    beyond = position - 1 - reach
    part = snapshot.seen_ahead / max(1, snapshot.queue - reach) if snapshot.queue > reach else 1.0
    return demand.coming + snapshot.present_ahead + beyond * part * _who_enter(snapshot)


def _who_enter(snapshot: Snapshot) -> float:
    """Of those who were ever seen in line, the part that enters when it is called."""
    if not snapshot.flow_log:
        return 1.0
    begin, end = snapshot.flow_log[0], snapshot.flow_log[-1]
    seen = end[SEEN_CALLED] - begin[SEEN_CALLED]
    return min(1.0, (end[CLAIMED] - begin[CLAIMED]) / seen) if seen > 0 else 1.0


def odds_of(room: CurrentRoom, position: int | None) -> Odds | None:
    """The odds of whoever has this position, or wants one; None: they are not known."""
    if room.snapshot.stock_left is None:
        return None
    if left_now(room.snapshot) == 0:
        return Odds("no", 0)
    demand = _demand(room)
    if demand is None or position is None:
        return None
    tenths = demand.tenths(_before(room, demand, position))
    return Odds(word_of(tenths, is_spoken_for=_is_spoken_for(room, demand)), tenths)


def _is_spoken_for(room: CurrentRoom, demand: _Demand) -> bool:
    """Whether those inside will probably buy all that is left, so that nothing reaches the line."""
    return demand.tenths(0.0) == 0


def word_of(tenths: int, *, is_spoken_for: bool = False) -> Likely:
    """A chance in a word."""
    if is_spoken_for:
        return "spoken_for"
    return next((word for least, word in _WORDS if tenths >= least), "unlikely")


@lru_cache(maxsize=ROOMS_KEPT)
def reach_of(room: CurrentRoom) -> tuple[int, ...]:
    """Up to which positions the chance is one tenth at least, two tenths, … ten; () if unknown.

    By these whoever waits far back works out the odds from the public status. They are rounded, so
    that they tell no more than that.
    """
    demand = _demand(room)
    if demand is None:
        return ()
    return tuple(_last(room, demand, tenths) for tenths in range(1, TENTHS + 1))


def public(room: CurrentRoom) -> dict[str, Any]:
    """What everybody may read of it: nothing while nothing is known, and how much is left only
    where the setting `public_stock` says so. A page far back works out its odds from `reach`."""
    if room.snapshot.stock_left is None or (left := left_now(room.snapshot)) is None:
        return {}
    demand = _demand(room)
    spoken_for = demand is not None and _is_spoken_for(room, demand)
    told: dict[str, Any] = {"likely": "no" if left == 0 else "spoken_for" if spoken_for else ""}
    told["reach"] = list(reach_of(room))
    if room.rules.get("public_stock"):
        told["left"] = left
    return {"stock": told}


def _last(room: CurrentRoom, demand: _Demand, tenths: int) -> int:
    """The last position whose chance is so many tenths at least; 0: none after the serving counter
    has it."""
    serving = room.snapshot.serving
    step = 1
    while demand.tenths(_before(room, demand, serving + step)) >= tenths:
        step *= 2
        if serving + step > POSITIONS_MOST:
            return POSITIONS_MOST
    low, high = serving + step // 2, serving + step
    while high - low > 1:
        middle = (low + high) // 2
        if demand.tenths(_before(room, demand, middle)) >= tenths:
            low = middle
        else:
            high = middle
    ahead = low - serving
    return serving + _two_digits(ahead) if ahead else 0


def _two_digits(number: int) -> int:
    """A number rounded down to two digits."""
    step = 1
    while number >= step * 100:
        step *= 10
    return number // step * step
