"""What one worker knows of the visitors who are called: for whom it is worth asking the store."""

from dataclasses import dataclass, field

from vwr_middleware.line.answers import Snapshot, Turn
from vwr_middleware.line.place import Place
from vwr_middleware.line.session_ids import session_id
from vwr_middleware.worker.doorway import Doorway
from vwr_middleware.worker.grants import HELD_FOR, Grants
from vwr_middleware.worker.noted import Noted
from vwr_middleware.worker.slots import Slots

TRY_PAUSE = 1.0  # seconds between two claims that the snapshot shows no slot for


@dataclass(slots=True)
class Called:
    """The called visitors of one room, by position. All moments are monotonic time."""

    slots: Slots | None = None  # of the snapshot
    doorway: Doorway = field(default_factory=Doorway)
    goes: set[int] = field(default_factory=set)  # got a `go` since the snapshot was read
    tries: Noted[int] = field(default_factory=Noted)  # last claims of those who got one
    entered: Noted[int] = field(default_factory=Noted)  # may be inside, or out of line, already
    grants: Grants = field(default_factory=Grants)
    #: Who was refused since the session is bound to another network, by session and mark.
    locked_out: Noted[tuple[str, str]] = field(default_factory=Noted)

    def may_ask(self, position: int, monotonic: float) -> bool:
        """Whether it is worth asking the store to let this visitor in."""
        slots = self.slots
        if slots is None or slots.has_room_for(position, monotonic):
            return True
        return position in self.entered

    def may_claim(self, position: int, has_go: bool, monotonic: float) -> bool:
        """The same for a claim; `has_go`: the visitor was told to come, perhaps by another worker.

        Then the store may be asked once a second, whatever the snapshot says, which may be older.
        """
        if position in self.goes:  # the slot that is held, and so not free, is for this visitor
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
        """Take the answer to a visitor who was told to ask again in `returns_in` seconds.

        `mark` is that of the network from which the visitor came, where sessions are bound.
        """
        self.doorway.heard(turn, returns_in, hidden, monotonic)
        if turn.verdict == "locked":
            session = session_id(turn.generation, turn.position)
            self.locked_out.note((session, mark), monotonic)
        elif turn.verdict == "entered":
            self.grants.note(turn, monotonic, mark)
        elif turn.verdict == "go":
            self.goes.add(turn.position)
        else:
            self.entered.pop(turn.position, None)
        if self.slots is not None:
            self.slots.heard(turn, monotonic)

    def took(self, position: int) -> None:
        """Somebody who has just joined was let in at once."""
        if self.slots is not None:
            self.slots.took(position)

    def freed(self) -> None:
        """A session has ended."""
        if self.slots is not None:
            self.slots.freed()

    def take(self, room: Snapshot, monotonic: float) -> None:
        """Take a new reading of the room, and drop what is noted for a while only."""
        self.slots = Slots(room, monotonic)
        self.goes.clear()
        for position in room.elsewhere:
            self.entered.note(position, monotonic)
        self.entered.forget_before(monotonic - room.rules["confirm_within"])
        self.tries.forget_before(monotonic - TRY_PAUSE)
        self.doorway.forget_before(monotonic)
        self.grants.forget_before(monotonic)
        self.locked_out.forget_before(monotonic - HELD_FOR)
