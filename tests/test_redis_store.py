"""What only the store in Redis or Valkey must bear: evictions, silence, scripts forgotten."""

import asyncio
import gc
import os
import re
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Any

import pytest
import redis

from tests.support.clock import Clock
from tests.support.rooms import Room, config
from vwr_middleware.blocking import finish
from vwr_middleware.errors import RoomLost, StoreUnavailable
from vwr_middleware.line.answers import Ask, Seen, Snapshot
from vwr_middleware.settings import RoomSettings
from vwr_middleware.stores.redis import RedisStore, open_redis
from vwr_middleware.stores.redis.scripts import script
from vwr_middleware.worker.breaker import Breaker
from vwr_middleware.worker.recall import read_rooms
from vwr_middleware.worker.room_view import RoomView

KEYS = (
    *("", ":sessions", ":first", ":door", ":door-end", ":door-later", ":ended", ":history"),
    *(":audit", ":moved", ":bits0", ":bits1", ":bits2", ":bits3", ":bits4"),
)
#: Rooms of earlier releases have it not, so it is missed by nobody.
IN_TIME = ":bits5"


@pytest.fixture
def patient_url(valkey_url: str) -> str:
    return f"{valkey_url}?socket_timeout=5"


@pytest.fixture
def server(valkey_url: str) -> Iterator[Any]:
    """The server behind the store's back."""
    with redis.Redis.from_url(valkey_url) as client:
        yield client


@pytest.fixture
def store(patient_url: str, clock: Clock) -> Iterator[RedisStore]:
    store = open_redis(patient_url, clock=clock)
    yield store
    finish(store.close())


@pytest.fixture
def main(store: RedisStore, clock: Clock) -> Room:
    room = Room(store, clock, {"max_active": 2, "mode": "queue"})
    room.look()
    room.join(5)
    return room


def seen(room: Room) -> Seen:
    read = room.look()
    return Seen(read.room_id, read.generation, read.queue, read.serving, read.active)


def test_a_room_has_exactly_these_keys(server: Any, main: Room) -> None:
    names = {f"{{vwr:main}}{name}" for name in (*KEYS, IN_TIME)}
    assert {key.decode() for key in server.scan_iter()} == names


@pytest.mark.parametrize("name", KEYS)
def test_a_room_that_misses_a_key_is_lost_and_rebuilt_as_a_whole(
    server: Any, main: Room, name: str
) -> None:
    known = seen(main)
    server.delete(f"{{vwr:main}}{name}")
    for step in (main.join, lambda: main.claim(1), lambda: main.renew(1), lambda: main.leave(1)):
        with pytest.raises(RoomLost):
            step()
    with pytest.raises(RoomLost):
        finish(main.store.view("main"))
    rebuilt = main.look(seen=known)
    assert (rebuilt.room_id, rebuilt.queue) == (known.room_id, 5)
    assert main.join()[0].position == 6


@pytest.mark.parametrize("name", [name for name in KEYS if name])
def test_no_key_goes_away_by_use(server: Any, main: Room, clock: Clock, name: str) -> None:
    main.look(*range(1, 6))
    for position in (1, 2):
        main.claim(position)
        main.renew(position)
        main.knock(position + 2)
        main.end(position)
    for seconds in (20, 40, 3000):
        clock.pass_by(seconds)
        main.look()
    finish(main.store.reset("main", True))
    assert server.exists(f"{{vwr:main}}{name}")


def test_every_key_is_forgotten_one_day_unless_it_is_used(
    server: Any, main: Room, clock: Clock
) -> None:
    finish(main.store.reset("main", True))
    assert min(server.ttl(key) for key in server.scan_iter()) > 80 * 86400
    for key in server.scan_iter():
        server.expire(key, 1000)
    clock.pass_by(2 * 86400)
    main.look()
    assert min(server.ttl(key) for key in server.scan_iter()) > 80 * 86400


def test_a_room_of_an_earlier_release_goes_on(server: Any, main: Room, clock: Clock) -> None:
    main.join(3)
    packed = server.hget("{vwr:main}", "numbers")
    server.hset("{vwr:main}", "numbers", packed[:-8])  # which knew not of the last number
    assert (main.look().queue, main.look().ahead) == (8, 0)
    clock.pass_by(-5)
    assert main.look().ahead == 5


def test_a_room_that_never_noted_who_came_in_time_begins_to(
    server: Any, store: RedisStore, clock: Clock
) -> None:
    main = Room(store, clock, {"max_active": 1, "mode": "queue", "late": "lost"})
    main.look()
    main.join(2)
    main.look(1, 2)
    server.delete(f"{{vwr:main}}{IN_TIME}")
    main.advance(1)
    assert (main.claim(1).verdict, main.knock(2).verdict) == ("entered", "next")
    assert server.getbit(f"{{vwr:main}}{IN_TIME}", 2) == 1
    assert server.ttl(f"{{vwr:main}}{IN_TIME}") > 80 * 86400


def test_no_function_of_a_script_hides_another() -> None:
    lua = files("vwr_middleware.stores") / "lua"
    text = "".join(part.read_text(encoding="utf-8") for part in lua.iterdir())
    names = Counter(re.findall(r"^function line\.(\w+)", text, re.MULTILINE))
    assert [name for name, times in names.items() if times > 1] == []


def test_what_a_server_forgets_of_how_sessions_ended_loses_no_room(server: Any, main: Room) -> None:
    main.advance(2)
    main.claim(1), main.end(1)
    assert main.look().how_ended == {"1-1": "completed"}
    assert 0 < server.ttl("{vwr:main}:ended-how") <= 86400
    server.delete("{vwr:main}:ended-how")
    assert (main.look().ended, main.look().how_ended) == (["1-1"], {})


def test_a_server_that_forgot_the_scripts_is_told_them_again(server: Any, main: Room) -> None:
    server.script_flush()
    assert main.join()[0].position == 6
    server.script_flush()
    asks = [Ask("main", config()), Ask("other", config())]
    assert [snapshot.queue for snapshot in finish(main.store.refresh(asks))] == [6, 0]


def test_several_rooms_are_read_in_one_round_trip(server: Any, main: Room) -> None:
    asks = [Ask(name, config()) for name in ("main", "a", "b")]
    finish(main.store.refresh(asks))
    before = server.info("stats")["total_reads_processed"]
    assert len(finish(main.store.refresh(asks))) == 3
    assert server.info("stats")["total_reads_processed"] - before == 2  # with this question


def test_a_wrong_kind_of_key_is_no_room(server: Any, store: RedisStore) -> None:
    server.set("{vwr:main}", "something else")
    with pytest.raises(StoreUnavailable, match="WRONGTYPE"):
        finish(store.join("main", ["p"]))


def test_namespaces_share_nothing(patient_url: str, main: Room) -> None:
    other = open_redis(patient_url, "staging")
    with pytest.raises(RoomLost):
        finish(other.join("main", ["p"]))
    finish(other.close())


def test_without_a_clock_the_servers_own_time_counts(server: Any, patient_url: str) -> None:
    store = open_redis(patient_url)
    (read,) = finish(store.refresh([Ask("main", config())]))
    seconds, microseconds = server.time()
    assert abs(read.now - seconds - microseconds / 1e6) < 60
    finish(store.close())


def test_a_connection_that_was_cut_is_made_anew(server: Any, main: Room) -> None:
    own = server.client_id()
    for client in server.client_list():
        if int(client["id"]) != own:
            server.client_kill_filter(_id=client["id"])
    assert main.join()[0].position == 6


def test_a_process_that_was_forked_off_has_connections_of_its_own(main: Room) -> None:
    child = os.fork()
    if child == 0:
        # Not sys.exit: this process must not tidy up what is its parent's.
        os._exit(0 if main.join()[0].position == 6 else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert main.join()[0].position == 7


@pytest.fixture
def silent_url() -> Iterator[str]:
    """A server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


@pytest.fixture
def dead_url() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"redis://127.0.0.1:{server.getsockname()[1]}/0"


def steps() -> dict[str, Callable[[RedisStore], Any]]:
    several = [Ask("main", config()), Ask("other", config())]
    return {
        "one": lambda store: store.join("main", ["p"]),
        "several": lambda store: store.refresh(several),
        "secret": lambda store: store.secret("name", "fresh"),
    }


@pytest.mark.parametrize("step", steps())
@pytest.mark.parametrize("url", ["silent_url", "dead_url"])
@pytest.mark.timeout(10)
def test_a_server_that_does_not_answer_is_not_waited_for(
    request: pytest.FixtureRequest, url: str, step: str
) -> None:
    blocking = open_redis(request.getfixturevalue(url))
    with pytest.raises(StoreUnavailable):
        finish(steps()[step](blocking))
    finish(blocking.close())

    async def run() -> None:
        store = open_redis(request.getfixturevalue(url), blocking=False)
        with pytest.raises(StoreUnavailable):
            await steps()[step](store)
        await store.close()

    asyncio.run(run())


def test_one_store_serves_one_event_loop_after_another(patient_url: str, main: Room) -> None:
    store = open_redis(patient_url, blocking=False)

    async def run() -> list[int]:
        turns = await asyncio.gather(*(store.join("main", ["p"]) for _ in range(100)))
        await store.refresh([Ask("main", config()), Ask("other", config())])
        await store.close()
        await store.close()
        return [turn.position for (turn,) in turns]

    assert sorted(asyncio.run(run())) == list(range(6, 106))
    assert sorted(asyncio.run(run())) == list(range(106, 206))


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_an_event_loop_that_ended_without_a_word_is_none_of_the_next_ones(
    patient_url: str, main: Room
) -> None:
    store = open_redis(patient_url, blocking=False)
    for position in (6, 7):
        assert asyncio.run(store.join("main", ["p"]))[0].position == position
    asyncio.run(store.close())
    gc.collect()  # here, where a warning of what was left open is expected


def test_the_audit_log_keeps_the_latest_rows_only(main: Room) -> None:
    for number in range(1003):
        finish(main.store.advance_to("main", 0, who=str(number)))
    rows = finish(main.store.view("main")).audit
    assert [row[1] for row in rows] == [str(number) for number in range(3, 1003)]


def test_a_store_says_whether_it_blocks(dead_url: str) -> None:
    assert open_redis(dead_url).blocking
    assert not open_redis(dead_url, blocking=False).blocking


def test_a_script_holds_only_what_its_step_uses() -> None:
    assert "function line.begin(" in script("claim").source
    assert "function line.take_snapshot(" not in script("claim").source
    assert "NEAR_COUNT" not in script("refresh").source


def test_several_rooms_that_were_lost_are_rebuilt_with_what_has_ended(
    server: Any, store: RedisStore, clock: Clock
) -> None:
    views = [RoomView(RoomSettings(name=name, paths=[f"/{name}"])) for name in ("one", "two")]
    breaker = Breaker(clock)

    def read() -> list[Snapshot]:
        asks = [view.ask(clock()) for view in views]
        snapshots = finish(read_rooms(breaker, store, views, asks))
        for view, snapshot in zip(views, snapshots, strict=True):
            view.take(snapshot, clock())
        return snapshots

    ids = [snapshot.room_id for snapshot in read()]
    finish(store.join("two", ["p", "p"]))
    finish(store.end("two", "1-2", "completed"))
    clock.pass_by(1)
    assert read()[1].ended == ["1-2"]
    server.flushdb()
    found = read()
    assert [snapshot.room_id for snapshot in found] == ids
    assert [snapshot.ended for snapshot in found] == [[], ["1-2"]]
    assert found[1].queue == 2
