"""Ends sessions from anywhere in an app's own code: a webhook, a worker process, a shell.

rooms = WaitingRooms(store="redis://cache/0", paths=["/tickets"], secret_key=KEY)
rooms["main"].complete("1-17")
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from typing import Any

from vwr_middleware.blocking import finish
from vwr_middleware.errors import ConfigurationError, RoomLost
from vwr_middleware.line.messages import Ending
from vwr_middleware.line.session_ids import is_session_id
from vwr_middleware.settings import Settings, chosen
from vwr_middleware.site.routing import Site
from vwr_middleware.stores import Store
from vwr_middleware.stores.opening import open_store
from vwr_middleware.web.http import SITE_KEY

log = logging.getLogger("vwr_middleware")

ONE_PROCESS = (
    "store memory:// lives in the middleware's own process: take the rooms from there, or use"
    " sqlite:/// or redis://"
)
NOT_HELD = (
    "the store holds no room %r, so no session in it can be ended: use the app's own store and"
    " namespace (a relative path in sqlite:/// begins at the working directory)"
)


class WaitingRooms:
    """All rooms of an app, by its settings: keyword arguments, or a Settings object.

    The secret key, the namespace and the store must be the app's, wherever this runs. Nothing is
    opened before it is needed, and nothing at all with `enabled=False`. With `site`, that site's
    worker refuses an ended session at once; all other workers do within a second. Raises
    ConfigurationError for memory:// without a site.
    """

    def __init__(
        self, settings: Settings | None = None, *, site: Site | None = None, **kwargs: Any
    ) -> None:
        self.settings = chosen(kwargs, settings, site and site.settings)
        self._site = site
        self._blocking: Store | None = site.store if site and site.store.blocking else None
        self._async: dict[asyncio.AbstractEventLoop, Store] = {}
        is_elsewhere = self._blocking is None and self.settings.store.startswith("memory:")
        if is_elsewhere and self.settings.enabled:
            raise ConfigurationError([ONE_PROCESS])

    @classmethod
    def of(cls, found: object) -> "WaitingRooms":
        """The rooms of the middleware around the app; `found` is a request's `scope` or `environ`.

        Raises ConfigurationError if there is no middleware around it.
        """
        site = found.get(SITE_KEY) if hasattr(found, "get") else None
        if not isinstance(site, Site):
            raise ConfigurationError(["this app has no waiting room middleware around it: add it"])
        return cls(site=site)

    def __getitem__(self, name: str) -> "Room":
        """The room of this name. Raises ConfigurationError if there is none."""
        if self.settings.enabled and name not in list(self):
            names = ", ".join(self) or "none"
            raise ConfigurationError([f"there is no room {name!r}: the rooms are {names}"])
        return Room(self, name)

    def __iter__(self) -> Iterator[str]:
        return (room.name for room in self.settings.rooms)

    def __len__(self) -> int:
        return len(self.settings.rooms)

    def store(self) -> Store:
        """The store, for blocking code."""
        if self._blocking is None:
            self._blocking = self._open(blocking=True)
        return self._blocking

    def async_store(self) -> Store:
        """The store, for code in this event loop, since a connection belongs to one loop."""
        if self._blocking is not None and self.settings.store.startswith(("memory:", "sqlite:")):
            return self._blocking
        loop = asyncio.get_running_loop()
        if loop not in self._async:
            # Some programs make a new loop for each call and do not close its store. Its
            # connections refer to the loop, so keeping the store would keep both, and a socket.
            for other in [known for known in list(self._async) if known.is_closed()]:
                self._async.pop(other, None)
            self._async[loop] = self._open(blocking=False)
        return self._async[loop]

    def _open(self, *, blocking: bool) -> Store:
        return open_store(self.settings.store, self.settings.namespace, blocking=blocking)

    def note_end(self, room_name: str, session: str, how: Ending) -> None:
        """Have this process's worker, if there is one, refuse the session from now on."""
        if self._site is not None:
            store_access = self._site.store_access
            store_access.views[room_name].note_end(session, store_access.monotonic(), how)

    def tell_end(self, room_name: str, session: str, how: Ending) -> None:
        """Tell the app's hook, if this process has one."""
        if self._site is not None:
            store_access = self._site.store_access
            store_access.hooks.tell(
                how, room_name, session, store_access.now(store_access.views[room_name])
            )

    def close(self) -> None:
        """Close what blocking code has opened, unless the middleware uses it."""
        shared = self._site is not None and self._blocking is self._site.store
        if self._blocking is not None and not shared:
            finish(self._blocking.close())

    async def aclose(self) -> None:
        """Close everything that this event loop and blocking code have opened."""
        self.close()
        store = self._async.pop(asyncio.get_running_loop(), None)
        if store is not None:
            await store.close()


class Room:
    """One room. A session id is the `session.id` that the app has kept with its own order.

    Every method returns whether the session was still running, so ending it twice is harmless. They
    raise ValueError for what is no session id, and StoreUnavailable while the store is away.
    """

    def __init__(self, rooms: WaitingRooms, name: str) -> None:
        self._rooms, self.name = rooms, name

    def complete(self, session_id: str) -> bool:
        """The visitor is done: the slot is free from now on."""
        return finish(self._end(self._rooms.store, session_id, "completed"))

    def abandon(self, session_id: str) -> bool:
        """The visitor gave up: the slot is free from now on."""
        return finish(self._end(self._rooms.store, session_id, "abandoned"))

    async def acomplete(self, session_id: str) -> bool:
        """`complete` for asynchronous code."""
        return await self._end(self._rooms.async_store, session_id, "completed")

    async def aabandon(self, session_id: str) -> bool:
        """`abandon` for asynchronous code."""
        return await self._end(self._rooms.async_store, session_id, "abandoned")

    async def _end(self, store: Callable[[], Store], session_id: str, how: Ending) -> bool:
        if not is_session_id(str(session_id)):
            raise ValueError("a session id looks like 1-17: keep session.id with your order")
        if not self._rooms.settings.enabled:
            return False  # nobody has a session, and there may be no store
        self._rooms.note_end(self.name, session_id, how)
        try:
            was_running = await store().end(self.name, session_id, how)
        except RoomLost:
            log.warning(NOT_HELD, self.name)
            return False
        if was_running:
            self._rooms.tell_end(self.name, session_id, how)
        return was_running
