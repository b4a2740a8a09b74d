"""Preflights: those of allowed origins are answered, and no other runs a view without waiting."""

from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware

from tests.doors.conftest import Open
from tests.support.asgi import call, scope_of
from tests.support.doors import KEY, Door
from tests.support.our_log import our_log
from tests.support.visitor import is_inside, set_cookies
from vwr_middleware.asgi import WaitingRoomMiddleware
from vwr_middleware.web import remembered

SPA = "https://app.example"
#: What a browser sends before a script of another origin posts.
PREFLIGHT = {
    "Origin": SPA,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "content-type,vwr-token",
    "Sec-Fetch-Site": "cross-site",
}
ODD = [
    *({}, {"X-HTTP-Method-Override": "POST"}, {"Cookie": "sessionid=1"}),
    {"Content-Type": "application/x-www-form-urlencoded"},
]


def test_a_preflight_waits_like_any_request(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    remembered.warn_once.cache_clear()
    door.visit_at()
    for _ in range(3):
        response = door.visitor().fetches(method="OPTIONS", headers=PREFLIGHT)
        assert response.status_code == 429
        assert not set_cookies(response)
    assert len(our_log(caplog, "room main: a preflight waits like any request")) == 1


@pytest.mark.parametrize("mode", ["queue", "paused", "closed"])
def test_no_preflight_runs_a_view_of_a_room_that_lets_nobody_in(open_it: Open, mode: str) -> None:
    for origins in ([], [SPA]):
        door = open_it(mode=mode, cors_origins=origins)
        response = door.visitor().fetches(method="OPTIONS", headers=PREFLIGHT)
        assert response.status_code == (204 if origins else 503 if mode == "closed" else 429)
        assert not response.content or "method" not in response.json()


def test_a_preflight_of_an_allowed_origin_is_answered_and_takes_no_number(open_it: Open) -> None:
    door = open_it(max_active=1, cors_origins=[SPA])
    for _ in range(2):
        response = door.visitor().fetches(method="OPTIONS", headers=PREFLIGHT)
        assert response.status_code == 204
        headers = response.headers
        assert headers["access-control-allow-origin"] == SPA
        assert headers["access-control-allow-methods"] == "POST"
        assert headers["access-control-allow-headers"] == "content-type,vwr-token"
        assert headers["access-control-allow-credentials"] == "true"
        assert headers["cache-control"] == "private, no-store"
    assert door.session_of(door.visitor()) == "1-1"
    other = door.visitor().fetches(method="OPTIONS", headers=PREFLIGHT | {"Origin": "https://x"})
    assert other.status_code == 429


def test_what_only_looks_like_a_preflight_is_not_answered(open_it: Open) -> None:
    door = open_it(max_active=1, cors_origins=[SPA])
    door.visit_at()
    for more in ODD:
        sent = {**PREFLIGHT, **more} if more else {}
        response = door.visitor().fetches(method="OPTIONS", headers=sent)
        assert response.status_code == 429, sent
    with_body = door.visitor().fetches(method="OPTIONS", headers=PREFLIGHT, content=b"_method=POST")
    assert with_body.status_code == 429


def test_where_everybody_passes_the_app_answers(open_it: Open) -> None:
    for settings in ({"mode": "off"}, {"bypass": lambda request: True}):
        door = open_it(cors_origins=[] if "bypass" in settings else [SPA], **settings)
        response = door.visitor().fetches(method="OPTIONS", headers=PREFLIGHT)
        assert response.json()["method"] == "OPTIONS"


def test_preflights_pass_where_a_room_says_so(open_it: Open) -> None:
    door = open_it(max_active=1, mode="paused", preflights=True)
    response = door.visitor().fetches(method="OPTIONS", headers=PREFLIGHT)
    assert response.json()["method"] == "OPTIONS"
    assert response.json()["session"] is None
    assert not is_inside(door.visitor().opens())
    for more in ODD:
        sent = {**PREFLIGHT, **more} if more else {}
        assert door.visitor().fetches(method="OPTIONS", headers=sent).status_code == 429, sent


async def every_method(scope: Any, receive: Any, send: Any) -> None:
    """A view that answers every method."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"the shop"})


class OwnCors(CORSMiddleware):
    """What it does is not known."""


LAYER = Middleware(CORSMiddleware, allow_origins=[SPA], allow_methods=["POST"])
IS_SEEN = {
    "around the view": (CORSMiddleware(every_method, [SPA], ["POST"], ["*"]), True),
    "within another": (GZipMiddleware(CORSMiddleware(every_method, [SPA], ["*"], ["*"])), True),
    "in Starlette": (Starlette(middleware=[Middleware(GZipMiddleware), LAYER]), True),
    "one made from it": (OwnCors(every_method, [SPA], ["POST"], ["*"]), False),
    "none": (every_method, False),
    "none in Starlette": (Starlette(middleware=[Middleware(GZipMiddleware)]), False),
}


@pytest.mark.parametrize(("app", "is_seen"), IS_SEEN.values(), ids=IS_SEEN)
def test_starlettes_own_layer_is_seen_wherever_it_stands(app: Any, is_seen: bool) -> None:
    ours = WaitingRoomMiddleware(
        app, secret_key=KEY, store="memory://", paths="/tickets", mode="paused"
    )
    sent = {name.lower(): value for name, value in PREFLIGHT.items()}
    sent["access-control-request-headers"] = "accept"
    answer = call(ours, scope_of("/tickets", sent, "OPTIONS"))
    assert not answer.has_passed
    assert (answer.status == 200) is is_seen
    assert call(ours, scope_of("/tickets", sent, "options")).status == 429


def test_a_layer_that_is_added_later_is_seen_too() -> None:
    app = Starlette()
    ours = WaitingRoomMiddleware(
        app, secret_key=KEY, store="memory://", paths="/tickets", mode="paused"
    )
    app.add_middleware(CORSMiddleware, allow_origins=[SPA], allow_methods=["POST"])
    sent = {"origin": SPA, "access-control-request-method": "POST"}
    assert call(ours, scope_of("/tickets", sent, "OPTIONS")).status == 200
