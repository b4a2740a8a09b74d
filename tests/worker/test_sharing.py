"""Requests of one worker share round trips."""

import asyncio
from collections.abc import Sequence
from weakref import WeakSet

import pytest

from vwr_middleware.blocking import finish
from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.line.messages import JoinKind, Turn
from vwr_middleware.stores.redis import urls
from vwr_middleware.stores.sqlite.connection import PATIENCE
from vwr_middleware.worker import sharing
from vwr_middleware.worker.sharing import InPlace, InTasks, InTurns, JoinParameters

Kind = type[InTasks] | type[InTurns]


class Trips:
    """Notes every round trip; `delay` is how long each takes."""

    def __init__(self, delay: float = 0.0) -> None:
        self.delay = delay
        self.refreshes = 0
        self.joins: list[tuple[str, list[JoinKind]]] = []
        self.identities: list[Sequence[str]] = []
        self.lanes: list[Sequence[str]] = []
        self.tasks: WeakSet[object] = WeakSet()
        self.error: Exception | None = None

    async def refresh(self) -> None:
        self.refreshes += 1
        await self._take()

    async def join(
        self,
        room_name: str,
        kinds: Sequence[JoinKind],
        identities: Sequence[str],
        lanes: Sequence[str] = (),
    ) -> list[Turn]:
        self.lanes.append(lanes)
        self.joins.append((room_name, [*kinds]))
        self.identities.append(identities)
        await self._take()
        return [Turn("waiting", 0.0, position=i + 1) for i in range(len(kinds))]

    async def _take(self) -> None:
        if self.delay:
            self.tasks.add(asyncio.current_task())
            await asyncio.sleep(self.delay)
        if self.error is not None:
            raise self.error


@pytest.mark.parametrize("kind", [InTasks, InTurns])
def test_joins_of_one_turn_of_the_loop_share_a_round_trip(kind: Kind) -> None:
    trips = Trips()

    async def crowd() -> list[int]:
        sharing = kind(trips.refresh, trips.join)
        turns = await asyncio.gather(
            sharing.join("main", "place"),
            sharing.join("main", "enter"),
            sharing.join("vip", "ticket"),
        )
        return [turn.position for turn in turns]

    assert asyncio.run(crowd()) == [1, 2, 1]
    assert trips.joins == [("main", ["place", "enter"]), ("vip", ["ticket"])]


@pytest.mark.parametrize("kind", [InTasks, InTurns])
def test_everybody_of_a_round_trip_joins_as_who_they_are(kind: Kind) -> None:
    trips = Trips()

    async def crowd() -> None:
        sharing = kind(trips.refresh, trips.join)
        gone = asyncio.create_task(sharing.join("main", "place", JoinParameters("gone")))
        others = [
            asyncio.create_task(sharing.join("main", "enter")),
            asyncio.create_task(sharing.join("main", "ticket", JoinParameters("ann"))),
            asyncio.create_task(sharing.join("vip", "ticket")),
        ]
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.gather(*others)

    asyncio.run(crowd())
    assert trips.joins == [("main", ["enter", "ticket"]), ("vip", ["ticket"])]
    assert trips.identities == [("", "ann"), ()]


@pytest.mark.parametrize("kind", [InPlace, InTurns])
def test_a_thread_without_a_loop_joins_as_who_it_asks_for(kind: type[InPlace]) -> None:
    trips = Trips()
    sharing = kind(trips.refresh, trips.join)
    finish(sharing.join("main", "place", JoinParameters("ann", "vip")))
    finish(sharing.join("main", "place"))
    assert trips.identities == [("ann",), ()]
    assert trips.lanes == [("vip",), ()]


def test_who_joins_while_others_are_under_way_shares_the_next_trip(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sharing, "GATHER_MOST", 60.0)
    trips = Trips(delay=0.002)

    async def crowd() -> None:
        sharing = InTasks(trips.refresh, trips.join)
        first = asyncio.create_task(sharing.join("main", "place"))
        later = []
        for _ in range(5):
            await asyncio.sleep(0)
            later.append(asyncio.create_task(sharing.join("main", "place")))
        await asyncio.wait_for(asyncio.gather(first, *later), 10)
        await asyncio.sleep(0)
        assert not trips.tasks, "one is kept for each trip, for ever"
        await asyncio.wait_for(sharing.join("main", "place"), 10)  # nobody is under way

    asyncio.run(crowd())
    assert sum(len(kinds) for _, kinds in trips.joins) == 7
    assert len(trips.joins) <= 4


def test_nobody_waits_for_a_trip_that_does_not_come_back() -> None:
    trips = Trips(delay=30)

    async def crowd() -> Turn:
        sharing = InTasks(trips.refresh, trips.join)
        lost = asyncio.create_task(sharing.join("main", "place"))
        await asyncio.sleep(0.001)
        trips.delay = 0.0
        turn = await asyncio.wait_for(sharing.join("main", "place"), 5)
        lost.cancel()
        return turn

    assert asyncio.run(crowd()).position == 1


@pytest.mark.parametrize("kind", [InTasks, InTurns])
def test_who_hangs_up_before_the_store_is_asked_takes_no_place(kind: Kind) -> None:
    trips = Trips()

    async def crowd() -> None:
        sharing = kind(trips.refresh, trips.join)
        for others in (), (sharing.join("main", "enter"),):
            one = asyncio.create_task(sharing.join("main", "place"))
            with_it = [asyncio.create_task(other) for other in others]
            await asyncio.sleep(0)
            one.cancel()
            with pytest.raises(asyncio.CancelledError):
                await one
            assert [(await other).position for other in with_it] == [1] * len(others)
        assert (await sharing.join("main", "ticket")).position == 1

    asyncio.run(crowd())
    assert trips.joins == [("main", ["enter"]), ("main", ["ticket"])]


@pytest.mark.parametrize("kind", [InTasks, InTurns])
def test_an_error_reaches_everybody_who_shares_the_trip(kind: Kind) -> None:
    trips = Trips()
    trips.error = StoreUnavailable("gone")

    async def crowd() -> list[object]:
        sharing = kind(trips.refresh, trips.join)
        waiting = [sharing.join("main", "place") for _ in range(3)]
        return await asyncio.gather(*waiting, return_exceptions=True)

    assert asyncio.run(crowd()) == [trips.error] * 3


def test_who_hangs_up_while_the_store_is_asked_does_not_take_the_others_along() -> None:
    trips = Trips(delay=0.01)

    async def crowd() -> Turn:
        sharing = InTasks(trips.refresh, trips.join)
        one = asyncio.create_task(sharing.join("main", "place"))
        other = asyncio.create_task(sharing.join("main", "place"))
        await asyncio.sleep(0.001)
        one.cancel()
        return await other

    assert asyncio.run(crowd()).position == 2


def test_one_refresh_serves_all_who_wait_for_it() -> None:
    trips = Trips(delay=0.01)

    async def crowd() -> None:
        sharing = InTasks(trips.refresh, trips.join)
        sharing.refresh_soon()
        await asyncio.sleep(0)
        assert trips.refreshes == 1, "it has begun behind the answer"
        await asyncio.gather(*(sharing.refreshed() for _ in range(20)))

    asyncio.run(crowd())
    assert trips.refreshes == 1


def test_nobody_waits_long_for_a_refresh_and_an_error_is_kept_quiet() -> None:
    trips = Trips(delay=30)

    async def one() -> None:
        sharing = InTasks(trips.refresh, trips.join)
        await asyncio.wait_for(sharing.refreshed(), 5)
        trips.error, trips.delay = StoreUnavailable("gone"), 0.0
        await InTasks(trips.refresh, trips.join).refreshed()

    asyncio.run(one())


def test_a_loop_that_ended_with_work_undone_does_not_stop_the_next() -> None:
    trips = Trips(delay=30)
    sharing = InTasks(trips.refresh, trips.join)
    loop = asyncio.new_event_loop()
    undone = [
        loop.create_task(sharing.refreshed()),
        loop.create_task(sharing.join("main", "place")),
    ]
    loop.call_soon(loop.stop)
    loop.run_forever()
    trips.delay = 0.0

    async def go_on() -> Turn:
        await asyncio.wait_for(sharing.refreshed(), 5)
        return await asyncio.wait_for(sharing.join("main", "place"), 5)

    assert asyncio.run(go_on()).position == 1
    tasks = [*undone, *asyncio.all_tasks(loop)]
    for task in tasks:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
    loop.close()


def test_a_thread_without_a_loop_joins_in_place() -> None:
    trips = Trips()
    sharing = InTurns(trips.refresh, trips.join)
    assert finish(sharing.join("main", "place")).position == 1
    assert trips.joins == [("main", ["place"])]


def test_in_place_a_refresh_is_done_at_once() -> None:
    trips = Trips()
    sharing = InPlace(trips.refresh, trips.join)
    sharing.refresh_soon()
    finish(sharing.refreshed())
    assert trips.refreshes == 2
    assert finish(sharing.join("main", "place")).position == 1


def test_in_place_an_outage_is_kept_quiet() -> None:
    trips = Trips()
    trips.error = StoreUnavailable("gone")
    sharing = InPlace(trips.refresh, trips.join)
    sharing.refresh_soon()
    finish(sharing.refreshed())
    with pytest.raises(StoreUnavailable):
        finish(sharing.join("main", "place"))
    assert trips.refreshes == 2


@pytest.mark.parametrize("kind", [InTasks, InTurns, InPlace])
@pytest.mark.parametrize("error", [None, StoreUnavailable("gone")])
def test_only_the_first_refresh_of_a_worker_is_waited_for_while_it_makes_a_connection(
    kind: type[InTasks | InTurns | InPlace], error: StoreUnavailable | None
) -> None:
    trips = Trips()
    trips.error = error
    shared = kind(trips.refresh, trips.join)
    assert shared.wait_most == pytest.approx(0.2)
    asyncio.run(shared.refreshed())
    assert shared.wait_most == 0.05


def test_a_refresh_is_waited_for_as_long_as_for_its_store() -> None:
    trips = Trips()
    shared = InTasks(trips.refresh, trips.join, patience=0.3)
    asyncio.run(shared.refreshed())
    assert shared.wait_most == 0.3


def test_no_request_waits_longer_for_a_store_than_the_readme_says() -> None:
    assert sharing.WAIT_MOST == PATIENCE == urls.PATIENCE == 0.05
