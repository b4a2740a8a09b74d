"""Steps on their way to be done: those that wait at a room are done together, to what this worker
remembers of the room, and the server is asked to keep what they have changed.
"""

import random
import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from vwr_middleware.errors import DAMAGE, ForeignRoom, RoomLost, StoreDamaged
from vwr_middleware.stores.kept_numbers import KeptNumbers
from vwr_middleware.stores.line_store import Step
from vwr_middleware.stores.postgres.calls import Reply, Request
from vwr_middleware.stores.postgres.kept_room import KeptRoom
from vwr_middleware.stores.postgres.known_rows import Questions
from vwr_middleware.stores.postgres.rooms import NOT_THERE, KnownRoom, PostgresRooms
from vwr_middleware.stores.postgres.schema import STALE, SWEPT

T = TypeVar("T")


class Worker:
    """What this worker remembers. Without a `clock` the server's time counts."""

    def __init__(self, clock: Callable[[], float] | None) -> None:
        self.clock = clock
        self.known: dict[str, KnownRoom] = {}
        self.habits: dict[str, Questions] = {}  # what the last step of a room asked
        self.overtaken = 0.0  # how often others were faster lately: 0 never, 1 always
        self.ahead = 0.0  # the server's clock less our monotonic one
        self.trip = 0.0  # seconds that the last answer took

    @property
    def tells_time(self) -> bool:
        """Whether the server is to compare the time: not where it is so far away that our time is
        always late there."""
        return self.clock is None and self.trip < STALE / 2

    def now(self) -> float:
        """The store's time."""
        return self.clock() if self.clock else time.monotonic() + self.ahead


class Waiting(Generic[T]):
    """A step that waits to be done to the room of a name."""

    def __init__(self, name: str, step: Step[T]) -> None:
        self.name, self._step = name, step
        self.is_done = False
        self._result: T | None = None
        self.error: Exception | None = None

    def run(self, rooms: PostgresRooms, now: float) -> None:
        """Do it. What it says counts if the server keeps what it has changed."""
        self._result = self.error = None
        try:
            self._result = self._step(rooms, now)
        except Exception as error:
            self.error = error

    def result(self, schema: str) -> T:
        """What the step has said."""
        if isinstance(self.error, DAMAGE):
            reason = f"PostgreSQL: {self.name} is damaged ({self.error!r})"
            fix = f"delete its row of {schema}.rooms (running workers rebuild a room)"
            raise StoreDamaged(reason, fix) from self.error
        if self.error is not None:
            raise self.error
        return self._result  # type: ignore[return-value]


class Attempt:
    """Some steps that are done to one room together, one after the other."""

    def __init__(self, worker: Worker, name: str, steps: list[Waiting[Any]], holds: bool) -> None:
        self._worker, self._name, self._steps, self._holds = worker, name, steps, holds
        self._kept: KeptRoom | None = None  # as the steps have left it

    def question(self) -> Request:
        """Asks how the room is, and what the steps may need of it."""
        known = self._worker.known.get(self._name)
        asked = self._worker.habits.get(self._name, Questions()).needed_again()
        if known is not None:
            asked.add(known.rows.used)
        return Request(self._name, asked, is_complete=False)

    @property
    def is_of_no_room(self) -> bool:
        """Whether the room is not there, as far as is known."""
        known = self._worker.known.get(self._name)
        return known is None or known.version == NOT_THERE

    def request(self) -> Request:
        """Do the steps to what is known, and ask the server to keep what they have changed; or ask
        for what is missing."""
        worker, known = self._worker, self._worker.known.get(self._name)
        if known is None:
            return self.question()
        now = worker.now()
        saved = self._saved(known, now)
        rows = known.rows
        worker.habits[self._name] = rows.used
        if saved is None or not rows.missing.only_keys:
            is_complete = not rows.missing
            return Request(self._name, rows.used, known.version, is_complete=is_complete)
        state, settings, self._kept = saved
        return Request(
            self._name,
            rows.used,
            known.version,
            random.getrandbits(62) + 1,
            now if worker.tells_time else None,
            state,
            settings if settings != known.settings or known.version == NOT_THERE else None,
            rows.changes,
            rows.missing if rows.missing else None,
        )

    def _saved(self, known: KnownRoom, now: float) -> tuple[bytes, str, KeptRoom] | None:
        """What is to be kept; None if nothing was changed, or something is wrong."""
        try:
            rooms = PostgresRooms(known, self._name)
        except DAMAGE as error:
            self._steps[0].error = error
            del self._steps[1:]
            return None
        for number, step in enumerate(self._steps):
            step.run(rooms, now)
            # These two are raised before anything is changed.
            if step.error is not None and not isinstance(step.error, RoomLost | ForeignRoom):
                self._steps = self._steps[: 1 if number == 0 else number]
                return None if number == 0 else self._saved(known, now)
        return rooms.save()

    def take(self, request: Request, reply: Reply) -> None:
        """What the server says to a request."""
        worker, known = self._worker, self._worker.known.get(self._name)
        worker.ahead = reply.told_at - time.monotonic()
        # Whoever holds the lock is not overtaken any more, but may have been before.
        if known is not None and not (self._holds and request.is_complete):
            was_overtaken = known.version != reply.version and not reply.done
            worker.overtaken += (was_overtaken - worker.overtaken) / 8
        if request.is_kept(reply) and known is not None:
            known.version, known.state = reply.version, request.state
            known.settings = known.settings if request.settings is None else request.settings
            known.kept = self._kept_after(reply)
            known.rows.absorb()
            self._end()
            return
        was_missing = known is not None and bool(known.rows.missing)
        if known is None or known.version != reply.version:
            known = worker.known[self._name] = KnownRoom(reply.version)
        elif request.fresh is None and request.is_complete and not was_missing:
            self._end()  # nothing was changed, and all that was read is true
        known.state, known.settings, known.run = reply.state, reply.settings, reply.run
        known.rows.learn(request.asked, reply.answers)

    def _end(self) -> None:
        for step in self._steps:
            step.is_done = True

    def _kept_after(self, reply: Reply) -> KeptRoom | None:
        """What the steps have left, if it is worth more than to read it again."""
        kept = self._kept
        if kept is None or not isinstance(kept.numbers, KeptNumbers | None):
            return None
        if reply.swept < SWEPT:
            kept.header["stale"] = 0
        return kept
