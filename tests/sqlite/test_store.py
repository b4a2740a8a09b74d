"""The SQLite store: its file, and its waiting."""

import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.clock import Clock
from tests.support.faults import fault
from tests.support.rooms import Room, seen_in
from vwr_middleware.blocking import finish
from vwr_middleware.errors import RoomLost, StoreBusy, StoreCrowded, StoreUnavailable
from vwr_middleware.line import visitor_steps
from vwr_middleware.line.constants import SETTLING, SHARERS_ROWS
from vwr_middleware.line.messages import ForOperators, Seen
from vwr_middleware.line.state import Line
from vwr_middleware.stores.chunked_bits import SWEEP
from vwr_middleware.stores.line_store import method_of
from vwr_middleware.stores.opening import open_store
from vwr_middleware.stores.sqlite.store import SqliteStore
from vwr_middleware.stores.sqlite.tables import VERSION
from vwr_middleware.worker.room_view import SHARERS_MOST

KNOWN = "a" * 16


def rows(file: Path, question: str) -> list[Any]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(question).fetchall()


def take_away(file: Path) -> None:
    """While the store has it open."""
    for part in file.parent.glob(f"{file.name}*"):
        part.unlink()


def test_nothing_is_opened_before_the_first_step(file: Path) -> None:
    SqliteStore(file)
    assert not file.exists()


def test_the_file_outlives_the_store(file: Path, clock: Clock) -> None:
    for expected in (1, 2, 3):
        store = SqliteStore(file, clock)
        room = Room(store, clock, {"mode": "queue"})
        room.look()
        assert room.join()[0].position == expected
        finish(store.close())
        finish(store.close())
        assert not Path(f"{file}-wal").exists(), "it was not closed"


def test_columns_that_a_later_release_adds_beside_ours_keep_no_step_from_working(
    file: Path, clock: Clock
) -> None:
    room = Room(SqliteStore(file, clock), clock, {"max_active": 2, "bind": True})
    room.look()
    finish(room.store.close())
    tables = [name for (name,) in rows(file, "SELECT name FROM sqlite_master WHERE type = 'table'")]
    with closing(sqlite3.connect(file)) as later:
        for table in tables:
            later.execute(f"ALTER TABLE {table} ADD COLUMN later DEFAULT 0")
    clock.pass_by(60)
    room.look()
    room.join(3), room.join_as("a" * 16)
    room.look()
    assert room.claim(2, marks=("home",)).verdict == "entered"
    room.advance(1)
    assert room.claim(3).verdict == "next", "at the door"
    room.keep_code(4, "a" * 32)
    assert room.move("a" * 32, attempt="first").device == 1
    assert room.subscribe(4, device=1) == "waiting"
    room.look(for_operators=ForOperators(sharers=[("1-1", "000001")]))
    finish(room.store.end("main", "1-1", "revoked", who="operator"))
    finish(room.store.secret("name", "fresh"))
    finish(room.store.post("worker", "{}"))
    finish(room.store.attempt("192.0.2.1"))
    finish(room.store.close())
    untouched = [table for table in tables if not rows(file, f"SELECT 1 FROM {table}")]
    assert not untouched


def test_a_session_that_hundreds_share_costs_no_refresh_long(
    store: SqliteStore, clock: Clock
) -> None:
    work: list[None] = []
    main = Room(store, clock)
    main.look(), main.join()
    connection = store._connected()
    for start in range(0, SHARERS_ROWS + SHARERS_MOST, SHARERS_MOST):
        work.clear()
        connection.set_progress_handler(lambda: work.append(None), 100)
        marks = [("1-1", f"{number:06}") for number in range(start, start + SHARERS_MOST)]
        main.look(for_operators=ForOperators(sharers=marks))
        clock.pass_by(0.5)
    assert len(finish(store.record("main")).sharers) == SHARERS_ROWS
    assert len(work) < 400, "hundreds of steps of SQLite's own"


def test_a_step_that_fails_changes_nothing(main: Room, store: SqliteStore) -> None:
    def fail(line: Line, now: float) -> None:
        visitor_steps.join(line, now, ["place"])
        line.sessions.put("1-1", now + 60, True)
        line.bits.spend(1)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        finish(method_of(fail)(store, "main"))
    assert main.look().active == 0
    assert main.join()[0].position == 1
    assert main.leave(1) == "left"


def test_apps_with_different_namespaces_share_a_file_and_no_rooms(file: Path, clock: Clock) -> None:
    for namespace in ("a", "b"):
        store = open_store(f"sqlite:///{file}", namespace, clock=clock)
        room = Room(store, clock, {"mode": "queue"})
        room.look()
        assert room.join()[0].position == 1
        assert finish(store.secret("key", namespace)) == namespace
        finish(store.close())


@fault(
    "SQLite's file is gone, or malformed",
    inside="As after any loss of data.",
    line="Have the same places.",
    new="Come behind them.",
    figure="2 s until the next is given a place.",
)
def test_a_file_that_was_taken_away_is_a_lost_room(main: Room, file: Path) -> None:
    main.join(3)
    snapshot = main.look()
    take_away(file)
    with pytest.raises(RoomLost):
        main.join()
    seen = Seen(snapshot.room_id, 1, snapshot.queue, snapshot.serving)
    assert main.look(seen=seen).queue == 3
    main.clock.pass_by(SETTLING)
    assert main.join()[0].position == 4


def test_the_counts_beside_the_numbers_are_those_of_the_tables(
    main: Room, clock: Clock, file: Path
) -> None:
    main.join(9)
    main.advance(9)
    main.change(max_active=4)
    for position in (1, 2, 3, 4, 5, 6, 7):
        main.claim(position)
    main.renew(2)
    main.end(4)
    main.leave(6)
    clock.pass_by(61)
    main.look()
    main.claim(9)
    counts = rows(file, "SELECT sessions, unconfirmed, door FROM rooms")
    assert counts == [
        (
            *rows(file, "SELECT count(*), sum(unconfirmed) FROM sessions")[0],
            *rows(file, "SELECT count(*) FROM door")[0],
        )
    ]


def test_what_an_old_generation_leaves_is_cleared_away_bit_by_bit(main: Room, file: Path) -> None:
    for _ in range(3 * SWEEP):
        main.join(8000 // 2)
    main.look(*range(4000, 8000 * SWEEP, 4000))
    main.reset()
    assert rows(file, "SELECT count(*) FROM bits") == [(40 - SWEEP,)]
    for _ in range(3):
        main.look()
    assert rows(file, "SELECT count(*) FROM bits") == [(0,)]


def test_logs_that_are_replaced_unread_stay_replaced(main: Room, clock: Clock) -> None:
    main.join(9)
    clock.pass_by(20)
    assert len(main.look(1, 2, 3).flow_log) == 2
    main.reset()
    snapshot = main.look()
    assert snapshot.serving_log == [[clock(), 0.0]]
    assert [row[:2] for row in snapshot.flow_log] == [[clock(), 0.0]]


def test_a_step_waits_for_another_writer_but_not_for_long(main: Room, file: Path) -> None:
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy, match="locked") as away:
        main.join()
    assert "a slow or busy disk" in away.value.fix
    assert finish(main.store.check()) == []
    other.execute("COMMIT")
    other.close()
    assert main.join()[0].position == 1


def test_who_gets_no_turn_among_other_processes_meets_a_crowd_and_no_outage(
    main: Room, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as other:

        def goes_on(_: float) -> None:
            other.execute("INSERT INTO secrets VALUES (hex(randomblob(9)), '')")
            other.execute("COMMIT")
            other.execute("BEGIN IMMEDIATE")

        other.execute("BEGIN IMMEDIATE")
        monkeypatch.setattr("vwr_middleware.stores.sqlite.connection.sleep", goes_on)
        with pytest.raises(StoreCrowded, match="other processes"):
            main.join()


def test_a_start_waits_for_the_worker_that_makes_the_tables(file: Path) -> None:
    # A slow disk takes long for that, and visitors wait only 50 ms.
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("PRAGMA journal_mode = WAL")
    other.execute("BEGIN IMMEDIATE")
    ending = threading.Timer(0.3, other.execute, ["COMMIT"])
    ending.start()
    assert finish(SqliteStore(file).check()) == []
    assert rows(file, "PRAGMA user_version") == [(VERSION,)]
    ending.join()
    other.close()


def test_nothing_else_runs_while_a_step_waits_for_another_writer(
    main: Room, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    # As gevent does in each of gunicorn's workers, after --preload has loaded the app.
    monkeypatch.setattr(time, "sleep", lambda seconds: main.join())
    with pytest.raises(StoreBusy, match="locked"):
        main.join()
    other.close()


def test_a_step_goes_on_as_soon_as_the_other_writer_is_done(
    main: Room, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "vwr_middleware.stores.sqlite.connection.PATIENCE", 30
    )  # for a busy machine
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    ending = threading.Timer(0.005, other.execute, ["COMMIT"])
    ending.start()
    assert main.join()[0].position == 1
    ending.join()
    other.close()


def test_a_thread_that_cannot_have_its_turn_says_so(main: Room, store: SqliteStore) -> None:
    with store._rooms(), ThreadPoolExecutor(1) as threads:
        late = threads.submit(main.join)
        with pytest.raises(StoreUnavailable, match="threads"):
            late.result()


class TakenLock:
    """A lock that others have until they say so: whoever asks for it has waited in vain then."""

    def __init__(self) -> None:
        self.is_asked_for, self.is_over = threading.Event(), threading.Event()

    def acquire(self, timeout: float) -> bool:
        self.is_asked_for.set()
        assert self.is_over.wait(10)
        return False


@pytest.mark.parametrize(
    ("joins", "error"), [(1, StoreCrowded), (0, StoreBusy)], ids=["crowded", "hanging"]
)
def test_a_thread_that_comes_too_late_is_told_whether_others_were_answered(
    main: Room, store: SqliteStore, joins: int, error: type[StoreUnavailable]
) -> None:
    main.join()
    taken, free = TakenLock(), store._lock
    store._lock = taken  # type: ignore[assignment]
    with ThreadPoolExecutor(1) as threads:
        late = threads.submit(main.join)
        assert taken.is_asked_for.wait(10)
        store._lock = free
        for _ in range(joins):
            main.join()
        taken.is_over.set()
        with pytest.raises(StoreUnavailable) as told:
            late.result()
    assert type(told.value) is error


def test_without_a_log_that_workers_share_there_is_no_store() -> None:
    with pytest.raises(StoreUnavailable, match="shared memory"):
        finish(SqliteStore("").join("main", ["place"]))


@fault(
    "The disk is full (SQLite)",
    inside="As if it were away.",
    line="Nothing is lost.",
    new="As if it were away.",
)
def test_a_full_disk_is_an_outage_and_loses_nothing(main: Room, store: SqliteStore) -> None:
    main.join(3)
    connection = store._connection
    assert connection is not None
    ((pages,),) = connection.execute("PRAGMA page_count").fetchall()
    connection.execute(f"PRAGMA max_page_count = {pages}").fetchall()
    with pytest.raises(StoreUnavailable, match="full"):
        for count in range(1000):
            main.advance(0, who="x" * 1000, key=str(count))
    assert main.join()[0].position == 4


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE rooms SET settings = '[{},'",
        "UPDATE rooms SET settings = '[{}, {}]'",
        "UPDATE rooms SET queue = NULL",
        "UPDATE rooms SET replaced = NULL",
        "UPDATE logs SET serving_log = x'0102'",
        "DELETE FROM logs",
    ],
)
def test_rows_that_nobody_wrote_so_are_an_outage_and_a_new_file_ends_it(
    main: Room, file: Path, damage: str
) -> None:
    main.join(3)
    room = main.look()
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(damage)
    with pytest.raises(StoreUnavailable, match="damaged"):
        main.look()
    take_away(file)
    assert main.look(seen=seen_in(room)).queue == 3


@fault(
    "SQLite's file is gone, or malformed",
    new="A malformed one is an outage until it is moved away; the log says so.",
)
def test_a_file_that_is_malformed_is_an_outage_and_a_new_file_ends_it(
    main: Room, file: Path
) -> None:
    main.join(3)
    room = main.look()
    rows(file, "PRAGMA wal_checkpoint(TRUNCATE)")
    first_page = file.read_bytes()[:4096]
    file.write_bytes(first_page.ljust(file.stat().st_size, b"\xff"))
    with pytest.raises(StoreUnavailable, match="malformed") as away:
        main.look()
    assert "move it away" in away.value.fix
    take_away(file)
    assert main.look(seen=seen_in(room)).queue == 3


def test_a_room_that_is_made_after_one_was_deleted_by_hand_has_nothing_of_it(
    main: Room, file: Path
) -> None:
    main.change(max_active=2)
    main.join(5), main.join_as(KNOWN), main.advance(4), main.claim(1), main.claim(2), main.knock(3)
    main.end(2), main.keep_code(5, "code"), main.keep_code(6, "other"), main.move("other")
    main.look(3, 4, 5)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("DELETE FROM rooms")
    other = Room(main.store, main.clock, {"mode": "queue", "max_active": 2}, "other")
    fresh = other.look()
    assert (fresh.active, fresh.ended, fresh.door, fresh.seen_ahead) == (0, [], [], 0)
    other.join(6), other.advance(4)
    assert [other.claim(position).verdict for position in (1, 2)] == ["entered", "entered"]
    assert (other.knock(3).verdict, other.end(1), other.end(2)) == ("next", True, True)
    read, record = other.look(), finish(other.store.record("other"))
    assert (read.queue, read.active, read.ended, read.moved) == (6, 0, ["1-1", "1-2"], [])
    assert ([row[2] for row in record.audit], record.sessions) == (["advance"], [])
    assert other.move("code").turn.verdict == "unknown"
    assert other.join_as(KNOWN)[0].position == 7


def test_identities_of_before_a_reset_are_nobodys_and_go_with_the_joins_that_follow(
    main: Room, file: Path
) -> None:
    people = [f"{number:016x}" for number in range(SWEEP + 10)]
    main.join_as(*people)
    main.reset()
    for count, verdict in ((1, "waiting"), (2, "waiting"), (2, "known")):
        (turn,) = main.join_as(people[count])
        assert (turn.verdict, turn.position) == (verdict, count)
        left = len(people) - count * SWEEP if verdict == "waiting" else 0
        assert rows(file, "SELECT count(*) FROM identities") == [(max(0, left) + count,)]
