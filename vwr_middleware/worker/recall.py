"""Reading the rooms, also where one was lost or is another by now."""

from collections.abc import Sequence
from dataclasses import replace

from vwr_middleware.errors import ForeignRoom, RoomLost
from vwr_middleware.line.answers import Ask, Snapshot, Watch
from vwr_middleware.line.constants import ENDED_AT_ONCE
from vwr_middleware.stores import Store
from vwr_middleware.worker.breaker import Breaker
from vwr_middleware.worker.room_view import RoomView

#: Ended sessions that a worker tells of at most, the latest: some 20 ms of a store's time.
RECALLED_MOST = 3000


async def read_rooms(
    breaker: Breaker, store: Store, views: Sequence[RoomView], asks: Sequence[Ask]
) -> list[Snapshot]:
    """All rooms in one round trip; in two if one was lost, and is to be rebuilt.

    Where the store holds another room of a name than this worker knew, it is read as it is.
    """
    try:
        return await breaker.ask(lambda: store.refresh(asks))
    except RoomLost:
        told = [replace(ask, ended=recalled(view)) for ask, view in zip(asks, views, strict=True)]
        return await breaker.ask(lambda: store.refresh(told))
    except ForeignRoom:
        if len(asks) == 1:
            return await breaker.ask(lambda: store.refresh([_of_nobody(asks[0])]))
        pairs = zip(views, asks, strict=True)
        return [(await read_rooms(breaker, store, [view], [ask]))[0] for view, ask in pairs]


def _of_nobody(ask: Ask) -> Ask:
    """The same of a worker that knows nothing yet: its positions and sessions mean others here."""
    return replace(ask, seen=None, generation=0, ended_after=0, moved_after=0, watch=Watch())


def recalled(view: RoomView) -> list[str]:
    """The sessions that this worker knows to be over, the oldest first.

    Not those that the store is to be told of anyway: it counts them among those that run.
    """
    ended = list(view.ended)  # at one go: other threads note meanwhile
    return [session for session in ended if session not in view.ended.untold][-RECALLED_MOST:]


def is_more_to_come(view: RoomView, new: Snapshot) -> bool:
    """Whether one of the store's two lists is longer than one reading, or is to be read anew."""
    if max(len(new.ended), len(new.moved)) >= ENDED_AT_ONCE:
        return True
    return view.ended.number < new.ended_last or view.devices.number < new.moved_last
