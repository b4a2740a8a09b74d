"""The way to the server: one connection of a process or event loop, whose users take turns."""

import asyncio
import math
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from threading import Lock
from typing import Any

from psycopg import pq

from vwr_middleware.errors import StoreBusy, StoreCrowded, StoreUnavailable
from vwr_middleware.stores.host_names import Names
from vwr_middleware.stores.patience import connecting, patience
from vwr_middleware.stores.postgres.connection import (
    Connection,
    ServerError,
    Talk,
    run,
    run_in_loop,
)
from vwr_middleware.stores.postgres.reasons import OLDEST, RELEASES, unavailable
from vwr_middleware.stores.postgres.urls import Target

#: Round trips that connecting takes at most: TCP, TLS, the password's four, and a server's hello.
TRIPS = 8


class _Made:
    """What belongs to one process or event loop."""

    def __init__(self, owner: Any, lock: Any) -> None:
        self.owner, self.lock = owner, lock
        self.connection: Connection | None = None
        self.done = 0  # how many turns have ended well

    @contextmanager
    def left_idle(self) -> Iterator[None]:
        """No turn leaves a transaction, or an answer, to the next one."""
        try:
            yield
        finally:
            if self.connection is not None and not self.connection.is_usable:
                self.connection.close()
                self.connection = None


class Exchange:
    """A turn at the connection: several things may be asked in it."""

    def __init__(self, link: "Link", made: _Made, until: float) -> None:
        self._link, self._made, self._until = link, made, until

    @property
    def seconds_left(self) -> float:
        """How long the next answer may take: a blocking caller waits for each as long."""
        return max(self._link.patience, self._until - time.monotonic())

    async def connection(self) -> Connection:
        """The connection, made if there is none that works."""
        made = self._made
        if made.connection is not None and made.connection.was_cut():
            self.cut()
        if made.connection is None:
            made.connection = await self._link._open(self)
        return made.connection

    async def ask(self, sql: bytes) -> list[pq.abc.PGresult]:
        """What the server answers to statements."""
        connection = await self.connection()
        try:
            results: list[pq.abc.PGresult] = await self._link._run(connection.asking(sql), self)
            return results
        except BaseException:
            if not connection.is_usable:
                self.cut()
            raise

    @contextmanager
    def lasting(self, seconds: float) -> Iterator[None]:
        """Within this, an answer may take so long, such as at a start: nobody is served yet."""
        before, self._until = self._until, time.monotonic() + seconds
        if self._link._blocking:
            yield
        else:
            with connecting(math.ceil(seconds / self._link.patience)):
                yield
        self._until = max(before, time.monotonic() + self._link.patience)

    def cut(self) -> None:
        """Give the connection up. The next turn gets another one."""
        connection, self._made.connection = self._made.connection, None
        if connection is not None:
            connection.close()


class Link:
    """Connects when first needed, and waits `patience` seconds at most: the blocking one for each
    turn, the asynchronous one for a whole call, without the time in which its loop is busy."""

    def __init__(self, target: Target, *, blocking: bool, patience: float) -> None:
        self.target, self.patience = target, patience
        self._blocking = blocking
        self._made: _Made | None = None
        self._names = Names(target.hosts)

    @asynccontextmanager
    async def turn(self, most: float = 0.0) -> AsyncIterator[Exchange]:
        """A turn at the connection. In an event loop it may last `most` seconds, if that is more
        than the patience. Raises StoreUnavailable."""
        seconds = self.patience if self._blocking else max(most, self.patience)
        made = self._of_caller()
        try:
            if self._blocking:
                with self._alone(made), made.left_idle():
                    yield Exchange(self, made, time.monotonic() + seconds)
            else:
                async with patience(seconds, self.patience), made.lock:
                    with made.left_idle():
                        yield Exchange(self, made, time.monotonic() + seconds)
            made.done += 1
        except (ServerError, OSError) as error:  # a TimeoutError is an OSError
            raise unavailable(error, seconds) from error

    def _alone(self, made: _Made) -> Any:
        before = made.done
        if not made.lock.acquire(timeout=self.patience):
            # If others had their turns meanwhile, nothing is wrong: the machine is busy.
            error = StoreBusy if made.done == before else StoreCrowded
            raise error("PostgreSQL: other threads are still using the connection")
        return _Released(made.lock)

    async def _open(self, exchange: Exchange) -> Connection:
        conninfo = self.target.conninfo.encode()
        if self._blocking:
            opened = run(Connection.opening(conninfo), TRIPS * self.patience)
        else:
            with connecting(TRIPS):
                await self._names.found()
                opened = await run_in_loop(Connection.opening(conninfo))
            exchange._until = time.monotonic() + self.patience
        if opened.server_version < OLDEST:
            version = opened.server_version // 10000
            opened.close()
            raise StoreUnavailable(f"PostgreSQL: release {version} is too old", RELEASES)
        return opened

    async def _run(self, talk: Talk[Any], exchange: Exchange) -> Any:
        return run(talk, exchange.seconds_left) if self._blocking else await run_in_loop(talk)

    def _of_caller(self) -> _Made:
        """What belongs to this process or event loop, made anew for another. (In a fork, libpq's
        connection is let go of without a word to the server.)"""
        owner = os.getpid() if self._blocking else asyncio.get_running_loop()
        made = self._made
        if made is None or made.owner != owner:
            made = self._made = _Made(owner, Lock() if self._blocking else asyncio.Lock())
        return made

    async def close(self) -> None:
        """Close the connection, if it belongs to this event loop or process."""
        made, self._made = self._made, None
        if made is None or made.connection is None:
            return
        owner = os.getpid() if self._blocking else asyncio.get_running_loop()
        if made.owner == owner:
            made.connection.close()


class _Released:
    """Lets go of a lock at the end of a block."""

    def __init__(self, lock: Lock) -> None:
        self._lock = lock

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        self._lock.release()
