"""The ASGI door: requests in hand, until their answers are out."""

import asyncio
import contextvars
from contextlib import nullcontext
from typing import Any

import pytest

from tests.support.asgi import call, nowhere, run, scope_of
from tests.support.clock import Clock
from tests.support.house import House, Shop, Visitor, inside, make_house
from tests.support.visitor import TOKEN
from vwr_middleware.adaptive import Adaptive
from vwr_middleware.blocking import finish
from vwr_middleware.worker.app_load import Meter


@pytest.mark.usefixtures("with_or_without_views")
@pytest.mark.parametrize(
    "last",
    [
        {"type": "http.response.body", "body": b"b"},
        {"type": "http.response.pathsend", "path": "/seats.png"},
        {"type": "http.response.zerocopysend", "file": None},
    ],
    ids=lambda last: str(last["type"]),
)
def test_a_request_counts_as_in_flight_until_its_answer_is_out(
    house: House, last: dict[str, Any]
) -> None:
    known_sessions = house.site.store_access.views["main"].known_sessions
    seen = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(known_sessions.in_hand)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"a", "more_body": True})
        seen.append(known_sessions.in_hand)
        await send(last)
        seen.append(known_sessions.in_hand)  # a task in the background may take long

    visitor = inside(house)
    house.middleware.app = app
    visitor.get()
    assert seen == [{"1-1": 1}, {"1-1": 1}, {}]


@pytest.mark.usefixtures("with_or_without_views")
def test_a_visitor_who_takes_the_last_part_slowly_has_no_request_in_flight(house: House) -> None:
    visitor, seen = inside(house), []
    known_sessions = house.site.store_access.views["main"].known_sessions

    async def send(message: Any) -> None:
        seen.append(known_sessions.in_hand)

    cookies = {"cookie": f"{TOKEN}={visitor.jar[TOKEN]}"}
    finish(run(house.middleware, scope_of("/tickets", cookies), _never, send))
    assert seen == [{"1-1": 1}, {}]


def test_a_newcomers_request_is_over_likewise_and_the_store_hears_of_its_end(house: House) -> None:
    seen: list[object] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        scope["vwr"].complete()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"thanks"})
        seen.append(house.site.store_access.views["main"].known_sessions.in_hand)
        seen.append(house.told("completed"))

    house.middleware.app = app
    house.visitor().open()
    assert seen == [{}, ["1-1"]]


@pytest.mark.usefixtures("with_or_without_views")
def test_an_app_that_fails_is_measured_and_leaves_no_request_in_flight(house: House) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise ZeroDivisionError

    visitor, view = inside(house), house.site.store_access.views["main"]
    house.middleware.app, view.meter = app, Meter(0)
    with pytest.raises(ZeroDivisionError):
        visitor.get()
    load = view.meter.hand_in(0)
    assert (load.arrivals, load.finished, load.errors) == (1, 1, 1)
    assert view.known_sessions.in_hand == {}


@pytest.mark.parametrize("accepts", [True, False])
def test_a_websocket_is_measured_until_the_app_has_decided_about_it(
    clock: Clock, accepts: bool
) -> None:
    house = make_house(clock, inlet=Adaptive(target=0.5, ceiling=50), max_active=50)
    house.pass_by(2)
    visitor = inside(house)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        clock.pass_by(3)
        if not accepts:
            raise ZeroDivisionError
        await send({"type": "websocket.accept"})
        clock.pass_by(30)

    house.middleware.app = app
    meter = house.site.store_access.views["main"].meter
    assert meter is not None
    meter.hand_in(clock())
    with nullcontext() if accepts else pytest.raises(ZeroDivisionError):
        visitor.connect()
    load = meter.hand_in(clock())
    assert (load.finished, load.errors, load.latency) == (1, int(not accepts), 3)


@pytest.mark.usefixtures("with_or_without_views")
def test_an_app_that_fails_since_the_visitor_hangs_up_counts_as_no_error(clock: Clock) -> None:
    house = make_house(clock, inlet=Adaptive(target=0.5, ceiling=50), max_active=50)
    house.pass_by(2)
    visitor = inside(house)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if (await receive())["type"] == "http.disconnect":
            raise ConnectionError

    house.middleware.app = app
    cookies = {"cookie": f"{TOKEN}={visitor.jar[TOKEN]}"}
    meter = house.site.store_access.views["main"].meter
    assert meter is not None
    meter.hand_in(clock())
    with pytest.raises(ConnectionError):
        call(house.middleware, scope_of("/tickets", cookies, "POST"), {"type": "http.disconnect"})
    load = meter.hand_in(clock())
    assert (load.finished, load.errors) == (1, 0)
    clock.pass_by(1)
    assert meter.hand_in(clock()).in_flight == 0


@pytest.mark.usefixtures("with_or_without_views")
@pytest.mark.anyio
async def test_a_cancelled_request_leaves_none_in_flight_and_its_session_ends(
    house: House,
) -> None:
    visitor = inside(house)
    started = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        scope["vwr"].complete()
        started.set()
        await asyncio.sleep(3600)

    house.middleware.app = app
    scope = scope_of("/tickets", {"cookie": f"{TOKEN}={visitor.jar[TOKEN]}"})
    task = asyncio.create_task(run(house.middleware, scope, _never, nowhere))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert house.site.store_access.views["main"].known_sessions.in_hand == {}
    assert house.told("completed") == ["1-1"]


async def _never() -> dict[str, Any]:
    await asyncio.sleep(3600)
    return {}


@pytest.mark.usefixtures("with_or_without_views")
def test_the_slot_is_free_when_the_answer_is_out_and_not_when_the_background_task_is_done(
    house: House,
) -> None:
    slots = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        scope["vwr"].complete()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})
        slots.append(len((await house.store.record("main")).sessions))

    visitor = inside(house)
    house.middleware.app = app
    visitor.get()
    assert slots == [0]


@pytest.mark.usefixtures("with_or_without_views")
def test_a_background_task_can_still_end_the_session(house: House) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await Shop()(scope, receive, send)
        scope["vwr"].abandon()

    visitor = inside(house)
    house.middleware.app = app
    visitor.get()
    assert house.told("abandoned") == ["1-1"]


def test_so_it_is_for_a_visitor_who_is_known_at_sight(house: House) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await Shop()(scope, receive, send)
        scope["vwr"].abandon()

    known_sessions = house.site.store_access.views["main"].known_sessions
    visitor = known(house)
    recognised = known_sessions.recognised
    house.middleware.app = app
    visitor.get()
    assert known_sessions.recognised == recognised + 1
    assert house.told("abandoned") == ["1-1"]


def test_an_app_that_fails_for_one_known_at_sight_leaves_no_request_in_flight(house: House) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise ZeroDivisionError

    known_sessions = house.site.store_access.views["main"].known_sessions
    visitor = known(house)
    recognised = known_sessions.recognised
    house.middleware.app = app
    with pytest.raises(ZeroDivisionError):
        visitor.get()
    assert known_sessions.recognised == recognised + 1
    assert known_sessions.in_hand == {}


def known(house: House) -> Visitor:
    """Somebody who was seen once since the session was confirmed."""
    visitor = inside(house)
    visitor.get()
    return visitor


def test_context_variables_of_the_caller_reach_the_app(house: House) -> None:
    known: contextvars.ContextVar[str] = contextvars.ContextVar("known")
    seen = []
    house.app.on_request = lambda scope: seen.append(known.get())
    known.set("yes")
    inside(house)
    assert seen == ["yes", "yes"]
