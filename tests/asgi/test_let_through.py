"""The ASGI door: the body of a request whose answer is measured."""

import asyncio
from typing import Any

from tests.support.asgi import nowhere, run, scope_of
from tests.support.clock import Clock
from tests.support.house import House, inside, make_house
from tests.support.visitor import TOKEN
from vwr_middleware.adaptive import Adaptive
from vwr_middleware.worker.app_load import Meter


def measured(clock: Clock) -> tuple[House, Meter, dict[str, Any]]:
    """A shop that is measured, and a form that one of those inside sends there."""
    house = make_house(clock, inlet=Adaptive(target=0.5, ceiling=50), max_active=50)
    house.pass_by(2)
    visitor = inside(house)
    meter = house.site.store_access.views["main"].meter
    assert meter is not None
    meter.hand_in(clock())
    return house, meter, scope_of("/tickets", {"cookie": f"{TOKEN}={visitor.jar[TOKEN]}"}, "POST")


def test_an_app_that_looks_for_a_hang_up_while_it_reads_is_measured_as_well(clock: Clock) -> None:
    house, meter, scope = measured(clock)
    meter.begin(clock())  # somebody else's, which is not answered
    is_sent = asyncio.Event()

    async def receive() -> dict[str, Any]:
        await is_sent.wait()
        return {"type": "http.request", "body": b"a=1"}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        reads, looks = [asyncio.create_task(receive()) for _ in range(2)]
        await asyncio.sleep(0)
        looks.cancel()  # as Starlette's request.is_disconnected() does at once
        await asyncio.wait([looks])
        clock.pass_by(30)
        is_sent.set()
        await reads
        clock.pass_by(2)

    house.middleware.app = app
    asyncio.run(run(house.middleware, scope, receive, nowhere))
    load = meter.hand_in(clock())
    assert (load.finished, load.latency, load.in_flight) == (1, 2, 32 + 2)
    clock.pass_by(1)
    assert meter.hand_in(clock()).in_flight == 1


def test_the_app_goes_on_while_it_only_waits_for_the_visitor_to_hang_up(clock: Clock) -> None:
    house, meter, scope = measured(clock)

    async def receive() -> dict[str, Any]:
        if not parts:
            await asyncio.Event().wait()
        clock.pass_by(10)
        return {"type": "http.request", "body": b"a", "more_body": parts.pop()}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        while (await receive())["more_body"]:
            pass
        looks = asyncio.create_task(receive())  # as Starlette does while a response is streamed
        await asyncio.sleep(0)
        clock.pass_by(5)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        looks.cancel()
        await asyncio.wait([looks])

    parts = [False, True]
    house.middleware.app = app
    asyncio.run(run(house.middleware, scope, receive, nowhere))
    load = meter.hand_in(clock())
    assert (load.finished, load.latency) == (1, 5)
