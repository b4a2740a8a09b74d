"""PostgresStore: the rule runs in this process, and what a step has changed is kept by one call of
the server.

A worker remembers the room as its last step left it. The next step is done to that, and its changes
go to the server with the room's version: if the room still has it, the changes are kept, in one
round trip, and no lock outlives it. Otherwise another worker was faster. Then the server says how
the room is by now, and the step is done again. If that happens twice, the worker takes the room's
lock first, until its step is done: so nobody is overtaken for ever.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from vwr_middleware.errors import StoreBusy, StoreUnavailable
from vwr_middleware.stores.line_store import LineStore, Step
from vwr_middleware.stores.patience import SLOW, SLOW_MOST
from vwr_middleware.stores.postgres.attempts import Attempt, Waiting, Worker
from vwr_middleware.stores.postgres.calls import Reply, Request
from vwr_middleware.stores.postgres.check import make_schema, place_of, problems_of, refusal
from vwr_middleware.stores.postgres.connection import ServerError
from vwr_middleware.stores.postgres.link import Exchange, Link
from vwr_middleware.stores.postgres.migration import migrate, script
from vwr_middleware.stores.postgres.reasons import CUT, MISSING, NOT_ALLOWED, TRY_AGAIN
from vwr_middleware.stores.postgres.schema import TIDY, quoted
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
#: Seconds between two looks for dead rows, and after one that was in vain; and for how many
#: milliseconds a table is waited for, and kept from others.
TIDY_STEP, TIDY_PAUSE, TIDY_WAIT, TIDY_MOST = 5.0, 60.0, 30, 300
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
        self._target = target
        self._link = Link(target, blocking=blocking, patience=max(patience, target.patience))
        self._tidied_at = 0.0  # when this worker last looked for dead rows; 0: it has not yet
        self._waiting: dict[Waiting[Any], None] = {}  # steps that are not done, in their order
        self._worker = Worker(clock)

    async def _do_all(self, kind: str, steps: Sequence[tuple[str, Step[T]]]) -> list[T]:
        own = [Waiting(self._key(room_name), step) for room_name, step in steps]
        self._waiting.update(dict.fromkeys(own))
        try:
            async with self._link.turn(SLOW_MOST if kind in SLOW else 0.0) as exchange:
                await self._do_what_waits(exchange, own)
        finally:
            for step in own:
                self._waiting.pop(step, None)
        if kind == "refresh" and self._is_to_tidy():
            with suppress(StoreUnavailable):  # then another worker may, or this one later
                await self._tidy()
        return [step.result(self._target.schema) for step in own]

    def _key(self, room_name: str) -> str:
        return f"{self._namespace}/{room_name}"

    async def _do_what_waits(self, exchange: Exchange, own: list[Waiting[T]]) -> None:
        """Do these steps, and those that wait for their turn at the same rooms: together they need
        one trip. Somebody may have done so with these."""
        for number in range(TRIES):
            if all(step.is_done for step in own):
                return
            holds = number >= FREELY or self._worker.overtaken > OFTEN
            attempts = [
                Attempt(self._worker, name, self._waiting_for(name), holds)
                # In the order of their names: whoever holds a room waits for none before it.
                for name in sorted({step.name for step in own if not step.is_done})
            ]
            await self._try(exchange, attempts, holds)
        raise StoreBusy("PostgreSQL: other workers were faster, again and again")

    def _waiting_for(self, name: str) -> list[Waiting[Any]]:
        waiting = list(self._waiting)  # at once: other threads add theirs
        steps = [step for step in waiting if step.name == name and not step.is_done]
        return steps[:TOGETHER]

    def _is_to_tidy(self) -> bool:
        now = time.monotonic()
        is_due, before = now - self._tidied_at > TIDY_STEP, self._tidied_at
        if is_due:
            self._tidied_at = now
        return is_due and before > 0

    async def _tidy(self) -> None:
        """Write a table anew that is full of dead rows. Whoever uses it meanwhile waits, so this
        gives up soon."""
        limits = (
            f"SET LOCAL lock_timeout = {TIDY_WAIT};SET LOCAL statement_timeout = {TIDY_MOST};"
            "SET LOCAL synchronous_commit = off"
        )
        due, self._tidied_at = self._tidied_at, self._tidied_at + TIDY_PAUSE
        async with self._link.turn() as exchange:
            with exchange.lasting(2 * TIDY_MOST / 1000):
                await exchange.ask(f"{limits};SELECT {quoted(self.schema)}.{TIDY}()".encode())
        self._tidied_at = due

    async def _try(self, exchange: Exchange, attempts: list[Attempt], holds: bool) -> None:
        """Try what waits at some rooms; `holds`: with the rooms' locks."""
        try:
            if not holds or not await self._try_holding(exchange, attempts):
                asked = [(attempt, attempt.request()) for attempt in attempts]
                await self._ask(exchange, asked, self._limits(exchange, False))
        except ServerError as error:
            if error.code in MISSING:
                await make_schema(exchange, self._target.schema)
            elif error.code == NOT_ALLOWED:
                raise await refusal(exchange, self._target.schema) from error
            elif error.code not in TRY_AGAIN:
                raise

    async def _try_holding(self, exchange: Exchange, attempts: list[Attempt]) -> bool:
        """Try it with the rooms' locks, which nobody else has until the end. False if there is a
        room that is not there. It cannot be locked, and must not be made among locks: who makes it
        at the same time may wait for one of these."""
        questions = [(attempt, attempt.question()) for attempt in attempts]
        await self._ask(exchange, questions, self._limits(exchange, True))
        may_go_on = not any(attempt.is_of_no_room for attempt in attempts)
        for _ in range(MISSING_MOST if may_go_on else 0):
            asked = [(attempt, attempt.request()) for attempt in attempts]
            is_complete = all(request.is_complete for _, request in asked)
            await self._ask(exchange, asked, after=b"COMMIT" if is_complete else b"")
            if is_complete:
                return True
        await exchange.ask(b"ROLLBACK")
        return False

    async def _ask(
        self,
        exchange: Exchange,
        asked: list[tuple[Attempt, Request]],
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
        began = time.monotonic()
        results = await exchange.ask(b";".join(filter(None, (before, *calls, after))))
        self._worker.trip = time.monotonic() - began
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
        link = self._patient_link()
        try:
            return await problems_of(link, self.patience)
        finally:
            await link.close()

    def _patient_link(self) -> Link:
        most = max(PATIENCE_OF_CHECKS, self.patience)
        return Link(self._target, blocking=self.blocking, patience=most)

    async def place(self) -> str:
        """Where the rooms are kept, for who checks it."""
        async with self._link.turn() as exchange:
            return await place_of(exchange, self.schema)

    async def migrate(self, role: str = "") -> tuple[str, int]:
        """Make the schema, or bring it up to date; says which, and its version. `role` is the
        app's, if another one does so."""
        link = self._patient_link()
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
