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
from typing import Generic, TypeVar

from vwr_middleware.errors import DAMAGE, StoreBusy, StoreDamaged
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
from vwr_middleware.stores.postgres.reasons import MISSING, NOT_ALLOWED, TRY_AGAIN
from vwr_middleware.stores.postgres.rooms import NOT_THERE, KnownRoom, PostgresRooms
from vwr_middleware.stores.postgres.schema import SWEPT
from vwr_middleware.stores.postgres.urls import Target

T = TypeVar("T")

#: How often a step is tried without the room's lock, and how often in all.
FREELY, TRIES = 2, 8
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
        self._rooms: dict[str, KnownRoom] = {}
        self._habits: dict[str, Questions] = {}  # what the last step of a room asked
        self._ahead = 0.0  # the server's clock less our monotonic one

    def now(self) -> float:
        """The store's time."""
        return self._clock() if self._clock else time.monotonic() + self._ahead

    async def _do_all(self, kind: str, steps: Sequence[tuple[str, Step[T]]]) -> list[T]:
        async with self._link.turn(SLOW_MOST if kind in SLOW else 0.0) as exchange:
            attempts = [Attempt(self, room_name, step) for room_name, step in steps]
            for number in range(TRIES):
                if all(attempt.is_done for attempt in attempts):
                    return [attempt.result() for attempt in attempts]
                await self._try(exchange, attempts, number >= FREELY)
        raise StoreBusy("PostgreSQL: other workers were faster, again and again")

    async def _try(self, exchange: Exchange, attempts: "list[Attempt[T]]", holds: bool) -> None:
        """One more try for each step that is not done yet; `holds`: with the rooms' locks."""
        # In the order of their names: whoever holds a room waits for none that comes before it.
        left = sorted(
            (attempt for attempt in attempts if not attempt.is_done),
            key=lambda attempt: attempt.name,
        )
        try:
            if holds:
                await self._ask(
                    exchange,
                    [(attempt, attempt.question()) for attempt in left],
                    self._limits(exchange, True),
                )
            for _ in range(MISSING_MOST if holds else 1):
                asked = [(attempt, attempt.request()) for attempt in left]
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
        asked: "list[tuple[Attempt[T], Request]]",
        before: bytes = b"",
        after: bytes = b"",
    ) -> None:
        connection = await exchange.connection()
        calls = [request.sql(self._target.schema, connection) for _, request in asked]
        results = await exchange.ask(b";".join(filter(None, (before, *calls, after))))
        told = [result for result in results if result.nfields]
        for (attempt, request), result in zip(asked, told, strict=True):
            attempt.take(request, Reply.read(result))

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


class Attempt(Generic[T]):
    """One step on its way to be done."""

    def __init__(self, store: PostgresStore, room_name: str, step: Step[T]) -> None:
        self._store, self._step = store, step
        self.name = f"{store._namespace}/{room_name}"
        self._result: T | None = None
        self._error: Exception | None = None
        self.is_done = False
        self._kept: KeptRoom | None = None  # as the step has left it

    def result(self) -> T:
        if isinstance(self._error, DAMAGE):
            reason = f"PostgreSQL: {self.name} is damaged ({self._error!r})"
            fix = f"delete its row of the table {self._store._target.schema}.rooms"
            raise StoreDamaged(reason, f"{fix} (running workers rebuild a room)") from self._error
        if self._error is not None:
            raise self._error
        return self._result  # type: ignore[return-value]

    def question(self) -> Request:
        """Asks how the room is, and what the step needs of it."""
        known = self._store._rooms.get(self.name)
        asked = self._store._habits.get(self.name, Questions()).needed_again()
        if known is not None:
            asked.add(known.rows.used)
        return Request(self.name, asked)

    def request(self) -> Request:
        """Do the step to what is known, and ask the server to keep what it has changed; or ask for
        what is missing."""
        store, known = self._store, self._store._rooms.get(self.name)
        if known is None:
            return self.question()
        now, saved = store.now(), None
        self._error = self._result = None
        try:
            rooms = PostgresRooms(known, self.name)
            self._result = self._step(rooms, now)
            saved = rooms.save()
        except Exception as error:
            self._error = error
        rows = known.rows
        store._habits[self.name] = rows.used
        if saved is None or not rows.missing.only_keys:
            is_complete = not rows.missing
            return Request(self.name, rows.used, known.version, is_complete=is_complete)
        state, settings, self._kept = saved
        return Request(
            self.name,
            rows.used,
            known.version,
            random.getrandbits(62) + 1,
            None if store._clock else now,
            state,
            settings if settings != known.settings or known.version == NOT_THERE else None,
            rows.changes,
            rows.missing if rows.missing else None,
        )

    def take(self, request: Request, reply: Reply) -> None:
        """What the server says to a request."""
        store = self._store
        store._ahead = reply.told_at - time.monotonic()
        known = store._rooms.get(self.name)
        if reply.done and known is not None:
            known.version, known.state = reply.version, request.state
            known.settings = known.settings if request.settings is None else request.settings
            known.kept = self._kept_after(reply)
            known.rows.absorb()
            self.is_done = True
            return
        was_missing = known is not None and bool(known.rows.missing)
        if known is None or known.version != reply.version:
            known = store._rooms[self.name] = KnownRoom(reply.version)
        elif request.fresh is None and not was_missing and request.known == reply.version:
            self.is_done = True  # it has changed nothing, and all that it has read is true
        known.state, known.settings, known.run = reply.state, reply.settings, reply.run
        known.rows.learn(request.asked, reply.answers)

    def _kept_after(self, reply: Reply) -> KeptRoom | None:
        """What the step has left, if it is worth more than to read it again."""
        kept = self._kept
        if kept is None or not isinstance(kept.numbers, KeptNumbers | None):
            return None
        if reply.swept < SWEPT:
            kept.header["stale"] = 0
        return kept
