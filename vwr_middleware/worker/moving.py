"""How one worker moves places to another device, or gives them up, in the store."""

from collections.abc import Sequence

from vwr_middleware.line.constants import GIVEN_UP
from vwr_middleware.line.messages import Move, Verdict
from vwr_middleware.papers.tickets import Ticket
from vwr_middleware.worker.room_view import RoomView
from vwr_middleware.worker.store_access import Desk


class Moving:
    """The steps of one room. All may raise StoreUnavailable and RoomChanged."""

    def __init__(self, desk: Desk, view: RoomView) -> None:
        self._desk, self._view = desk, view

    async def keep_code(self, ticket: Ticket, code: str) -> Verdict:
        """Keep the hash of a code for a ticket's place. `waiting` and `next`: it is kept."""
        view, store = self._view, self._desk.store
        return await self._desk.step(
            view, lambda seen: store.keep_code(view.name, ticket.place, code, seen), ticket.room_id
        )

    async def leave(self, ticket: Ticket) -> Verdict:
        """A visitor gives the place up: `left` if it was the visitor's to give."""
        view, store = self._view, self._desk.store
        verdict = await self._desk.step(
            view, lambda seen: store.leave(view.name, ticket.place, seen), ticket.room_id
        )
        if verdict == "left":  # not if `spent`: its session is over, of which no worker is told
            view.devices.note(ticket.generation, ticket.position, GIVEN_UP)
        return verdict

    async def move(self, codes: Sequence[str], attempt: str) -> Move:
        """Hand in a code. From now on this worker refuses the device that had the place."""
        view, store = self._view, self._desk.store
        move = await self._desk.step(view, lambda seen: store.move(view.name, codes, attempt, seen))
        turn = move.turn
        self._desk.herald.turn(view.name, turn)
        if turn.position and move.device:
            view.devices.note(turn.generation, turn.position, move.device)
        return move
