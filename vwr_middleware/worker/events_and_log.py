"""What one worker makes known: events to hooks (`on_event`), and what is wrong to the log."""

import logging
from collections.abc import Mapping

from vwr_middleware.events import EventName, Hooks
from vwr_middleware.line.constants import DRAWN, REGISTERING
from vwr_middleware.line.messages import Snapshot, Turn
from vwr_middleware.line.session_ids import session_id
from vwr_middleware.papers.signing_keys import read_each_other
from vwr_middleware.worker.other_rooms import LATELY

log = logging.getLogger("vwr_middleware")

TWO_STORES = (
    "room %s: %s. Either two stores serve this room: then give every worker the same one"
    " (memory:// is another store in each process, sqlite:///name another file in each directory,"
    " and several machines need redis://). Or its store lost all data and a newly started worker"
    " was the first to ask it: then `vwr restore %s`, or the panel, gives the people of the old"
    " line their places back"
)

REBUILT = (
    "room %s: its store had lost it, or fell back to an older state, and has been brought up to"
    " date from what its workers know. Places are kept. Slots of sessions that were not heard of"
    " since stay taken until those must have run out. If nobody emptied the store or restored an"
    " older copy, and no replica has taken over, it loses data by itself: give Redis or Valkey"
    " enough memory, maxmemory-policy noeviction and appendonly yes. Or a copy of it is in use"
    " beside it and hands out the same numbers: give every worker the same store"
)

OTHER_SECRET = (
    "room %s: a worker that was started later has another secret_key or token_algorithm than this"
    " one, and neither accepts what the other signs: people lose their places from one page to the"
    " next. Give every worker the same, and do not make a secret anew at each start. To change one,"
    " deploy twice, with [old, new] and then [new, old]. If that is another site on this store,"
    " give it a namespace of its own"
)

OTHER_SETTINGS = (
    "room %s: a worker that was started later has other settings, which now apply to all workers:"
    " %s. During a deploy this is expected. Otherwise restart that worker with the right settings"
)

OTHER_OWN = (
    "room %s: a worker that was started later has other settings, which each worker applies by"
    " itself: %s. During a deploy this is expected. Otherwise what people get depends on the"
    " worker that they meet: give every worker the same settings"
)

CLOCKS_APART = (
    "room %s: the clocks of those who share its store are %s apart. Time goes by the workers' own"
    " measure, so that sessions last as long as they should, but opening times depend on who is"
    " asked: set the clocks right (NTP) on every machine and in every container that uses the store"
)

#: Only their names are logged: a message is none of the log's, and seconds since 1970 say nothing.
_NAMED_ONLY = ("message", "announcement", "opens_at", "closes_at", "openings")
#: How the names of settings begin that hold a message, too.
_PREPARED = ("prepared:", "invited:")


class EventsAndLog:
    """Tells each thing once, as far as this worker knows."""

    def __init__(self, hooks: Hooks) -> None:
        self.hooks = hooks
        self.foreign = 0  # tickets and tokens of another store, for metrics
        #: When there was last a reason for a message, in store time, by message and room.
        self._noted: dict[tuple[str, str], float] = {}

    def turn(self, room_name: str, turn: Turn, name: EventName | None = None) -> None:
        """Tell the events of a step, and `name`, an event that only the worker knows of."""
        if not self.hooks.are_heard:
            return
        if name is not None:
            subject = session_id(turn.generation, turn.position)
            self.hooks.tell(name, room_name, subject, turn.now)
        self.hooks.tell_all(room_name, turn.events, turn.now)

    def news(self, name: str, before: Snapshot | None, snapshot: Snapshot) -> None:
        """Tell the events that a reading of the room brings."""
        self.hooks.tell_all(name, snapshot.events, snapshot.now)
        if before is None:
            return
        is_next = snapshot.generation == before.generation + 1
        was_drawn = is_next and before.draw == REGISTERING and snapshot.draw >= DRAWN
        if before.generation != snapshot.generation and not was_drawn:
            self.hooks.tell("reset", name, str(snapshot.generation), snapshot.now)
        if before.mode != snapshot.mode:
            self.hooks.tell("mode_changed", name, snapshot.mode, snapshot.now)

    def other_room(self, room_name: str, what: str, now: float) -> None:
        """Log that a paper (ticket or token) of another room came."""
        self.foreign += 1
        self._log_once(now, TWO_STORES, room_name, what, room_name)

    def rebuilt(self, room_name: str, now: float) -> None:
        """Log that the store did not hold a room that this worker knew."""
        self._log_once(now, REBUILT, room_name)

    def clocks_apart(self, room_name: str, seconds: float, now: float) -> None:
        """Log that two clocks tell the store's time in turns."""
        self._log_once(now, CLOCKS_APART, room_name, f"{seconds:.0f} seconds")

    def other_secrets(self, room_name: str, ours: str, theirs: str, now: float) -> None:
        """Log if two workers, by their `Keys.marks`, cannot read what the other signs."""
        if not read_each_other(ours, theirs):
            self._log_once(now, OTHER_SECRET, room_name)

    def settings(
        self, room_name: str, ours: Mapping[str, object], theirs: Mapping[str, object]
    ) -> None:
        """Log, each time, how the configuration of a worker that has replaced ours differs."""
        if differ := _differing(ours, theirs):
            told = (
                name
                if name in _NAMED_ONLY or name.startswith(_PREPARED)
                else f"{name} {theirs[name]!r}, not {ours[name]!r}"
                for name in differ
            )
            log.warning(OTHER_SETTINGS, room_name, "; ".join(told))

    def own_settings(self, room_name: str, ours: Mapping[str, str], theirs: object) -> None:
        """The same for settings that each worker obeys by itself. Another release may post none."""
        if isinstance(theirs, Mapping) and (differ := _differing(ours, theirs)):
            told = (f"{name} {theirs[name]}, not {ours[name]}" for name in differ)
            log.warning(OTHER_OWN, room_name, "; ".join(told))

    def _log_once(self, now: float, message: str, room_name: str, *more: str) -> None:
        """Log a message of a room: once, and again after a time without any reason for it."""
        before = self._noted.get((message, room_name), float("-inf"))
        self._noted[message, room_name] = now  # before it is logged: threads take turns there
        if now - before > LATELY:
            log.error(message, room_name, *more)


def _differing(ours: Mapping[str, object], theirs: Mapping[str, object]) -> list[str]:
    """The settings that both name and have differently."""
    return [name for name in ours if name in theirs and theirs[name] != ours[name]]
