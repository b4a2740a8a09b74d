"""The look-up of the servers' names, for event loops."""

import asyncio
import socket
from collections.abc import Iterable
from contextlib import suppress
from threading import Thread


class Names:
    """Looks names up in threads of its own, each name once at a time.

    A loop's own look-ups run in a pool of few threads, in which the app works too. Whoever gives
    such a look-up up leaves its thread to it, until the system gives up, half a minute later
    perhaps: a try in each second would take them all.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._under_way: dict[str, asyncio.Future[None] | None] = dict.fromkeys(names)

    async def found(self) -> None:
        """Wait until one of them was looked up just now, found or not."""
        ways = [self._look_up(name) for name in self._under_way]
        if ways:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)

    @property
    def sought(self) -> str:
        """The names, if no look-up of them has come to its end."""
        ways = self._under_way.values()
        return ", ".join(self._under_way) if all(way and not way.done() for way in ways) else ""

    def _look_up(self, name: str) -> asyncio.Future[None]:
        loop, way = asyncio.get_running_loop(), self._under_way[name]
        if way is None or way.done() or way.get_loop() is not loop:
            way = loop.create_future()
            # No thread that the end of the process would wait for.
            Thread(target=_look_up, args=(name, loop, way), daemon=True).start()
            self._under_way[name] = way
        return way


def _look_up(name: str, loop: asyncio.AbstractEventLoop, way: asyncio.Future[None]) -> None:
    with suppress(OSError, UnicodeError):  # the client will say so
        socket.getaddrinfo(name, None)
    with suppress(RuntimeError):  # the loop has ended meanwhile
        loop.call_soon_threadsafe(way.set_result, None)
