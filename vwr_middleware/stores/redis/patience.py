"""How long an event loop waits for a server."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar

#: If a timer fires so many seconds late, this process was busy.
LATE = 0.005
#: A busy process begins to wait again at most so often.
AGAIN_MOST = 4


class _Wait:
    """The time that a call has left."""

    def __init__(self, limit: asyncio.Timeout, seconds: float) -> None:
        self.seconds = seconds
        self._limit, self._loop = limit, asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, seconds: float, again: int = AGAIN_MOST) -> None:
        """Give up in so many seconds from now."""
        self.stop()
        due = self._loop.time() + seconds
        self._timer = self._loop.call_at(due, self._end, due, seconds, again)

    def _end(self, due: float, seconds: float, again: int) -> None:
        now = self._loop.time()
        if again and now - due > LATE:
            self.begin(seconds, again - 1)
        elif not self._limit.expired():  # or given up already, by a call that is not out yet
            self._limit.reschedule(now)

    def stop(self) -> None:
        """Do not give up any more."""
        if self._timer is not None:
            self._timer.cancel()


_under_way: ContextVar[_Wait] = ContextVar("_under_way")


@asynccontextmanager
async def patience(seconds: float) -> AsyncIterator[None]:
    """Raises TimeoutError after so many seconds without an answer.

    While the event loop is busy with other requests it reads no answers, and all timers are late.
    With a crowd, a server that has answered long ago would seem to be dead. So such time does not
    count.
    """
    async with asyncio.timeout(None) as limit:
        wait = _Wait(limit, seconds)
        token = _under_way.set(wait)
        wait.begin(seconds)
        try:
            yield
        finally:
            wait.stop()
            _under_way.reset(token)


@contextmanager
def connecting(trips: int) -> Iterator[None]:
    """What is done here takes so many round trips, before the one that the patience is meant for.

    Otherwise a server that answers in half of the time could never be reached: whoever gives up
    cuts the connection that was being made, and the next one begins from the start.
    """
    wait = _under_way.get()
    wait.begin(trips * wait.seconds)
    yield
    wait.begin(wait.seconds)
