"""What one worker knows of called visitors: for whom a slot is probably free, for whom the store
holds one, who came in a moment ago; so for whom it is worth asking the store.
"""

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeVar

from vwr_middleware.line.capacity import SHUT_STATES
from vwr_middleware.line.constants import HIDDEN_UNTIL, SUMMONS_HOLD
from vwr_middleware.line.held_slots import held_for
from vwr_middleware.line.messages import Knock, Place, Turn
from vwr_middleware.line.session_ids import session_id
from vwr_middleware.worker.current_room import CurrentRoom

# Things noted with the moment of the noting, the oldest first.


K = TypeVar("K")
V = TypeVar("V")


class LastMoments(OrderedDict[K, float]):
    """A moment for each key, the key that was noted last at the end."""

    def note(self, key: K, moment: float) -> None:
        """Note a key with its moment, mostly that of the noting."""
        self[key] = moment
        self.move_to_end(key)

    def forget_before(self, moment: float) -> None:
        """Drop from the front what has an earlier moment."""
        drop_first(self, lambda noted: noted < moment)


def drop_first(kept: OrderedDict[K, V], is_old: Callable[[V], bool]) -> None:
    """Drop what is old from the front."""
    # Another thread may change it meanwhile: then the rest is dropped next time.
    with suppress(RuntimeError, KeyError, StopIteration):
        while kept and is_old(next(iter(kept.values()))):
            kept.popitem(last=False)


# For which called visitors the store holds a place at the door, as one worker remembers.


HAND_IN_WITHIN = 1.0  # seconds within which a noted knock reaches the store
KNOCKS_MOST = 800  # knocks that are handed in with one refresh
KNOWN_MOST = 20_000  # places that are remembered; a forgotten one costs one more trip


@dataclass(slots=True)
class HeldSlots:
    """Who is at the door, so that a called visitor's first knock costs a round trip, and no more.

    The store lets in by position those who are at the door. So a visitor's first knock goes to the
    store at once, whatever the snapshot shows: if it waited for the next refresh, a later visitor
    could enter first at another worker. Further knocks are noted for the refresh, which keeps the
    place that the store holds. All moments are monotonic time.
    """

    knocks: dict[int, Knock] = field(default_factory=dict)  # to be handed in
    _held: LastMoments[int] = field(
        default_factory=LastMoments
    )  # until when the store holds each place

    def knows(self, position: int, monotonic: float) -> bool:
        """Whether the store still holds this place when a knock that is noted now reaches it."""
        return self._held.get(position, 0.0) > monotonic + HAND_IN_WITHIN

    def note(self, position: int, returns_in: float, hidden: bool, monotonic: float) -> None:
        """Note a knock of somebody at the door, who is answered from the snapshot."""
        if position in self.knocks or len(self.knocks) < KNOCKS_MOST:
            self.knocks[position] = Knock(position, returns_in, hidden)
            self._hold(position, returns_in, hidden, monotonic)

    def heard(self, turn: Turn, returns_in: float, hidden: bool, monotonic: float) -> None:
        """Note what the store said to a knock or a claim."""
        if turn.verdict == "next":
            self._hold(turn.position, returns_in, hidden, monotonic)
        elif turn.verdict == "go":
            self._held.note(turn.position, monotonic + SUMMONS_HOLD)
        else:
            self._held.pop(turn.position, None)

    def _hold(self, position: int, returns_in: float, hidden: bool, monotonic: float) -> None:
        self._held.note(position, monotonic + (HIDDEN_UNTIL if hidden else held_for(returns_in)))
        while len(self._held) > KNOWN_MOST:
            self._held.popitem(last=False)

    def hand_in(self) -> Sequence[Knock]:
        """The noted knocks, to be handed in once."""
        knocks, self.knocks = self.knocks, {}
        return tuple(knocks.values())

    def forget_before(self, monotonic: float) -> None:
        """Drop those whose time at the door is over."""
        self._held.forget_before(monotonic)

    def forget(self) -> None:
        """Forget all: from now on positions mean other people."""
        self.knocks = {}
        self._held.clear()


# The store's answers to those who came in a moment ago, for tickets that are handed in again.


HELD_FOR = 5.0  # seconds in which the store is not asked again


class GrantedClaim(NamedTuple):
    """The store's answer to a claim that was granted."""

    turn: Turn
    at: float  # monotonic
    mark: str  # of the network that asked, where sessions are bound


class GrantedClaims(OrderedDict[int, GrantedClaim]):
    """The latest grants by position.

    A ticket may be handed in again, since an answer can be lost. But a ticket that is replayed on
    and on (by a program that keeps no token, or by many people who share it) must cost the store
    nothing.
    """

    def note(self, turn: Turn, monotonic: float, mark: str = "") -> None:
        """Keep an answer, without its events, which have been told."""
        self[turn.position] = GrantedClaim(replace(turn, events=()), monotonic, mark)
        self.move_to_end(turn.position)

    def of(
        self, generation: int, position: int, monotonic: float, marks: tuple[str, ...] = ()
    ) -> Turn | None:
        """The answer of a moment ago for this place, if its session still runs.

        With `marks`, only an answer to the network that has one of them.
        """
        granted_claim = self.get(position)
        if granted_claim is None or granted_claim.turn.generation != generation:
            return None
        if marks and granted_claim.mark not in marks:
            return None
        turn, age = granted_claim.turn, monotonic - granted_claim.at
        return turn if age < HELD_FOR and turn.now + age < turn.expires_at else None

    def forget_before(self, monotonic: float) -> None:
        """Drop what is too old to be said again."""
        drop_first(self, lambda granted_claim: granted_claim.at < monotonic - HELD_FOR)


# For which called visitors a slot is probably free, by what one worker last read.


class Refusal(NamedTuple):
    """The store let in nobody from this position on, while at most so many slots were free."""

    position: int
    free: int


_OF_ALL = Refusal(0, free=0)  # before any other: nobody comes in while no slot is free


@dataclass(slots=True)
class FreeSlots:
    """A snapshot's free slots and its door, kept up to date until the next reading.

    The store decides; this only says for whom it is worth asking. It counts what this worker hears
    of after the reading. It also adds what the pace and the usual rate of leaving bring, since it
    does not hear of those who leave at other workers. All moments are monotonic time.
    """

    room: CurrentRoom
    since: float  # when it was read, or last corrected by an answer of the store
    left_here: int = 0  # sessions that this worker has seen end since then
    refusal: Refusal = _OF_ALL  # the latest that still holds

    def has_room_for(self, position: int, monotonic: float) -> bool:
        """Whether more slots are probably free than those at the door before this one need."""
        free, refusal = self._free(monotonic), self.refusal
        if position >= refusal.position and free <= refusal.free:
            return False
        # `admit_up_to`: only the store knows who has a hidden page, and is held no slot for now.
        return free > self._rank(position) or (
            free > 0 and position <= self.room.snapshot.admit_up_to
        )

    def _free(self, monotonic: float) -> int:
        room, passed = self.room, max(0.0, monotonic - self.since)
        left = max(0.0, room.snapshot.hazard * room.active * passed - self.left_here)
        if room.snapshot.per_second is None:
            return int(room.free + left)
        if room.state in SHUT_STATES:
            return 0
        tokens = room.tokens + room.snapshot.per_second * passed
        return int(min(room.limit - room.active + left, tokens))

    def _rank(self, position: int) -> float:
        """How many are at the door before this one."""
        door = self.room.door
        before = bisect_left(door, position)
        return before * self.room.door_size / len(door) if before else 0

    def heard(self, turn: Turn, monotonic: float) -> None:
        """Count what the store said to a knock or a claim."""
        if turn.verdict == "go":
            self._put_at_door(turn.position)
        elif turn.has_begun:
            self.let_in(turn.position)
        elif turn.verdict == "next":
            self._refused(turn.position, turn.ahead, monotonic)

    def let_in(self, position: int) -> None:
        """Count somebody whom this worker just let in."""
        room = self.room
        if room.active >= room.limit:  # so somebody has left at another worker
            self.freed()
        room.free, room.active, room.tokens = room.free - 1, room.active + 1, room.tokens - 1
        if len(room.door) == room.door_size:
            with suppress(ValueError):
                room.door.remove(position)
                room.door_size -= 1

    def freed(self) -> None:
        """Count a session that this worker just saw end."""
        self.room.free, self.room.active = self.room.free + 1, self.room.active - 1
        self.left_here += 1

    def _refused(self, position: int, ahead: int, monotonic: float) -> None:
        """The store refused a position: those `ahead` of it at the door need all free slots.

        The position is remembered, since this worker may not know all who are at the door.
        """
        room, free, before = self.room, self._free(monotonic), self.refusal
        first = min(before.position, position) if free <= before.free else position
        self.refusal = Refusal(first, min(free, ahead))
        if room.snapshot.per_second is None:
            room.free = self.refusal.free
        else:
            passed = max(0.0, monotonic - self.since)
            room.tokens = min(room.tokens + room.snapshot.per_second * passed, ahead)
        self.since, self.left_here = monotonic, 0
        self._put_at_door(position)

    def _put_at_door(self, position: int) -> None:
        """Note that the store put somebody at the door, if all who are there are known."""
        room = self.room
        at = bisect_left(room.door, position)
        if len(room.door) == room.door_size and position not in room.door[at : at + 1]:
            room.door.insert(at, position)
            room.door_size += 1


# What one worker knows of called visitors: for whom it is worth asking the store.


TRY_PAUSE = 1.0  # seconds between two claims for which the snapshot shows no slot


@dataclass(slots=True)
class Called:
    """The called visitors of one room, by position. All moments are monotonic time.

    Four events change what is known of them: a reading of the room (`take`), the store's answer to
    a knock or a claim (`heard`), a join that was let in at once (`let_in`), and the end of a
    session (`freed`). `slots` counts each of them; all else here is about single visitors.
    """

    slots: FreeSlots | None = None  # of the snapshot
    held_slots: HeldSlots = field(default_factory=HeldSlots)
    goes: set[int] = field(default_factory=set)  # who got a `go` since the snapshot was read
    tries: LastMoments[int] = field(
        default_factory=LastMoments
    )  # the last claims of visitors with a `go`
    entered: LastMoments[int] = field(
        default_factory=LastMoments
    )  # who may already be inside, or out of line
    granted_claims: GrantedClaims = field(default_factory=GrantedClaims)
    #: Who was refused because the session is bound to another network, by session and mark.
    locked_out: LastMoments[tuple[str, str]] = field(default_factory=LastMoments)

    def may_ask(self, position: int, monotonic: float) -> bool:
        """Whether it is worth asking the store to let this visitor in."""
        slots = self.slots
        if slots is None or slots.has_room_for(position, monotonic):
            return True
        return position in self.entered

    def may_claim(self, position: int, has_go: bool, monotonic: float) -> bool:
        """The same for a claim. `has_go`: the visitor was told to come, maybe by another worker.

        Then the store may be asked once a second whatever the snapshot says, since it may be older.
        """
        if position in self.goes:  # a slot is held for this visitor, and so does not look free
            self.goes.discard(position)
            return True
        if self.may_ask(position, monotonic):
            return True
        if not has_go or monotonic - self.tries.get(position, float("-inf")) < TRY_PAUSE:
            return False
        self.tries.note(position, monotonic)
        return True

    def is_locked_out(self, place: Place, monotonic: float) -> bool:
        """Whether the store has just refused this place's session to the same network."""
        if not place.marks:
            return False
        session = session_id(place.generation, place.position)
        at = self.locked_out.get((session, place.mark), float("-inf"))
        return monotonic - at < HELD_FOR

    def heard(
        self, turn: Turn, returns_in: float, hidden: bool, monotonic: float, mark: str = ""
    ) -> None:
        """Note the store's answer to a visitor who is told to ask again in `returns_in` seconds.

        `mark` is that of the network from which the visitor came, where sessions are bound.
        """
        self.held_slots.heard(turn, returns_in, hidden, monotonic)
        if turn.verdict == "locked":
            session = session_id(turn.generation, turn.position)
            self.locked_out.note((session, mark), monotonic)
        elif turn.verdict == "entered":
            self.granted_claims.note(turn, monotonic, mark)
        elif turn.verdict == "go":
            self.goes.add(turn.position)
        else:
            self.entered.pop(turn.position, None)
        if self.slots is not None:
            self.slots.heard(turn, monotonic)

    def let_in(self, position: int) -> None:
        """Count somebody who joined and was let in at once."""
        if self.slots is not None:
            self.slots.let_in(position)

    def freed(self) -> None:
        """Count a session that has ended."""
        if self.slots is not None:
            self.slots.freed()

    def take(self, room: CurrentRoom, monotonic: float) -> None:
        """Take a new reading of the room, and drop what is no longer worth knowing."""
        self.slots = FreeSlots(room, monotonic)
        self.goes.clear()
        for position in room.snapshot.elsewhere:
            self.entered.note(position, monotonic)
        self.entered.forget_before(monotonic - room.rules["confirm_within"])
        self.tries.forget_before(monotonic - TRY_PAUSE)
        self.held_slots.forget_before(monotonic)
        self.granted_claims.forget_before(monotonic)
        self.locked_out.forget_before(monotonic - HELD_FOR)
