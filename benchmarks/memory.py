"""`python -m benchmarks.memory`: a store's bytes for each who waits or is inside, and its reading.

Everybody who waits is seen in all presence windows, which is more than a crowd ever is: beyond the
horizon pages ask the public status, and their store never hears of them.
"""

import argparse
import asyncio
import contextlib
import sqlite3
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import CannotMeasure
from benchmarks.store import Valkey, postgres, size_of_schema, valkey
from benchmarks.tables import render
from vwr_middleware.errors import WaitingRoomError
from vwr_middleware.line.constants import PRESENCE_WINDOW
from vwr_middleware.line.messages import Ask, Snapshot
from vwr_middleware.line.session_ids import session_id
from vwr_middleware.settings import RoomSettings
from vwr_middleware.stores import Store
from vwr_middleware.stores.opening import open_store

JOINS, MARKS, REFRESHES = 1000, 10_000, 50
#: Microseconds of a refresh at most, however many wait.
REFRESH_MOST = 1000


@dataclass(frozen=True)
class Place:
    """A store of one kind: how to reach it, how big it is, and what is promised of it."""

    name: str
    url: str
    size: Callable[[], int]
    per_waiting: float  # bytes at most
    per_session: float
    refresh_most: float = REFRESH_MOST


class Room:
    """A room of such a store, driven through the same steps that workers take."""

    def __init__(self, store: Store, name: str, max_active: int) -> None:
        self.store = store
        self.name = name
        settings = RoomSettings(
            name=name, paths=["/tickets"], max_active=max_active, session_seconds=7200
        )
        self.config = settings.store_config()

    async def refresh(self, present: Sequence[int] = (), generation: int = 0) -> Snapshot:
        ask = Ask(self.name, self.config, True, present=present, generation=generation)
        return (await self.store.refresh([ask]))[0]

    async def let_in(self, count: int) -> None:
        """So many enter, and come back once, so that their sessions last."""
        for start in range(0, count, JOINS):
            turns = await self.store.join(self.name, ["place"] * min(JOINS, count - start))
            for turn in turns:
                if turn.verdict != "entered":
                    raise RuntimeError(f"a visitor should have entered: {turn}")
                await self.store.renew(self.name, session_id(turn.generation, turn.position))

    async def line_up(self, waiting: int) -> None:
        """People join until so many wait."""
        lacking = waiting - (await self.refresh()).waiting
        for start in range(0, lacking, JOINS):
            await self.store.join(self.name, ["place"] * min(JOINS, lacking - start))

    async def see_everybody(self) -> None:
        """Everybody in line polls once."""
        shot = await self.refresh()
        for start in range(shot.serving + 1, shot.queue + 1, MARKS):
            positions = range(start, min(start + MARKS, shot.queue + 1))
            await self.refresh(positions, shot.generation)

    async def refresh_micros(self) -> float:
        """How long a refresh with 100 marks takes, round trip and all: the least of many."""
        shot = await self.refresh()
        positions = range(shot.serving + 1, shot.serving + 101)
        took = []
        for _ in range(REFRESHES):
            begin = time.perf_counter()
            await self.refresh(positions, shot.generation)
            took.append(time.perf_counter() - begin)
        return min(took) * 1e6


def row(place: Place, what: str, each: float, most: float, refresh: float = 0.0) -> list[str]:
    verdict = "ok" if each <= most and refresh <= place.refresh_most else "over"
    took = f"{refresh:.0f}" if refresh else ""
    return [place.name, what, f"{each:.2f}", f"<= {most:g}", took, verdict]


async def warm_up(place: Place) -> None:
    """Another room of a server takes all steps once, as large as they will be.

    What a server allocates at their first use, buffers and the like, no visitor costs again. In a
    file all that is there is the rooms'.
    """
    if place.url.startswith("sqlite"):
        return
    async with opened(place) as store:
        room = Room(store, "warm", 1)
        await room.refresh()
        await room.let_in(1)
        await room.line_up(MARKS)
        await room.see_everybody()
        await room.refresh_micros()


async def grow(place: Place, counts: Sequence[int], sessions: int) -> list[list[str]]:
    """Bytes for each person, by the growth from nobody to so many."""
    rows = []
    await warm_up(place)
    async with opened(place) as store:
        room = Room(store, "inside", sessions + 1)
        await room.refresh()
        await room.let_in(1)
    empty = place.size()
    async with opened(place) as store:
        await Room(store, "inside", sessions + 1).let_in(sessions - 1)
    each = (place.size() - empty) / (sessions - 1)
    rows.append(row(place, f"{sessions:,} active sessions", each, place.per_session))
    async with opened(place) as store:
        room = Room(store, "waiting", 1)
        await room.refresh()
        await room.let_in(1)
    empty = place.size()
    for count in counts:
        async with opened(place) as store:
            room = Room(store, "waiting", 1)
            await room.line_up(count)
            await seen_in_all_windows(room)
            refresh = await room.refresh_micros()
        each = (place.size() - empty) / count
        rows.append(row(place, f"{count:,} waiting", each, place.per_waiting, refresh))
    return rows


async def grown(place: Place, counts: Sequence[int], sessions: int) -> list[list[str]]:
    """The same; if a store cannot be started, only its own rows are missing."""
    try:
        return await grow(place, counts, sessions)
    except (WaitingRoomError, ImportError) as problem:
        return [[f"skipped: {place.name} ({problem})", *[""] * 5]]


async def seen_in_all_windows(room: Room) -> None:
    """The bitmaps of presence are three, in rotation; afterwards each holds everybody."""
    for remaining in (2, 1, 0):
        await room.see_everybody()
        if remaining:
            now = (await room.refresh()).now
            await asyncio.sleep(PRESENCE_WINDOW - now % PRESENCE_WINDOW + 0.1)


@contextlib.asynccontextmanager
async def opened(place: Place) -> AsyncIterator[Store]:
    """The store, closed afterwards, so that no connection's buffers are counted."""
    # Filling a store is no request: nobody minds if a step of it takes longer than 50 ms.
    begins = "&" if "?" in place.url else "?"
    patience = "" if place.url.startswith("sqlite") else f"{begins}socket_timeout=30"
    store = open_store(place.url + patience)
    try:
        yield store
    finally:
        await store.close()


def used_memory(server: Valkey) -> int:
    # The server notices a closed connection, and lets its buffers go, in its next turn.
    time.sleep(0.5)
    return server.used_memory()


def file_size(path: Path) -> int:
    """The size of a database when all that was written is in the file."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return path.stat().st_size


@contextlib.contextmanager
def places() -> Iterator[list[Place]]:
    """A Valkey server, a SQLite file and a PostgreSQL server, all empty."""
    folders = tempfile.TemporaryDirectory(prefix="vwr-bench-")
    with folders as folder, valkey() as server, postgres() as database:
        path = Path(folder) / "room.sqlite3"
        yield [
            Place("Valkey", server.url(0), lambda: used_memory(server), 1.0, 200),
            Place("SQLite", f"sqlite:///{path}", lambda: file_size(path), 1.5, 200),
            Place("PostgreSQL", database.url, lambda: size_of_schema(database), 1.5, 300, 5000),
        ]


async def measured(counts: Sequence[int], sessions: int) -> list[list[str]]:
    """Both stores side by side, since most of the time is waiting for the next window."""
    with places() as found:
        rows = await asyncio.gather(*(grown(place, counts, sessions) for place in found))
    return [line for lines in rows for line in lines]


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__)
    parser.add_argument("--waiting", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--sessions", type=int, default=20_000)
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    options = parser.parse_args(argv)
    try:
        rows = asyncio.run(measured(sorted(options.waiting), options.sessions))
    except CannotMeasure as problem:
        print(f"cannot measure: {problem}", file=sys.stderr)
        return 1
    refresh = f"us per refresh with 100 marks, <= {REFRESH_MOST} (PostgreSQL: 5000)"
    headings = ["store", "holds", "bytes each", "keeps", refresh, ""]
    print(render([headings, *rows], figures={2, 4}, as_markdown=options.markdown))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
