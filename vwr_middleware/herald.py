"""What one worker makes known: events to the hook, and what is amiss to the log."""

import logging

from vwr_middleware.events import EventName, Hooks
from vwr_middleware.line.answers import Snapshot, Turn
from vwr_middleware.tokens import session_id

log = logging.getLogger("vwr_middleware")

TWO_STORES = (
    "room %s: two stores serve it (%s). Every worker must use one store: memory:// holds for one"
    " process only, and replicas on several machines need redis://"
)


class Herald:
    """Tells each thing once, as far as this worker knows."""

    def __init__(self, hooks: Hooks) -> None:
        self.hooks = hooks
        self.foreign = 0  # tickets and tokens of another store, for metrics
        self.two_stores = False  # some worker met such
        self._warned_of_foreign = False

    def turn(self, room: str, turn: Turn, name: EventName | None = None) -> None:
        """What a step found out or did, and what the worker knows besides."""
        if not self.hooks.are_heard:
            return
        if name is not None:
            subject = session_id(turn.generation, turn.position)
            self.hooks.tell(name, room, subject, turn.now)
        self.hooks.tell_all(room, turn.events, turn.now)

    def news(self, name: str, before: Snapshot | None, room: Snapshot) -> None:
        """What a reading of the room brings."""
        self.hooks.tell_all(name, room.events, room.now)
        if before is None:
            return
        if before.generation != room.generation:
            self.hooks.tell("reset", name, str(room.generation), room.now)
        if before.mode != room.mode:
            self.hooks.tell("mode_changed", name, room.mode, room.now)

    def foreigner(self, room: str, what: str) -> None:
        """A genuine ticket or token of another store came."""
        self.foreign += 1
        if not self._warned_of_foreign:
            self._warned_of_foreign = True
            log.error(TWO_STORES, room, what)
