"""Asks the app how much is left to sell: the setting `stock`. No request waits for the answer.

The store says which worker asks, and when (line/stock.py). A function of the user's may fail, lie
or never answer: then the last number that it gave stays, with its age, and nothing else is harmed.
"""

import asyncio
import logging
import threading
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from decimal import Decimal
from inspect import isawaitable
from math import isfinite, isnan
from operator import index
from reprlib import repr as shown
from typing import Any

from vwr_middleware.line.constants import POSITIONS_MOST, STOCK_WAITS
from vwr_middleware.line.messages import StockTold
from vwr_middleware.user_functions import Failures, is_asynchronous

log = logging.getLogger("vwr_middleware")

#: What is wrong with an answer. A store keeps the number of it.
PROBLEMS = (
    "",
    "it failed",
    f"it did not answer within {STOCK_WAITS:.0f} seconds",
    "it answered with something that is no whole number",
    "it answered with a number below 0",
    f"it answered with a number above {POSITIONS_MOST}",
)
FAILED, LATE, NO_NUMBER, NEGATIVE, TOO_LARGE = range(1, len(PROBLEMS))

BAD = "room %s: stock: %s (%d so far). The last number that it gave counts for five minutes%s"
GOOD_AGAIN = "room %s: stock answers again"


class NoCount(Exception):
    """An answer that is no number of things that may be left."""

    def __init__(self, problem: int, answer: object) -> None:
        super().__init__(f"{PROBLEMS[problem]}: {shown(answer)}")
        self.problem = problem


def count_of(answer: object) -> int:
    """The number in an answer. Raises NoCount if it is none that can be."""
    number: Any = answer
    if isinstance(answer, float | Decimal) and not isnan(answer):
        number = _whole(float(answer))
    try:
        count = index(number)
    except TypeError:
        raise NoCount(NO_NUMBER, answer) from None
    if isinstance(answer, bool):
        raise NoCount(NO_NUMBER, answer)
    if not 0 <= count <= POSITIONS_MOST:
        raise NoCount(NEGATIVE if count < 0 else TOO_LARGE, answer)
    return count


def _whole(number: float) -> int | None:
    """The same as a whole number, if it is one; beyond all bounds by its sign alone."""
    if not isfinite(number):
        return POSITIONS_MOST + 1 if number > 0 else -1
    return int(number) if number == int(number) else None


def _in_thread(work: Callable[[], None]) -> Callable[[], bool]:
    """Do it in a thread of its own. Returns what says whether that goes on still."""
    thread = threading.Thread(target=work, name="vwr-stock", daemon=True)
    thread.start()
    return thread.is_alive


class StockAsking:
    """One room's function in one worker: one question at a time.

    `now` is the store's time. `on_failure` hears of each failure. `run` does what may take long.
    """

    def __init__(
        self,
        room_name: str,
        function: Callable[..., object] | None,
        monotonic: Callable[[], float],
        now: Callable[[], float],
        on_failure: Callable[[], None] = lambda: None,
        run: Callable[[Callable[[], None]], Callable[[], bool]] = _in_thread,
    ) -> None:
        self._room_name, self._function = room_name, function
        self._monotonic, self._now, self._on_failure, self._run = monotonic, now, on_failure, run
        self._failures, self._is_bad = Failures(), False
        self._began: float | None = None  # when the open question was asked
        self._asked = 0  # its number
        self._goes_on: Callable[[], bool] = lambda: False
        self._task: asyncio.Task[None] | None = None  # kept, or it might be collected
        self._told: StockTold | None = None
        self._failed = Counter[str]()

    def count_failures(self, failed: Counter[str]) -> None:
        """From now on count them here, as those of other functions, for metrics."""
        failed["stock"] = 0  # no thread is to add it while the others are read
        self._failed = failed

    def may_ask(self) -> bool:
        """Whether the function may be asked now. One that hangs is not asked by a second thread."""
        return self._function is not None and self._began is None and not self._goes_on()

    def hand_in(self) -> StockTold | None:
        """The answer, to be handed in until it has arrived."""
        began = self._began
        if began is not None and self._monotonic() - began > STOCK_WAITS:
            self._take(self._asked, TimeoutError(PROBLEMS[LATE]))
        return self._told

    def arrived(self, told: StockTold | None) -> None:
        """The store has this answer."""
        if self._told is told:
            self._told = None

    def begin(self) -> None:
        """Ask now."""
        if self._function is None or self._began is not None:
            return
        self._asked += 1
        self._began = self._monotonic()
        number, function = self._asked, self._function
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            loop = None
        try:
            if loop is not None and is_asynchronous(function):
                # In the loop of the app, where its connections are.
                self._task = loop.create_task(self._awaited(number, function))
            else:
                self._goes_on = self._run(lambda: self._called(number, function))
        except RuntimeError as error:  # there are too many threads
            self._take(number, error)

    async def _awaited(self, number: int, function: Callable[..., Any]) -> None:
        try:
            async with asyncio.timeout(STOCK_WAITS):
                answer = await function()
        except Exception as error:
            self._take(number, error)
        else:
            self._take(number, answer)

    def _called(self, number: int, function: Callable[..., Any]) -> None:
        try:
            answer = function()
            if isawaitable(answer):
                answer = asyncio.run(_in_time(answer))
        except Exception as error:
            self._take(number, error)
        else:
            self._take(number, answer)

    def _take(self, number: int, answer: object) -> None:
        """Take an answer, or the error instead of one; not if it comes too late."""
        if number != self._asked or self._began is None:
            return
        self._began = None
        problem = 0
        try:
            if isinstance(answer, Exception):
                raise answer
            left = count_of(answer)
        except NoCount as error:
            problem = error.problem
            self._note(error)
        except TimeoutError as error:
            problem = LATE
            self._note(error)
        except Exception as error:
            problem = FAILED
            self._note(error)
        self._told = StockTold(None if problem else left, self._now(), problem)
        if not problem and self._is_bad:
            self._is_bad = False
            log.warning(GOOD_AGAIN, self._room_name)

    def _note(self, error: Exception) -> None:
        self._is_bad = True
        self._failed["stock"] += 1
        if count := self._failures.told(error):
            is_theirs = not isinstance(error, NoCount | TimeoutError)
            why = f"{PROBLEMS[FAILED]}: {type(error).__name__}" if is_theirs else str(error)
            why = why or PROBLEMS[LATE]
            more = ". See the traceback" if is_theirs else ""
            log.error(BAD, self._room_name, why, count, more, exc_info=error if is_theirs else None)
        with suppress(Exception):
            self._on_failure()


async def _in_time(answer: Awaitable[object]) -> object:
    async with asyncio.timeout(STOCK_WAITS):
        return await answer
