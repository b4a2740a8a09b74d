"""Who is inside, recognised by a Cookie header that this worker has looked at before, and whose
session has ended early.

A page of an app is many requests, and each brings the same Cookie header. To find the token in it
and check it against the room each time would cost more than all else that an admitted visitor
costs. So it is done once. The result holds until a known moment, or until something is heard of the
session or the room.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vwr_middleware.line.constants import ENDED_AT_ONCE, OUTAGE_GRACE
from vwr_middleware.line.messages import Ending, Snapshot
from vwr_middleware.web.session import KnownSession, Session
from vwr_middleware.worker.called import drop_first
from vwr_middleware.worker.sharing import STALE

#: Requests in hand at a time of one session at most: with more, many people share a token.
IN_HAND_MOST = 32
#: Visitors inside that are recognised at most: with their Cookie headers some 40 MB for each room.
KNOWN_MOST = 32_768
#: Bytes. Longer Cookie headers are not remembered.
LONGEST = 2048
#: Seconds. If store time has moved by more against ours, everybody is looked at again.
CLOCKS_APART = 0.25

_NEVER = float("-inf")


class KnownSessions:
    """The sessions of one room as one worker knows them. Moments are monotonic time.

    A session is known by its latest Cookie header only. So if an app changes its cookies all the
    time, each request is looked at, but that costs no memory.

    `_known` has the session of each such header, and `_stays` what is known of each session, by its
    id. Threads may change both at the same time, since `KnownSession.until` alone says who is
    recognised.
    """

    __slots__ = (
        *("_ahead", "_facts", "_known", "_monotonic", "_known_sessions", "_sweep_at"),
        *("fresh_until", "recognised"),
    )

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._known: dict[str | bytes, Session] = {}
        self._known_sessions: dict[str, KnownSession] = {}
        self._sweep_at = 1024
        self._facts: tuple[object, ...] = ()
        self._ahead = 0.0
        #: Until when the worker's snapshot may be used as it is.
        self.fresh_until = _NEVER
        #: How often somebody was recognised, for metrics.
        self.recognised = 0

    def recognise(self, cookies: str | bytes | None) -> Session | None:
        """The session of a visitor who is recognised, with one more request in hand; None: look
        closer. Every request of every admitted visitor passes here, so it is fast."""
        session = self._known.get(cookies)  # type: ignore[arg-type]
        if session is None:
            return None
        now, known_session = self._monotonic(), session.known_session
        if now >= known_session.until or now >= self.fresh_until:
            return None
        if known_session.in_hand >= IN_HAND_MOST:
            return None
        known_session.in_hand += 1
        self.recognised += 1
        return session

    def known_session(self, session_id: str) -> KnownSession:
        """What this worker knows of a session."""
        known_session = self._known_sessions.get(session_id)
        if known_session is None:
            if len(self._known_sessions) >= self._sweep_at:
                self._sweep()
            known_session = self._known_sessions[session_id] = KnownSession()
        return known_session

    def is_crowded(self, session_id: str) -> bool:
        """Whether so many requests of this session are in hand that many people must share it."""
        known_session = self._known_sessions.get(session_id)
        return known_session is not None and known_session.in_hand >= IN_HAND_MOST

    @property
    def in_hand(self) -> dict[str, int]:
        """The number of requests in hand, of each session that has any."""
        return {
            name: known_session.in_hand
            for name, known_session in self._known_sessions.items()
            if known_session.in_hand
        }

    def remember(self, cookies: str | bytes, session: Session, until: float) -> None:
        """Recognise whoever brings this Cookie header, until the given moment."""
        known_session = session.known_session
        # Another thread may have swept this stay away meanwhile.
        if (
            len(cookies) > LONGEST
            or self._known_sessions.setdefault(session.id, known_session) is not known_session
        ):
            return
        self._known.pop(known_session.cookies, None)
        if len(self._known) >= KNOWN_MOST:
            self.forget()
        known_session.until, known_session.cookies = until, cookies
        self._known[cookies] = session

    def ended(self, session_id: str) -> None:
        """Recognise nobody by this session any more: it is over."""
        known_session = self._known_sessions.get(session_id)
        if known_session is not None:
            known_session.until = _NEVER
            self._known.pop(known_session.cookies, None)

    def read(self, snapshot: Snapshot, began: float, fresh: float) -> None:
        """The room was read. If what matters to those inside has changed, forget them all."""
        self.fresh_until = began + fresh
        facts = (snapshot.room_id, snapshot.mode, snapshot.renew_below)
        ahead = snapshot.now - began
        if facts != self._facts or abs(ahead - self._ahead) > CLOCKS_APART:
            self.forget()
            self._facts, self._ahead = facts, ahead

    def forget(self) -> None:
        """Recognise nobody any more; their next requests are looked at again."""
        self._known.clear()
        for known_session in list(
            self._known_sessions.values()
        ):  # a copy, since other threads add to it
            known_session.until, known_session.cookies = _NEVER, ""

    def _sweep(self) -> None:
        """Drop those who have left: so seldom that each session is looked at about once."""
        # Doubled first, so that no other thread sweeps at the same time.
        now, self._sweep_at = self._monotonic(), 2 * self._sweep_at
        for name, known_session in list(self._known_sessions.items()):
            if known_session.until <= now:
                self._known.pop(known_session.cookies, None)
                if not known_session.in_hand:
                    self._known_sessions.pop(name, None)
        self._sweep_at = max(1024, 2 * len(self._known_sessions))


# Sessions that have ended early, as one worker knows them until all their tokens have run out.


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

    def take(self, snapshot: Snapshot, monotonic: float) -> Sequence[str]:
        """Take in what a reading of the room brings. Returns the sessions that it lists."""
        if not self.are_of(snapshot.room_id):  # they ended before the store was ever read
            self.forget()
        self.room_id = snapshot.room_id
        for session in snapshot.ended:
            if not self._has_read_all:
                self.setdefault(session, End(monotonic, is_old=True))
            self.note(session, monotonic, snapshot.how_ended.get(session))
        self.number = snapshot.ended_last
        self._has_read_all = self._has_read_all or len(snapshot.ended) < ENDED_AT_ONCE
        self._forget(snapshot.rules, monotonic)
        return snapshot.ended

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
