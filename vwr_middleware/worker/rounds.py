"""What a worker does again and again beside the requests.

That happens in a thread of its own, or, where the store can be awaited, in a task of the event
loop. It begins with the first reading of the rooms, so in each process after a fork.
"""

import asyncio
import threading
from abc import ABC, abstractmethod

from vwr_middleware.blocking import finish

#: Seconds after which a task sees at the latest that it is to hurry.
_LOOKS = 2.0


class Rounds(ABC):
    """Rounds of one worker. `is_blocking`: the store's methods never suspend."""

    #: What its thread is called.
    thread_name = "vwr-rounds"

    def __init__(self, *, is_blocking: bool) -> None:
        self._is_blocking = is_blocking
        self._task: asyncio.Task[None] | None = None
        self._thread: threading.Thread | None = None
        self._hurries = threading.Event()
        self._is_closed = False

    @property
    @abstractmethod
    def has_work(self) -> bool:
        """Whether there is any reason for rounds."""

    @abstractmethod
    async def next_round(self) -> float:
        """Make a round. Returns the seconds until the next one."""

    def wake(self) -> None:
        """Begin, in this loop or process, unless that was done."""
        if not self.has_work or self._is_closed:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._begin_thread()
            return
        if self._is_blocking:
            self._begin_thread()
        elif self._task is None or self._task.done() or self._task.get_loop() is not loop:
            self._task = loop.create_task(self._go_on())

    def _begin_thread(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name=self.thread_name, daemon=True)
            self._thread.start()

    def hurry(self) -> None:
        """Make the next round soon."""
        self._hurries.set()

    def close(self) -> None:
        """Make no more rounds."""
        self._is_closed = True
        self._hurries.set()
        if self._task is not None and not self._task.get_loop().is_closed():
            self._task.cancel()

    def _run(self) -> None:
        while not self._is_closed:
            self._hurries.wait(finish(self.next_round()))
            self._hurries.clear()

    async def _go_on(self) -> None:
        # To be cancelled is not enough: before Python 3.12, `wait_for` keeps that to itself if what
        # it waits for is done at that moment.
        while not self._is_closed:
            seconds = await self.next_round()
            while seconds > 0 and not self._hurries.is_set():
                await asyncio.sleep(min(seconds, _LOOKS))
                seconds -= _LOOKS
            self._hurries.clear()
