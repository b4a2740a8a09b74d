"""Every store does exactly what the rule in memory does, step by step, down to the last number."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.support.agreement import Walk
from tests.support.cases import cases
from tests.support.clock import Clock
from tests.support.rooms import config, seen_in
from vwr_middleware.blocking import finish
from vwr_middleware.line.drawn_lanes import drawn_lanes
from vwr_middleware.line.messages import Knock, Place, Seen
from vwr_middleware.stores import Store
from vwr_middleware.stores.memory.store import MemoryStore
from vwr_middleware.stores.opening import open_store


@pytest.fixture
def other(shared_url: str, clock: Clock) -> Iterator[Store]:
    store = open_store(shared_url, clock=clock)
    yield store
    finish(store.close())


@pytest.mark.parametrize("seed", cases(range(20), usual=range(2)))
def test_a_store_gives_the_answers_of_the_rule_in_memory(
    other: Store, seed: int, clock: Clock
) -> None:
    Walk(seed, clock, [MemoryStore(clock), other]).run(250)


@pytest.mark.parametrize("seed", cases(range(40), usual=range(1)))
def test_a_store_keeps_lanes_as_the_rule_in_memory(other: Store, seed: int, clock: Clock) -> None:
    walk = Walk(seed, clock, [MemoryStore(clock), other])
    walk.config |= {"lanes": {"vip": 0.3, "a": 0.25}, "mode": "auto", "counts_unheard": False}
    walk.refresh()
    walk.arrive(["place"] * 300, lanes=["", "vip", "", "a"] * 75)
    walk.refresh()
    assert walk.now_read.layout
    walk.run(120)


@pytest.mark.parametrize("seed", cases(range(40), usual=range(1)))
def test_a_store_draws_in_lanes_as_the_rule_in_memory(
    other: Store, seed: int, clock: Clock
) -> None:
    walk = Walk(seed, clock, [MemoryStore(clock), other])
    lanes = {"vip": 0.3, "a": 0.25}
    walk.config = config(draw=True, opens_at=clock() + 20, lanes=lanes, day_log=300)
    walk.refresh(seen=None)
    for shares in ({"vip": 0.1, "b-1": 0.5}, {"vip": 0.3, "a": 0.25, "a-b": 0.05}):
        walk.arrive(["place"] * 120, walk.identities(120), ["", "vip", "a-b", "a", "b-1"] * 24)
        walk.leave()
        walk.subscribe()
        set_shares(walk, shares)
    clock.pass_by(20)
    walk.refresh(seen=None)
    assert len(drawn_lanes(walk.now_read.draw_lanes).counts) == 4
    walk.day()
    walk.run(60)
    walk.day()


def set_shares(walk: Walk, shares: dict[str, float]) -> None:
    walk.both("shares", lambda store, _: store.change("main", {"lanes": shares}))


def test_a_store_looks_as_far_back_as_the_rule_in_memory(other: Store, clock: Clock) -> None:
    walk = Walk(0, clock, [MemoryStore(clock), other])
    walk.config = config(max_active=700, mode="queue")
    walk.refresh()
    walk.arrive(["place"] * 6000)
    for second in range(8):
        clock.pass_by(1)
        walk.refresh(present=range(1, 6001), generation=1, seen=None)
        for position in range(1 + 60 * second, 61 + 60 * second):
            enter(walk, position)
            if position % 3 == 0:
                complete(walk, position)
    assert walk.now_read.horizon > walk.now_read.serving + 1000


def enter(walk: Walk, position: int) -> None:
    walk.both("claim", lambda store, _: store.claim("main", Place(1, position), 2.0))


def complete(walk: Walk, position: int) -> None:
    walk.both("end", lambda store, _: store.end("main", f"1-{position}", "completed"))


def test_a_store_forgets_ended_sessions_as_the_rule_in_memory(other: Store, clock: Clock) -> None:
    walk = Walk(0, clock, [MemoryStore(clock), other])
    walk.config = config(max_active=1, session_seconds=100, outage_grace=300)
    walk.refresh()
    listed = []
    for position in range(1, 81):
        walk.arrive(["place"])
        complete(walk, position)
        clock.pass_by(12.5)
        walk.refresh(ended_after=0, seen=None)
        listed.append(len(walk.now_read.ended))
    kept = listed[28:]  # whose first tokens, of a minute, may be of use in an outage still
    assert min(kept) >= 28 and max(kept) <= 30


def test_a_store_counts_who_comes_late_as_the_rule_in_memory(other: Store, clock: Clock) -> None:
    walk = Walk(0, clock, [MemoryStore(clock), other])
    walk.config = config(max_active=100, mode="queue")
    walk.refresh()
    walk.arrive(["place"] * 600)
    walk.refresh(present=range(1, 601), generation=1, seen=None)
    clock.pass_by(5)
    for position in range(1, 101):
        enter(walk, position)
    for position in range(1, 61):
        complete(walk, position)
    walk.refresh(present=range(101, 601), generation=1, seen=None)
    clock.pass_by(16)  # nobody of these has come
    before = walk.now_read.serving
    knocks = [Knock(position, 2.0) for position in range(101, 121)]
    walk.refresh(present=range(201, 601), generation=1, seen=None, knocks=knocks)
    assert before < walk.now_read.serving < 600


def test_a_store_calls_at_a_scheduled_opening_as_the_rule_in_memory(
    other: Store, clock: Clock
) -> None:
    walk = Walk(0, clock, [MemoryStore(clock), other])
    walk.config = config(max_active=10, opens_at=clock() + 30)
    walk.refresh()
    walk.arrive(["place"] * 40)
    for _ in range(36):  # the first ten have gone, those behind them poll on
        clock.pass_by(1)
        walk.refresh(present=range(11, 41), generation=1, seen=None)
    assert walk.now_read.serving > 20, "who did not come is not waited for any longer"


def test_a_store_rebuilds_a_room_as_the_rule_in_memory(other: Store, clock: Clock) -> None:
    walk = Walk(3, clock, [MemoryStore(clock), other])
    ended = ["2-7", "3-12", "3-41", "3-39"]
    seen = Seen("f" * 16, 3, 50, 40, 9)
    walk.refresh(seen=seen, ended=None)
    walk.refresh(seen=seen, ended=ended, ended_after=17)
    assert walk.now_read.ended == ended
    walk.run(120)


@pytest.mark.parametrize("number", ["generation", "queue", "serving", "claimed"])
def test_a_store_is_lifted_by_each_number_alone_as_the_rule_in_memory(
    other: Store, clock: Clock, number: str
) -> None:
    walk = Walk(2, clock, [MemoryStore(clock), other])
    walk.config = config(max_active=3)
    walk.refresh()
    walk.arrive(["place"] * 30)
    walk.refresh(generation=1)
    seen = seen_in(walk.now_read)
    further = seen_in(walk.now_read, **{number: getattr(seen, number) + 5})
    walk.both(
        f"lift {number}",
        lambda store, known: store.join("main", ["ticket"], known),
        lambda room: replace(further, room_id=room),
    )
    clock.pass_by(1)
    walk.refresh(generation=1)
    assert walk.now_read.rebuilt_until > clock()


def test_a_store_that_fell_back_hears_who_has_ended_as_the_rule_in_memory(
    other: Store, clock: Clock
) -> None:
    walk = Walk(1, clock, [MemoryStore(clock), other])
    walk.config = config(max_active=20)
    walk.refresh()
    walk.arrive(["place"] * 30)
    walk.refresh(generation=1)
    walk.hear_of([f"1-{position}" for position in (2, 3, 5, 8, 22, 26)], more=0)
    assert walk.now_read.active == 20, "others have begun since, which the store has forgotten"
    walk.hear_of(["1-11", "1-12"], more=3)
    walk.hear_of(["1-13", "1-14"], more=-1)
    walk.run(60)
