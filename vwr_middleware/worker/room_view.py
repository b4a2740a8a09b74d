"""What one worker process knows of one room between two visits to the store: who has polled, how
fast people join, and what operators want to know.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt

from vwr_middleware.inlet.strategies import Strategy
from vwr_middleware.line.constants import DRAWN, REGISTERING, WAIT_CLASSES
from vwr_middleware.line.lanes import JOINED, TAIL, remembered
from vwr_middleware.line.messages import Ending, ForOperators, Place, Seen, Snapshot, Turn
from vwr_middleware.line.session_ids import session_id
from vwr_middleware.papers.drawn_tickets import DrawnTickets
from vwr_middleware.papers.tickets import Ticket
from vwr_middleware.settings import RoomSettings
from vwr_middleware.worker.app_load import Meter
from vwr_middleware.worker.beacon_asking import BeaconAsking
from vwr_middleware.worker.called import Called, LastMoments
from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.devices import Devices
from vwr_middleware.worker.known_draw import KnownDraw, waits_to_read
from vwr_middleware.worker.known_sessions import Ended, KnownSessions
from vwr_middleware.worker.lane_waits import LaneWaits
from vwr_middleware.worker.other_rooms import OtherRooms
from vwr_middleware.worker.sharing import FRESH, STALE
from vwr_middleware.worker.stock_asking import StockAsking
from vwr_middleware.worker.stock_buyers import with_row

# What a worker notes for operators until its next refresh: waits, and sessions that are shared.


#: Addresses of shared sessions that are handed in with one refresh at most.
SHARERS_MOST = 200

#: Behind all positions.
_NOBODY = 1 << 62
#: The kinds of decisions by which requests pass without the line.
_BYPASSED = ("bypassed", "passed")


class OperatorNotes:
    """Hands in with each refresh what it saw since the last one."""

    __slots__ = (
        *("_decided", "_oldest", "_sharers", "_told", "_under_way", "_waited", "_waits"),
        *("decisions", "first", "lane_waits", "placeless"),
    )

    def __init__(self) -> None:
        #: The first position among those who polled: those behind have joined later.
        self.first = _NOBODY
        self._oldest = 0.0  # the earliest time of joining
        self._waited = 0.0
        self._sharers: dict[tuple[str, str], None] = {}
        #: What the gate has decided, by kind, as it counts it for metrics.
        self.decisions: Mapping[str, int] = {}
        self.placeless = 0  # newcomers who found the room full or closed
        self._decided = self._under_way = (0, 0)  # as handed in with the last reading that arrived
        self._waits = [0] * (len(WAIT_CLASSES) + 1)
        self._told: list[int] = []  # waits that are handed in, but may not have arrived
        self.lane_waits = LaneWaits()

    def waits(self, ticket: Ticket, *, has_lapsed: bool = False) -> None:
        """Note that the holder of this ticket is still in line.

        A ticket that was made again, for another device or because the claim `has_lapsed`, is
        younger than its place: visitors behind may have joined before the time in it.
        """
        self._oldest = min(self._oldest or ticket.joined_at, ticket.joined_at)
        if ticket.position < self.first and not ticket.device and not has_lapsed:
            self.first = ticket.position

    def entered(self, waited: float, lane: str | None = None) -> None:
        """Note that somebody entered after so many seconds in line, in a lane if there are any."""
        self._waited = max(self._waited, waited)
        at = bisect_left(WAIT_CLASSES, waited)
        self._waits[at] += 1
        if lane is not None:
            self.lane_waits.note(lane, at)

    def shared(self, session: str, first: str, other: str) -> None:
        """Note that a session was used from two addresses, given as marks."""
        if len(self._sharers) < SHARERS_MOST:
            self._sharers[session, first] = self._sharers[session, other] = None

    def hand_in(self) -> ForOperators:
        """What was seen, to be handed in once; but what is counted, until it has arrived."""
        passed = sum(self.decisions.get(kind, 0) for kind in _BYPASSED)
        decided = passed, self.placeless + self.decisions.get("overload", 0)
        self._under_way = decided
        bypassed, turned_away = (new - old for new, old in zip(decided, self._decided, strict=True))
        waits, self._waits = self._waits, [0] * (len(WAIT_CLASSES) + 1)
        if self._told:
            waits = [a + b for a, b in zip(waits, self._told, strict=True)]
        self._told = waits if any(waits) else []
        oldest, waited, sharers = self._oldest, self._waited, self._sharers
        self.first, self._oldest, self._waited, self._sharers = _NOBODY, 0.0, 0.0, {}
        counted = tuple(self._told), bypassed, turned_away
        lanes = self.lane_waits.hand_in()
        return ForOperators(float(oldest), waited, tuple(sharers), *counted, lane_waits=lanes)

    def arrived(self) -> None:
        """Note that the store has what was handed in."""
        self._decided, self._told = self._under_way, []
        self.lane_waits.arrived()


# Who of those in line has polled since this worker's last refresh.


#: Positions handed in with one refresh at most: the first in line, since they are called next.
BATCH_MOST = 800
#: Seconds (and up to twice as long) for which positions that may not have arrived are handed in
#: with each refresh. It is longer than a page waits between two polls during an outage.
AGAIN_FOR = 7.5
#: Behind all positions.
_ALL = 1 << 62


class Presence:
    """The first in line among those who polled. The crowd behind costs one comparison each.

    While the store is away, visitors go on polling, and each position is handed in with several
    refreshes. So the first refresh that succeeds tells of everybody, also of those who poll less
    often than the store is tried. Otherwise a newcomer could enter before them.
    """

    __slots__ = ("_earlier", "_noted", "_since", "_under_way", "reach")

    def __init__(self) -> None:
        self._noted: set[int] = set()
        self._under_way: set[int] = set()  # handed in since `_since`, but maybe not arrived
        self._earlier: set[int] = set()  # the same, before `_since`
        self._since = float("-inf")
        #: Positions beyond this are not worth noting any more.
        self.reach = _ALL

    def note(self, position: int) -> None:
        """Note that somebody in line polled."""
        noted = self._noted
        noted.add(position)
        if len(noted) >= 2 * BATCH_MOST:
            first = sorted(noted)[:BATCH_MOST]
            self._noted, self.reach = set(first), first[-1]

    def hand_in(self, now: float) -> Sequence[int]:
        """The noted positions, in order, and earlier ones that may not have arrived.

        `now` is monotonic time, in seconds.
        """
        noted, self._noted, self.reach = self._noted, set(), _ALL
        if now - self._since > AGAIN_FOR:
            self._earlier, self._under_way, self._since = self._under_way, set(), now
        self._under_way = self._under_way | noted  # other threads may look at the set
        return sorted(self._under_way | self._earlier)[:BATCH_MOST]

    def arrived(self) -> None:
        """Note that the store knows of all who were handed in."""
        self._under_way, self._earlier = set(), set()

    def __len__(self) -> int:
        return len(self._noted)


# How fast people join at all workers together, as one worker estimates it from its readings.


UNHEARD_MOST = 60.0  # the most seconds since a reading for which joins elsewhere are estimated


def _joined(snapshot: Snapshot) -> int:
    """How many have joined: with lanes, the queue counter does not say it."""
    lanes = snapshot.lanes.values()
    return sum(row[JOINED] for row in lanes) if snapshot.layout else snapshot.queue


@dataclass(slots=True)
class Arrivals:
    """Joins per second, as last seen."""

    rate: float = 0.0
    _at: float = 0.0  # store time of the last reading
    _queue: int = 0  # how many had joined by then

    def count(self, before: Snapshot, snapshot: Snapshot) -> None:
        """Count who has joined since the last reading."""
        if snapshot.rebuilt_until != before.rebuilt_until:
            return  # the store had lost data, and positions that were skipped are no joins
        joined = _joined(snapshot) - self._queue  # below 0 after a reset
        passed = max(0.0, snapshot.now - self._at)
        # People come in bursts, so the rate falls slowly: a quiet moment proves little.
        kept = 0.5 ** min(1.0, passed / FRESH)
        self.rate = max(joined / max(FRESH, passed), self.rate * kept)

    def count_from(self, snapshot: Snapshot) -> None:
        """Begin to count from this reading on."""
        self._at, self._queue = snapshot.now, _joined(snapshot)

    def spare(self, unheard: float) -> int:
        """How many may have joined at other workers in the `unheard` seconds, for `Ask.spare`.

        A second's worth is added, since people come in bursts, and twice the standard deviation:
        where few come, often twice as many do as on average.
        """
        on_average = self.rate * (STALE + min(max(0.0, unheard), UNHEARD_MOST))
        return round(on_average + 2 * sqrt(on_average))


# What one worker process knows of one room, between two visits to the store.


SUBRESOURCES_AFTER_END = 10.0  # seconds after a completion in which a receipt's images still pass
RENEW_PAUSE = 5.0  # seconds between two renewals of a session by one worker


def _never() -> float:
    return float("inf")


@dataclass(slots=True)
class RoomView:
    """A room as this worker sees it, and what the worker has noted for the next refresh.

    All moments here are the worker's monotonic time, except `snapshot.now` and what follows from
    it. The host's clock is never compared with anything.
    """

    settings: RoomSettings
    name: str = field(init=False)  # the room's
    known_sessions: KnownSessions = field(default_factory=lambda: KnownSessions(_never))
    room: CurrentRoom | None = None  # as far as this worker knows it by now; None: never read
    read_at: float = float("-inf")
    #: The public status as text, and of which reading and counters: see gate/standing.py.
    status: tuple[tuple[CurrentRoom, int, int] | None, str] | None = None
    #: True for an operator's command: its settings and strategies must not change the room.
    only_looks: bool = False
    #: `Keys.marks` of this worker; "" if it signs and reads nothing.
    key_marks: str = ""
    #: The settings that each worker obeys by itself, as text for others to compare with theirs.
    own: Mapping[str, str] = field(default_factory=dict)
    strategies: Sequence[Strategy] = ()
    started: bool = False
    top_seen: tuple[int, int] = (0, 0)  # generation, highest position of a genuine ticket
    known_draw: KnownDraw = field(default_factory=KnownDraw)
    beacon_asking: BeaconAsking | None = None
    drawn_tickets: DrawnTickets | None = None  # None: this worker reads no tickets
    sessions: tuple[int, int] = (0, 0)  # that ever began, and that are active, as last heard
    arrivals: Arrivals = field(default_factory=Arrivals)
    present: Presence = field(default_factory=Presence)
    called: Called = field(default_factory=Called)
    operator_notes: OperatorNotes = field(default_factory=OperatorNotes)
    ended: Ended = field(default_factory=Ended)
    devices: Devices = field(default_factory=Devices)
    renewals: LastMoments[str] = field(default_factory=LastMoments)
    stock_asking: StockAsking | None = None  # None: the app is not asked what is left
    meter: Meter | None = None  # runs while an adaptive strategy is in force
    other_rooms: OtherRooms = field(default_factory=OtherRooms)  # met here
    other_rooms_elsewhere: OtherRooms = field(default_factory=OtherRooms)  # as other workers post

    def __post_init__(self) -> None:
        self.name, inlet = self.settings.name, self.settings.inlet
        self.strategies = tuple(inlet) if inlet else ()  # type: ignore[arg-type]

    def age(self, monotonic: float) -> float:
        """How old the snapshot is, in seconds."""
        return monotonic - self.read_at

    def now(self, monotonic: float) -> float:
        """The store's time, carried on from the last snapshot; 0 before any."""
        return self.room.now + (monotonic - self.read_at) if self.room else 0.0

    def is_unheard(self, moment: float, monotonic: float, is_open: bool) -> bool:
        """Whether the store has said nothing of the room since that moment, though it was asked.

        `is_open`: the circuit breaker is.
        """
        return self.read_at < moment and (is_open or self.age(monotonic) > STALE)

    def seen(self, monotonic: float) -> Seen | None:
        """What goes with every write, so that a store that has lost data is brought up to it, and
        knows the time if its clock was set."""
        room = self.room
        if room is None:
            return None
        generation, highest = self.top_seen
        counters = room.generation, room.queue, room.serving
        if generation > room.generation and not waits_to_read(room, generation):
            # A ticket proves it, but not that anybody was called.
            counters = generation, highest, 0
        elif generation == room.generation:
            counters = generation, max(room.queue, highest), room.serving
        draw = self.known_draw.seen(room, counters[0])
        counters = counters[0], max(counters[1], draw.get("drawn", 0)), counters[2]
        claimed, active = room.snapshot.totals["claimed"], room.active
        if self.sessions[0] > claimed:
            claimed, active = self.sessions
        inside, times = (active, claimed), (room.now, self.now(monotonic))
        changed = room.snapshot.overrides, room.snapshot.changes
        lanes = remembered(room.snapshot.layout, room.lanes)
        if counters[0] != room.generation:
            lanes = ""
        return Seen(room.room_id, *counters, *inside, *changed, *times, lanes=lanes, **draw)

    def as_drawn(self, ticket: Ticket) -> Ticket:
        """What a ticket is worth since the draw, as far as this worker has read of it."""
        if self.room is None or self.room.snapshot.draw < DRAWN or self.drawn_tickets is None:
            return ticket
        return self.drawn_tickets.of(self.room.snapshot, ticket)

    @property
    def draw_told(self) -> str:
        """What this worker says of the seed of the draw that is to come, if one is."""
        room = self.room
        if room is None or self.drawn_tickets is None or room.snapshot.draw != REGISTERING:
            return ""
        known = room.snapshot.draw_told.partition(":")[0]
        told = known or self.drawn_tickets.told(room.room_id, room.generation)
        beacon = self.beacon_asking.value(room) if self.beacon_asking else ""
        return f"{told}:{beacon.encode().hex()}" if beacon else told

    def take(self, snapshot: Snapshot, monotonic: float) -> None:
        """Keep a snapshot whose reading began at this moment, unless there is a newer one."""
        before, room = self.room, CurrentRoom(snapshot)
        # It is of another room if another thread had an older reading in hand at `adopt`.
        if before is not None and before.room_id == room.room_id:
            if monotonic < self.read_at:
                return
            self.arrivals.count(before.snapshot, snapshot)
            self._keep_up(before, room)
            if before.generation == room.generation:
                room.sales = before.sales
        room.sales = with_row(room.sales, snapshot)
        self.arrivals.count_from(snapshot)
        self.started = True
        self.room, self.read_at = room, monotonic
        self.known_sessions.read(snapshot, monotonic, FRESH)
        self.called.take(room, monotonic)
        for session in self.ended.take(snapshot, monotonic):
            self.known_sessions.ended(session)
        self.devices.take(snapshot)
        if before is not None and before.snapshot.fell_back != room.snapshot.fell_back:
            self.ended.read_anew()
            self.devices.number = 0
        self.renewals.forget_before(monotonic - RENEW_PAUSE)

    def _keep_up(self, before: CurrentRoom, room: CurrentRoom) -> None:
        """Keep higher counters: they only grow, and a join may have come while this was read."""
        if before.generation != room.generation:
            self.called.held_slots.forget()
            self.present = Presence()  # whoever polls now has another position
        else:
            room.queue = max(room.queue, before.queue)
            room.serving = max(room.serving, before.serving)
            if room.snapshot.layout == before.snapshot.layout:
                for row in before.lanes.values():
                    room.note_joined(row[TAIL])

    def learn(self, turn: Turn) -> None:
        """Take the counters that an answer of the store brings. They only grow."""
        room = self.room
        if room is None or room.generation != turn.generation or room.room_id != turn.room_id:
            return
        if turn.queue > room.queue:
            room.queue = turn.queue
        if turn.serving > room.serving:
            room.serving = turn.serving
        if room.snapshot.layout and turn.position:
            room.note_joined(turn.position)
        if turn.claimed >= self.sessions[0]:
            self.sessions = turn.claimed, turn.active
        if room.state == "open" and turn.verdict in ("waiting", "full", "next"):
            room.state = "queueing"

    def heard(
        self, turn: Turn, returns_in: float, hidden: bool, monotonic: float, place: Place
    ) -> None:
        """Take the answer to a called visitor: see `Called.heard`."""
        self.learn(turn)
        self.called.heard(turn, returns_in, hidden, monotonic, place.mark)
        if turn.verdict == "entered" and place.device:
            # Or the device that had the place before would be told the remembered answer too.
            self.devices.note(place.generation, place.position, place.device)

    def adopt(self) -> None:
        """Begin anew: the store holds another room than this worker knew."""
        self.room, self.read_at = None, float("-inf")
        self.known_sessions.forget()
        self.top_seen, self.sessions, self.arrivals = (0, 0), (0, 0), Arrivals()
        self.known_draw = KnownDraw()
        # Positions and session ids mean other people there.
        self.present, self.called = Presence(), Called()
        self.devices.forget()
        self.ended.forget()
        self.renewals.clear()

    def note_end(self, session: str, monotonic: float, how: Ending | None = None) -> None:
        """Refuse this session from now on."""
        self.ended.note(session, monotonic, how)
        self.known_sessions.ended(session)

    def note_genuine(self, generation: int, position: int, drawn: int = 0) -> None:
        """Note the position of a genuine ticket: it was handed out, whatever a store says later.
        `drawn` is how many the ticket says were drawn."""
        if (generation, position) > self.top_seen:
            self.top_seen = (generation, position)
        if drawn:
            self.known_draw.note(generation, position, drawn)

    def note_entered(self, generation: int, position: int, monotonic: float) -> None:
        """Note that a session has begun; the visitor may not have heard of it."""
        self.ended.begins_again(session_id(generation, position))
        self.called.entered.note(position, monotonic)

    def may_hear(self, session: str, page: str, monotonic: float) -> bool:
        """The same for a page that tells whether it is `open` or `hidden`. The next request may
        renew the session at once: what the page has told may have shortened it."""
        self.renewals.pop(session, None)
        return self.may_renew(f"{session} {page}", monotonic)

    def may_renew(self, session: str, monotonic: float, pause: float = RENEW_PAUSE) -> bool:
        """Whether this worker may ask for a renewal now, if it did not in the last `pause` seconds;
        notes that it does."""
        if monotonic - self.renewals.get(session, float("-inf")) < pause:
            return False
        self.renewals.note(session, monotonic)
        return True
