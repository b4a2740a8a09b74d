"""Reads the rooms, also if the store has lost one or holds another one by now."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from vwr_middleware.errors import (
    ForeignRoom,
    RoomLost,
    RoomsUnread,
    StoreUnavailable,
    WaitingRoomError,
)
from vwr_middleware.line.constants import ENDED_AT_ONCE
from vwr_middleware.line.messages import Ask, Sightings, Snapshot
from vwr_middleware.stores import Store
from vwr_middleware.worker.circuit_breaker import Breaker
from vwr_middleware.worker.room_view import RoomView

#: Ended sessions, the latest, that are told to a store that lost them. It takes it some 20 ms.
RECALLED_MOST = 3000

#: Readings in a row at most for a worker that is behind with the list of ended sessions, as after
#: its start: it honours each session until it reads of its end. A full one takes some 20 ms.
CATCH_UP_MOST = 20


async def read_rooms(
    breaker: Breaker,
    store: Store,
    views: Sequence[RoomView],
    asks: Sequence[Ask],
) -> list[Snapshot | WaitingRoomError]:
    """All rooms in one round trip, or why one could not be read.

    It takes two if a room was lost and must be rebuilt, or if the store holds another room of this
    name than the worker knew: that is read then. The other rooms are not read again, since their
    events are told once.
    """
    found = await _read(breaker, store, asks)
    again = [at for at, room in enumerate(found) if isinstance(room, RoomLost | ForeignRoom)]
    if again:
        second = [_second_ask(found[at], asks[at], views[at]) for at in again]
        with suppress(StoreUnavailable):
            for at, room in zip(again, await _read(breaker, store, second), strict=True):
                found[at] = room
    return found


async def _read(
    breaker: Breaker, store: Store, asks: Sequence[Ask]
) -> list[Snapshot | WaitingRoomError]:
    try:
        return [*await breaker.ask(lambda: store.refresh(asks))]
    except RoomsUnread as error:
        return [*error.found]
    except (RoomLost, ForeignRoom) as error:
        return [error]


def _second_ask(found: object, ask: Ask, view: RoomView) -> Ask:
    return _without_memory(ask) if isinstance(found, ForeignRoom) else _with_memory(ask, view)


def _with_memory(ask: Ask, view: RoomView) -> Ask:
    """The same ask with all that a store needs to rebuild a lost room."""
    adaptive = ask.adaptive or (view.room and view.room.said.adaptive) or None
    return replace(ask, ended=recalled(view), adaptive=adaptive)


def _without_memory(ask: Ask) -> Ask:
    """The same ask without what the worker knows: in another room that is of other people."""
    return replace(
        ask,
        seen=None,
        generation=0,
        ended_after=0,
        moved_after=0,
        sightings=Sightings(),
        totals={},
        adaptive=None,
    )


def recalled(view: RoomView) -> list[str]:
    """The sessions that this worker knows to be over, the oldest first.

    Those that the store is still to be told of are left out: for the store they run.
    """
    ended = list(view.ended)  # a copy, since other threads add to it
    return [session for session in ended if session not in view.ended.untold][-RECALLED_MOST:]


def is_more_to_come(view: RoomView, new: Snapshot) -> bool:
    """Whether one of the store's two numbered lists must be read on, or from its beginning."""
    if max(len(new.ended), len(new.moved)) >= ENDED_AT_ONCE:
        return True
    return view.ended.number < new.ended_last or view.devices.number < new.moved_last
