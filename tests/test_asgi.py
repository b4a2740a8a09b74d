"""The ASGI door: what passes, what is added, and what is left alone."""

import asyncio
import contextvars
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.asgi import (
    NAVIGATION,
    Answer,
    House,
    Shop,
    Visitor,
    acall,
    call,
    make_house,
    scope_of,
)
from tests.support.clock import Clock
from vwr_middleware.asgi import WaitingRoomMiddleware
from vwr_middleware.blocking import finish
from vwr_middleware.errors import ConfigurationError

TICKET, TOKEN = "vwr_main", "vwr_main_token"
SECRET = "a secret of the tests, long enough"


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def house(clock: Clock, shop: Shop) -> House:
    return make_house(clock, shop, max_active=1)


def inside(house: House) -> Visitor:
    visitor = house.visitor()
    assert visitor.open().has_passed
    assert visitor.open().has_passed
    return visitor


@pytest.mark.parametrize("store", ["memory://", "sqlite:///{}/room.sqlite3"])
def test_a_crowd_that_comes_in_one_turn_of_the_loop_is_one_step_of_a_blocking_store(
    store: str, tmp_path: Any, shop: Shop
) -> None:
    middleware = WaitingRoomMiddleware(
        shop, secret_key=SECRET, paths="/tickets", max_active=1, store=store.format(tmp_path)
    )
    joined: list[str] = []
    ask = middleware.site.store.join

    def join(room: str, kinds: Any, seen: Any = None) -> Any:
        joined.append("".join(kinds))
        return ask(room, kinds, seen)

    middleware.site.store.join = join  # type: ignore[method-assign]

    async def crowd() -> list[Answer]:
        await acall(middleware, scope_of("/tickets", NAVIGATION))  # who is let in at once
        asks = [acall(middleware, scope_of("/tickets", NAVIGATION)) for _ in range(20)]
        return await asyncio.gather(*asks)

    answers = asyncio.run(crowd())
    assert joined[1:] == ["p" * 20]
    numbers = [re.search(rb'"position":(\d+)', answer.body) for answer in answers]
    assert [int(found[1]) for found in numbers if found] == [*range(2, 22)]
    assert len({answer.header("set-cookie") for answer in answers}) == 20


# What the app is given and what it gives.


def test_an_unprotected_path_is_left_alone(house: House, shop: Shop) -> None:
    shop.headers = [("Cache-Control", "public, max-age=60"), ("X-Kept", "1")]
    answer = house.visitor().get("/about")
    assert answer.pairs == [("cache-control", "public, max-age=60"), ("x-kept", "1")]
    assert shop.scopes[-1]["vwr"] is None


def test_the_app_finds_the_session_of_an_admitted_visitor(house: House, shop: Shop) -> None:
    inside(house)
    session = shop.scopes[-1]["vwr"]
    assert (session.id, session.room, session.position, session.generation) == ("1-1", "main", 1, 1)
    assert session.seconds_left == pytest.approx(600)
    assert shop.scopes[0]["vwr"].is_new
    assert not session.is_new


def test_with_the_middleware_switched_off_everybody_passes(clock: Clock, shop: Shop) -> None:
    house = make_house(clock, shop, enabled=False)
    for _ in range(3):
        answer = house.visitor().open()
        assert answer.has_passed
        assert answer.pairs == []
    assert shop.scopes[-1]["vwr"] is None


def test_of_two_waiting_rooms_around_one_app_the_inner_one_does_not_hide_a_session(
    clock: Clock, shop: Shop
) -> None:
    inner = make_house(clock, shop, paths="/vip", namespace="vip")
    outer = make_house(clock, inner.middleware)
    assert outer.visitor().open().has_passed
    assert shop.scopes[-1]["vwr"].room == "main"
    assert outer.visitor().open("/vip").has_passed
    assert shop.scopes[-1]["vwr"].position == 1
    assert shop.scopes[-1]["vwr.site"] is inner.site


def test_two_middlewares_in_one_process_keep_their_visitors_apart(clock: Clock) -> None:
    one = make_house(clock, max_active=1)
    two = make_house(clock, max_active=1)
    assert one.visitor().open().has_passed
    assert two.visitor().open().has_passed
    assert one.visitor().open().status == 202


def test_a_cookie_makes_the_response_private(house: House, shop: Shop) -> None:
    shop.headers = [
        ("Cache-Control", "public, s-maxage=60, max-age=30"),
        ("Surrogate-Control", "max-age=60"),
        ("CDN-Cache-Control", "max-age=60"),
        ("Set-Cookie", "theirs=1"),
    ]
    answer = house.visitor().open()
    assert answer.header("cache-control") == "private, max-age=30"
    assert answer.all("surrogate-control") == answer.all("cdn-cache-control") == []
    assert set(answer.cookies) == {"theirs", TOKEN, TICKET}


def test_a_renewal_waits_for_a_response_that_no_cache_shares(house: House, shop: Shop) -> None:
    visitor = inside(house)
    shop.headers = [("Cache-Control", "public, max-age=60")]
    house.pass_by(301)
    answer = visitor.get("/tickets/style.css")
    assert answer.pairs == [("cache-control", "public, max-age=60")]
    shop.headers = []
    house.pass_by(6)
    assert TOKEN in visitor.get().cookies


def test_a_renewal_does_not_wait_beyond_three_quarters_of_the_tokens_life(
    house: House, shop: Shop
) -> None:
    visitor = inside(house)
    shop.headers = [("Cache-Control", "public, max-age=60")]
    house.pass_by(460)
    answer = visitor.get("/tickets/style.css")
    assert TOKEN in answer.cookies
    assert answer.header("cache-control") == "private, max-age=60"


def test_a_public_response_ends_no_session_since_a_cache_could_replay_it(
    house: House, shop: Shop
) -> None:
    visitor = inside(house)
    shop.headers = [("VWR-Session", "completed"), ("Cache-Control", "public, max-age=60")]
    assert visitor.open().all("vwr-session") == []
    shop.headers = []
    assert visitor.open().has_passed


@pytest.mark.parametrize("value", ["Completed", " abandoned ", "nonsense", ""])
def test_the_header_that_ends_a_session_never_leaves(house: House, shop: Shop, value: str) -> None:
    visitor = inside(house)
    shop.headers = [("vWR-sESSION", value), ("X-Kept", "1")]
    assert visitor.open().pairs == [("x-kept", "1")]
    shop.headers = []
    assert visitor.open().has_passed == (value not in ("Completed", " abandoned "))


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


def test_an_admitted_upload_reaches_the_app_unread(house: House) -> None:
    bodies = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        bodies.append(await receive())
        await Shop()(scope, receive, send)

    visitor = inside(house)
    house.middleware.app = app
    assert visitor.post("/tickets/upload", b"x" * 1000).has_passed
    assert bodies == [{"type": "http.request", "body": b"x" * 1000, "more_body": False}]


# In flight.


def test_a_request_counts_as_in_flight_until_its_answer_is_out(house: House) -> None:
    guests = house.site.desk.views["main"].guests
    seen = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(guests.in_hand)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"a", "more_body": True})
        seen.append(guests.in_hand)
        await send({"type": "http.response.body", "body": b"b"})
        seen.append(guests.in_hand)  # a task in the background may take long

    visitor = inside(house)
    house.middleware.app = app
    visitor.get()
    assert seen == [{"1-1": 1}, {"1-1": 1}, {}]


def test_an_app_that_fails_leaves_no_request_in_flight(house: House) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise ZeroDivisionError

    visitor = inside(house)
    house.middleware.app = app
    with pytest.raises(ZeroDivisionError):
        visitor.get()
    assert house.site.desk.views["main"].guests.in_hand == {}


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
    task = asyncio.create_task(_run(house.middleware, scope, _never, _nowhere))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert house.site.desk.views["main"].guests.in_hand == {}
    assert house.told("completed") == ["1-1"]


async def _never() -> dict[str, Any]:
    await asyncio.sleep(3600)
    return {}


async def _nowhere(message: Any) -> None:
    return None


def test_the_slot_is_free_when_the_answer_is_out_and_not_when_the_background_task_is_done(
    house: House,
) -> None:
    slots = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        scope["vwr"].complete()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})
        slots.append(len((await house.store.view("main")).sessions))

    visitor = inside(house)
    house.middleware.app = app
    visitor.get()
    assert slots == [0]


def test_a_background_task_can_still_end_the_session(house: House) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await Shop()(scope, receive, send)
        scope["vwr"].abandon()

    visitor = inside(house)
    house.middleware.app = app
    visitor.get()
    assert house.told("abandoned") == ["1-1"]


def test_context_variables_of_the_caller_reach_the_app(house: House) -> None:
    known: contextvars.ContextVar[str] = contextvars.ContextVar("known")
    seen = []
    house.app.on_request = lambda scope: seen.append(known.get())
    known.set("yes")
    inside(house)
    assert seen == ["yes", "yes"]


# Methods.


def test_a_head_takes_no_place_and_has_no_body(house: House) -> None:
    inside(house)
    answer = house.visitor().ask("HEAD", "/tickets", {"accept": "text/html"}, {})
    assert (answer.status, answer.body) == (429, b"")
    assert int(answer.header("content-length")) > 0
    assert answer.all("set-cookie") == []
    assert house.issued == 1


def test_a_preflight_passes_and_takes_no_place(house: House) -> None:
    inside(house)
    asked = {"origin": "https://other.example", "access-control-request-method": "POST"}
    assert house.visitor().ask("OPTIONS", "/tickets", asked, {}).has_passed
    assert house.issued == 1


def test_a_stopped_upload_is_not_kept_and_the_connection_closes(house: House) -> None:
    inside(house)
    taken = []

    async def receive() -> dict[str, Any]:
        taken.append(16_384)
        return {"type": "http.request", "body": b"x" * 16_384, "more_body": True}

    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append({**message, "taken": sum(taken)})

    scope = scope_of("/tickets/upload", {"accept": "*/*"}, "POST")
    asyncio.run(_run(house.middleware, scope, receive, send))
    assert (b"connection", b"close") in sent[0]["headers"]
    assert [message["taken"] for message in sent] == [0, 0, 65_536]
    assert sent[1]["body"]
    assert not sent[2].get("more_body")


async def _run(app: Any, *arguments: Any) -> None:
    await app(*arguments)


def test_a_client_that_waits_to_be_told_to_go_on_is_told_to_stop_instead(house: House) -> None:
    inside(house)

    async def receive() -> dict[str, Any]:
        raise AssertionError("asking for the body makes a server say 100 Continue")

    scope = scope_of("/tickets/upload", {"expect": "100-continue"}, "POST")
    finish(_run(house.middleware, scope, receive, _nowhere))


def test_a_client_that_hangs_up_while_its_upload_is_drained_is_no_error(house: House) -> None:
    inside(house)
    scope = scope_of("/tickets/upload", {}, "POST")

    async def run() -> None:
        async def receive() -> dict[str, Any]:
            return {"type": "http.disconnect"}

        await house.middleware(scope, receive, _nowhere)

    asyncio.run(run())


def test_http_2_knows_no_connection_header(house: House) -> None:
    inside(house)
    answer = _post_over(house, "2")
    assert answer.status == 429
    assert answer.all("connection") == []


def _post_over(house: House, version: str) -> Any:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = scope_of("/tickets/upload", {}, "POST", http_version=version)
    asyncio.run(_run(house.middleware, scope, receive, send))
    from tests.support.asgi import Answer

    return Answer(sent)


# Mounts.


def test_a_mount_prefix_is_no_part_of_a_rooms_paths(house: House) -> None:
    inside(house)
    for scope in (
        scope_of("/shop/tickets", {}, root_path="/shop"),
        scope_of("/tickets", {}, root_path="/shop"),  # some servers leave the prefix out
        scope_of("/shop/tickets", {}, root_path="/shop/"),
    ):
        answer = call(house.middleware, scope)
        assert answer.status == 429
        assert answer.header("vwr-waiting-room").startswith("/shop/vwr/main/?next=/shop/tickets")
    assert call(house.middleware, scope_of("/shop/about", {}, root_path="/shop")).has_passed


def test_our_own_addresses_lie_below_the_mount_prefix(house: House) -> None:
    for path in ("/shop/vwr/main/status", "/vwr/main/status"):
        assert call(house.middleware, scope_of(path, {}, root_path="/shop")).json["room"] == "main"
    answer = call(house.middleware, scope_of("/shop/vwr/main?next=/x", {}, root_path="/shop"))
    assert (answer.status, answer.header("location")) == (308, "/shop/vwr/main/?next=/x")


def test_a_prefix_that_a_visitor_can_choose_is_quoted(house: House) -> None:
    inside(house)
    for mount in ("/a\r\nx: y", "//evil.example", "/é\N{BULLET}", "/\udcff", "/\\evil.example"):
        for path in ("/tickets", "/vwr/main"):
            answer = call(house.middleware, scope_of(mount + path, {}, root_path=mount))
            for name in ("vwr-waiting-room", "location"):
                value = answer.header(name)
                assert value.isprintable()
                assert not value.startswith(("//", "/\\"))


def test_at_the_panel_too(clock: Clock) -> None:
    house = make_house(clock, admin_password="a long password")
    form = {"content-type": "application/x-www-form-urlencoded"}
    for mount in ("/a\r\nx: y", "//evil.example", "/é\N{BULLET}", "/\\evil.example", "/a;Domain=b"):
        scope = scope_of(f"{mount}/vwr-admin/sign-in", form, "POST", root_path=mount)
        body = {"type": "http.request", "body": b"password=a+long+password"}
        signed_in = call(house.middleware, scope, body)
        assert signed_in.status == 303
        assert signed_in.header("set-cookie").isprintable()
        assert "; Domain" not in signed_in.header("set-cookie").replace(";", "; ")
        near = call(house.middleware, scope_of(f"{mount}/vwr-admin", {}, root_path=mount))
        for location in (signed_in.header("location"), near.header("location")):
            assert location.isprintable()
            assert location.isascii()
            assert not location.startswith(("//", "/\\"))


# WebSockets.


def test_a_websocket_passes_with_a_token(house: House, shop: Shop) -> None:
    answer = inside(house).connect()
    assert [message["type"] for message in answer.messages] == ["websocket.accept"]
    assert shop.scopes[-1]["vwr"].id == "1-1"


def test_a_websocket_that_is_the_first_to_bring_a_token_back_gets_the_full_length(
    house: House,
) -> None:
    visitor = house.visitor()
    visitor.open()
    first = visitor.jar[TOKEN]
    answer = visitor.connect()
    assert answer.messages[0]["type"] == "websocket.accept"
    assert visitor.jar[TOKEN] != first


def test_a_websocket_enters_no_room_by_itself_though_there_is_space(house: House) -> None:
    house.visitor().get("/vwr/main/status")
    visitor = house.visitor()
    assert (visitor.connect().status, visitor.jar) == (429, {})
    assert house.issued == 0


def test_a_websocket_claims_no_place_that_is_called(house: House) -> None:
    first, visitor = inside(house), house.visitor()
    assert visitor.open().status == 202
    assert visitor.connect().json["you"] == "waiting"
    first.post("/vwr/main/leave")
    house.pass_by(3)
    answer = visitor.connect()
    assert (answer.status, answer.json["you"], answer.json["position"]) == (429, "next", 2)
    assert TOKEN not in visitor.jar
    assert visitor.open().has_passed
    assert visitor.connect().messages[0]["type"] == "websocket.accept"


def test_a_websocket_without_a_token_is_denied_with_the_json(house: House) -> None:
    inside(house)
    answer = house.visitor().connect()
    assert [m["type"].rpartition(".")[2] for m in answer.messages] == ["start", "body"]
    assert (answer.status, answer.json["you"]) == (429, "none")
    assert answer.header("vwr-waiting-room").startswith("/vwr/main/?next=/")
    assert house.issued == 1


def test_a_denied_websocket_is_told_each_header_once(clock: Clock) -> None:
    house = make_house(clock, mode="queue", cors_origins="https://spa.example")
    answer = house.visitor().connect(origin="https://spa.example")
    assert answer.status == 429
    assert "Cookie" in answer.header("vary")
    assert "Origin" in answer.header("vary")
    assert len(answer.pairs) == len(dict(answer.pairs))


def test_a_websocket_is_closed_where_the_server_cannot_deny_it(house: House) -> None:
    inside(house)
    answer = house.visitor().connect(denies=False)
    (message,) = answer.messages
    assert (message["type"], message["code"]) == ("websocket.close", 1013)


def test_a_refusal_of_a_websocket_by_the_app_is_amended_like_a_response(house: House) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"vwr-session", b"completed"), (b"x-kept", b"1")]
        kind = "websocket.http.response"
        await send({"type": f"{kind}.start", "status": 403, "headers": headers})
        await send({"type": f"{kind}.body", "body": b""})

    visitor = inside(house)
    house.middleware.app = app
    assert visitor.connect().pairs == [("x-kept", "1")]
    assert house.told("completed") == ["1-1"]


@pytest.mark.parametrize("path", ["/vwr/main/status", "/vwr/main/position", "/vwr/main/x"])
def test_there_is_no_websocket_at_our_own_addresses(house: House, path: str) -> None:
    house.visitor().get("/vwr/main/status")
    assert house.visitor().connect(path).status == 404


# Start-up.


def test_all_problems_are_told_when_it_is_made() -> None:
    with pytest.raises(ConfigurationError) as caught:
        WaitingRoomMiddleware(Shop(), secret_key="", max_active=0, pathz="/x")
    assert len(caught.value.problems) >= 3


def test_a_store_that_cannot_work_here_is_told_when_it_is_made(tmp_path: Any) -> None:
    url = f"sqlite:///{tmp_path}/nowhere/vwr.sqlite3"
    with pytest.raises(ConfigurationError, match="nowhere"):
        WaitingRoomMiddleware(Shop(), secret_key=SECRET, paths="/tickets", store=url)


def test_the_store_is_closed_after_the_apps_shutdown(house: House) -> None:
    order = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        order.append("app")
        await send({"type": "lifespan.shutdown.complete"})

    async def close() -> None:
        order.append("store")

    house.site.close = close  # type: ignore[method-assign]
    house.middleware.app = app
    answer = call(house.middleware, {"type": "lifespan"}, {"type": "lifespan.startup"})
    assert [message["type"] for message in answer.messages] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]
    assert order == ["app", "store"]


# Polls that are answered by their Cookie header alone.


def test_what_else_a_poll_brings_counts_beside_its_ticket(house: House) -> None:
    token = inside(house).jar[TOKEN]
    waiting = house.visitor()
    assert waiting.open().status == 202
    poll = "/vwr/main/position"
    assert waiting.get(poll).json["you"] == "waiting"
    for headers in ({"vwr_token": token}, {"authorization": f"Bearer {token}"}):
        assert waiting.get(poll, **headers).json["you"] == "admitted"
    assert waiting.get(poll, vwr_ticket="rubbish").json["you"] == "none"
    assert waiting.get(poll).json["position"] == 2


def test_a_status_that_is_known_is_not_sent_again(house: House) -> None:
    visitor = house.visitor()
    visitor.get("/vwr/main/status")
    etag = visitor.get("/vwr/main/status").header("etag")
    again = visitor.get("/vwr/main/status", if_none_match=etag)
    assert (again.status, again.body) == (304, b"")
    assert visitor.get("/vwr/main/status?x=1").header("etag") == etag


def test_a_cache_keeps_the_status_by_the_origin_that_may_read_it(clock: Clock) -> None:
    visitor = make_house(clock, cors_origins="https://spa.example").visitor()
    for origin in ({}, {}, {"origin": "https://spa.example"}, {"origin": "https://evil.example"}):
        answer = visitor.get("/vwr/main/status", **origin)
        assert answer.header("cache-control") == "public, max-age=1"
        assert answer.header("vary") == "Origin"
    assert not make_house(clock).visitor().get("/vwr/main/status").header("vary")
