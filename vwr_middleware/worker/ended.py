"""Sessions that are over, as far as one worker knows, until no token can speak of them any more."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

from vwr_middleware.line.answers import Snapshot
from vwr_middleware.line.asks import Ending
from vwr_middleware.line.constants import OUTAGE_GRACE
from vwr_middleware.worker.freshness import STALE
from vwr_middleware.worker.noted import drop_first


class Ended(OrderedDict[str, float]):
    """When this worker heard that a session was over, the earliest first."""

    def __init__(self, outage_grace: float = OUTAGE_GRACE) -> None:
        super().__init__()
        self.outage_grace = outage_grace  # seconds that an outage lets a token outlive its end
        self.how: dict[str, Ending] = {}  # as far as this worker was told
        self.untold: dict[str, Ending] = {}  # the store does not know yet
        self.number = 0  # of the last entry of the store's list that came
        self.room_id = ""  # of these sessions; "" until the store was read or one of them ended
        self._longest = 0.0  # the longest life of a token so far, in seconds

    def note(self, session: str, monotonic: float, how: Ending | None = None) -> None:
        """A session is over."""
        self.setdefault(session, monotonic)
        if how is not None:
            self.how[session] = how

    def are_of(self, room_id: str) -> bool:
        """Whether a session id means the same here as in that room."""
        return self.room_id in ("", room_id)

    def begins_again(self, session: str) -> None:
        """The claim of this place had lapsed, and it was claimed anew."""
        self.pop(session, None)
        self.how.pop(session, None)

    def take(self, room: Snapshot, monotonic: float) -> Sequence[str]:
        """Take what a reading of the room brings. Returns the sessions that it tells of."""
        if not self.are_of(room.room_id):  # they ended before the store was ever read
            self.forget()
        self.room_id = room.room_id
        for session in room.ended:
            self.note(session, monotonic, room.how_ended.get(session))
        self.number = room.ended_last
        self._forget(room.rules, monotonic)
        return room.ended

    def _forget(self, rules: Mapping[str, Any], monotonic: float) -> None:
        # An operator may have shortened sessions since the token was given out.
        self._longest = max(self._longest, rules["session_seconds"] + rules["session_grace"])
        over = monotonic - self._longest - self.outage_grace - STALE
        for session in drop_first(self, lambda noted: noted < over):
            self.how.pop(session, None)

    def forget(self) -> None:
        """Forget all: the store holds another room, where session ids mean other people."""
        self.clear()
        self.how.clear()
        self.untold.clear()
        self.number, self.room_id = 0, ""
