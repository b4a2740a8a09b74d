"""A standby that takes over without the last commits is an older room, like any other."""

import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import quote

import psycopg
import pytest

from tests.support.clock import Clock
from tests.support.faults import fault
from tests.support.in_time import in_time
from tests.support.postgres import (
    USER,
    PostgresServer,
    as_nobody,
    give_to_nobody,
    make_cluster,
    place_of_a_server,
    programs,
    start_postgres,
)
from tests.support.rooms import Room, config, seen_in
from vwr_middleware.blocking import finish
from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.line.constants import SETTLING
from vwr_middleware.line.messages import Ask
from vwr_middleware.stores.opening import open_store


@dataclass
class Pair:
    """A primary, and the files of a standby."""

    primary: PostgresServer
    standby: PostgresServer

    @property
    def url(self) -> str:
        """Both, of which the one that takes writes is asked."""
        hosts = ",".join(quote(str(s.folder), safe="") for s in (self.primary, self.standby))
        ports = f"{self.primary.port},{self.standby.port}"
        more = "target_session_attrs=read-write&socket_timeout=10"
        return f"postgresql://{USER}@/postgres?host={hosts}&port={ports}&{more}"

    def lose_all_but_the_standby(self) -> None:
        """The standby, which was cut off for a while, takes over."""
        self.primary.stop()
        self.standby = start_postgres(self.standby.folder, self.standby.port)
        with self.standby.connect() as client:
            client.execute("SELECT pg_promote()")
            assert in_time(
                lambda: client.execute("SELECT pg_is_in_recovery()").fetchone() == (False,)
            )


@pytest.fixture
def pair() -> Iterator[Pair]:
    with place_of_a_server() as one, place_of_a_server() as other:
        make_cluster(one)
        primary = start_postgres(one)
        give_to_nobody(other)
        command = [str(programs() / "pg_basebackup"), "-D", f"{other}/data", "-R", "-c", "fast"]
        command += ["-h", str(one), "-p", str(primary.port), "-U", USER, "--no-sync"]
        subprocess.run(command, check=True, cwd="/", **as_nobody())
        pair = Pair(primary, start_postgres(other))
        try:
            yield pair
        finally:
            for server in (pair.primary, pair.standby):
                if server.process.poll() is None:
                    server.stop()


@fault(
    "A replica takes over that had not heard the last",
    new="Wait until the room has settled.",
    figure="2 s.",
)
def test_no_position_is_given_again_that_a_worker_has_seen(pair: Pair, clock: Clock) -> None:
    store = open_store(pair.url, clock=clock)
    room = Room(store, clock, {"mode": "queue", "max_active": 5})
    room.look()
    assert [turn.position for turn in room.join(3)] == [1, 2, 3]
    assert in_time(lambda: queue_at(pair.standby) == queue_at(pair.primary))
    replica = open_store(f"{pair.standby.url}&socket_timeout=5")
    assert "this server is a replica: name the primary" in finish(replica.check())[0]
    with pytest.raises(StoreUnavailable, match="during recovery") as caught:
        finish(replica.refresh([Ask("main", config())]))
    assert "name the primary" in caught.value.fix
    finish(replica.close())

    pair.standby.stop()
    assert room.join(4)[-1].position == 7
    before = room.look()
    pair.lose_all_but_the_standby()
    room.seen = seen_in(before)
    assert room.look().queue == 7
    assert room.join()[0].verdict == "settling"
    clock.pass_by(SETTLING)
    turn = room.join()[0]
    assert (turn.position, turn.room_id) == (8, before.room_id)
    finish(store.close())


def queue_at(server: PostgresServer) -> object:
    """A mark of the room's last state there."""
    with server.connect() as client, suppress(psycopg.errors.UndefinedTable):
        return client.execute("SELECT version FROM vwr.rooms").fetchone()
    return "not there yet"


@fault(
    "PostgreSQL restarts, or crashes",
    new="After a crash they wait until the room has settled.",
    figure="2 s.",
)
def test_after_a_crash_of_the_server_a_room_settles(clock: Clock) -> None:
    """What the server had promised last may be lost. After an orderly restart nothing is."""
    with place_of_a_server() as folder:
        make_cluster(folder)
        server = start_postgres(folder)
        store = open_store(f"{server.url}&socket_timeout=10", clock=clock)
        room = Room(store, clock, {"mode": "queue"})
        room.look()
        assert room.join()[0].position == 1
        server.stop()
        server = start_postgres(folder, server.port)
        assert room.join()[0].position == 2
        server.stop(how=9)
        (folder / "data/postmaster.pid").unlink(missing_ok=True)
        server = start_postgres(folder, server.port)
        try:
            room.seen = None
            assert in_time(lambda: room.look().queue >= 0)
            assert room.join()[0].verdict == "settling"
            clock.pass_by(SETTLING)
            assert room.join()[0].verdict == "waiting"
            finish(store.close())
        finally:
            server.stop()
