"""Whether the session of a WebSocket still runs, for as long as the socket is open."""

from vwr_middleware.errors import RoomChanged, StoreUnavailable
from vwr_middleware.gate.cut_off import CutOff
from vwr_middleware.gate.standing import RETRY
from vwr_middleware.web.session import Token
from vwr_middleware.worker.room_view import RoomView
from vwr_middleware.worker.store_access import Desk


class Watch:
    """Follows one session, which other requests may renew or end at any worker.

    It never renews. It asks the store only when the session seems to be over to this worker.
    """

    def __init__(self, desk: Desk, view: RoomView, token: Token, cut_off: CutOff) -> None:
        self._desk, self._view, self._token = desk, view, token
        self._until: float = token.expires_at  # store time
        self._cut_off = cut_off
        # A page may fetch data and open its socket at the same time. Both then bring the first
        # token, and the other request has just confirmed the session.
        self._is_claim = token.first and token.session_id not in view.renewals

    async def is_over(self) -> bool:
        """Whether the session is over by now. It may read the room, about once a second."""
        room = await self._desk.fresh(self._view)
        if room is None:
            return False
        if room.room_id != self._token.room_id or self._token.session_id in self._view.ended:
            return True
        now = self._desk.now(self._view)
        return now >= self._until and not await self._goes_on(now)

    async def _goes_on(self, now: float) -> bool:
        """Whether the session was renewed elsewhere, or may have been if the store is away."""
        if self._cut_off.is_unheard(now - self._until):
            return True
        if self._is_claim:  # its place may be called again, and asking for it would hold a slot
            return False
        try:
            turn = await self._desk.knock(self._view, self._token.place, RETRY, hidden=False)
        except StoreUnavailable:
            return now < self._until + self._cut_off.grace
        except RoomChanged:
            return False
        if turn.verdict == "entered":
            self._until = turn.expires_at
        return turn.verdict == "entered" and turn.now < self._until
