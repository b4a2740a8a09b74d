"""Sessions that have ended early, as one worker knows them until all their tokens have run out."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vwr_middleware.line.constants import ENDED_AT_ONCE, OUTAGE_GRACE
from vwr_middleware.line.messages import Ending, Snapshot
from vwr_middleware.worker.freshness import STALE
from vwr_middleware.worker.noted import drop_first


@dataclass(slots=True)
class End:
    """What this worker knows of the end of a session."""

    heard_at: float  # monotonic
    how: Ending | None = None  # None: nobody has told
    #: Whether it was over long before, for all that this worker knows: it had just begun to read.
    is_old: bool = False


class Ended(OrderedDict[str, End]):
    """The ends by session id, in the order in which this worker heard of them."""

    def __init__(self, outage_grace: float = OUTAGE_GRACE) -> None:
        super().__init__()
        self.outage_grace = outage_grace  # seconds for which an outage lets a token outlive its end
        self.untold: dict[str, Ending] = {}  # those that the store must still be told of
        self.number = 0  # number of the last entry that was read of the store's list
        self._has_read_all = False  # that was in the list when this worker began to read it
        self.room_id = ""  # of these sessions; "" until the store was read or one of them ended
        self._longest = 0.0  # the longest life of a token so far, in seconds

    def note(self, session: str, monotonic: float, how: Ending | None = None) -> None:
        """Note that a session is over."""
        end = self.setdefault(session, End(monotonic))
        end.how = how or end.how

    def how(self, session: str) -> Ending | None:
        """How a session ended; None if nobody has told, or if it is not known to be over."""
        end = self.get(session)
        return end.how if end else None

    def are_of(self, room_id: str) -> bool:
        """Whether the session ids here are those of that room, as far as is known."""
        return self.room_id in ("", room_id)

    def begins_again(self, session: str) -> None:
        """Forget a session whose claim had lapsed, since its place was claimed again."""
        self.pop(session, None)

    def take(self, room: Snapshot, monotonic: float) -> Sequence[str]:
        """Take in what a reading of the room brings. Returns the sessions that it lists."""
        if not self.are_of(room.room_id):  # they ended before the store was ever read
            self.forget()
        self.room_id = room.room_id
        for session in room.ended:
            if not self._has_read_all:
                self.setdefault(session, End(monotonic, is_old=True))
            self.note(session, monotonic, room.how_ended.get(session))
        self.number = room.ended_last
        self._has_read_all = self._has_read_all or len(room.ended) < ENDED_AT_ONCE
        self._forget(room.rules, monotonic)
        return room.ended

    def _forget(self, rules: Mapping[str, Any], monotonic: float) -> None:
        # An operator may have shortened sessions since the token was given out.
        self._longest = max(self._longest, rules["session_seconds"] + rules["session_grace"])
        over = monotonic - self._longest - self.outage_grace - STALE
        drop_first(self, lambda end: end.heard_at < over)

    def read_anew(self) -> None:
        """Read the store's list from its beginning."""
        self.number, self._has_read_all = 0, False

    def forget(self) -> None:
        """Forget all: the store holds another room, where session ids mean other people."""
        self.clear()
        self.untold.clear()
        self.room_id = ""
        self.read_anew()
