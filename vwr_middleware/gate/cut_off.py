"""Tokens that ran out while their sessions could not be renewed, since the store was away."""

from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.room_view import RoomView
from vwr_middleware.worker.store_access import Desk


class CutOff:
    """What the gate owes those whose tokens ran out in an outage. `passed`: seconds since then."""

    def __init__(self, desk: Desk, view: RoomView, outage_grace: float) -> None:
        self._desk, self._view, self.grace = desk, view, outage_grace

    def may_return(self, room: CurrentRoom, ran_out: float, passed: float) -> bool:
        """Whether the session is to be taken back, since the store was away when it ran out."""
        if passed >= self.grace:
            return False
        was_away = self._desk.breaker.was_away(self._desk.monotonic() - passed)
        return was_away or room.said.cut_off(ran_out, ran_out + passed)

    def is_unheard(self, passed: float) -> bool:
        """Whether the store has said nothing since the token ran out, though this worker has asked.

        So nobody can know that the session was not renewed or is over, whether the worker has
        noticed an outage before or had nothing to do.
        """
        now = self._desk.monotonic()
        is_unheard = self._view.is_unheard(now - passed, now, self._desk.breaker.is_open)
        return is_unheard and passed < self.grace
