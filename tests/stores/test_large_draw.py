"""A draw among a million: it takes no longer than one among ten, and needs no memory for them."""

import time
from pathlib import Path

import pytest
import redis

from tests.support.clock import Clock
from tests.support.rooms import Room
from vwr_middleware.keys import Keys
from vwr_middleware.papers.drawn_tickets import DrawnTickets
from vwr_middleware.papers.tickets import Ticket
from vwr_middleware.stores import Store

pytestmark = pytest.mark.long
PEOPLE, AT_ONCE = 1_000_000, 10_000


@pytest.mark.parametrize(
    "store_url",
    ["memory", *(pytest.param(n, marks=pytest.mark.thorough) for n in ("sqlite", "redis"))],
    indirect=True,
)
def test_a_million_are_drawn_in_a_moment(store: Store, store_url: str, clock: Clock) -> None:
    room = Room(store, clock, {"draw": True, "opens_at": clock.now + 60, "max_active": 500})
    room.look()
    for _ in range(PEOPLE // AT_ONCE):
        room.join(AT_ONCE)
    polled = tuple(range(1, 1001))
    room.look(*polled)
    before = kept(store_url)
    clock.pass_by(60)
    began = time.perf_counter()
    after = room.look()
    took = time.perf_counter() - began
    assert (after.drawn, after.queue, after.generation) == (PEOPLE, PEOPLE, 2)
    print(
        f"{store_url.partition(':')[0]}: {1000 * took:.1f} ms, {kept(store_url) - before:,} bytes"
    )
    assert took < 1.0
    assert kept(store_url) - before < 100_000
    tickets = DrawnTickets(Keys(["a key"], "vwr"), "main")
    began = time.perf_counter()
    places = {
        tickets.of(after, Ticket(after.room_id, 1, number, 0)).position
        for number in range(1, PEOPLE, 50)
    }
    each = (time.perf_counter() - began) / len(places)
    print(f"a place: {1e6 * each:.1f} us")
    assert len(places) == PEOPLE // 50


def kept(store_url: str) -> int:
    """The bytes that a store of this kind takes, where that can be seen."""
    kind, _, rest = store_url.partition(":")
    if kind == "sqlite":
        path = Path(rest.removeprefix("///"))
        return sum(file.stat().st_size for file in path.parent.glob(path.name + "*"))
    if kind in ("redis", "unix"):
        with redis.Redis.from_url(store_url) as client:
            return int(client.info("memory")["used_memory"])
    return 0
