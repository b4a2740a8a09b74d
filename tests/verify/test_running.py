"""A verifier that asks the room whether a session still runs."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from tests.support.clock import Clock
from tests.support.in_time import in_time
from tests.support.issuer import Issuer
from tests.support.serving import serving_asgi
from tests.support.visitor import TOKEN, visitor_at
from vwr_middleware.asgi import WaitingRoomMiddleware
from vwr_middleware.verify import RoomUnreachable, TokenRefused, Verifier

POSITION = "/vwr/main/position"


@pytest.fixture
def room(tmp_path: Path) -> Iterator[str]:
    """A real room whose page ends its session when it is told so."""

    async def page(request: Any) -> PlainTextResponse:
        if "end" in request.query_params:
            request.scope["vwr"].complete()
        return PlainTextResponse(request.scope["vwr"].id)

    app = WaitingRoomMiddleware(
        Starlette(routes=[Route("/shop", page)]),
        secret_key="a key for what verifies",
        store=f"sqlite:///{tmp_path / 'vwr.sqlite3'}",
        paths="/shop",
        token_algorithm="EdDSA",
    )
    with serving_asgi(app) as url:
        yield url


def test_a_session_that_has_ended_is_refused_within_seconds(room: str) -> None:
    given: dict[str, Any] = {"keys_url": f"{room}/vwr/main/jwks.json", "allow_http": True}
    alone = Verifier(room="main", **given)
    asking = Verifier(
        room="main",
        room_url=f"{room}/vwr/main",
        ask_every=1,
        timeout=20,
        when_away="refuse",
        **given,
    )
    with visitor_at(room) as visitor:
        session = visitor.opens("/shop").text
        token = visitor.client.cookies[TOKEN]
        assert alone.verify(token).id == asking.verify(token).id == session
        assert visitor.opens("/shop?end").status_code == 200

        def is_refused() -> bool:
            try:
                asking.verify(token)
            except TokenRefused as error:
                return error.reason == "ended"
            return False

        assert in_time(is_refused)
        assert alone.verify(token).id == session


def says(issuer: Issuer, you: str, **more: Any) -> None:
    """What the room answers from now on."""
    told = {"room": "main", "state": "open", "you": you, **more}
    issuer.instead[POSITION] = 200, json.dumps(told).encode()


def asked(issuer: Issuer) -> int:
    return issuer.asked.count(POSITION)


def asking(issuer: Issuer, clock: Clock, **options: Any) -> Verifier:
    return issuer.verifier(clock, room_url=f"{issuer.url}/vwr/main", ask_every=5, **options)


def test_the_rooms_word_counts_for_some_seconds(issuer: Issuer, clock: Clock) -> None:
    verifier, token = asking(issuer, clock), issuer.token(clock)
    says(issuer, "admitted")
    for _ in range(3):
        verifier.verify(token)
    assert asked(issuer) == 1
    says(issuer, "ended")
    clock.pass_by(5)
    assert verifier.verify(token).id
    clock.pass_by(1)
    for _ in range(3):
        with pytest.raises(TokenRefused, match="has ended") as error:
            verifier.verify(token)
        assert error.value.reason == "ended"
    assert asked(issuer) == 2


@pytest.mark.parametrize(
    ("you", "more", "reason"),
    [
        ("locked", {}, "locked"),
        ("waiting", {}, "ended"),
        ("none", {}, "ended"),
        ("none", {"state": "off"}, ""),
    ],
)
def test_what_the_room_says_decides(
    issuer: Issuer, clock: Clock, you: str, more: dict[str, str], reason: str
) -> None:
    says(issuer, you, **more)
    verifier, token = asking(issuer, clock), issuer.token(clock)
    if not reason:
        assert verifier.verify(token).id
        return
    with pytest.raises(TokenRefused) as error:
        verifier.verify(token)
    assert error.value.reason == reason


@pytest.mark.parametrize(
    "answer",
    [
        (500, b""),
        (429, b"{}"),
        (302, b"/elsewhere"),
        (200, b"<html>"),
        (200, b"[]"),
        (200, b'{"you": 7, "state": "open"}'),
        (200, b'{"you": "admitted"}'),
        (200, b'{"you": "none", "state": "open", "store": "down"}'),
    ],
)
def test_while_the_room_is_away_the_token_decides_unless_told_otherwise(
    issuer: Issuer, clock: Clock, answer: tuple[int, bytes]
) -> None:
    issuer.instead[POSITION] = answer
    token = issuer.token(clock)
    admits, refuses = asking(issuer, clock), asking(issuer, clock, when_away="refuse")
    for _ in range(3):
        assert admits.verify(token).id
        with pytest.raises(RoomUnreachable):
            refuses.verify(token)
    assert asked(issuer) == 2
    assert "/elsewhere" not in issuer.asked
    says(issuer, "admitted")
    clock.pass_by(6)
    assert refuses.verify(token).id


def test_one_request_finds_out_whether_the_room_is_back_and_no_other_waits(
    issuer: Issuer, clock: Clock
) -> None:
    verifier = asking(issuer, clock)
    tokens = [issuer.token(clock, position=number) for number in (1, 2, 3)]
    issuer.instead[POSITION] = 500, b""
    verifier.verify(tokens[0])
    clock.pass_by(6)
    says(issuer, "admitted")
    issuer.may_answer.clear()
    first = threading.Thread(target=verifier.verify, args=[tokens[0]])
    first.start()
    assert in_time(lambda: asked(issuer) == 2)
    for token in tokens:
        assert verifier.verify(token).room == "main"
    assert (asked(issuer), first.is_alive()) == (2, True)
    issuer.may_answer.set()
    first.join()
    verifier.verify(tokens[1])
    assert asked(issuer) == 3


def test_who_has_ended_stays_out_while_the_room_is_away(issuer: Issuer, clock: Clock) -> None:
    verifier, token = asking(issuer, clock), issuer.token(clock)
    says(issuer, "ended")
    for _ in range(3):
        with pytest.raises(TokenRefused):
            verifier.verify(token)
        issuer.instead[POSITION] = 500, b""
        clock.pass_by(6)


def test_each_session_and_address_is_asked_about_by_itself(issuer: Issuer, clock: Clock) -> None:
    verifier = asking(issuer, clock)
    says(issuer, "admitted")
    tokens = [issuer.token(clock, position=number) for number in (1, 2)]
    for token in tokens:
        for address in ("192.0.2.1", "192.0.2.2", "192.0.2.1"):
            verifier.verify(token, address)
    assert asked(issuer) == 4


@pytest.mark.anyio
async def test_coroutines_ask_too(issuer: Issuer, clock: Clock) -> None:
    verifier, token = asking(issuer, clock), issuer.token(clock)
    says(issuer, "admitted")
    assert (await verifier.averify(token)).id == "3-7"
    says(issuer, "ended")
    clock.pass_by(6)
    with pytest.raises(TokenRefused):
        await verifier.averify(token)
    assert asked(issuer) == 2
