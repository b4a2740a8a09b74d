"""Looks up the servers' host names, for event loops."""

import asyncio
import socket
from collections.abc import Iterable
from contextlib import suppress
from threading import Thread


class Names:
    """Looks names up in threads of its own, each name once at a time.

    An event loop's own look-ups run in its pool of few threads, which the app uses too. A caller
    may give up, but the thread goes on until the system gives up, maybe half a minute later: with a
    try each second, look-ups would take all threads of the pool.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._under_way: dict[str, asyncio.Future[None] | None] = dict.fromkeys(names)

    async def found(self) -> None:
        """Wait until the look-up of one of them has ended, whether it was found or not."""
        ways = [self._look_up(name) for name in self._under_way]
        if ways:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)

    @property
    def sought(self) -> str:
        """The names, if no look-up of any of them has ended."""
        ways = self._under_way.values()
        return ", ".join(self._under_way) if all(way and not way.done() for way in ways) else ""

    def _look_up(self, name: str) -> asyncio.Future[None]:
        loop, way = asyncio.get_running_loop(), self._under_way[name]
        if way is None or way.done() or way.get_loop() is not loop:
            way = loop.create_future()
            # A daemon, so that the end of the process does not wait for it.
            Thread(target=_look_up, args=(name, loop, way), daemon=True).start()
            self._under_way[name] = way
        return way


def _look_up(name: str, loop: asyncio.AbstractEventLoop, way: asyncio.Future[None]) -> None:
    with suppress(OSError, UnicodeError):  # the client will say so
        socket.getaddrinfo(name, None)
    with suppress(RuntimeError):  # the loop has ended meanwhile
        loop.call_soon_threadsafe(way.set_result, None)
