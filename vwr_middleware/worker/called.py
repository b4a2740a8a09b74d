"""What one worker knows of called visitors: for whom it is worth asking the store."""

from dataclasses import dataclass, field

from vwr_middleware.line.messages import Place, Turn
from vwr_middleware.line.session_ids import session_id
from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.doorway import Doorway
from vwr_middleware.worker.grants import HELD_FOR, Grants
from vwr_middleware.worker.noted import Noted
from vwr_middleware.worker.slots import Slots

TRY_PAUSE = 1.0  # seconds between two claims for which the snapshot shows no slot


@dataclass(slots=True)
class Called:
    """The called visitors of one room, by position. All moments are monotonic time.

    Four events change what is known of them: a reading of the room (`take`), the store's answer to
    a knock or a claim (`heard`), a join that was let in at once (`let_in`), and the end of a
    session (`freed`). `slots` counts each of them; all else here is about single visitors.
    """

    slots: Slots | None = None  # of the snapshot
    doorway: Doorway = field(default_factory=Doorway)
    goes: set[int] = field(default_factory=set)  # who got a `go` since the snapshot was read
    tries: Noted[int] = field(default_factory=Noted)  # the last claims of visitors with a `go`
    entered: Noted[int] = field(default_factory=Noted)  # who may already be inside, or out of line
    grants: Grants = field(default_factory=Grants)
    #: Who was refused because the session is bound to another network, by session and mark.
    locked_out: Noted[tuple[str, str]] = field(default_factory=Noted)

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
        self.slots = Slots(room, monotonic)
        self.goes.clear()
        for position in room.said.elsewhere:
            self.entered.note(position, monotonic)
        self.entered.forget_before(monotonic - room.rules["confirm_within"])
        self.tries.forget_before(monotonic - TRY_PAUSE)
        self.doorway.forget_before(monotonic)
        self.grants.forget_before(monotonic)
        self.locked_out.forget_before(monotonic - HELD_FOR)
