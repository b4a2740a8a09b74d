"""Reading the rooms, and what a worker tells of one that the store has lost."""

from collections.abc import Sequence
from dataclasses import replace

from vwr_middleware.breaker import Breaker
from vwr_middleware.errors import RoomLost
from vwr_middleware.line.answers import Ask, Snapshot
from vwr_middleware.stores import Store
from vwr_middleware.worker import RoomView

#: Ended sessions that a worker tells of at most, the latest: some 20 ms of a store's time.
RECALLED_MOST = 3000


async def read_rooms(
    breaker: Breaker, store: Store, views: Sequence[RoomView], asks: Sequence[Ask]
) -> list[Snapshot]:
    """All rooms in one round trip; in two if one was lost, and is to be rebuilt."""
    try:
        return await breaker.ask(lambda: store.refresh(asks))
    except RoomLost:
        told = [replace(ask, ended=recalled(view)) for ask, view in zip(asks, views, strict=True)]
        return await breaker.ask(lambda: store.refresh(told))


def recalled(view: RoomView) -> list[str]:
    """The sessions that this worker knows to be over, the oldest first.

    Not those that the store is to be told of anyway: it counts them among those that run.
    """
    ended = list(view.ended)  # at one go: other threads note meanwhile
    return [session for session in ended if session not in view.ended.untold][-RECALLED_MOST:]
