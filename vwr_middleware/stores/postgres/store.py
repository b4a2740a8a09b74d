"""PostgresStore: the rule runs in this process, and what a step has changed is kept by one call of
the server.

A worker remembers the room as its last step left it. The next step is done to that, and its changes
go to the server with the room's version: if the room still has it, the changes are kept, in one
round trip, and no lock outlives it. Otherwise another worker was faster. Then the server says how
the room is by now, and the step is done again. If that happens twice, the worker takes the room's
lock first, until its step is done: so nobody is overtaken for ever.
"""

import random
import time
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from vwr_middleware.errors import DAMAGE, ForeignRoom, RoomLost, StoreBusy, StoreDamaged
from vwr_middleware.stores.kept_numbers import KeptNumbers
from vwr_middleware.stores.line_store import LineStore, Step
from vwr_middleware.stores.patience import SLOW, SLOW_MOST
from vwr_middleware.stores.postgres.calls import Reply, Request
from vwr_middleware.stores.postgres.check import make_schema, problems_of, refusal
from vwr_middleware.stores.postgres.connection import ServerError
from vwr_middleware.stores.postgres.kept_room import KeptRoom
from vwr_middleware.stores.postgres.known_rows import Questions
from vwr_middleware.stores.postgres.link import Exchange, Link
from vwr_middleware.stores.postgres.migration import migrate, script
from vwr_middleware.stores.postgres.reasons import CUT, MISSING, NOT_ALLOWED, TRY_AGAIN
from vwr_middleware.stores.postgres.rooms import NOT_THERE, KnownRoom, PostgresRooms
from vwr_middleware.stores.postgres.schema import SWEPT
from vwr_middleware.stores.postgres.urls import Target

T = TypeVar("T")

#: How often a step is tried without the room's lock, and how often in all.
FREELY, TRIES = 2, 8
#: If others were faster in more than this part of the tries, the lock is taken at once.
OFTEN = 0.5
#: How many steps are done together at most.
TOGETHER = 32
#: How often a step that holds the lock is tried until it misses no row any more.
MISSING_MOST = 8
#: Milliseconds after which the server takes back the lock of a worker that has fallen silent.
SILENT = 1000
#: Seconds that `check` waits for the server at most.
PATIENCE_OF_CHECKS = 2.0


class PostgresStore(LineStore):
    """All rooms of a namespace in one database; `Store` says what each method does.

    Without a `clock` the server's own time counts: a worker is told it with each answer, carries it
    on by its monotonic clock, and the server refuses what is not of the present moment.
    """

    def __init__(
        self,
        target: Target,
        namespace: str = "vwr",
        *,
        blocking: bool = True,
        clock: Callable[[], float] | None = None,
        patience: float = 0.0,
    ) -> None:
        self.blocking = blocking
        self.patience = target.patience
        self._namespace = namespace
        self._clock = clock
        self._target = target
        self._link = Link(target, blocking=blocking, patience=max(patience, target.patience))
        self._known: dict[str, KnownRoom] = {}
        self._waiting: dict[Waiting[Any], None] = {}  # steps that are not done, in their order
        self._overtaken = 0.0  # how often others were faster lately: 0 never, 1 always
        self._habits: dict[str, Questions] = {}  # what the last step of a room asked
        self._ahead = 0.0  # the server's clock less our monotonic one

    def now(self) -> float:
        """The store's time."""
        return self._clock() if self._clock else time.monotonic() + self._ahead

    async def _do_all(self, kind: str, steps: Sequence[tuple[str, Step[T]]]) -> list[T]:
        own = [Waiting(self._key(room_name), step) for room_name, step in steps]
        self._waiting.update(dict.fromkeys(own))
        try:
            async with self._link.turn(SLOW_MOST if kind in SLOW else 0.0) as exchange:
                await self._do_what_waits(exchange, own)
        finally:
            for step in own:
                self._waiting.pop(step, None)
        return [step.result(self._target.schema) for step in own]

    def _key(self, room_name: str) -> str:
        return f"{self._namespace}/{room_name}"

    async def _do_what_waits(self, exchange: Exchange, own: "list[Waiting[T]]") -> None:
        """Do these steps, and those that wait for their turn at the same rooms: together they need
        one trip. Somebody may have done so with these."""
        for number in range(TRIES):
            if all(step.is_done for step in own):
                return
            holds = number >= FREELY or self._overtaken > OFTEN
            attempts = [
                Attempt(self, name, self._waiting_for(name), holds)
                # In the order of their names: whoever holds a room waits for none before it.
                for name in sorted({step.name for step in own if not step.is_done})
            ]
            await self._try(exchange, attempts, holds)
        raise StoreBusy("PostgreSQL: other workers were faster, again and again")

    def _waiting_for(self, name: str) -> "list[Waiting[Any]]":
        waiting = list(self._waiting)  # at once: other threads add theirs
        steps = [step for step in waiting if step.name == name and not step.is_done]
        return steps[:TOGETHER]

    async def _try(self, exchange: Exchange, attempts: "list[Attempt]", holds: bool) -> None:
        """Try what waits at some rooms; `holds`: with the rooms' locks."""
        try:
            if holds:
                questions = [(attempt, attempt.question()) for attempt in attempts]
                await self._ask(exchange, questions, self._limits(exchange, True))
                if any(attempt.is_of_no_room for attempt in attempts):
                    # What is not there cannot be locked: made now, it might be asked for when
                    # somebody else has it who waits for what this worker has.
                    await exchange.ask(b"ROLLBACK")
                    holds = False
            for _ in range(MISSING_MOST if holds else 1):
                asked = [(attempt, attempt.request()) for attempt in attempts]
                is_last = not holds or all(request.is_complete for _, request in asked)
                before = b"" if holds else self._limits(exchange, False)
                await self._ask(exchange, asked, before, b"COMMIT" if holds and is_last else b"")
                if is_last:
                    return
            await exchange.ask(b"ROLLBACK")
        except ServerError as error:
            if error.code in MISSING:
                await make_schema(exchange, self._target.schema)
            elif error.code == NOT_ALLOWED:
                raise await refusal(exchange, self._target.schema) from error
            elif error.code not in TRY_AGAIN:
                raise

    async def _ask(
        self,
        exchange: Exchange,
        asked: "list[tuple[Attempt, Request]]",
        before: bytes = b"",
        after: bytes = b"",
    ) -> None:
        try:
            replies = await self._replies(exchange, [r for _, r in asked], before, after)
        except ServerError as error:
            if not before or error.code not in CUT:
                raise
            # The connection was cut. If the server took the changes before, each room has the
            # version that they were to bring; if it did not, it takes them now.
            replies = await self._replies(exchange, [r for _, r in asked], before, after)
            pairs = zip(asked, replies, strict=True)
            if any(not request.is_clear(reply) for (_, request), reply in pairs):
                raise
        for (attempt, request), reply in zip(asked, replies, strict=True):
            attempt.take(request, reply)

    async def _replies(
        self, exchange: Exchange, requests: list[Request], before: bytes, after: bytes
    ) -> list[Reply]:
        connection = await exchange.connection()
        calls = [request.sql(self._target.schema, connection) for request in requests]
        results = await exchange.ask(b";".join(filter(None, (before, *calls, after))))
        return [Reply.read(result) for result in results if result.nfields]

    def _limits(self, exchange: Exchange, begins: bool) -> bytes:
        """What holds for this transaction alone: poolers may give the session to anybody."""
        most = round(exchange.seconds_left * 1000) + 1
        begin = "BEGIN ISOLATION LEVEL READ COMMITTED;" if begins else ""
        isolation = "" if begins else "SET LOCAL transaction_isolation = 'read committed';"
        return (
            f"{begin}{isolation}SET LOCAL synchronous_commit = off;SET LOCAL lock_timeout = {most};"
            f"SET LOCAL statement_timeout = {most + SILENT}"
            + (f";SET LOCAL idle_in_transaction_session_timeout = {SILENT}" if begins else "")
        ).encode()

    async def check(self) -> list[str]:
        link = Link(self._target, blocking=self.blocking, patience=PATIENCE_OF_CHECKS)
        try:
            return await problems_of(link, self.patience)
        finally:
            await link.close()

    async def migrate(self, role: str = "") -> tuple[str, int]:
        """Make the schema, or bring it up to date; says which, and its version. `role` is the
        app's, if another one does so."""
        link = Link(self._target, blocking=self.blocking, patience=PATIENCE_OF_CHECKS)
        try:
            return await migrate(link, role)
        finally:
            await link.close()

    @property
    def schema(self) -> str:
        """Where our tables are."""
        return self._target.schema

    def sql(self, role: str = "") -> str:
        """The statements that `migrate` runs."""
        return script(self._target, role)

    async def close(self) -> None:
        """Close the connection. The next step would connect again."""
        await self._link.close()


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

    def __init__(
        self, store: PostgresStore, name: str, steps: "list[Waiting[Any]]", holds: bool
    ) -> None:
        self._store, self._name, self._steps, self._holds = store, name, steps, holds
        self._kept: KeptRoom | None = None  # as the steps have left it

    def question(self) -> Request:
        """Asks how the room is, and what the steps may need of it."""
        known = self._store._known.get(self._name)
        asked = self._store._habits.get(self._name, Questions()).needed_again()
        if known is not None:
            asked.add(known.rows.used)
        return Request(self._name, asked, is_complete=False)

    @property
    def is_of_no_room(self) -> bool:
        """Whether the room is not there, as far as is known."""
        known = self._store._known.get(self._name)
        return known is None or known.version == NOT_THERE

    def request(self) -> Request:
        """Do the steps to what is known, and ask the server to keep what they have changed; or ask
        for what is missing."""
        store, known = self._store, self._store._known.get(self._name)
        if known is None:
            return self.question()
        now = store.now()
        saved = self._saved(known, now)
        rows = known.rows
        store._habits[self._name] = rows.used
        if saved is None or not rows.missing.only_keys:
            is_complete = not rows.missing
            return Request(self._name, rows.used, known.version, is_complete=is_complete)
        state, settings, self._kept = saved
        return Request(
            self._name,
            rows.used,
            known.version,
            random.getrandbits(62) + 1,
            None if store._clock else now,
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
        store, known = self._store, self._store._known.get(self._name)
        store._ahead = reply.told_at - time.monotonic()
        # Whoever holds the lock is not overtaken any more, but may have been before.
        if known is not None and not (self._holds and request.is_complete):
            was_overtaken = known.version != reply.version and not reply.done
            store._overtaken += (was_overtaken - store._overtaken) / 8
        if request.is_kept(reply) and known is not None:
            known.version, known.state = reply.version, request.state
            known.settings = known.settings if request.settings is None else request.settings
            known.kept = self._kept_after(reply)
            known.rows.absorb()
            self._end()
            return
        was_missing = known is not None and bool(known.rows.missing)
        if known is None or known.version != reply.version:
            known = store._known[self._name] = KnownRoom(reply.version)
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
