"""What a room keeps of its draw, and how it keeps what people left before: see draw.py."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vwr_middleware.line.constants import DRAWN, NO_DRAW, REGISTERING
from vwr_middleware.line.stock import StockNumbers

if TYPE_CHECKING:
    from vwr_middleware.line.state import Numbers


@dataclass(slots=True, kw_only=True)
class DrawNumbers(StockNumbers):
    """The numbers of a generation's draw."""

    draw: int = NO_DRAW  # what this generation is
    drawn: int = 0  # how many had places by lot as it began
    drawn_at: float = 0.0  # when, by the wall clock
    gathers_until: float = 0.0  # until then those who were drawn look where they stand
    gathered: int = 0  # how many of them were heard by then, as of the last look
    gathers_most: float = 0.0  # no longer than until then
    opening_changed: float = 0.0  # when an operator last moved the opening, or opened by hand
    draw_told: str = ""  # what a worker said of the seed while people registered
    draw_lanes: str = ""  # of a room with lanes: see drawn_lanes.py

    def forget_draw(self) -> None:
        """A generation begins without one."""
        self.draw, self.drawn, self.draw_told, self.draw_lanes = NO_DRAW, 0, "", ""
        self.drawn_at = self.gathers_until = self.gathers_most = 0.0
        self.gathered = 0


def is_drawn(numbers: DrawNumbers) -> bool:
    """Whether this generation began with a draw."""
    return numbers.draw >= DRAWN


def row_of(numbers: DrawNumbers, position: int) -> int:
    """The position at which rows of a place are kept: of a number, the negative one."""
    return -position if numbers.draw == REGISTERING else position


def generations(numbers: "Numbers") -> tuple[int, ...]:
    """The generations whose identities count, the latest first."""
    latest = numbers.generation
    return (latest, latest - 1) if is_drawn(numbers) else (latest,)
