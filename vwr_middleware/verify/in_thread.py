"""How asynchronous code waits for the network without holding up its event loop."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from concurrent.futures import ThreadPoolExecutor

#: Runs a blocking function that returns nothing. The name says what it does: whoever wants the
#: same meanwhile waits for it.
Aside = Callable[[Hashable, Callable[[], None]], Awaitable[None]]

#: Threads at most. They are apart from the app's own, which must not wait for a room that hangs.
THREADS = 8


async def in_place(name: Hashable, function: Callable[[], None]) -> None:
    """For blocking code."""
    function()


class InThread:
    """For asynchronous code: in a thread, and the same thing only once at a time."""

    def __init__(self) -> None:
        self._threads: ThreadPoolExecutor | None = None
        self._running: dict[tuple[asyncio.AbstractEventLoop, Hashable], asyncio.Future[None]] = {}

    async def __call__(self, name: Hashable, function: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        at = loop, name
        running = self._running.get(at)
        if running is None:
            self._threads = self._threads or ThreadPoolExecutor(THREADS, "vwr-verify")
            running = self._running[at] = loop.run_in_executor(self._threads, function)
            running.add_done_callback(lambda _: self._running.pop(at, None))
        await asyncio.shield(running)  # one that gives up does not take it from the others
