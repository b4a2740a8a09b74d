"""What is left to sell behind a simulated room, who buys of it, and how true the odds were."""

from collections.abc import Set
from dataclasses import dataclass, field
from random import Random

from vwr_middleware.simulate.scenario import StockModel
from vwr_middleware.simulate.visitor import Visitor
from vwr_middleware.worker.stock_odds import TENTHS


@dataclass(frozen=True, slots=True)
class ToldOdds:
    """What somebody in line was told once, and whether something was left when they could buy."""

    tenths: int
    reached: bool


@dataclass(slots=True)
class SimulatedStock:
    """The app's own count, and who has come to buy."""

    model: StockModel
    random: Random
    left: int = field(init=False)
    reached: dict[int, bool] = field(default_factory=dict)  # by position
    asked: list[tuple[int, int]] = field(default_factory=list)  # position, tenths

    def __post_init__(self) -> None:
        self.left = self.model.left

    def add(self, units: int) -> None:
        """Something is delivered, or (below 0) goes elsewhere."""
        self.left = max(0, self.left + units)

    def visit_begins(self, visitor: Visitor) -> float:
        """Somebody comes in. Returns how many seconds they will stay."""
        units = self.model.units[int(self.random.random() * len(self.model.units))]
        visitor.wants = units if self.random.random() < self.model.buys else 0
        return visitor.visit * (1 if visitor.wants else self.model.looks)

    def visit_ends(self, visitor: Visitor) -> bool:
        """Whether somebody has bought something of what is left."""
        self.reached[visitor.position] = self.left > 0
        taken = min(visitor.wants, self.left)
        self.left -= taken
        return taken > 0

    def told(self, gone: Set[int]) -> list[ToldOdds]:
        """Everybody who was told something, but for those who left the line by themselves."""
        return [
            ToldOdds(tenths, self.reached.get(position, False))
            for position, tenths in self.asked
            if position not in gone
        ]


def brier(told: list[ToldOdds], least: int = 1, most: int = TENTHS - 1) -> float | None:
    """The Brier score of those who were told so many tenths (G. W. Brier, "Verification of
    forecasts expressed in terms of probability", Monthly Weather Review 78, 1950, pages 1 to 3): 0
    for a clairvoyant, a quarter for whoever always says a half. None if nobody was."""
    rows = [each for each in told if least <= each.tenths <= most]
    if not rows:
        return None
    return sum((each.tenths / TENTHS - each.reached) ** 2 for each in rows) / len(rows)


def reliability(told: list[ToldOdds]) -> dict[int, tuple[int, float]]:
    """By tenths: how many were told so, and the part of them for whom something was left."""
    found: dict[int, tuple[int, float]] = {}
    for tenths in range(TENTHS + 1):
        rows = [each.reached for each in told if each.tenths == tenths]
        if rows:
            found[tenths] = len(rows), sum(rows) / len(rows)
    return found
