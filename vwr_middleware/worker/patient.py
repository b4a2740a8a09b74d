"""A join that waits for a store which is only slow."""

from vwr_middleware.errors import StoreNotAsked
from vwr_middleware.line.messages import JoinKind, Turn
from vwr_middleware.worker.circuit_breaker import Breaker
from vwr_middleware.worker.sharing import JOIN_TRIES_AFTER, InPlace, InTasks


async def patient_join(
    sharing: InPlace | InTasks, breaker: Breaker, room: str, kind: JoinKind, identity: str
) -> Turn:
    """The answer to a join. If the store was late a moment ago, it waits for the next try.

    Only a join that was not made is made again: another one may have been carried out.
    """
    waited = 0.0
    while True:
        try:
            return await sharing.join(room, kind, identity)
        except StoreNotAsked:
            if breaker.is_away or waited >= sharing.join_waits:
                raise
        await sharing.pause()
        waited += JOIN_TRIES_AFTER
