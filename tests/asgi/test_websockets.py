"""The ASGI door: WebSockets pass with a token, or are denied."""

from typing import Any

import pytest

from tests.support.clock import Clock
from tests.support.house import House, Shop, inside, make_house, waiting
from tests.support.visitor import TOKEN
from vwr_middleware.blocking import finish


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


def test_a_websocket_of_somebody_who_left_is_told_so(house: House) -> None:
    inside(house)
    visitor = house.visitor()
    visitor.open()
    visitor.post("/vwr/main/leave")
    assert visitor.connect().json["you"] == "left"


def test_a_websocket_from_another_network_than_the_session_is_told_so(clock: Clock) -> None:
    house = make_house(clock, bind=True, trusted_proxies=1)
    home, train = {"x-forwarded-for": "203.0.113.7"}, {"x-forwarded-for": "198.51.100.1"}
    visitor = house.visitor()
    visitor.open(**home), visitor.open(**home)
    answer = visitor.connect("/tickets/live", True, **train)
    assert (answer.status, answer.json["you"]) == (429, "locked")
    assert visitor.connect("/tickets/live", True, **home).messages[0]["type"] == "websocket.accept"


def test_a_websocket_without_a_token_is_denied_with_the_json(house: House) -> None:
    inside(house)
    answer = house.visitor().connect()
    assert [m["type"].rpartition(".")[2] for m in answer.messages] == ["start", "body"]
    assert (answer.status, answer.json["you"]) == (429, "none")
    assert answer.header("vwr-waiting-room").startswith("/vwr/main/?next=/")
    assert house.issued == 1


def test_a_websocket_of_somebody_who_is_called_reads_that_the_room_is_closed(clock: Clock) -> None:
    house = make_house(clock, max_active=1)
    inside(house)
    called = waiting(house)
    finish(house.store.end("main", "1-1", "completed"))
    house.pass_by(1)
    assert called.get("/vwr/main/position").json["you"] == "may_enter"
    finish(house.store.change("main", {"mode": "closed"}))
    house.pass_by(1)
    assert called.connect().status == 503


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
