"""For which called visitors the store holds a place at the door, as one worker remembers."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from vwr_middleware.line.constants import GO_HOLD, HIDDEN_UNTIL
from vwr_middleware.line.held_slots import held_for
from vwr_middleware.line.messages import Knock, Turn
from vwr_middleware.worker.noted import Noted

HAND_IN_WITHIN = 1.0  # seconds within which a noted knock reaches the store
KNOCKS_MOST = 800  # knocks that are handed in with one refresh
KNOWN_MOST = 20_000  # places that are remembered; a forgotten one costs one more trip


@dataclass(slots=True)
class Doorway:
    """Who is at the door, so that a called visitor's first knock costs a round trip, and no more.

    The store lets in by position those who are at the door. So a visitor's first knock goes to the
    store at once, whatever the snapshot shows: if it waited for the next refresh, a later visitor
    could enter first at another worker. Further knocks are noted for the refresh, which keeps the
    place that the store holds. All moments are monotonic time.
    """

    knocks: dict[int, Knock] = field(default_factory=dict)  # to be handed in
    _held: Noted[int] = field(default_factory=Noted)  # until when the store holds each place

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
            self._held.note(turn.position, monotonic + GO_HOLD)
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
