"""How one worker ends sessions before their time."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from vwr_middleware.errors import WaitingRoomError
from vwr_middleware.events import Hooks
from vwr_middleware.line.messages import Ending, Seen
from vwr_middleware.stores import Store
from vwr_middleware.worker.room_view import RoomView

T = TypeVar("T")

#: A call of the store, given what this worker remembers of the room.
StoreCall = Callable[[Seen | None], Awaitable[T]]

#: Sessions that one reading tells the store of, each by a trip.
TOLD_AT_ONCE = 200


class Step(Protocol):
    """One step of the store: see `StoreAccess.step`."""

    async def __call__(self, view: RoomView, call: StoreCall[T], room_id: str = "") -> T:
        """The store's answer."""


class Endings:
    """Ends sessions: at once on this worker, then in the store, which frees the slot."""

    def __init__(
        self, store: Store, step: Step, hooks: Hooks, monotonic: Callable[[], float]
    ) -> None:
        self._store, self._step, self._hooks, self._monotonic = store, step, hooks, monotonic
        #: Where many end at one moment, each is told of by one request alone.
        self._being_told: set[tuple[str, str]] = set()

    def mark(self, view: RoomView, session: str, how: Ending) -> None:
        """End a session on this worker, which refuses it from now on. `tell` tells the store."""
        if view.ended.how(session) is None:
            view.note_end(session, self._monotonic(), how)
            view.ended.untold[session] = how

    async def tell(self, view: RoomView, step: Step | None = None) -> None:
        """Tell the store which sessions are over. If it does not answer, that is told again later,
        and so are those beyond `TOLD_AT_ONCE`: a reading must not wait for a long list.

        `step` is for within a reading of the rooms: one that begins no other reading.
        """
        for session in list(view.ended.untold)[:TOLD_AT_ONCE]:
            if not await self.tell_of(view, session, step):
                return

    async def tell_of(self, view: RoomView, session: str, step: Step | None = None) -> bool:
        """Tell the store that a session is over, unless somebody is just telling it; whether the
        store answers.
        """
        how = view.ended.untold.get(session)
        if how is None or (view.name, session) in self._being_told:
            return True
        self._being_told.add((view.name, session))
        try:
            await self.end(view, session, how, step=step)
        except WaitingRoomError:
            return False
        finally:
            self._being_told.discard((view.name, session))
        return True

    async def end(
        self, view: RoomView, session: str, how: Ending, who: str = "", step: Step | None = None
    ) -> bool:
        """End a session in the store; `who` is the operator who does it."""
        was_running = await (step or self._step)(
            view,
            lambda seen: self._store.end(view.name, session, how, seen, who=who),
            view.ended.room_id,
        )
        view.ended.untold.pop(session, None)
        # If it was not, it may be of somebody who still waits. The next reading lists what is over.
        if was_running:
            view.note_end(session, self._monotonic(), how)
            view.called.freed()
            if not who:  # what an operator ends is told by the next reading
                self._hooks.tell(how, view.name, session, view.now(self._monotonic()))
        return was_running
