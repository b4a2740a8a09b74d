"""The ASGI door: an open WebSocket is never cut, unless its room is set so."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any

import pytest

from tests.support.asgi import scope_of
from tests.support.clock import Clock
from tests.support.house import House, Visitor, inside, make_house
from tests.support.our_log import our_log
from vwr_middleware.asgi import sockets
from vwr_middleware.errors import StoreUnavailable

Message = MutableMapping[str, Any]
LOOKS = 0.005  # seconds between two looks at the open WebSockets


class Line:
    """A WebSocket between a visitor and the wrapped app, with what went over it."""

    def __init__(self, house: House, visitor: Visitor) -> None:
        self.house, self.visitor = house, visitor
        self.from_visitor: asyncio.Queue[Message] = asyncio.Queue()
        self.from_visitor.put_nowait({"type": "websocket.connect"})
        self.sent: list[Message] = []
        self.heard: list[Message] = []

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept"})
        while True:
            message = await receive()
            self.heard.append(message)
            if message["type"] == "websocket.disconnect":
                await send({"type": "websocket.send", "text": "too late"})
                return
            await send({"type": "websocket.send", "text": "yes"})

    async def _send(self, message: Message) -> None:
        self.sent.append(message)

    async def run(self) -> None:
        cookie = "; ".join(f"{name}={value}" for name, value in self.visitor.jar.items())
        given = {"host": "shop.example", "cookie": cookie}
        self.house.middleware.app = self.app
        scope = scope_of("/tickets/live", given, type="websocket", scheme="ws")
        await self.house.middleware(scope, self.from_visitor.get, self._send)

    async def some_looks(self) -> None:
        for _ in range(10):  # each at least as long as a look; one sleep might end before the next
            await asyncio.sleep(LOOKS)


class Impatient(Line):
    """An app that looks at other things whenever nothing comes."""

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        async def patient() -> Any:
            while True:
                with suppress(TimeoutError):
                    return await asyncio.wait_for(receive(), LOOKS / 5)

        await super().app(scope, patient, send)


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "EVERY", LOOKS)


def house_of(clock: Clock, **settings: Any) -> House:
    return make_house(clock, **{"close_websockets": True, **settings})


def while_open(
    house: House,
    act: Callable[[Line], Awaitable[None]],
    kind: type[Line] = Line,
    visitor: Visitor | None = None,
) -> Line:
    """Open a WebSocket, do something meanwhile, and end it where it still runs."""
    visitor = visitor or inside(house)

    async def play() -> Line:
        line = kind(house, visitor)
        running = asyncio.create_task(line.run())
        await line.some_looks()
        await act(line)
        await line.some_looks()
        if not running.done():
            line.from_visitor.put_nowait({"type": "websocket.disconnect", "code": 1001})
        await asyncio.wait_for(running, 10)
        return line

    return asyncio.run(play())


def closed(line: Line) -> list[int]:
    return [message["code"] for message in line.sent if message["type"] == "websocket.close"]


async def leaves(line: Line) -> None:
    """The visitor leaves, on another connection."""
    answer = await asyncio.to_thread(line.visitor.at(line.house).post, "/vwr/main/leave")
    assert answer.status == 200


async def runs_out(line: Line) -> None:
    line.house.clock.now += 601


async def is_renewed_elsewhere(line: Line) -> None:
    """At another worker of the same store, from which this one hears nothing."""
    other = make_house(line.house.clock, store=line.house.store)
    await asyncio.to_thread(lambda: other.visitor().get("/vwr/main/status"))  # it has run for long
    line.house.clock.now += 400
    there = line.visitor.at(other)
    assert await asyncio.to_thread(lambda: there.open().has_passed)
    line.house.clock.now += 250


@pytest.mark.usefixtures("often", "with_or_without_views")
@pytest.mark.parametrize("end", [leaves, runs_out])
def test_a_websocket_is_closed_when_its_session_is_over(clock: Clock, end: Any) -> None:
    line = while_open(house_of(clock), end)
    assert closed(line) == [4401]
    assert [m["type"] for m in line.sent[-2:]] == ["websocket.send", "websocket.close"]
    assert line.heard[-1] == {"type": "websocket.disconnect", "code": 4401}


@pytest.mark.usefixtures("often")
def test_the_websocket_of_a_visitor_who_is_known_at_sight_is_closed_too(clock: Clock) -> None:
    async def goes(line: Line) -> None:
        pass

    house = house_of(clock)
    visitor = inside(house)
    while_open(house, goes, visitor=visitor)  # the path, and the Cookie header, are known now
    assert closed(while_open(house, leaves, visitor=visitor)) == [4401]


@pytest.mark.usefixtures("often")
@pytest.mark.parametrize("end", [leaves, runs_out])
def test_it_stays_open_unless_the_room_is_set_so(clock: Clock, end: Any) -> None:
    line = while_open(house_of(clock, close_websockets=False), end)
    assert closed(line) == []
    assert line.heard[-1]["code"] == 1001


@pytest.mark.usefixtures("often")
def test_it_stays_open_while_its_session_is_renewed_at_another_worker(clock: Clock) -> None:
    async def act(line: Line) -> None:
        await is_renewed_elsewhere(line)
        await line.some_looks()
        assert closed(line) == []
        line.house.clock.now += 400

    assert closed(while_open(house_of(clock), act)) == [4401]


@pytest.mark.usefixtures("often")
def test_it_stays_open_where_a_request_beside_it_has_confirmed_the_session(clock: Clock) -> None:
    house = house_of(clock)
    visitor = house.visitor()
    assert visitor.open().has_passed
    # The page that this brought asks for data, and opens its socket before the answer is there.
    assert visitor.at(house).get().has_passed

    async def act(line: Line) -> None:
        line.house.clock.now += 100
        await line.some_looks()
        assert closed(line) == []
        line.house.clock.now += 601

    assert closed(while_open(house, act, visitor=visitor)) == [4401]


@pytest.mark.usefixtures("often")
def test_it_stays_open_while_the_store_is_away(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = house_of(clock, outage_grace=3000)

    async def fails(*given: Any) -> Any:
        raise StoreUnavailable("away")

    async def act(line: Line) -> None:
        for name in ("refresh", "knock"):
            monkeypatch.setattr(house.store, name, fails)
        house.clock.now += 700
        await line.some_looks()
        assert closed(line) == []
        house.clock.now += 3000

    assert closed(while_open(house, act)) == [4401]


@pytest.mark.usefixtures("often")
def test_an_app_that_gives_up_waiting_loses_no_message(clock: Clock) -> None:
    async def speaks(line: Line) -> None:
        line.from_visitor.put_nowait({"type": "websocket.receive", "text": "hello"})

    line = while_open(house_of(clock), speaks, Impatient)
    assert [m["type"].partition(".")[2] for m in line.heard] == ["connect", "receive", "disconnect"]


@pytest.mark.usefixtures("often")
def test_an_app_that_only_sends_ends_too(clock: Clock) -> None:
    class Pushing(Line):
        async def app(self, scope: Any, receive: Any, send: Any) -> None:
            await send({"type": "websocket.accept"})
            while True:
                await send({"type": "websocket.send", "text": "news"})
                await asyncio.sleep(LOOKS)

    assert closed(while_open(house_of(clock), leaves, Pushing)) == [4401]


def test_an_app_that_fails_before_the_end_is_heard_of(clock: Clock) -> None:
    house = make_house(clock, close_websockets=True)

    class Failing(Line):
        async def app(self, scope: Any, receive: Any, send: Any) -> None:
            raise ValueError("no such seat")

    with pytest.raises(ValueError, match="no such seat"):
        asyncio.run(Failing(house, inside(house)).run())


@pytest.mark.usefixtures("often")
def test_an_app_may_close_what_is_closed(clock: Clock) -> None:
    ends = []

    class Tidy(Line):
        async def app(self, scope: Any, receive: Any, send: Any) -> None:
            await send({"type": "websocket.accept"})
            while (await receive())["type"] != "websocket.disconnect":
                pass
            await send({"type": "websocket.close", "code": 1000})
            ends.append("orderly")

    assert closed(while_open(house_of(clock), leaves, Tidy)) == [4401]
    assert ends == ["orderly"]


@pytest.mark.usefixtures("often")
def test_one_that_ends_leaves_the_others_looked_after(clock: Clock) -> None:
    house = house_of(clock)
    lines = [Line(house, inside(house)) for _ in range(2)]

    async def play() -> None:
        first, second = [asyncio.create_task(line.run()) for line in lines]
        await lines[0].some_looks()
        lines[0].from_visitor.put_nowait({"type": "websocket.disconnect", "code": 1001})
        await first
        await runs_out(lines[1])
        await asyncio.wait_for(second, 10)

    asyncio.run(play())
    assert [closed(line) for line in lines] == [[], [4401]]


@pytest.mark.usefixtures("often")
def test_one_whose_connection_is_lost_fails_for_nobody_when_its_session_ends(clock: Clock) -> None:
    class Lost(Line):
        async def _send(self, message: Message) -> None:
            if message["type"] == "websocket.close":
                raise OSError("the connection is lost")
            await super()._send(message)

    assert while_open(house_of(clock), runs_out, Lost).heard[-1]["code"] == 4401


@pytest.mark.usefixtures("often")
def test_one_whose_app_is_busy_is_closed_once(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    class Busy(Line):
        async def app(self, scope: Any, receive: Any, send: Any) -> None:
            await send({"type": "websocket.accept"})
            while not closed(self):  # busy until then, however slow the machine is
                await asyncio.sleep(LOOKS)
            await self.some_looks()

    assert closed(while_open(house_of(clock), runs_out, Busy)) == [4401]
    assert not our_log(caplog)


@pytest.mark.usefixtures("often")
def test_a_visitor_who_does_not_answer_the_close_holds_up_nobody_else(clock: Clock) -> None:
    class Silent(Line):
        """The server waits for the other side's farewell, in vain for a while."""

        async def _send(self, message: Message) -> None:
            await super()._send(message)
            if message["type"] == "websocket.close":
                await asyncio.sleep(20 * LOOKS)

    house = house_of(clock)
    lines = [Silent(house, inside(house)), Line(house, inside(house))]

    async def play() -> None:
        running = [asyncio.create_task(line.run()) for line in lines]
        await lines[0].some_looks()
        await runs_out(lines[0])
        await lines[0].some_looks()
        assert [closed(line) for line in lines] == [[4401], [4401]]
        await asyncio.gather(*running)

    asyncio.run(play())


@pytest.mark.usefixtures("often")
def test_nothing_is_left_of_a_websocket_that_is_over(clock: Clock) -> None:
    class Slow(Line):
        """A server that takes a moment to send the close."""

        async def _send(self, message: Message) -> None:
            if message["type"] == "websocket.close":
                await asyncio.sleep(LOOKS)
            await super()._send(message)

    house = house_of(clock)
    line = Slow(house, inside(house))

    async def play() -> None:
        running = asyncio.create_task(line.run())
        await line.some_looks()
        await runs_out(line)
        await asyncio.wait_for(running, 10)
        assert closed(line) == [4401], "it is sent before the server hears that the app is done"
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(play())
