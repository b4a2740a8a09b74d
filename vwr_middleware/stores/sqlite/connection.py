"""A connection to the file: opened, with tables in it, and waiting for its turn to write."""

import sqlite3
import time
from time import sleep

from vwr_middleware.errors import StoreCrowded
from vwr_middleware.stores.sqlite.check import (
    code_of,
    make_private,
    refuse_a_strangers_link,
    refuse_to_read_only,
)
from vwr_middleware.stores.sqlite.tables import SCHEMA, VERSION, lacking

#: Seconds that a step waits for its turn at most, unless the store is opened with more.
PATIENCE = 0.05

#: Seconds that a start waits for another worker that makes the file's tables. A slow disk takes
#: long for that, and nobody is served yet.
MAKING = 10.0

#: Seconds between two tries to get a turn. SQLite's own waiting tries more and more rarely, so with
#: many writers one of them may get no turn for 50 ms.
PAUSE = 0.0005


def connect(path: str, patience: float = PATIENCE) -> sqlite3.Connection:
    """A connection to the file, with tables in it."""
    make_private(path)
    refuse_a_strangers_link(path)
    refuse_to_read_only(path)
    connection = sqlite3.connect(
        path, timeout=patience, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    try:
        refuse_a_strangers_link(path)  # again: it may have come before SQLite has opened the file
        _prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    if connection.execute("PRAGMA journal_mode = WAL").fetchall() != [("wal",)]:
        raise sqlite3.OperationalError("its file system has no shared memory")
    connection.execute("PRAGMA synchronous = NORMAL")
    ((version,),) = connection.execute("PRAGMA user_version").fetchall()
    if version not in (0, VERSION):
        raise sqlite3.OperationalError("it was written by another release of vwr_middleware")
    if version == 0:
        connection.executescript(f"BEGIN IMMEDIATE; {SCHEMA} COMMIT;")
    if lacking(connection):  # an older release made the tables, perhaps this very moment
        connection.execute("BEGIN IMMEDIATE")
        for statement in lacking(connection):  # asked again: another worker may have been faster
            connection.execute(statement)
        connection.commit()
    # From here on `begin` does the waiting, and nothing waits inside a transaction.
    connection.execute("PRAGMA busy_timeout = 0")


def begin(connection: sqlite3.Connection, deadline: float) -> None:
    """Start a transaction that may write, waiting until the deadline for others to end theirs.

    The store's lock, which is held here, and `sleep` are both as they were when their files were
    imported, maybe before gevent replaced them. Its `sleep` would let other greenlets run, and the
    original lock would then stop them all.

    Raises StoreCrowded if other processes had their turns meanwhile: then nothing is wrong.
    """
    before: int | None = None
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
            return
        except sqlite3.OperationalError as error:
            if not is_busy(error):
                raise
            changes = _changes_of_others(connection)
            if time.monotonic() >= deadline:
                if before not in (None, changes):
                    raise StoreCrowded("SQLite: other processes are still using it") from error
                raise
            before = changes if before is None else before
        sleep(PAUSE)


def _changes_of_others(connection: sqlite3.Connection) -> int:
    """A number that is another one after each change by other processes."""
    ((version,),) = connection.execute("PRAGMA data_version").fetchall()
    return int(version)


def is_busy(error: sqlite3.DatabaseError) -> bool:
    return code_of(error) == sqlite3.SQLITE_BUSY
