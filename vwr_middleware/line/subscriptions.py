"""What people in line leave so as to be told of their turn while they are away."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from vwr_middleware.line.constants import SUBSCRIBERS_NEAR
from vwr_middleware.line.draw_numbers import row_of

if TYPE_CHECKING:
    from vwr_middleware.line.state import Line


@dataclass(frozen=True, slots=True)
class Subscription:
    """What somebody in line left so as to be told of the turn while away."""

    text: str
    due: float = 0.0  # before that, no worker is given it
    tries: int = 0  # how often one was


class Subscriptions(Protocol):
    """Subscriptions by position: at most one a place, until its visitor has come or was told.

    `Numbers.subscribers` counts them. A loss of data loses them.
    """

    def get(self, position: int) -> Subscription | None:
        """The one of a place."""

    def put(self, position: int, kept: Subscription) -> None:
        """Keep one, in place of an earlier one of the same place."""

    def remove(self, position: int) -> None:
        """Forget one, if it is there."""

    def after(self, position: int, most: int) -> list[tuple[int, Subscription]]:
        """The first of those behind a position, in order."""

    def clear(self) -> None:
        """Forget all."""


def keep_subscription(line: "Line", position: int, kept: Subscription) -> None:
    """Keep a place's subscription, in place of its earlier one."""
    row = row_of(line.numbers, position)
    line.numbers.subscribers += int(line.subscriptions.get(row) is None)
    line.subscriptions.put(row, kept)


def forget_subscription(line: "Line", position: int) -> bool:
    """Forget a place's subscription. False if it has none."""
    row = row_of(line.numbers, position)
    if not line.numbers.subscribers or line.subscriptions.get(row) is None:
        return False
    line.subscriptions.remove(row)
    line.numbers.subscribers -= 1
    return True


def count_subscriptions(line: "Line", after: int, to: int) -> int:
    """How many of these positions have one; of very many, not all are counted."""
    if not line.numbers.subscribers:
        return 0
    return sum(place <= to for place, _ in line.subscriptions.after(after, SUBSCRIBERS_NEAR))
