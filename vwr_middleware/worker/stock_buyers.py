"""Which part of those who come in buys, though many who do not leave without a word.

Whoever has bought is gone at once; who only looked may seem to be inside until the session runs
out. So of the sessions that have ended in the first minutes nearly all have bought. Held against
those who ended, nearly everybody would seem to buy; held against all who came in, too few, for
the latest had no time yet. Both are known for each moment, and from how purchases follow entries
this works out how long buyers take, and so how many had time to buy by now: people are taken to be
a mixture of some who never buy and others who take an exponential time (J. W. Boag, "Maximum
likelihood estimates of the proportion of patients cured by cancer therapy", Journal of the Royal
Statistical Society B 11, 1949, pages 15 to 53). Several means of that time are weighed by how
likely they make what was seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp, log
from typing import NamedTuple

from vwr_middleware.line.messages import Snapshot, ended_sessions

#: Seconds between two rows of a worker's log, and how far back it goes.
STEP, SPAN = 10.0, 900.0
#: With fewer seconds of it nothing is worked out.
_KNOWN_AFTER = 30.0
#: Mean seconds that a buyer may take.
_MEANS = (15.0, 30.0, 60.0, 120.0, 240.0, 480.0)
#: A session lasts for so many of these means at least: by then 92 % of the buyers are done.
_MEANS_IN_SESSION = 2.5
#: How far the likelihood is trusted: nobody's time is truly exponential.
_TRUST = 0.5
#: Of those inside as the log begins, the part that may still buy.
_STILL = 0.5
#: Of those inside, the part that may still buy, once many have left: buyers are gone sooner than
#: those whose session only runs out.
_INSIDE_STILL = 0.7


class Sales(NamedTuple):
    """One row of the log: what had been counted by then."""

    at: float
    claimed: int
    bought: int
    ended: int
    active: int


@dataclass(frozen=True, slots=True)
class Buyers:
    """How many have bought, and how many had the time to and did not, as far as it is known (a Beta
    distribution's parameters); and how many inside have not had that time."""

    bought: float
    not_bought: float
    undecided: float


@dataclass(frozen=True, slots=True)
class _Fit:
    """The same for one mean time, and how likely what was seen is then."""

    likelihood: float
    bought: float
    not_bought: float
    undecided: float


def with_row(rows: Sequence[Sales], snapshot: Snapshot) -> tuple[Sales, ...]:
    """The log after one more reading."""
    if snapshot.stock_left is None:
        return ()
    totals = snapshot.totals
    row = Sales(
        snapshot.now,
        totals["claimed"],
        totals["completed"],
        ended_sessions(totals),
        max(0, snapshot.active),
    )
    # Whoever comes in while nothing is left has no choice: that says nothing of how many buy.
    if (
        not rows
        or snapshot.stock_left == 0
        or row.at < rows[-1].at
        or row.claimed < rows[-1].claimed
    ):
        return (row,)
    if row.at - rows[-1].at < STEP:
        return tuple(rows)
    return (*(each for each in rows if row.at - each.at <= SPAN), row)


def buyers_of(rows: Sequence[Sales], snapshot: Snapshot) -> Buyers:
    """Who buys: by how purchases follow entries in the log, and by those who have left where it is
    too short for that, or where the app tells of no purchase."""
    found = by_the_log(rows, snapshot.rules["session_seconds"])
    return _by_those_who_left(snapshot) if found is None else found


def by_the_log(rows: Sequence[Sales], session_seconds: float) -> Buyers | None:
    """Who buys, by how purchases follow entries; None if the log is too short or has none."""
    if not rows or rows[-1].at - rows[0].at < _KNOWN_AFTER or rows[-1].bought == rows[0].bought:
        return None
    fits = [_fit(rows, mean) for mean in _means(session_seconds)]
    best = max(fit.likelihood for fit in fits)
    weights = [exp(_TRUST * (fit.likelihood - best)) for fit in fits]
    parts = [weight / sum(weights) for weight in weights]
    shares = [fit.bought / (fit.bought + fit.not_bought) for fit in fits]
    share = sum(part * each for part, each in zip(parts, shares, strict=True))
    spread = sum(
        part * (each * (1 - each) / (fit.bought + fit.not_bought + 1) + (each - share) ** 2)
        for part, each, fit in zip(parts, shares, fits, strict=True)
    )
    known = max(2.0, share * (1 - share) / spread - 1)
    undecided = sum(part * fit.undecided for part, fit in zip(parts, fits, strict=True))
    return Buyers(share * known, (1 - share) * known, undecided)


def _by_those_who_left(snapshot: Snapshot) -> Buyers:
    ended = max(0, ended_sessions(snapshot.totals) - snapshot.ended_before)
    bought = min(ended, snapshot.totals["completed"] - snapshot.completed_before)
    if bought <= 0:  # an app may never say that somebody is done
        bought = min(ended, round(snapshot.stock_fell))
    # Whoever is inside may have decided or not: half of them count as people who did not buy.
    inside = max(0, snapshot.active)
    still = 1 - (1 - _INSIDE_STILL) * ended / max(1, ended + inside)
    return Buyers(1 + bought, 1 + ended - bought + inside * (1 - still), inside * still)


def _means(session_seconds: float) -> Sequence[float]:
    """Whoever chose how long a session lasts gave nearly all buyers the time that they need."""
    return [each for each in _MEANS if each * _MEANS_IN_SESSION <= session_seconds] or _MEANS[:1]


def _fit(rows: Sequence[Sales], mean: float) -> _Fit:
    undecided = rows[0].active * _STILL if rows[0].bought else float(rows[0].active)
    decided = list[tuple[float, int]]()  # in each step: had the time, and bought
    for before, row in pairwise(rows):
        passed = row.at - before.at
        stay, come = exp(-passed / mean), row.claimed - before.claimed
        left = min(float(row.active), undecided * stay + come * (1 - stay) * mean / passed)
        decided.append((max(1e-6, undecided + come - left), row.bought - before.bought))
        undecided = left
    bought = sum(count for _, count in decided)
    had_time = max(sum(time for time, _ in decided), float(rows[-1].ended - rows[0].ended))
    share = min(0.99, (1 + bought) / (2 + had_time))
    likelihood = sum(count * log(share * time) - share * time for time, count in decided)
    return _Fit(likelihood, 1 + bought, 1 + max(0.0, had_time - bought), undecided)
