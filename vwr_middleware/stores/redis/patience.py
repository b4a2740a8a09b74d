"""How long a server is waited for, where one thread serves many requests."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

#: A timer that fires so much too late, in seconds, tells that this process was busy.
LATE = 0.005
#: So often a busy process waits anew.
AGAIN_MOST = 4


@asynccontextmanager
async def patience(seconds: float) -> AsyncIterator[None]:
    """Raises TimeoutError after so many seconds of silence of the other side.

    While the event loop is busy with other requests no answer is read, and every timer is late. A
    crowd would make a server seem dead that has answered long ago, so such time does not count.
    """
    loop = asyncio.get_running_loop()
    timer: asyncio.TimerHandle | None = None

    def wait(again: int) -> None:
        nonlocal timer
        due = loop.time() + seconds
        timer = loop.call_at(due, end, due, again)

    def end(due: float, again: int) -> None:
        now = loop.time()
        if again and now - due > LATE:
            wait(again - 1)
        else:
            limit.reschedule(now)

    async with asyncio.timeout(None) as limit:
        wait(AGAIN_MOST)
        try:
            yield
        finally:
            if timer is not None:
                timer.cancel()
