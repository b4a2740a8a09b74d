"""How requests of one worker share round trips to the store.

A blocking store is asked in place. Threads share one refresh. In an event loop, the joins of one
turn of the loop are one step, since reading and writing a room takes as long as ten joins.

An asynchronous store is asked in tasks. All who need a refresh wait for the one in flight, and
joins that come at about the same time share a round trip.
"""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import cached_property
from typing import NamedTuple

from vwr_middleware.blocking import finish
from vwr_middleware.errors import WaitingRoomError
from vwr_middleware.line.messages import JoinKind, Turn

# How old a snapshot may be, in seconds.


FRESH = 0.5  # an older one is refreshed behind the answer
STALE = 1.0  # an older one is refreshed before it


# How requests of one worker share round trips to the store.


WAIT_MOST = 0.05  # seconds that a request waits for a refresh, or the store's patience if longer
#: So many times as long for a worker's first refresh, which connects: with TLS, a small machine
#: needs more than WAIT_MOST only to read the authorities' certificates.
FIRST_WAIT = 4
GATHER_MOST = 0.005  # seconds that a join waits for the trip before its own
#: Seconds that a join waits for a store that was late a moment ago, in a thread and in an event
#: loop, and after how many it tries again.
JOIN_WAITS, JOIN_WAITS_IN_LOOP, JOIN_TRIES_AFTER = 0.25, 1.0, 0.05


class JoinParameters(NamedTuple):
    """As whom somebody joins."""

    identity: str = ""
    lane: str = ""


#: As nobody in particular.
ANYBODY = JoinParameters()

Refresh = Callable[[], Awaitable[None]]
#: What they want, and as whom: who they are, and the lane that they join, each "" if there is none.
Joins = list[tuple[JoinKind, JoinParameters, asyncio.Future[Turn]]]
Join = Callable[[str, Sequence[JoinKind], Sequence[str], Sequence[str]], Awaitable[list[Turn]]]
_Where = tuple[asyncio.AbstractEventLoop, str]  # a loop, and a room


class _Patient:
    """How long a request waits for a refresh that is under way. `patience` is the store's own."""

    join_waits = JOIN_WAITS_IN_LOOP

    def __init__(self, patience: float = 0.0) -> None:
        self._patience = patience
        self._is_first = True

    async def pause(self) -> None:
        """Let a join wait before it tries again."""
        await asyncio.sleep(JOIN_TRIES_AFTER)

    @property
    def wait_most(self) -> float:
        """In seconds."""
        return max(WAIT_MOST, self._patience) * (FIRST_WAIT if self._is_first else 1)


class InPlace(_Patient):
    """For stores that never suspend: each request that needs the store asks it in place."""

    join_waits = JOIN_WAITS

    async def pause(self) -> None:
        time.sleep(JOIN_TRIES_AFTER)

    def __init__(self, refresh: Refresh, join: Join) -> None:
        super().__init__()
        self._refresh, self._join = refresh, join

    @cached_property
    def _lock(self) -> threading.Lock:
        """Made when first needed. If the app is loaded before a fork, gevent replaces the locks of
        `threading` only afterwards, in each worker. With an original lock, one greenlet that waits
        would stop all, even the one that it waits for.
        """
        return threading.Lock()

    async def refreshed(self) -> None:
        """Refresh, or wait a moment for the thread that does. Raises nothing if that fails."""
        lock = self._lock  # kept, since two threads may each make one at the same time
        if lock.acquire(blocking=False):
            try:
                with suppress(WaitingRoomError):
                    await self._refresh()
            finally:
                self._is_first = False
                lock.release()
        elif lock.acquire(timeout=self.wait_most):
            lock.release()

    def refresh_soon(self) -> None:
        """Refresh now: in a blocking server there is no later, and it takes a fraction of a ms.

        If another thread is doing it, nobody waits.
        """
        if not self._lock.locked():
            finish(self.refreshed())

    async def join(self, room_name: str, kind: JoinKind, who: JoinParameters = ANYBODY) -> Turn:
        """One join, by itself."""
        identities, lanes = _told([who])
        return (await self._join(room_name, [kind], identities, lanes))[0]


class InTurns(InPlace):
    """For stores that never suspend, in an event loop: joins of one turn of it are one step."""

    join_waits = JOIN_WAITS_IN_LOOP

    async def pause(self) -> None:
        if _is_in_loop():
            await asyncio.sleep(JOIN_TRIES_AFTER)
        else:
            await super().pause()

    def __init__(self, refresh: Refresh, join: Join) -> None:
        super().__init__(refresh, join)
        self._joining: dict[_Where, Joins] = {}

    async def join(self, room_name: str, kind: JoinKind, who: JoinParameters = ANYBODY) -> Turn:
        """One join, together with all that the event loop has at hand."""
        if not _is_in_loop():  # a synchronous view under ASGI, in a thread of its own
            return await super().join(room_name, kind, who)
        loop = asyncio.get_running_loop()
        key, future = (loop, room_name), loop.create_future()
        waiting = self._joining.get(key)
        if waiting is None:
            waiting = self._joining[key] = []
            loop.call_soon(self._flush, key)
        waiting.append((kind, who, future))
        turn: Turn = await future
        return turn

    def _flush(self, key: _Where) -> None:
        batch = _still_there(self._joining.pop(key))
        if batch:
            finish(_join_all(self._join, key[1], batch))


class InTasks(_Patient):
    """For asynchronous stores, in one event loop. `patience` is the store's own, in seconds."""

    def __init__(self, refresh: Refresh, join: Join, patience: float = 0.0) -> None:
        super().__init__(patience)
        self._refresh, self._join = refresh, join
        self._refreshing: asyncio.Task[None] | None = None
        self._began = 0.0  # when that one began, by its loop
        self._joining: dict[_Where, Joins] = {}  # who comes with the next trip
        self._under_way: dict[_Where, asyncio.Task[None]] = {}  # the latest trip
        self._tasks: set[asyncio.Task[None]] = set()

    async def refreshed(self) -> None:
        """Wait a moment for the refresh in flight, or a new one. Raises nothing if that fails.

        The moment is counted from its beginning: of a store that hangs, few requests wait.
        """
        task = self._start_refresh()
        left = self._began + self.wait_most - asyncio.get_running_loop().time()
        if left > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(task), left)

    def refresh_soon(self) -> None:
        """Start a refresh, which goes on after the answer is sent."""
        self._start_refresh()

    def _start_refresh(self) -> asyncio.Task[None]:
        task, loop = self._refreshing, asyncio.get_running_loop()
        # A loop may end with its tasks undone: test clients make a new loop for each request.
        if task is None or task.done() or task.get_loop() is not loop:
            task = self._refreshing = loop.create_task(self._quietly())
            self._began = loop.time()
        return task

    async def _quietly(self) -> None:
        try:
            with suppress(WaitingRoomError):
                await self._refresh()
        finally:
            self._is_first = False

    async def join(self, room_name: str, kind: JoinKind, who: JoinParameters = ANYBODY) -> Turn:
        """One join; those that come while others are under way share the next round trip.

        A trip costs the worker some hundred microseconds, however many share it. So joins gather
        while the trip before is under way, but for GATHER_MOST at most.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Turn] = loop.create_future()
        key = loop, room_name
        waiting = self._joining.get(key)
        if waiting is None:
            waiting = self._joining[key] = []
            if key in self._under_way:
                loop.call_later(GATHER_MOST, self._flush, key, waiting)
            else:
                loop.call_soon(self._flush, key, waiting)
        waiting.append((kind, who, future))
        return await future

    def _flush(self, key: _Where, batch: Joins) -> None:
        if self._joining.get(key) is not batch:
            return  # this batch has left already
        del self._joining[key]
        batch = _still_there(batch)
        if not batch:
            return
        loop, room = key
        task = loop.create_task(_join_all(self._join, room, batch))
        self._under_way[key] = task
        self._tasks.add(task)
        task.add_done_callback(lambda task: self._returned(key, task))

    def _returned(self, key: _Where, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if self._under_way.get(key) is task:
            del self._under_way[key]
            if key in self._joining:
                self._flush(key, self._joining[key])


def _is_in_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _still_there(batch: Joins) -> Joins:
    """The joins whose requests were not cancelled: cancelled ones must not take a place."""
    return [one for one in batch if not one[2].done()]


def _told(joining: Sequence[JoinParameters]) -> tuple[Sequence[str], Sequence[str]]:
    """Who they are, and which lanes they join: nothing, if that is nothing of all of them."""
    identities, lanes = zip(*joining, strict=True)
    return identities if any(identities) else (), lanes if any(lanes) else ()


async def _join_all(join: Join, room_name: str, batch: Joins) -> None:
    """Make one trip for all, and give each its answer, or all of them the error."""
    try:
        kinds = [kind for kind, _, _ in batch]
        turns = await join(room_name, kinds, *_told([who for _, who, _ in batch]))
    except Exception as error:  # all errors are handed to those who wait
        for _, _, future in batch:
            if not future.done():
                future.set_exception(error)
        return
    for (_, _, future), turn in zip(batch, turns, strict=True):
        if not future.done():
            future.set_result(turn)
