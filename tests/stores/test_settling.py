"""After its store came back, a room gives nothing until all workers have said what they know."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.clock import Clock
from tests.support.failing_valkey import FailingValkey, failing_valkey
from tests.support.rooms import Room, seen_in
from vwr_middleware.blocking import finish
from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.line.constants import SETTLING
from vwr_middleware.line.messages import Seen
from vwr_middleware.stores import Store
from vwr_middleware.stores.opening import open_store

Rooms = Callable[..., Room]


class RestoredFile:
    """A SQLite file in whose place a copy of it is put."""

    def __init__(self, folder: Path) -> None:
        self._path, self._copy = folder / "vwr.sqlite3", folder / "copy.sqlite3"
        self.url = f"sqlite:///{self._path}"

    def save(self) -> None:
        with (
            closing(sqlite3.connect(self._path)) as now,
            closing(sqlite3.connect(self._copy)) as copy,
        ):
            now.backup(copy)

    def come_back(self) -> None:
        another = self._copy.with_suffix(".new")
        shutil.copy(self._copy, another)
        os.replace(another, self._path)
        for more in ("-wal", "-shm"):
            with suppress(FileNotFoundError):
                Path(f"{self._path}{more}").unlink()


class RestartedServer:
    """A Valkey that comes back as it was saved."""

    def __init__(self, server: FailingValkey) -> None:
        self._server, self.save, self.url = server, server.save, server.url

    def come_back(self) -> None:
        self._server.kill()
        self._server.start()


Failing = RestoredFile | RestartedServer


@pytest.fixture(params=["sqlite", "redis"])
def failing(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Failing]:
    """A store that can fall back to what was saved."""
    if request.param == "sqlite":
        yield RestoredFile(tmp_path)
        return
    with failing_valkey(tmp_path) as server:
        yield RestartedServer(server)


@pytest.fixture
def reopened(failing: Failing, clock: Clock) -> Iterator[Store]:
    """That store."""
    store = open_store(failing.url, clock=clock)
    yield store
    finish(store.close())


def ask_until_it_answers(main: Room) -> None:
    """The connection to the server that is gone breaks at the first call."""
    for _ in range(20):
        with suppress(StoreUnavailable):
            main.look()
            return
    main.look()


def fall_back(main: Room, failing: Failing, **lost: int) -> Seen:
    """The store loses what came after a moment. Returns what a worker knew last."""
    failing.save()
    for _ in range(lost["joins"]):
        main.clock.pass_by(0.1)
        main.join()
    known = seen_in(main.look())
    main.seen = replace(known, queue=known.queue - 3)  # it has not heard of the last three
    failing.come_back()
    main.clock.pass_by(0.2)
    ask_until_it_answers(main)
    return known


def test_nobody_is_given_a_number_that_another_worker_knows(
    failing: Failing, reopened: Store, clock: Clock
) -> None:
    main = Room(reopened, clock, {"mode": "queue"})
    main.look()
    main.join(5)
    known = fall_back(main, failing, joins=6)
    (turn,) = main.join()
    assert (turn.verdict, turn.position) == ("settling", 0)
    clock.pass_by(SETTLING - 0.01)
    assert main.look(seen=known).queue == known.queue, "the other worker says what it knows"
    assert main.join()[0].verdict == "settling"
    clock.pass_by(0.01)
    assert main.join()[0].position == known.queue + 1 == 12


def test_nobody_is_given_a_slot_that_another_worker_knows_to_be_taken(
    failing: Failing, reopened: Store, clock: Clock
) -> None:
    main = Room(reopened, clock, {"max_active": 5})
    main.look()
    main.join(2)
    known = replace(fall_back(main, failing, joins=3), queue=9, serving=9)
    main.seen = replace(known, active=4, claimed=4)
    assert main.look().free <= 0
    assert main.claim(9).verdict == "next"
    assert main.knock(9).verdict == "next"
    assert main.renew(1).verdict == "entered", "whoever is inside notices nothing"
    assert main.look(seen=known).active == 5
    clock.pass_by(SETTLING)
    assert main.claim(9).verdict == "next"
    assert main.renew(5).verdict == "entered", "it is one of those who were forgotten"
    assert main.look().active == 5


def test_a_store_that_runs_on_never_settles(
    failing: Failing, reopened: Store, clock: Clock
) -> None:
    main = Room(reopened, clock, {"max_active": 100})
    main.look()
    for pause in (0, 0.01, 0.1, 1, 70):
        clock.pass_by(pause)
        finish(reopened.close())
        assert main.join()[0].verdict == "entered"


def test_who_knows_more_than_the_store_stops_the_slots_for_a_moment(make_room: Rooms) -> None:
    main = make_room(max_active=5)
    main.join(2)
    seen = seen_in(main.look(), queue=4, serving=4, active=4, claimed=4)
    assert main.look(seen=seen).free <= 0
    assert main.claim(4).verdict == "next"
    assert main.join()[0].position == 5, "numbers go on above the highest"
    further = replace(seen, active=5, claimed=5)
    assert main.look(seen=further).active == 5, "another worker knows of one more"
    main.clock.pass_by(SETTLING)
    assert main.claim(5).verdict != "entered"
    assert main.renew(4).verdict == "entered"
    main.end(1)
    main.look(5)
    main.clock.pass_by(1)
    main.look(5)
    assert main.claim(5).verdict == "entered"


def test_a_rebuilt_room_gives_no_slot_before_all_have_spoken(store: Store, clock: Clock) -> None:
    main = Room(store, clock, {"max_active": 5})
    seen = Seen("f" * 16, 1, queue=9, serving=9, active=4, claimed=9)
    assert main.look(seen=seen).free <= 0
    assert main.join()[0].verdict == "settling"
    assert main.claim(9).verdict == "next"
    assert main.look(seen=replace(seen, active=5, claimed=10)).active == 5
    clock.pass_by(SETTLING)
    assert main.claim(9).verdict == "next"
    assert main.look().active == 5
