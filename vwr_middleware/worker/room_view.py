"""What one worker process knows of one room, between two visits to the store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from vwr_middleware.inlet.strategies import Strategy
from vwr_middleware.line.messages import Ending, Place, Seen, Snapshot, Turn
from vwr_middleware.line.session_ids import session_id
from vwr_middleware.settings import RoomSettings
from vwr_middleware.worker.app_load import Meter
from vwr_middleware.worker.arrivals import Arrivals
from vwr_middleware.worker.called import Called
from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.devices import Devices
from vwr_middleware.worker.ended import Ended
from vwr_middleware.worker.freshness import FRESH, STALE
from vwr_middleware.worker.known_sessions import Guests
from vwr_middleware.worker.lookout import Lookout
from vwr_middleware.worker.noted import Noted
from vwr_middleware.worker.other_rooms import Strangers
from vwr_middleware.worker.presence import Presence

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
    guests: Guests = field(default_factory=lambda: Guests(_never))
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
    sessions: tuple[int, int] = (0, 0)  # that ever began, and that are active, as last heard
    arrivals: Arrivals = field(default_factory=Arrivals)
    present: Presence = field(default_factory=Presence)
    called: Called = field(default_factory=Called)
    lookout: Lookout = field(default_factory=Lookout)
    ended: Ended = field(default_factory=Ended)
    devices: Devices = field(default_factory=Devices)
    renewals: Noted[str] = field(default_factory=Noted)
    meter: Meter | None = None  # runs while an adaptive strategy is in force
    strangers: Strangers = field(default_factory=Strangers)  # met here
    strangers_elsewhere: Strangers = field(default_factory=Strangers)  # as other workers post

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
        if generation > room.generation:  # a ticket proves it, but not that anybody was called
            counters = generation, highest, 0
        elif generation == room.generation:
            counters = generation, max(room.queue, highest), room.serving
        claimed, active = room.said.totals["claimed"], room.active
        if self.sessions[0] > claimed:
            claimed, active = self.sessions
        inside, times = (active, claimed), (room.now, self.now(monotonic))
        return Seen(
            room.room_id, *counters, *inside, room.said.overrides, room.said.changes, *times
        )

    def take(self, snapshot: Snapshot, monotonic: float) -> None:
        """Keep a snapshot whose reading began at this moment, unless there is a newer one."""
        before, room = self.room, CurrentRoom(snapshot)
        # It is of another room if another thread had an older reading in hand at `adopt`.
        if before is not None and before.room_id == room.room_id:
            if monotonic < self.read_at:
                return
            self.arrivals.count(before.said, snapshot)
            self._keep_up(before, room)
        self.arrivals.count_from(snapshot)
        self.started = True
        self.room, self.read_at = room, monotonic
        self.guests.read(snapshot, monotonic, FRESH)
        self.called.take(room, monotonic)
        for session in self.ended.take(snapshot, monotonic):
            self.guests.ended(session)
        self.devices.take(snapshot)
        if before is not None and before.said.fell_back != room.said.fell_back:
            self.ended.read_anew()
            self.devices.number = 0
        self.renewals.forget_before(monotonic - RENEW_PAUSE)

    def _keep_up(self, before: CurrentRoom, room: CurrentRoom) -> None:
        """Keep higher counters: they only grow, and a join may have come while this was read."""
        if before.generation != room.generation:
            self.called.doorway.forget()
        else:
            room.queue = max(room.queue, before.queue)
            room.serving = max(room.serving, before.serving)

    def learn(self, turn: Turn) -> None:
        """Take the counters that an answer of the store brings. They only grow."""
        room = self.room
        if room is None or room.generation != turn.generation or room.room_id != turn.room_id:
            return
        if turn.queue > room.queue:
            room.queue = turn.queue
        if turn.serving > room.serving:
            room.serving = turn.serving
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
        self.guests.forget()
        self.top_seen, self.sessions, self.arrivals = (0, 0), (0, 0), Arrivals()
        # Positions and session ids mean other people there.
        self.present, self.called = Presence(), Called()
        self.devices.forget()
        self.ended.forget()
        self.renewals.clear()

    def note_end(self, session: str, monotonic: float, how: Ending | None = None) -> None:
        """Refuse this session from now on."""
        self.ended.note(session, monotonic, how)
        self.guests.ended(session)

    def note_genuine(self, generation: int, position: int) -> None:
        """Note the position of a genuine ticket: it was handed out, whatever a store says later."""
        if (generation, position) > self.top_seen:
            self.top_seen = (generation, position)

    def note_entered(self, generation: int, position: int, monotonic: float) -> None:
        """Note that a session has begun; the visitor may not have heard of it."""
        self.ended.begins_again(session_id(generation, position))
        self.called.entered.note(position, monotonic)

    def may_renew(self, session: str, monotonic: float, pause: float = RENEW_PAUSE) -> bool:
        """Whether this worker may ask for a renewal now, if it did not in the last `pause` seconds;
        notes that it does."""
        if monotonic - self.renewals.get(session, float("-inf")) < pause:
            return False
        self.renewals.note(session, monotonic)
        return True
