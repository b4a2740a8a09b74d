"""What is left to sell, as the app or an operator says, and what a room makes of it.

One worker at a time asks the app, every few seconds (`grant`), and brings the answer with its next
refresh (`take_stock`). An operator's word, the setting `stock_left`, counts in place of the app's
until it is taken back. What the app said last counts while it is young enough (STOCK_TRUSTED):
an older number neither closes a line nor gives odds.

By two numbers in a row a room learns how many units one buyer takes.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vwr_middleware.line.constants import GIVEN_BACK_MOST, STOCK_EVERY, STOCK_TRUSTED
from vwr_middleware.line.messages import Ask, ended_sessions
from vwr_middleware.line.shadow_numbers import ShadowNumbers

if TYPE_CHECKING:
    from vwr_middleware.line.state import Line, Numbers


@dataclass(slots=True, kw_only=True)
class StockNumbers(ShadowNumbers):
    """What a room keeps of it, among its numbers."""

    stock: int = 0  # as it was told last
    stock_at: float = 0.0  # when; 0: never
    stock_counted: int = 0  # sessions that had been completed by then
    stock_asked: float = 0.0  # when a worker was last told to ask the app
    stock_noted: float = 0.0  # when the audit log last noted a number of an operator's
    stock_fell: float = 0.0  # units that have gone while `stock_bought` people bought
    stock_bought: float = 0.0
    stock_gone: int = 0  # 1: nothing is left, and that was told
    stock_problem: int = 0  # what is wrong with the app's answer, since `stock_failed`
    stock_failed: float = 0.0
    empty_handed: int = 0  # who had left without buying when nothing was left any more
    measured_in: int = 1  # the generation in which all this is measured
    completed_before: int = 0  # sessions that had ended so before this generation
    ended_before: int = 0  # the same, whatever became of them


def stock_left(numbers: "Numbers", now: float) -> int | None:
    """What is left, as far as it is known by now; None: it is not."""
    by_hand: int | None = numbers.rules.get("stock_left")
    if by_hand is not None:
        return by_hand
    is_young = numbers.stock_at > 0 and now - numbers.stock_at <= STOCK_TRUSTED
    return numbers.stock if is_young else None


def is_gone(numbers: "Numbers", now: float) -> bool:
    """Whether nothing is left."""
    return stock_left(numbers, now) == 0


def closes(numbers: "Numbers", now: float) -> bool:
    """Whether the line is closed since nothing is left."""
    return numbers.rules.get("when_gone") == "close" and is_gone(numbers, now)


def take_stock(line: "Line", ask: Ask, now: float) -> None:
    """Take in what the app has answered to a worker, unless a later answer came by another."""
    numbers, told = line.numbers, ask.stock
    if numbers.measured_in != numbers.generation:
        _measure_anew(numbers)
    if told is None:
        return
    if told.left is None:
        numbers.stock_problem, numbers.stock_failed = told.problem, now
    elif numbers.rules.get("stock_left") is None and told.at > numbers.stock_at:
        _learn(line, told.left)
        numbers.stock, numbers.stock_at = told.left, min(now, told.at)
        numbers.stock_problem, numbers.stock_failed = 0, 0.0


def _measure_anew(numbers: "Numbers") -> None:
    """There was a reset: who buys may be other people, and what is sold may be something else."""
    numbers.measured_in = numbers.generation
    numbers.stock_fell = numbers.stock_bought = 0.0
    bought, ended = numbers.totals["completed"], ended_sessions(numbers.totals)
    numbers.completed_before, numbers.ended_before = bought, ended
    numbers.empty_handed = ended - bought


def set_by_hand(line: "Line", left: int | None, now: float) -> None:
    """An operator has said what is left, or (None) leaves it to the app again."""
    numbers = line.numbers
    if left is None:
        numbers.stock_at = numbers.stock_asked = 0.0
        return
    _learn(line, left)
    numbers.stock, numbers.stock_at = left, now


def _learn(line: "Line", left: int) -> None:
    """Learn how many units buyers take, from what has gone since the number before.

    A small rise is what people inside have put back. A larger one is a delivery, and says nothing.
    """
    numbers = line.numbers
    completed = numbers.totals["completed"]
    fell, bought = numbers.stock - left, completed - numbers.stock_counted
    numbers.stock_counted = completed
    if not numbers.stock_at or -fell > GIVEN_BACK_MOST * line.sessions.count():
        return
    numbers.stock_fell = max(0.0, numbers.stock_fell + fell)
    numbers.stock_bought += max(0, bought)


def is_noted(numbers: "Numbers", old: Any, new: Any, now: float) -> bool:
    """Whether the audit log notes that an operator, or a program in a row, has said what is left.

    A program may say it every few seconds: that would push all else out of the log. So of numbers
    in a row one a minute is noted, and whatever begins or ends.
    """
    return not old or not new or now - numbers.stock_noted >= STOCK_EVERY * 12


def grant(numbers: "Numbers", ask: Ask, now: float) -> bool:
    """Whether the worker is to ask the app now. No other one is told so for STOCK_EVERY."""
    by_hand = numbers.rules.get("stock_left") is not None
    if not ask.asks_stock or by_hand or now - numbers.stock_asked < STOCK_EVERY:
        return False
    numbers.stock_asked = now
    return True


def note_gone(numbers: "Numbers", now: float) -> list[tuple[str, str]]:
    """The event if nothing is left since a moment ago, or something again. If what is left is not
    known any more, the line may open again: its subject says so."""
    gone = int(is_gone(numbers, now))
    if gone == numbers.stock_gone:
        return []
    numbers.stock_gone = gone
    not_bought = ended_sessions(numbers.totals) - numbers.totals["completed"]
    if gone:
        numbers.empty_handed = not_bought
        return [("stock_gone", "0")]
    # Whoever left meanwhile had no choice: that says nothing of how many buy.
    numbers.ended_before += not_bought - numbers.empty_handed
    left = stock_left(numbers, now)
    return [("stock_back", "unknown" if left is None else str(left))]
