"""One outage of the store, as a worker sees it, and what the log says of outages."""

import logging
from dataclasses import dataclass

from vwr_middleware.errors import DAMAGE, StoreBusy, StoreDamaged, StoreUnavailable

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


class Diary:
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
