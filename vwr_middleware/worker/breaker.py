"""The circuit breaker: a store that does not answer is asked seldom, by one call at a time."""

import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TypeVar

from vwr_middleware.errors import (
    DAMAGE,
    StoreBusy,
    StoreCrowded,
    StoreDamaged,
    StoreUnavailable,
    WaitingRoomError,
)

T = TypeVar("T")

log = logging.getLogger("vwr_middleware")

#: Seconds between two tries of a store that is away. When it is back, a worker may learn of that so
#: much later than others. A try costs one request 50 ms; with SQLite, the whole worker.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 1.0
#: Seconds for which one try keeps others from trying. A blocking client may hang that long in the
#: look-up of a server's name, and each try would hold another thread.
_TRY_MOST = 5.0
#: Seconds. In a crowd a store may be too busy to answer in time, again and again. Only if all tries
#: fail for so long is it away. A quiet time after a failed one proves nothing.
AWAY_AFTER = 3.0
_OUTAGES = 64  # past outages that are remembered, besides the present one
#: Seconds. Outages that lie closer together count as one: a session that could not be renewed is
#: not tried again for so long (RENEW_PAUSE), so maybe it was not tried between them.
_TOO_SHORT = 5.0
#: Seconds. A store may come and go (with a full disk, small writes still fit): the log would have
#: two lines a second. For _QUIET after an outage was logged, another is only if it _LASTS.
_QUIET, _LASTS = 60.0, 3.0


class _Diary:
    """Writes to the log that the store is gone, and that it is back.

    The error often changes during an outage: a server hangs up, and then refuses the password. So
    each fix that an error brings is logged once.
    """

    def __init__(self) -> None:
        self._told_at = float("-inf")
        self._is_told = False  # whether the present outage is in the log
        self._untold = 0  # outages since then that are not in the log
        self._fixes: set[str] = set()  # logged in the present outage

    def gone(self, error: StoreUnavailable, began: float, now: float) -> None:
        """A call failed in an outage."""
        if self._is_told:
            if error.fix and error.fix not in self._fixes:
                self._tell("the store is still unavailable: %s%s", error)
            return
        if now - self._told_at < _QUIET and now - began < _LASTS:
            return
        more = f" (and {self._untold} times for a moment since the last message)"
        text = "the store is unavailable, places are kept: %s%s"
        self._tell(text, error, more if self._untold else "")
        self._told_at, self._is_told, self._untold = now, True, 0

    def _tell(self, text: str, error: StoreUnavailable, more: str = "") -> None:
        # Damage that our code found has a traceback; a server's script reports its own line.
        is_ours = isinstance(error, StoreDamaged) and isinstance(error.__cause__, DAMAGE)
        where = error if is_ours else None
        log.error(text, error.told, more, exc_info=where)
        self._fixes.add(error.fix)

    def back(self, began: float, now: float) -> None:
        """An outage is over."""
        if self._is_told:
            log.warning("the store is back after %.1f s", now - began)
        else:
            self._untold += 1
        self._is_told = False
        self._fixes.clear()


class Breaker:
    """Lets calls to the store through while it answers.

    After a failure nobody asks for a moment. Then one call at a time tries.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._pause = _FIRST_PAUSE
        self._try_at = 0.0
        self.is_open = False
        self.errors = 0  # calls that failed or were not tried, for metrics
        self.began = float("-inf")  # monotonic time at which the last outage began
        self.ended = float("-inf")
        self._since = float("-inf")  # as `began`, of the first of several close together
        self._may_be_busy = False  # whether all that failed in this outage was for want of time
        self._failed_at = float("-inf")  # when its latest call failed
        self.why: tuple[str, str] | None = None  # reason and fix of the latest failure, while open
        self._before: deque[tuple[float, float]] = deque(maxlen=_OUTAGES)
        self._has_answered = False
        self._diary = _Diary()

    async def ask(self, call: Callable[[], Awaitable[T]]) -> T:
        """The answer of a call to the store. Raises StoreUnavailable at once while it is away."""
        is_try = self.is_open
        if is_try:
            self._take_the_try()
        try:
            answer = await call()
        except StoreCrowded:  # other threads have their answers, so this is no outage
            self.errors += 1
            self._leave_the_try(is_try)
            raise
        except StoreUnavailable as error:
            self._failed(error, is_try)
            raise
        except WaitingRoomError:  # the store did answer
            self._recovered()
            raise
        except BaseException:  # cancelled: nothing is known yet
            self._leave_the_try(is_try)
            raise
        self._recovered()
        return answer

    @property
    def may_try(self) -> bool:
        """Whether a call would be tried now."""
        return not self.is_open or self._monotonic() >= self._try_at

    @property
    def is_away(self) -> bool:
        """Whether the store cannot be asked, and not only because it is busy."""
        return self.is_open and self._is_outage()

    def _is_outage(self) -> bool:
        return not self._may_be_busy or self._failed_at - self.began >= AWAY_AFTER

    def was_away(self, moment: float) -> bool:
        """Whether the store could not be asked at that moment, as far as is remembered.

        Times when it was only busy are not remembered: a crowd could keep it busy all day, and
        sessions that ran out in that time would all come back.
        """
        if self.is_open and moment >= (self._since if self.is_away else self.began):
            return True
        return any(began <= moment <= ended for began, ended in list(self._before))

    def away_since(self, moment: float) -> float:
        """How many seconds the last outage has lasted, if it began after that moment; else 0."""
        if self.began <= moment:
            return 0.0
        return (self._monotonic() if self.is_open else self.ended) - self.began

    def _began_after_all(self, now: float) -> float:
        """When this outage began, or the earlier one that it continues.

        If the store has never answered this worker, it may have begun at any time before.
        """
        if not self._has_answered:
            return float("-inf")
        if self._before and now - self._before[-1][1] <= _TOO_SHORT:
            return self._before[-1][0]
        return now

    def refuse_early(self) -> None:
        """Raise StoreUnavailable if no call would be tried now."""
        if not self.may_try:
            self.errors += 1
            raise StoreUnavailable("the store did not answer a moment ago")

    def _take_the_try(self) -> None:
        self.refuse_early()
        self._try_at = self._monotonic() + _TRY_MOST  # the others wait for what this try finds

    def _leave_the_try(self, is_try: bool) -> None:
        if is_try:
            self._try_at = self._monotonic() + self._pause

    def _failed(self, error: StoreUnavailable, is_try: bool) -> None:
        now = self._monotonic()
        self.errors += 1
        if not self.is_open:
            self.is_open, self.began, self._pause = True, now, _FIRST_PAUSE
            self._since, self._may_be_busy = self._began_after_all(now), True
        elif is_try:  # calls that were under way when the store went away prove nothing new
            self._pause = min(_LONGEST_PAUSE, self._pause * 2)
        self._may_be_busy = self._may_be_busy and isinstance(error, StoreBusy)
        self._failed_at, self.why = now, (str(error), error.fix)
        self._diary.gone(error, self.began, now)
        self._try_at = now + self._pause

    def _recovered(self) -> None:
        self._has_answered = True
        if not self.is_open:
            return
        self.is_open, self.why, self.ended = False, None, self._monotonic()
        if self._is_outage():
            self._remember()
        self._diary.back(self.began, self.ended)

    def _remember(self) -> None:
        if self._before and self._before[-1][0] == self._since:  # this outage has continued it
            self._before.pop()
        self._before.append((self._since, self.ended))
