"""The ASGI door: what the app is given, and what becomes of what it gives."""

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.asgi import NAVIGATION, Answer, acall, call, scope_of
from tests.support.clock import Clock
from tests.support.house import House, Shop, inside, make_house
from tests.support.visitor import TOKEN
from vwr_middleware.asgi import WaitingRoomMiddleware

SECRET = "a secret of the tests, long enough"


@pytest.mark.parametrize("store", ["memory://", "sqlite:///{}/room.sqlite3"])
def test_a_crowd_that_comes_in_one_turn_of_the_loop_is_one_step_of_a_blocking_store(
    store: str, tmp_path: Any, shop: Shop
) -> None:
    middleware = WaitingRoomMiddleware(
        shop, secret_key=SECRET, paths="/tickets", max_active=1, store=store.format(tmp_path)
    )
    joined: list[Any] = []
    ask = middleware.site.store.join

    def join(room_name: str, kinds: Any, *others: Any) -> Any:
        joined.append(kinds)
        return ask(room_name, kinds, *others)

    middleware.site.store.join = join  # type: ignore[assignment,method-assign]

    async def crowd() -> list[Answer]:
        await acall(middleware, scope_of("/tickets", NAVIGATION))  # who is let in at once
        asks = [acall(middleware, scope_of("/tickets", NAVIGATION)) for _ in range(20)]
        return await asyncio.gather(*asks)

    answers = asyncio.run(crowd())
    assert joined[1:] == [["place"] * 20]
    numbers = [re.search(rb'"position":(\d+)', answer.body) for answer in answers]
    assert [int(found[1]) for found in numbers if found] == [*range(2, 22)]
    assert len({answer.header("set-cookie") for answer in answers}) == 20


def test_an_unprotected_path_is_left_alone(house: House, shop: Shop) -> None:
    shop.headers = [("Cache-Control", "public, max-age=60"), ("X-Kept", "1")]
    for _ in range(2):  # looked at anew, and known
        answer = house.visitor().get("/about")
        assert answer.pairs == [("cache-control", "public, max-age=60"), ("x-kept", "1")]
        assert shop.scopes[-1]["vwr"] is None


def test_of_two_waiting_rooms_around_one_app_the_inner_one_does_not_hide_a_session(
    clock: Clock, shop: Shop
) -> None:
    inner = make_house(clock, shop, paths="/vip", namespace="vip", prefix="/vip/vwr")
    outer = make_house(clock, inner.middleware)
    for _ in range(2):  # looked at anew, and known
        assert outer.visitor().open().has_passed
        assert shop.scopes[-1]["vwr"].room == "main"
    assert outer.visitor().open("/vip").has_passed
    assert shop.scopes[-1]["vwr"].position == 1
    assert shop.scopes[-1]["vwr.site"] is inner.site
    switched_off = make_house(clock, shop, enabled=False)
    assert make_house(clock, switched_off.middleware).visitor().open().has_passed
    assert shop.scopes[-1]["vwr"].room == "main"


def test_headers_that_can_be_gone_through_only_once_are_fine(house: House) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        def headers() -> Iterator[tuple[bytes, bytes]]:
            yield b"content-type", b"text/plain"

        await send({"type": "http.response.start", "status": 200, "headers": headers()})
        await send({"type": "http.response.body", "body": b"the shop"})

    house.middleware.app = app
    visitor = house.visitor()
    assert visitor.open().header("content-type") == "text/plain"
    visitor.open()
    answer = call(
        house.middleware, scope_of("/tickets", {"cookie": f"{TOKEN}={visitor.jar[TOKEN]}"})
    )
    assert answer.header("content-type") == "text/plain"


def test_messages_that_we_do_not_know_pass_as_they_are(house: House) -> None:
    messages = [
        {"type": "http.response.early_hint", "links": [b"</a>; rel=preload"]},
        {"type": "http.response.start", "status": 200, "headers": [], "trailers": True},
        {"type": "http.response.push", "path": "/b", "headers": []},
        {"type": "http.response.body", "body": b"a", "more_body": True},
        {"type": "http.response.body", "body": b""},
        {"type": "http.response.trailers", "headers": [(b"x", b"y")], "more_trailers": False},
        {"type": "http.response.pathsend", "path": "/dev/null"},
    ]

    async def app(scope: Any, receive: Any, send: Any) -> None:
        for message in messages:
            await send(message)

    visitor = inside(house)
    house.middleware.app = app
    assert visitor.get().messages == messages


def test_a_scope_of_another_kind_passes(house: House) -> None:
    reached = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        reached.append(scope)

    house.middleware.app = app
    call(house.middleware, {"type": "telepathy"})
    assert reached == [{"type": "telepathy"}]
