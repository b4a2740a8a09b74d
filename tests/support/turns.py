"""One worker process at a store that others share, without a server around it."""

from tests.support.clock import Clock
from tests.support.stores import Switched
from vwr_middleware.blocking import finish
from vwr_middleware.events import Hooks
from vwr_middleware.gate.turns import Turns
from vwr_middleware.line.messages import Place, Turn
from vwr_middleware.settings import RoomSettings
from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.store_access import StoreAccess


class Worker:
    """One worker process at a store that others share."""

    def __init__(self, store: Switched, clock: Clock) -> None:
        room = RoomSettings(paths="/tickets", max_active=1)
        self.store_access = StoreAccess(store.as_store(), [room], Hooks(None), clock, clock)
        (self.view,) = self.store_access.views.values()
        self.turns = Turns(self.store_access, self.view)
        finish(self.store_access.newest(self.view))

    @staticmethod
    def place(room: CurrentRoom, position: int) -> Place:
        return Place(room.generation, position, room_id=room.room_id)

    def poll(self, position: int, at_door: bool = False) -> str:
        room = finish(self.store_access.fresh(self.view))
        assert room is not None
        return finish(self.turns.poll(room, self.place(room, position), at_door)).you

    def claim(self, position: int, has_go: bool = False) -> str:
        room = finish(self.store_access.fresh(self.view))
        assert room is not None
        answer = finish(self.turns.claim(room, self.place(room, position), has_go))
        return answer.verdict if isinstance(answer, Turn) else answer.you
