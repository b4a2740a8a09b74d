"""How long an event loop waits for a server, and whether a server is too far away for that."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar

#: Seconds that a join, a claim and a refresh last at most in an event loop, if that is more than
#: the patience. The first two cannot be answered without the store, and nobody waits for the end of
#: the third. On a busy machine a server may be late for longer than other requests wait for it.
SLOW_MOST = 1.0
SLOW = ("join", "claim", "refresh")

#: If a timer fires more than this many seconds late, the process was busy.
LATE = 0.005
#: How often a call of a busy process gets its whole time again at most.
AGAIN_MOST = 4


class _Wait:
    """The time that a call has left. `trip`: the time that a round trip of connecting has."""

    def __init__(self, limit: asyncio.Timeout, seconds: float, trip: float) -> None:
        self.seconds, self.trip = seconds, trip
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
        elif not self._limit.expired():  # it may have, if the call has not returned yet
            self._limit.reschedule(now)

    def stop(self) -> None:
        """Do not give up any more."""
        if self._timer is not None:
            self._timer.cancel()


_under_way: ContextVar[_Wait] = ContextVar("_under_way")


@asynccontextmanager
async def patience(seconds: float, trip: float = 0.0) -> AsyncIterator[None]:
    """Raises TimeoutError after so many seconds without an answer. Connecting has `trip` seconds
    for each of its round trips, or as many as the call.

    Time in which the event loop is busy does not count: it reads no answers then, and all timers
    are late. In a crowd, a server that answered long ago would seem to be dead.
    """
    async with asyncio.timeout(None) as limit:
        wait = _Wait(limit, seconds, trip or seconds)
        token = _under_way.set(wait)
        wait.begin(seconds)
        try:
            yield
        finally:
            wait.stop()
            _under_way.reset(token)


@contextmanager
def connecting(trips: int) -> Iterator[None]:
    """Within `patience`: give what is done here the time of so many round trips of its own.

    Otherwise a server that needs half of the patience for an answer could never be reached: giving
    up cuts the connection that is being made, and the next call begins from the start.
    """
    wait = _under_way.get()
    wait.begin(trips * wait.trip)
    yield
    wait.begin(wait.seconds)


async def problems_of_distance(trip: Callable[[], Awaitable[object]], patience: float) -> list[str]:
    """The problem of a server whose answers take longer than requests wait for them, with its fix.
    `trip` asks it something that costs it nothing."""
    seconds = min([await _seconds_of(trip) for _ in range(3)])
    if seconds < patience:
        return []
    enough = max(0.2, math.ceil(seconds * 30) / 10)
    return [
        f"store: an answer takes {seconds * 1000:.0f} ms, but requests wait only "
        f"{patience * 1000:.0f} ms: use a server that is nearer, or add "
        f"?socket_timeout={enough:g} to the store's URL"
    ]


async def _seconds_of(trip: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await trip()
    return time.perf_counter() - began
