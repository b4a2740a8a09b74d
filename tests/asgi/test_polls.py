"""The ASGI door: polls that are answered by their Cookie header alone."""

from tests.support.asgi import FETCH, call, scope_of
from tests.support.clock import Clock
from tests.support.house import House, inside, make_house
from tests.support.visitor import TOKEN
from vwr_middleware.blocking import finish


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


def test_a_poll_that_says_that_it_was_called_is_not_answered_by_its_cookie_alone(
    house: House,
) -> None:
    inside(house)
    waiting = house.visitor()
    assert waiting.open().status == 202
    assert waiting.get("/vwr/main/position").json["you"] == "waiting"
    finish(house.store.advance("main", 1))  # as another worker may have done
    house.clock.pass_by(0.3)  # this one has not read the room since
    assert waiting.get("/vwr/main/position").json["you"] == "waiting"
    assert waiting.get("/vwr/main/position?door=1").json["you"] == "next"


def test_each_cookie_of_a_poll_counts_where_each_has_a_header_of_its_own(house: House) -> None:
    """As over HTTP/2."""
    token = inside(house).jar[TOKEN]
    waiting = house.visitor()
    assert waiting.open().status == 202
    poll = "/vwr/main/position"
    assert waiting.get(poll).json["you"] == "waiting"
    ticket = "; ".join(f"{name}={value}" for name, value in waiting.jar.items())
    for several in ([f"{TOKEN}={token}", ticket], [ticket, f"{TOKEN}={token}"]):
        scope = scope_of(poll, FETCH | {"host": "shop.example"})
        scope["headers"] += [(b"cookie", value.encode()) for value in several]
        assert call(house.middleware, scope).json["you"] == "admitted"


def test_a_cache_keeps_the_status_by_the_origin_that_may_read_it(clock: Clock) -> None:
    visitor = make_house(clock, cors_origins="https://spa.example").visitor()
    for origin in ({}, {}, {"origin": "https://spa.example"}, {"origin": "https://evil.example"}):
        answer = visitor.get("/vwr/main/status", **origin)
        assert answer.header("cache-control") == "public, max-age=1"
        assert answer.header("vary") == "Origin"
    assert not make_house(clock).visitor().get("/vwr/main/status").header("vary")


def test_a_script_of_an_allowed_origin_alone_may_read_the_status(clock: Clock) -> None:
    visitor = make_house(clock, cors_origins="https://spa.example").visitor()
    for origin, allowed in (("https://spa.example", "https://spa.example"), ("https://x.y", "")):
        answer = visitor.get("/vwr/main/status", origin=origin)
        again = visitor.get("/vwr/main/status", origin=origin, if_none_match=answer.header("etag"))
        assert (answer.status, again.status) == (200, 304)
        for each in (answer, again):
            assert each.header("access-control-allow-origin") == allowed
            assert each.header("vary") == "Origin"
            assert each.header("cache-control") == "public, max-age=1"
