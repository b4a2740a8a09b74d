"""The rooms as the app's own code reaches them from anywhere: a webhook, a worker process, a shell.

rooms = WaitingRooms(store="redis://cache/0", paths=["/tickets"], secret_key=KEY)
rooms["main"].complete("1-17")
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from typing import Any
from weakref import WeakKeyDictionary

from vwr_middleware.blocking import finish
from vwr_middleware.errors import ConfigurationError, RoomLost
from vwr_middleware.line.answers import Ending
from vwr_middleware.line.session_ids import parse_session_id
from vwr_middleware.settings import Settings
from vwr_middleware.site import Site
from vwr_middleware.stores import Store
from vwr_middleware.stores.opening import open_store

log = logging.getLogger("vwr_middleware")

ONE_PROCESS = (
    "store memory:// lives in one process, where the middleware has it: take the rooms from there,"
    " or use sqlite:/// or redis://"
)
NOT_HELD = (
    "the store holds no room %r, so no session in it can be ended: name the store and the namespace"
    " that the app has (a path of sqlite:/// that is not absolute begins at the working directory)"
)


class WaitingRooms:
    """All rooms of some settings: the middleware's own, as keyword arguments or as an object.

    The secret key, the namespace and the store must be those of the app, wherever this runs.
    Nothing is opened before it is needed. With `site`, what ends here is refused by that worker at
    once, and by all others within a second.
    """

    def __init__(
        self, settings: Settings | None = None, *, site: Site | None = None, **kwargs: Any
    ) -> None:
        self.settings = settings or (site.settings if site else Settings(**kwargs))
        self._site = site
        self._blocking: Store | None = site.store if site and site.store.blocking else None
        self._async: WeakKeyDictionary[asyncio.AbstractEventLoop, Store] = WeakKeyDictionary()
        if self._blocking is None and self.settings.store.startswith("memory:"):
            raise ConfigurationError([ONE_PROCESS])

    @classmethod
    def of(cls, found: object) -> "WaitingRooms":
        """The rooms of the middleware that a request has passed: `scope`, `environ`.

        Raises ConfigurationError where there is none.
        """
        site = found.get("vwr.site") if hasattr(found, "get") else None
        if not isinstance(site, Site):
            raise ConfigurationError(["no waiting room middleware stands around this app: add it"])
        return cls(site=site)

    def __getitem__(self, name: str) -> "Room":
        if not any(room.name == name for room in self.settings.rooms):
            names = ", ".join(self) or "none"
            raise ConfigurationError([f"there is no room {name!r}: the rooms are {names}"])
        return Room(self, name)

    def __iter__(self) -> Iterator[str]:
        return (room.name for room in self.settings.rooms)

    def __len__(self) -> int:
        return len(self.settings.rooms)

    def store(self) -> Store:
        """The store as blocking code asks it."""
        if self._blocking is None:
            self._blocking = self._open(blocking=True)
        return self._blocking

    def async_store(self) -> Store:
        """The store as this event loop asks it: a connection belongs to one loop."""
        if self._blocking is not None and self.settings.store.startswith(("memory:", "sqlite:")):
            return self._blocking
        loop = asyncio.get_running_loop()
        if loop not in self._async:
            self._async[loop] = self._open(blocking=False)
        return self._async[loop]

    def _open(self, *, blocking: bool) -> Store:
        return open_store(self.settings.store, self.settings.namespace, blocking=blocking)

    def note_end(self, room: str, session: str, how: Ending) -> None:
        """Refuse the session in this worker from now on, where we know of one."""
        if self._site is not None:
            desk = self._site.desk
            desk.views[room].note_end(session, desk.monotonic(), how)

    def close(self) -> None:
        """Let go of what blocking code has opened, unless the middleware uses it."""
        shared = self._site is not None and self._blocking is self._site.store
        if self._blocking is not None and not shared:
            finish(self._blocking.close())

    async def aclose(self) -> None:
        """Let go of everything."""
        self.close()
        store = self._async.pop(asyncio.get_running_loop(), None)
        if store is not None:
            await store.close()


class Room:
    """One room. Session ids come from `session.id`, which the app kept with its own order.

    Every method says whether the session was still running: ending twice is ending once. They
    raise ValueError for what is no session id and StoreUnavailable while the store is away.
    """

    def __init__(self, rooms: WaitingRooms, name: str) -> None:
        self._rooms, self.name = rooms, name

    def complete(self, session_id: str) -> bool:
        """The visitor is done: the slot is free from now on."""
        return finish(self._end(self._rooms.store, session_id, "completed"))

    def abandon(self, session_id: str) -> bool:
        """The visitor gave up: likewise."""
        return finish(self._end(self._rooms.store, session_id, "abandoned"))

    async def acomplete(self, session_id: str) -> bool:
        """`complete` for asynchronous code."""
        return await self._end(self._rooms.async_store, session_id, "completed")

    async def aabandon(self, session_id: str) -> bool:
        """`abandon` for asynchronous code."""
        return await self._end(self._rooms.async_store, session_id, "abandoned")

    async def _end(self, store: Callable[[], Store], session_id: str, how: Ending) -> bool:
        if parse_session_id(str(session_id)) is None:
            raise ValueError("a session id looks like 1-17: keep session.id with your order")
        self._rooms.note_end(self.name, session_id, how)
        try:
            return await store().end(self.name, session_id, how)
        except RoomLost:
            log.warning(NOT_HELD, self.name)
            return False
