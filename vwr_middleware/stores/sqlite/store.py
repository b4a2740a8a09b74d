"""The store of one machine: a SQLite file that all workers share."""

import os
import sqlite3
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from weakref import WeakSet

from vwr_middleware.errors import DAMAGE, StoreBusy, StoreCrowded, StoreDamaged, StoreUnavailable
from vwr_middleware.stores.line_store import LocalStore, Rooms
from vwr_middleware.stores.sqlite.check import AWAY, file_problems, fix_of
from vwr_middleware.stores.sqlite.connection import MAKING, PATIENCE, begin, connect, is_busy
from vwr_middleware.stores.sqlite.rooms import SqliteRooms

#: All stores of this process, so that a fork can find them.
_stores: "WeakSet[SqliteStore]" = WeakSet()


class SqliteStore(LocalStore):
    """All rooms in one file, each step one transaction. `clock` gives seconds since the epoch.

    A step takes no longer than a hop into a thread, so steps run in place, even in an event loop.
    The threads of a process share one connection. It is opened by the first step, closed before a
    fork, and opened again by the next step. Two apps can share a file if their namespaces differ.
    """

    def __init__(
        self,
        path: str | Path,
        clock: Callable[[], float] = time.time,
        *,
        namespace: str = "vwr",
        patience: float = PATIENCE,
    ) -> None:
        super().__init__(clock)
        self._patience = patience
        self._path = str(path)
        self._namespace = namespace
        self._inherited: list[sqlite3.Connection | None] = []
        self._forget()
        _stores.add(self)

    def _forget(self) -> None:
        self._lock = Lock()
        self._connection: sqlite3.Connection | None = None
        self._closing: Callable[[], object] | None = None
        self._file: tuple[int, int] | None = None
        self._process = os.getpid()
        self._steps = 0  # how many were done

    @contextmanager
    def _rooms(self) -> Iterator[Rooms]:
        if self._process != os.getpid():
            # Forked without Python's knowledge. The parent's connection must not be closed here.
            self._inherited.append(self._connection)
            self._forget()
        deadline, before = time.monotonic() + self._patience, self._steps
        if not self._lock.acquire(timeout=self._patience):
            # If others had their turns meanwhile, nothing is wrong: the machine is busy.
            error = StoreBusy if self._steps == before else StoreCrowded
            raise error("SQLite: other threads are still using it")
        try:
            with self._transaction(deadline) as rooms:
                yield rooms
            self._steps += 1
        finally:
            self._lock.release()

    @contextmanager
    def _transaction(self, deadline: float) -> Iterator[Rooms]:
        try:
            connection = self._connected()
            begin(connection, deadline)
            try:
                rooms = SqliteRooms(connection, self._namespace, _run_of(self._file))
                yield rooms
                rooms.save()
                connection.execute("COMMIT")
            except BaseException:
                connection.rollback()
                raise
        except sqlite3.DatabaseError as error:
            kind = StoreBusy if is_busy(error) else StoreUnavailable
            if kind is not StoreBusy:
                self._disconnect()
            raise kind(f"SQLite: {error}", fix_of(error)) from error
        except DAMAGE as error:
            raise StoreDamaged(f"SQLite: the file is damaged ({error!r})", AWAY) from error

    def _connected(self) -> sqlite3.Connection:
        """The connection, opened again if another file is there by now."""
        if self._connection is not None and self._file == _identity(self._path):
            return self._connection
        self._disconnect()
        self._connection = connection = connect(self._path, self._patience)
        # This also closes for a store that nobody closes, of which Python 3.13 would warn. It is
        # not done in __del__: in a reference cycle the connection may be freed before the store.
        self._closing = closing = weakref.finalize(self, _close_in, os.getpid(), connection)
        closing.atexit = False
        self._file = _identity(self._path)
        return self._connection

    def _disconnect(self) -> None:
        if self._closing is not None:
            self._closing()
        self._connection = self._closing = None

    async def check(self) -> list[str]:
        """What keeps the file from working, each problem with its fix.

        The file is opened and closed again, so that a fork may follow.
        """
        problems = file_problems(self._path)
        if problems:
            return problems
        try:
            connection = connect(self._path, max(self._patience, MAKING))
            try:
                begin(connection, time.monotonic() + self._patience)
                connection.rollback()
            finally:
                connection.close()
        except StoreCrowded:
            return []
        except sqlite3.DatabaseError as error:
            if not is_busy(error):
                fix = fix_of(error) or "name another file"
                return [f"store: {self._path} cannot be used ({error}): {fix}"]
        return []

    async def close(self) -> None:
        """Close the file. The next step would open it again."""
        if self._process == os.getpid():
            with self._lock:
                self._disconnect()


def _close_in(process: int, connection: sqlite3.Connection) -> None:
    if process == os.getpid():
        with suppress(sqlite3.Error):
            connection.close()


class Fork:
    """Makes sure that a fork finds no step under way and no file open.

    SQLite remembers per process which file locks it holds. A child would believe that it holds its
    parent's, and other processes could delete the log that it still uses.
    """

    def __init__(self) -> None:
        self._paused: list[SqliteStore] = []

    def before(self) -> None:
        """Wait for running steps, close the files, and let no step begin."""
        for store in list(_stores):
            store._lock.acquire()
            store._disconnect()
            self._paused.append(store)

    def after(self) -> None:
        """Go on, in the parent and in the child."""
        while self._paused:
            self._paused.pop()._lock.release()


if hasattr(os, "register_at_fork"):
    _fork = Fork()
    os.register_at_fork(
        before=_fork.before, after_in_parent=_fork.after, after_in_child=_fork.after
    )


def _run_of(file: tuple[int, int] | None) -> int:
    """A number that another file in this place has not, such as a restored copy."""
    return file[1] & (2**63 - 1) if file else 0


def _identity(path: str) -> tuple[int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino
