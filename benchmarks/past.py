"""A room with a past, so that the wait of those who come now is known, as on a day of sale."""

import time

from vwr_middleware.blocking import finish
from vwr_middleware.line.messages import Ask
from vwr_middleware.line.session_ids import session_id
from vwr_middleware.settings import RoomSettings
from vwr_middleware.stores.opening import open_store

#: Waits are told once a line has moved for five minutes.
SECONDS = 400


def one_after_the_other(url: str, room: RoomSettings) -> None:
    """In the last minutes somebody came each second and went the next; the last is still inside."""
    now, went = time.time() - SECONDS, ""
    store = open_store(url, clock=lambda: now)
    for _ in range(SECONDS):
        now += 1.0
        finish(store.refresh([Ask(room.name, room.store_config())]))
        if went:
            finish(store.end(room.name, went, "completed"))
        (turn,) = finish(store.join(room.name, ["place"]))
        if turn.verdict != "entered":
            raise RuntimeError(f"somebody of the past was not let in: {turn.verdict}")
        went = session_id(turn.generation, turn.position)
    finish(store.close())
