"""The way from the shell to a room by its store."""

import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Any

from vwr_middleware.blocking import finish
from vwr_middleware.errors import Refused, RoomLost, StoreUnavailable, WaitingRoomError
from vwr_middleware.events import Hooks
from vwr_middleware.keys import Keys
from vwr_middleware.line.constants import SETTLING
from vwr_middleware.line.session_ids import is_session_id
from vwr_middleware.panel.endpoints import ENDPOINTS
from vwr_middleware.panel.operations import Operations
from vwr_middleware.papers.tickets import Tickets
from vwr_middleware.settings import RoomSettings
from vwr_middleware.stores import Store
from vwr_middleware.worker.room_view import RoomView
from vwr_middleware.worker.shared_counts import take_posts
from vwr_middleware.worker.store_access import Desk

NO_KEYS = (
    "a ticket can be read only with the app's key: set VWR_SECRET_KEY and VWR_PATHS (or VWR_ROOMS)"
    " as the app has them, or use --url"
)


NO_ANSWER = (
    "nothing was changed; try again, and if it fails again, start the store or correct its URL"
)


class Direct:
    """By the store itself. `who` is needed only for changes, and `keys` only to look visitors up by
    their tickets.

    Raises Refused, and StoreUnavailable or another WaitingRoomError, as `Remote` does.
    """

    def __init__(
        self,
        store: Store,
        rooms: Sequence[RoomSettings],
        who: str = "",
        keys: Keys | None = None,
    ) -> None:
        self._store, self._who = store, who
        self._desk = Desk(store, (), Hooks(None), time.monotonic, time.time)
        self._known = {room.name: room for room in rooms}
        self._tickets = {name: Tickets(keys, name) for name in self._known} if keys else {}
        self._operations = Operations(self._desk, self._tickets, self._gather)

    def rooms(self) -> list[dict[str, Any]]:
        """All rooms that the settings name. One that the store does not hold yet is only
        mentioned, unless it holds none."""
        missing = [name for name in self._known if not self._is_there(name)]
        if missing and len(missing) == len(self._known):
            raise Refused(_missing(missing[-1], self._known))
        found = finish(self._operations.overviews())["rooms"]
        return [*found, *({"room": name, "state": "not made yet"} for name in missing)]

    def status(self, room: str) -> dict[str, Any]:
        """One room with its settings."""
        operations = self._opened(room)
        with suppress(StoreUnavailable):  # what was read last is shown even so
            finish(self._gather())
        return finish(operations.status(room))

    def prepare(self, room: str) -> dict[str, Any]:
        """Make a room as the settings have it. The first worker's own settings replace them."""
        if room not in self._known:
            raise Refused(_unnamed(room, self._known))
        # The first reading makes the room.
        self._desk.views[room] = RoomView(self._known[room], only_looks=True)
        return finish(self._operations.status(room))

    def key_marks(self, room: str) -> str:
        """`Keys.marks` of the worker that was started last; "": it told none."""
        finish(self._opened(room).status(room))
        snapshot = self._desk.views[room].room
        return str(snapshot.said.config.get("key_marks", "")) if snapshot else ""

    def ask(self, name: str, room: str, /, *more: str, **given: Any) -> dict[str, Any]:
        """What the control API answers at this endpoint. `more` stands in its path behind the room,
        and `given` is what is sent."""
        operations = self._opened(room)
        ticket = given.get("ticket", "") if name == "explain" else ""
        if ticket and not is_session_id(ticket) and room not in self._tickets:
            raise Refused(_unnamed(room, self._known) if self._tickets else NO_KEYS)
        return finish(ENDPOINTS[name].start(operations, (room, *more), self._who, given))

    async def _gather(self) -> None:
        """What workers have posted of rooms that the store does not hold."""
        take_posts(self._desk.views, await self._store.post("", ""))

    def _opened(self, room: str) -> Operations:
        """What can be done to a room. Raises Refused if the store does not hold it."""
        if not self._is_there(room):
            raise Refused(_missing(room, self._known))
        return self._operations

    def _is_there(self, room: str) -> bool:
        """Whether the store holds a room. If so, the desk has it from now on."""
        if room in self._desk.views:
            return True
        try:
            finish(self._store.record(room))  # a step that does not make the room
        except RoomLost:
            return False
        except StoreUnavailable as error:
            raise StoreUnavailable(str(error), error.fix or NO_ANSWER) from error
        settings = self._known.get(room) or RoomSettings(name=room, paths="/")
        self._desk.views[room] = RoomView(settings, only_looks=True)
        self._settle_the_time(room)
        return True

    def _settle_the_time(self, room: str) -> None:
        """If nobody asked for the room for long, wait until the store follows this clock: see
        line/clock_in_doubt.py. A worker that is there says meanwhile if it is wrong."""
        view = self._desk.views[room]
        with suppress(WaitingRoomError):  # whoever asks next is told
            snapshot = finish(self._desk.fresh(view))
            if snapshot is not None and snapshot.said.doubted_at:
                time.sleep(SETTLING)
                finish(self._desk.newest(view))


def _missing(room: str, known: Collection[str]) -> str:
    """What to do about a room that the store does not hold."""
    if known and room not in known:
        return f"the store holds no room {room!r}, and {_unnamed(room, known)}"
    new = f"create it with `vwr prepare {room}`" if known else _unnamed(room, known)
    return (
        f"the store holds no room {room!r}. Check that this is the app's store, and its namespace."
        f" If nobody has visited the room yet, {new}. If the store has lost it, the app brings it"
        " back at its next request"
    )


def _unnamed(room: str, known: Collection[str]) -> str:
    if known:
        return f"the settings name no room {room!r}, only {', '.join(known)}"
    return (
        "set VWR_SECRET_KEY, VWR_PATHS and so on as the app has them and create it, or use the"
        " panel with --url"
    )
