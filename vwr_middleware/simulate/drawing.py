"""`vwr simulate --draw`: does a draw of so many treat all alike? The real draw, and no store.

The numbers are taken in ten groups by when people came, and in ten by the places that they got. In
a fair draw each of these hundred groups has about as many people, and number and place have nothing
to do with each other.
"""

import hashlib
from array import array
from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any

from rich.console import Console
from rich.table import Table

from vwr_middleware.draw.permutation import Permutation
from vwr_middleware.draw.seed import lane_seed
from vwr_middleware.line.lanes import MAIN

GROUPS = 10
#: Chi-square of that table, with 81 degrees of freedom: fair draws are above in one of a thousand.
CHI_SQUARE_MOST = 126.1
#: How far from 0 the correlation of a fair draw is, in units of 1 / sqrt(count - 1): more in one of
#: a thousand.
DEVIATIONS_MOST = 3.3
LEAST = 10 * GROUPS**2  # registrations, below which the table says nothing


@dataclass(frozen=True)
class DrawResult:
    """What was seen of one draw."""

    count: int
    first_place_of: int  # the number that got the first place
    chi_square: float
    correlation: float
    first_tenth: float  # the mean place of the tenth that came first, as a part of the whole
    is_even: bool

    def figures(self) -> dict[str, Any]:
        """The same as JSON."""
        return asdict(self)


def simulate_draw(count: int, seed: int, lane: str = MAIN) -> DrawResult:
    """Draw places for so many registrations, of one lane. Another `seed` is another draw."""
    order_seed = hashlib.sha256(b"simulated draw %d" % seed).digest()
    order = Permutation(lane_seed(order_seed, lane), count)
    table = array("q", [0]) * GROUPS**2
    products, first = 0.0, 0
    middle = (count + 1) / 2
    for number in range(1, count + 1):
        drawn = order.place_of(number)
        row, column = (number - 1) * GROUPS // count, (drawn - 1) * GROUPS // count
        table[row * GROUPS + column] += 1
        products += (number - middle) * (drawn - middle)
        first += drawn if row == 0 else 0
    chi_square = _chi_square(table, count)
    correlation = 12 * products / (count * (count**2 - 1)) if count > 1 else 0.0
    is_even = count < LEAST or (
        chi_square <= CHI_SQUARE_MOST
        and abs(correlation) <= DEVIATIONS_MOST / sqrt(max(1, count - 1))
    )
    in_first = sum(table[:GROUPS])
    mean = first / in_first / count if in_first else 0.0
    return DrawResult(count, order.number_at(1), chi_square, correlation, mean, is_even)


def _chi_square(table: "array[int]", count: int) -> float:
    """How far the groups are from being equally large. Rows and columns may differ by one."""
    rows = [sum(table[at * GROUPS : (at + 1) * GROUPS]) for at in range(GROUPS)]
    columns = [sum(table[at::GROUPS]) for at in range(GROUPS)]
    found = 0.0
    for at, seen in enumerate(table):
        expected = rows[at // GROUPS] * columns[at % GROUPS] / count
        found += (seen - expected) ** 2 / expected if expected else 0.0
    return found


def show_draw(result: DrawResult, console: Console) -> None:
    """Tell it, as a table and a sentence."""
    table = Table("", "", show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_row("registrations", f"{result.count:,}")
    table.add_row("the first place went to number", f"{result.first_place_of:,}")
    table.add_row("mean place of the first tenth to come", f"{result.first_tenth:.1%} of the line")
    table.add_row("correlation of number and place", f"{result.correlation:+.5f}")
    table.add_row("chi-square (81 degrees of freedom)", f"{result.chi_square:.1f}")
    console.print(table)
    if result.count < LEAST:
        console.print(f"Too few to judge by: below {LEAST:,} chance alone decides these figures.")
    elif result.is_even:
        console.print("As even as chance: who came when says nothing of the place.")
    else:
        console.print("Not as even as 999 of 1000 fair draws: try another --seed.")
