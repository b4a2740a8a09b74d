"""The circuit breaker: a store that does not answer is asked seldom, by one call at a time; and
what the log says of outages.
"""

import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from vwr_middleware.errors import (
    DAMAGE,
    StoreBusy,
    StoreCrowded,
    StoreDamaged,
    StoreNotAsked,
    StoreUnavailable,
    WaitingRoomError,
)

# One outage of the store, as a worker sees it, and what the log says of outages.


log = logging.getLogger("vwr_middleware")

#: In a crowd a store may be too busy to answer in time, again and again. It is away only if it has
#: not answered for so many seconds, and so many calls in a row have failed: a quiet time before or
#: after a late answer proves nothing. So all workers find that out at the same time, also those
#: that had nothing to ask before.
AWAY_AFTER, AWAY_FAILURES = 3.0, 2
#: Seconds. A store may come and go (with a full disk, small writes still fit): the log would have
#: two lines a second. For _QUIET after an outage was logged, another is only if it _LASTS.
_QUIET, _LASTS = 60.0, 3.0


@dataclass(slots=True)
class Outage:
    """A time in which the store did not answer. All moments are monotonic time."""

    began: float  # when its first call failed
    since: float  # from when the store may have been away, also of several that count as one
    answered: float  # when a call was answered last before it
    ended: float = float("inf")  # when a call was answered again
    #: Whether the store cannot be asked. While calls fail only for want of time, it may be busy.
    is_away: bool = False
    failures: int = 0  # calls that failed
    why: tuple[str, str] = "", ""  # reason and fix of the latest failure

    def failed(self, error: StoreUnavailable, now: float) -> None:
        """Note a call that failed."""
        self.failures += 1
        is_silent = self.failures >= AWAY_FAILURES and now - self.answered >= AWAY_AFTER
        if is_silent or not isinstance(error, StoreBusy):
            self.is_away = True
        self.why = str(error), error.fix

    def covers(self, moment: float) -> bool:
        """Whether that moment lies in it."""
        return (self.since if self.is_away else self.began) <= moment <= self.ended


class OutageLog:
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


# The circuit breaker: a store that does not answer is asked seldom, by one call at a time.


T = TypeVar("T")

#: Seconds between two tries of a store that is away. When it is back, a worker may learn of that so
#: much later than others. A try costs one request 50 ms; with SQLite, the whole worker. If it was
#: only late, it is asked again soon.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 1.0
_LATE_PAUSE = 0.05
#: Seconds for which one try keeps others from trying. A blocking client may hang that long in the
#: look-up of a server's name, and each try would hold another thread.
_TRY_MOST = 5.0
_OUTAGES = 64  # past outages that are remembered, besides the present one
#: Seconds. Outages that lie closer together count as one: a session that could not be renewed is
#: not tried again for so long (RENEW_PAUSE), so maybe it was not tried between them.
_TOO_SHORT = 5.0
#: Seconds. An outage may have begun at any time since the store last answered; but a worker that
#: had nothing to ask it for longer than this knows nothing of the time before.
_QUIET_MOST = 60.0

_LONG_AGO = float("-inf")


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
        #: The latest outage. It goes on while the breaker is open.
        self._latest = Outage(_LONG_AGO, _LONG_AGO, _LONG_AGO, ended=_LONG_AGO)
        self._before: deque[Outage] = deque(maxlen=_OUTAGES)  # those in which the store was away
        self._answered_at = _LONG_AGO
        self._outage_log = OutageLog()

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
        return self.is_open and self._latest.is_away

    @property
    def why(self) -> tuple[str, str] | None:
        """Reason and fix of the latest failure, while the store does not answer."""
        return self._latest.why if self.is_open else None

    def was_away(self, moment: float) -> bool:
        """Whether the store could not be asked at that moment, as far as is remembered.

        Times when it was only busy are not remembered: a crowd could keep it busy all day, and
        sessions that ran out in that time would all come back.
        """
        present = [self._latest] if self.is_open else []
        return any(outage.covers(moment) for outage in [*self._before, *present])

    def spans_after(self, moment: float) -> tuple[float, float]:
        """How many seconds the last outage has lasted, if it began after that moment; and for how
        many it cannot be said that the store was there, if it was away and not only busy."""
        outage, now = self._latest, self._monotonic()
        if outage.began <= moment:
            return 0.0, 0.0
        lasted = min(outage.ended, now) - outage.began
        return lasted, now - outage.since if outage.is_away else 0.0

    def refuse_early(self) -> None:
        """Raise StoreUnavailable if no call would be tried now."""
        if not self.may_try:
            self.errors += 1
            raise StoreNotAsked("the store did not answer a moment ago")

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
            self._latest = Outage(now, self._since(now), self._answered_at)
            is_late = isinstance(error, StoreBusy)
            self.is_open, self._pause = True, _LATE_PAUSE if is_late else _FIRST_PAUSE
        elif is_try:  # calls that were under way when the store went away prove nothing new
            self._pause = min(_LONGEST_PAUSE, self._pause * 2)
        outage = self._latest
        outage.failed(error, now)
        self._outage_log.gone(error, outage.began, now)
        self._try_at = now + self._pause

    def _since(self, now: float) -> float:
        """When the outage that is found now may have begun, or the earlier one that it continues.

        If the store has never answered this worker, it may have begun at any time before.
        """
        if self._answered_at == _LONG_AGO:
            return _LONG_AGO
        if self._before and now - self._before[-1].ended <= _TOO_SHORT:
            return self._before[-1].since
        return max(self._answered_at, now - _QUIET_MOST)

    def _recovered(self) -> None:
        self._answered_at = self._monotonic()
        if not self.is_open:
            return
        outage = self._latest
        self.is_open, outage.ended = False, self._monotonic()
        if outage.is_away:
            self._remember(outage)
        self._outage_log.back(outage.began, outage.ended)

    def _remember(self, outage: Outage) -> None:
        if self._before and self._before[-1].since == outage.since:  # it has continued that one
            self._before.pop()
        self._before.append(outage)
