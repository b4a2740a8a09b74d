"""Who is inside, recognised by a Cookie header that this worker has looked at before.

A page of an app is many requests, and each brings the same Cookie header. To find the token in it
and check it against the room each time would cost more than all else that an admitted visitor
costs. So it is done once. The result holds until a known moment, or until something is heard of the
session or the room.
"""

from collections.abc import Callable

from vwr_middleware.line.messages import Snapshot
from vwr_middleware.web.session import Session, Stay

#: Requests in hand at a time of one session at most: with more, many people share a token.
IN_HAND_MOST = 32
#: Guests that are recognised at most: with their Cookie headers some 40 MB for each room.
KNOWN_MOST = 32_768
#: Bytes. Longer Cookie headers are not remembered.
LONGEST = 2048
#: Seconds. If store time has moved by more against ours, everybody is looked at again.
CLOCKS_APART = 0.25

_NEVER = float("-inf")


class Guests:
    """The sessions of one room as one worker knows them. Moments are monotonic time.

    A session is known by its latest Cookie header only. So if an app changes its cookies all the
    time, each request is looked at, but that costs no memory.

    `_known` has the session of each such header, and `_stays` what is known of each session, by its
    id. Threads may change both at the same time, since `Stay.until` alone says who is recognised.
    """

    __slots__ = (
        *("_ahead", "_facts", "_known", "_monotonic", "_stays", "_sweep_at"),
        *("fresh_until", "greeted"),
    )

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._known: dict[str | bytes, Session] = {}
        self._stays: dict[str, Stay] = {}
        self._sweep_at = 1024
        self._facts: tuple[object, ...] = ()
        self._ahead = 0.0
        #: Until when the worker's snapshot may be used as it is.
        self.fresh_until = _NEVER
        #: How often somebody was recognised, for metrics.
        self.greeted = 0

    def greet(self, cookies: str | bytes | None) -> Session | None:
        """The session of a guest who is recognised, with one more request in hand; None: look
        closer. Every request of every admitted visitor passes here, so it is fast."""
        session = self._known.get(cookies)  # type: ignore[arg-type]
        if session is None:
            return None
        now, stay = self._monotonic(), session.stay
        if now >= stay.until or now >= self.fresh_until:
            return None
        if stay.in_hand >= IN_HAND_MOST:
            return None
        stay.in_hand += 1
        self.greeted += 1
        return session

    def stay(self, session_id: str) -> Stay:
        """What this worker knows of a session."""
        stay = self._stays.get(session_id)
        if stay is None:
            if len(self._stays) >= self._sweep_at:
                self._sweep()
            stay = self._stays[session_id] = Stay()
        return stay

    def is_crowded(self, session_id: str) -> bool:
        """Whether so many requests of this session are in hand that many people must share it."""
        stay = self._stays.get(session_id)
        return stay is not None and stay.in_hand >= IN_HAND_MOST

    @property
    def in_hand(self) -> dict[str, int]:
        """The number of requests in hand, of each session that has any."""
        return {name: stay.in_hand for name, stay in self._stays.items() if stay.in_hand}

    def remember(self, cookies: str | bytes, session: Session, until: float) -> None:
        """Recognise whoever brings this Cookie header, until the given moment."""
        stay = session.stay
        # Another thread may have swept this stay away meanwhile.
        if len(cookies) > LONGEST or self._stays.setdefault(session.id, stay) is not stay:
            return
        self._known.pop(stay.cookies, None)
        if len(self._known) >= KNOWN_MOST:
            self.forget()
        stay.until, stay.cookies = until, cookies
        self._known[cookies] = session

    def ended(self, session_id: str) -> None:
        """Recognise nobody by this session any more: it is over."""
        stay = self._stays.get(session_id)
        if stay is not None:
            stay.until = _NEVER
            self._known.pop(stay.cookies, None)

    def read(self, room: Snapshot, began: float, fresh: float) -> None:
        """The room was read. If what matters to guests has changed, forget them all."""
        self.fresh_until = began + fresh
        facts = (room.room_id, room.mode, room.renew_below)
        ahead = room.now - began
        if facts != self._facts or abs(ahead - self._ahead) > CLOCKS_APART:
            self.forget()
            self._facts, self._ahead = facts, ahead

    def forget(self) -> None:
        """Recognise nobody any more; their next requests are looked at again."""
        self._known.clear()
        for stay in list(self._stays.values()):  # a copy, since other threads add to it
            stay.until, stay.cookies = _NEVER, ""

    def _sweep(self) -> None:
        """Drop those who have left: so seldom that each session is looked at about once."""
        # Doubled first, so that no other thread sweeps at the same time.
        now, self._sweep_at = self._monotonic(), 2 * self._sweep_at
        for name, stay in list(self._stays.items()):
            if stay.until <= now:
                self._known.pop(stay.cookies, None)
                if not stay.in_hand:
                    self._stays.pop(name, None)
        self._sweep_at = max(1024, 2 * len(self._stays))
