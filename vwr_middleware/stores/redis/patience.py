"""How long an event loop waits for a server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

#: If a timer fires so many seconds late, this process was busy.
LATE = 0.005
#: A busy process begins to wait again at most so often.
AGAIN_MOST = 4


@asynccontextmanager
async def patience(seconds: float) -> AsyncIterator[None]:
    """Raises TimeoutError after so many seconds without an answer.

    While the event loop is busy with other requests it reads no answers, and all timers are late.
    With a crowd, a server that has answered long ago would seem to be dead. So such time does not
    count.
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
