"""What the store in Redis or Valkey must bear: keys that go, lost scripts."""

import re
from collections import Counter
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import pytest

from tests.support.clock import Clock
from tests.support.faults import fault
from tests.support.rooms import Room, config
from vwr_middleware.blocking import finish
from vwr_middleware.errors import RoomLost, StoreDamaged
from vwr_middleware.line.bits import KINDS
from vwr_middleware.line.constants import CALLED_MOST, CODE_LIFE, PRESENCE_WINDOW, SETTLING
from vwr_middleware.line.messages import Ask, Inlet, Seen, Snapshot
from vwr_middleware.settings import RoomSettings
from vwr_middleware.stores.board import FORGOTTEN
from vwr_middleware.stores.redis import RedisStore
from vwr_middleware.stores.redis.scripts import script
from vwr_middleware.worker.circuit_breaker import Breaker
from vwr_middleware.worker.refresh import ask_of, read_rooms
from vwr_middleware.worker.room_view import RoomView

KNOWN = "a" * 16
KEYS = (
    *("", ":sessions", ":first", ":door", ":door-end", ":door-later", ":ended", ":history"),
    *(":audit", ":moved", *(f":bits{kind}" for kind in range(KINDS))),
)


def seen(room: Room) -> Seen:
    read = room.look()
    return Seen(read.room_id, read.generation, read.queue, read.serving, read.active)


def test_a_room_has_exactly_these_keys(server: Any, main: Room) -> None:
    main.look(*range(1, 6)), main.advance(5, present_only=True)
    names = {f"{{vwr:main}}{name}" for name in KEYS}
    assert {key.decode() for key in server.scan_iter()} == names


def test_who_leaves_far_behind_makes_no_bitmap_longer(server: Any, main: Room) -> None:
    main.join(800)
    main.leave(800)
    assert [server.strlen(f"{{vwr:main}}:bits{window}") for window in range(3)] == [1, 1, 1]


def test_a_presence_window_holds_those_in_line_and_called_lately_however_many_were_before(
    server: Any, main: Room, clock: Clock
) -> None:
    many = 10_000_000
    finish(main.store.restore("main", Seen("f" * 16, 1, many, many, 0)))
    for _ in range(3):
        clock.pass_by(PRESENCE_WINDOW)
        main.look(many + 1, inlet=Inlet(calls=False))
    main.join(900)
    main.look(many + 1, many + 900, inlet=Inlet(calls=False))
    lengths = [server.strlen(f"{{vwr:main}}:bits{window}") for window in range(3)]
    assert max(lengths) == (CALLED_MOST + 900) // 8 + 1


def test_codes_whose_time_is_over_are_swept(server: Any, main: Room, clock: Clock) -> None:
    for position in (1, 2, 3):
        main.keep_code(position, f"code {position}")
        clock.pass_by(CODE_LIFE / 2)
    assert server.zcard("{vwr:main}:codes-end") == 2
    assert server.hlen("{vwr:main}:codes") == 4, "each code, and which one its place has"


@fault(
    "A key of a room is missing or damaged (Redis, Valkey)",
    inside="As if all were lost: the room is never half there.",
    line="Have the same places.",
    new="Come behind them.",
    figure="Each of its keys.",
)
@pytest.mark.parametrize("name", KEYS)
def test_a_room_that_misses_a_key_is_lost_and_rebuilt_as_a_whole(
    server: Any, main: Room, name: str
) -> None:
    known = seen(main)
    server.zadd("{vwr:main}:sharers", {"1-1 a mark": 1})
    server.hset("{vwr:main}:ended-how", "1-1", "completed")
    server.hset("{vwr:main}:identities", KNOWN, "1-1")
    server.hset("{vwr:main}", "later", "a field of the lost room")
    server.delete(f"{{vwr:main}}{name}")
    for step in (main.join, lambda: main.claim(1), lambda: main.renew(1), lambda: main.leave(1)):
        with pytest.raises(RoomLost):
            step()
    with pytest.raises(RoomLost):
        finish(main.store.record("main"))
    rebuilt = main.look(seen=known)
    assert (rebuilt.room_id, rebuilt.queue) == (known.room_id, 5)
    made_later = [f"{{vwr:main}}:{name}" for name in ("sharers", "ended-how", "identities")]
    assert not server.exists(*made_later)
    assert not server.hexists("{vwr:main}", "later")
    main.clock.pass_by(SETTLING)
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
    main.join_as(KNOWN)
    main.look(1)
    main.claim(1, marks=("home",))
    assert min(server.ttl(key) for key in server.scan_iter()) > 80 * 86400
    for key in server.scan_iter():
        server.expire(key, 1000)
    clock.pass_by(2 * 86400)
    main.look()
    assert min(server.ttl(key) for key in server.scan_iter()) > 80 * 86400
    server.expire("{vwr:main}", 1000)
    main.look()
    assert server.ttl("{vwr:main}") <= 1000, "once a day is enough"


def test_no_function_of_a_script_hides_another() -> None:
    lua = files("vwr_middleware.stores") / "lua"
    text = "".join(part.read_text(encoding="utf-8") for part in lua.iterdir())
    names = Counter(re.findall(r"^function line\.(\w+)", text, re.MULTILINE))
    assert [name for name, times in names.items() if times > 1] == []


def test_nothing_stays_bound_of_a_session_that_is_over(server: Any, main: Room) -> None:
    main.advance(2)
    main.claim(1, marks=("home",))
    assert server.hgetall("{vwr:main}:bound") == {b"1-1": b"home"}
    main.end(1)
    assert not server.exists("{vwr:main}:bound")


def test_what_a_server_forgets_of_how_sessions_ended_loses_no_room(server: Any, main: Room) -> None:
    main.advance(2)
    main.claim(1), main.end(1)
    assert main.look().how_ended == {"1-1": "completed"}
    assert 0 < server.ttl("{vwr:main}:ended-how") <= 86400
    server.delete("{vwr:main}:ended-how")
    assert (main.look().ended, main.look().how_ended) == (["1-1"], {})


def test_identities_are_kept_beside_the_room_and_go_with_a_reset(server: Any, main: Room) -> None:
    before = set(server.scan_iter())
    main.join_as("", "")
    assert set(server.scan_iter()) == before
    main.join_as(KNOWN)
    assert set(server.scan_iter()) - before == {b"{vwr:main}:identities"}
    assert 80 * 86400 < server.ttl("{vwr:main}:identities") <= server.ttl("{vwr:main}:moved")
    main.reset()
    assert not server.exists("{vwr:main}:identities")


def test_what_a_server_forgets_of_identities_loses_no_room(server: Any, main: Room) -> None:
    main.join_as(KNOWN)
    server.delete("{vwr:main}:identities")
    assert main.look().queue == 6
    assert main.join_as(KNOWN)[0].position == 7


def test_a_server_that_forgot_the_scripts_is_told_them_again(server: Any, main: Room) -> None:
    server.script_flush()
    assert main.join()[0].position == 6
    server.script_flush()
    asks = [Ask("main", config()), Ask("other", config())]
    assert [snapshot.queue for snapshot in finish(main.store.refresh(asks))] == [6, 0]


def test_a_wrong_kind_of_key_is_no_room(server: Any, store: RedisStore) -> None:
    server.set("{vwr:main}", "something else")
    with pytest.raises(StoreDamaged, match="WRONGTYPE") as damaged:
        finish(store.join("main", ["place"]))
    assert "delete the key {vwr:main} " in damaged.value.fix
    assert "another namespace" in damaged.value.fix


def test_of_what_a_script_stumbles_over_no_line_of_ours_is_told(
    server: Any, main: Room, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    server.hset("{vwr:main}", "rules", "junk")
    breaker = Breaker(clock)
    with pytest.raises(StoreDamaged):
        finish(breaker.ask(lambda: main.store.join("main", ["place"])))
    assert "delete the key {vwr:main} " in caplog.text
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize(
    ("key", "step"),
    [
        ("{vwr}:posts", lambda store: store.post("worker", "{}")),
        ("{vwr}:attempts", lambda store: store.attempt("address")),
        ("{vwr}:sign_outs", lambda store: store.sign_out("one")),
        ("{vwr}:uses", lambda store: store.use_once("one", 2e9)),
        ("{vwr}:shared", lambda store: store.exchange("one", "text", 0)),
        ("vwr:secret:main", lambda store: store.secret("main", "fresh")),
    ],
)
def test_a_wrong_kind_of_key_beside_the_rooms_is_told_by_its_name(
    server: Any, store: RedisStore, key: str, step: Callable[[RedisStore], Any]
) -> None:
    server.rpush(key, "something else")
    with pytest.raises(StoreDamaged) as damaged:
        finish(step(store))
    assert f"delete the key {key} " in damaged.value.fix


@pytest.mark.parametrize(
    ("field", "text"),
    [
        *(("config", "junk"), ("config", "[1]"), ("adaptive", "{"), ("room_id", b"\xff")),
        *(("rules", "junk"), ("overrides", "junk"), ("adaptive", "[1]")),
    ],
)
def test_what_nobody_wrote_so_is_an_outage_and_ends_when_it_is_deleted(
    server: Any, main: Room, field: str, text: str | bytes
) -> None:
    known = seen(main)
    server.hset("{vwr:main}", field, text)
    with pytest.raises(StoreDamaged) as damaged:
        main.look(seen=known, starting=field == "overrides")
    assert "delete the key {vwr:main} " in damaged.value.fix
    server.delete("{vwr:main}")
    assert main.look(seen=known).queue == 5


@fault("A key of a room is missing or damaged (Redis, Valkey)", figure="Deleting one key mends it.")
def test_whatever_key_of_a_room_is_damaged_deleting_the_first_is_enough(
    server: Any, main: Room
) -> None:
    def use() -> None:
        main.advance(2)
        (place,) = main.join()
        main.join_as(KNOWN)
        main.end(1), main.renew(2, take_back=True), main.keep_code(place.position, "code")

    main.look()
    use()
    for key in list(server.scan_iter()):
        known = seen(main)
        kind = server.type(key)
        server.delete(key)
        server.rpush(key, "x") if kind != b"list" else server.set(key, "x")
        server.delete("{vwr:main}")
        assert main.look(seen=known).queue == known.queue, key
        use()


def test_namespaces_share_nothing(patient_url: str, main: Room) -> None:
    other = RedisStore(patient_url, "staging")
    with pytest.raises(RoomLost):
        finish(other.join("main", ["place"]))
    finish(other.close())


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
        asks = [ask_of(view, clock()) for view in views]
        found = finish(read_rooms(breaker, store, views, asks))
        snapshots = [room for room in found if isinstance(room, Snapshot)]
        for view, snapshot in zip(views, snapshots, strict=True):
            view.take(snapshot, clock())
        return snapshots

    ids = [snapshot.room_id for snapshot in read()]
    finish(store.join("two", ["place", "place"]))
    finish(store.end("two", "1-2", "completed"))
    clock.pass_by(1)
    assert read()[1].ended == ["1-2"]
    server.flushdb()
    found = read()
    assert [snapshot.room_id for snapshot in found] == ids
    assert [snapshot.ended for snapshot in found] == [[], ["1-2"]]
    assert found[1].queue == 7, "as many may have come to other workers meanwhile, and some more"


def test_forgotten_addresses_leave_nothing_behind(
    server: Any, store: RedisStore, clock: Clock
) -> None:
    finish(store.attempt("one"))
    clock.pass_by(FORGOTTEN + 1)
    finish(store.attempt("other"))
    moments, counts = sorted(server.keys())
    assert server.zrange(moments, 0, -1) == server.hkeys(counts) == [b"*", b"other"]
    assert 0 < server.ttl(moments) <= FORGOTTEN and 0 < server.ttl(counts) <= FORGOTTEN
