"""Workers whose store falls back, as where a replica that lags takes over."""

from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.clock import Clock
from tests.support.faults import fault
from tests.support.house import make_house
from tests.support.our_log import our_log
from tests.support.rooms import Room, seen_in
from vwr_middleware.blocking import finish
from vwr_middleware.inlet import Manual
from vwr_middleware.line.messages import Seen
from vwr_middleware.stores.memory.store import MemoryStore

LIMIT = 2

#: What people do: they come, or one of those inside is done or goes on, by number.
actions = st.sampled_from(["come", "come", "done", "goes on"])
steps = st.lists(st.tuples(actions, st.integers(0, 1)), max_size=6)


class Crowd:
    """A room, and who in truth is inside."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.store = MemoryStore(self.clock)
        self.room = Room(self.store, self.clock, {"max_active": LIMIT})
        self.inside: list[int] = []
        self.read()

    def read(self) -> Seen:
        """A worker reads the room."""
        self.room.seen = seen_in(self.room.look())
        return self.room.seen

    def do(self, what: str, number: int) -> None:
        """One step. Whoever is inside is never refused."""
        if what == "come":
            (turn,) = self.room.arrive(["enter"])
            if turn.verdict == "entered":
                self.inside.append(turn.position)
        elif self.inside:
            position = self.inside[number % len(self.inside)]
            if what == "goes on":
                assert self.room.renew(position).verdict == "entered"
            else:
                assert self.room.end(position)
                self.inside.remove(position)


@fault(
    "A replica takes over that had not heard the last",
    inside="Go on; never more than the limit.",
)
@given(before=steps, unheard=steps, after=steps)
def test_a_replica_that_takes_over_lets_in_no_more_than_the_limit(
    before: list[tuple[str, int]],
    unheard: list[tuple[str, int]],
    after: list[tuple[str, int]],
) -> None:
    crowd = Crowd()
    for step in before:
        crowd.do(*step)
    replica = deepcopy(crowd.store._kept)
    for step in unheard:
        crowd.do(*step)
    crowd.read()
    crowd.store._kept = replica
    for step in after:
        crowd.do(*step)
        assert len(crowd.inside) <= LIMIT
        assert len(set(crowd.inside)) == len(crowd.inside)
        crowd.read()
    for position in crowd.inside:
        assert crowd.room.renew(position).verdict == "entered"


def test_the_log_tells_of_a_replica_where_one_that_lagged_has_taken_over(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    store = MemoryStore(clock)
    house = make_house(clock, store=store)
    house.visitor().open()
    replica = deepcopy(store._kept)
    house.visitor().open()
    store._kept = replica
    house.pass_by(1)
    (told,) = our_log(caplog)
    assert "no replica has taken over" in told


def test_whom_a_worker_let_in_just_before_the_store_fell_back_keeps_the_slot(clock: Clock) -> None:
    store = MemoryStore(clock)
    house = make_house(clock, store=store, max_active=1)
    visitor, other = house.visitor(), house.visitor()
    house.visitor().get("/vwr/main/status")
    replica = deepcopy(store._kept)
    assert visitor.open().has_passed
    store._kept = replica
    assert other.open().status == 202
    assert visitor.open().has_passed
    house.pass_by(5)
    assert visitor.open().has_passed
    assert other.open().status == 202
    visitor.post("/vwr/main/leave")
    house.pass_by(5)
    assert other.open().has_passed


def test_a_session_whose_confirmation_was_lost_with_the_store_goes_on(clock: Clock) -> None:
    store = MemoryStore(clock)
    house = make_house(clock, store=store, max_active=1, session_seconds=600, confirm_within=60)
    visitor, other = house.visitor(), house.visitor()
    assert visitor.open().has_passed
    replica = deepcopy(store._kept)
    assert visitor.open().has_passed
    store._kept = replica
    for _ in range(2):
        house.pass_by(320)
        assert visitor.open().has_passed
    assert other.open().status == 202


def test_a_session_that_was_ended_is_not_taken_back_by_its_token(clock: Clock) -> None:
    store = MemoryStore(clock)
    one, other = (make_house(clock, store=store, max_active=1) for _ in range(2))
    visitor = one.visitor()
    assert visitor.open().has_passed
    assert visitor.open().has_passed
    clock.pass_by(320)
    assert finish(store.end("main", "1-1", "revoked"))
    other.site.store_access.views["main"].ended.clear()
    visitor.house = other
    assert not visitor.open().has_passed


def test_whoever_was_let_in_just_before_is_inside_at_every_worker(clock: Clock) -> None:
    store = MemoryStore(clock)
    one, other = (make_house(clock, store=store, inlet=Manual()) for _ in range(2))
    visitor = one.visitor()
    assert visitor.open().status == 202
    other.pass_by(1)
    replica = deepcopy(store._kept)
    finish(store.advance("main", 1))
    one.pass_by(1)
    assert visitor.open().has_passed
    store._kept = replica
    visitor.house = other
    assert visitor.open().has_passed
    other.pass_by(320)
    assert visitor.open().has_passed


def test_what_ends_before_any_worker_has_read_the_replica_is_over_at_each(clock: Clock) -> None:
    store = MemoryStore(clock)
    houses = [make_house(clock, store=store) for _ in range(2)]
    visitors = [houses[0].visitor() for _ in range(3)]
    assert all(visitor.open().has_passed and visitor.open().has_passed for visitor in visitors)
    replica = deepcopy(store._kept)
    for session in ("1-1", "1-2"):
        assert finish(store.end("main", session, "revoked"))
    for house in houses:
        house.pass_by(1)
    store._kept = replica
    assert finish(store.end("main", "1-3", "revoked"))
    for house in houses:
        house.pass_by(1)
    for house in houses:
        visitors[2].house = house
        assert not visitors[2].open().has_passed
