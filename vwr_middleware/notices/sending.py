"""Threads that send notices. No process waits for them as it ends: a `notify` may never return."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress

from vwr_middleware.line.messages import Notice
from vwr_middleware.notices.room_notices import Report

log = logging.getLogger("vwr_middleware")

#: Threads of one worker at most. At the patience of one notice, all that a worker takes at once are
#: sent before their lease is over (NOTICE_LEASE).
THREADS = 8
HANGS = (
    "room %s: %d notices are on their way for more than %d seconds, so others may be sent again:"
    " notify must return"
)

Tell = Callable[[Notice], Report]


class Sending:
    """Sends notices in threads that end with their process, and that are never too many."""

    def __init__(self) -> None:
        self._jobs: list[Future[Report]] = []

    @property
    def free(self) -> int:
        """How many more may be sent at once. At 0 all threads are stuck, so take no notices."""
        self._jobs = [job for job in self._jobs if job.running()]
        return max(0, THREADS - len(self._jobs))

    def begin(self, tell: Tell, due: Sequence[Notice]) -> list[Future[Report]]:
        """Send these. What comes of each is in the future at its place."""
        pairs = [(notice, Future[Report]()) for notice in due]
        waiting, jobs = deque(pairs), [future for _, future in pairs]
        for number in range(min(self.free, len(jobs))):
            threading.Thread(
                target=_work, args=(tell, waiting), name=f"vwr-notice_{number}", daemon=True
            ).start()
        self._jobs += jobs
        return jobs


def _work(tell: Tell, waiting: deque[tuple[Notice, Future[Report]]]) -> None:
    with suppress(IndexError):  # none is left
        while True:
            notice, future = waiting.popleft()
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(tell(notice))
            except Exception as error:
                future.set_exception(error)
