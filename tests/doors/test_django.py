"""What only Django has: its middleware below, its views and templates, its keys, its prefix."""

import asyncio
import gc
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client, RequestFactory
from django.urls import path

from tests.support.asgi import call, scope_of
from tests.support.django_project import ROOMS, SESSIONS, browsers, project
from tests.support.house import Shop
from tests.support.transport import EnvironTransport
from tests.support.visitor import PAGE, SCRIPT, Visitor
from vwr_middleware.asgi import WaitingRoomMiddleware
from vwr_middleware.blocking import finish
from vwr_middleware.django import settings, waiting_room, waiting_rooms
from vwr_middleware.django.checks import OURS
from vwr_middleware.django.request import DjangoRequest, amend_response
from vwr_middleware.django.settings import read_settings
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.site.routing import Site
from vwr_middleware.web.http import Pass
from vwr_middleware.worker.known_sessions import IN_HAND_MOST
from vwr_middleware.wsgi import WaitingRoomMiddleware as Gated


@pytest.fixture
def shop() -> Iterator[None]:
    with project():
        yield


@pytest.mark.usefixtures("shop")
def test_the_session_below_is_untouched_and_never_opened_for_those_who_wait() -> None:
    first, second = browsers(2)
    assert [first.get("/tickets").content for _ in range(2)] == [b"1 1", b"1 2"]
    response = second.get("/tickets")
    assert response.status_code == 202
    assert set(response.cookies) == {"vwr_main"}


@pytest.mark.usefixtures("shop")
def test_csrf_protection_below_is_undisturbed() -> None:
    (client,) = browsers(1, enforce_csrf_checks=True)
    token = client.get("/tickets/form").content.decode()
    assert client.post("/tickets", {"a": 1}).status_code == 403
    posted = client.post("/tickets", {"a": 1, "csrfmiddlewaretoken": token})
    assert posted.status_code == 200
    assert client.post("/vwr/main/leave").status_code == 200


@pytest.mark.parametrize("path", ["/tickets", "/action"])
def test_who_is_turned_away_is_no_error_of_the_project(
    path: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Of each 5xx that Django logs it tells the ADMINS in a mail."""
    closed = [{**room, "MODE": "closed"} for room in ROOMS]
    with project(VWR_ROOMS=closed):
        (client,) = browsers(1)
        assert client.get(path).status_code == 503
        assert client.get(path, headers=SCRIPT).status_code == 503
        assert client.get("/vwr/main/resume/none").status_code == 404
        assert caplog.messages == []
        assert client.get("/nowhere").status_code == 404
        assert caplog.messages == ["Not Found: /nowhere"]


TEMPLATES = {
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "OPTIONS": {
        "context_processors": ["django.template.context_processors.request"],
        "loaders": [("django.template.loaders.locmem.Loader", {"session": "{{ request.vwr.id }}"})],
    },
}


def test_a_proxy_that_django_trusts_says_that_the_visitor_came_by_https() -> None:
    with project(SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https")):
        (shopper,) = browsers(1)
        for scheme in ("https", "http"):
            cookies = shopper.get("/tickets", headers={"X-Forwarded-Proto": scheme}).cookies
            ours = [text.OutputString() for name, text in cookies.items() if "vwr_" in name]
            assert {"; Secure" in text for text in ours} == {scheme == "https"}
            shopper.cookies.clear()


def test_a_template_that_is_rendered_after_its_view_sees_the_session() -> None:
    with project(TEMPLATES=[TEMPLATES]):
        (client,) = browsers(1)
        assert [client.get("/shown").content for _ in range(2)] == [b"1-1"] * 2


@pytest.mark.usefixtures("shop")
def test_whoever_is_refused_by_a_view_has_a_session_all_the_same() -> None:
    first, second = browsers(2)
    assert [first.get("/refused").status_code for _ in range(3)] == [403] * 3
    assert second.get("/refused").status_code == 202


@pytest.mark.usefixtures("shop")
def test_a_view_that_is_asked_by_blocking_code_within_a_loop_answers() -> None:
    async def asked() -> int:
        (client,) = browsers(1)
        return client.get("/action").status_code

    assert asyncio.run(asked()) == 200


AGAIN = {**PAGE, "If-None-Match": '"1"'}
REPLACED = ["django.middleware.http.ConditionalGetMiddleware", OURS, SESSIONS]


def test_django_hears_when_a_stream_was_sent_and_closes_what_the_request_has_opened() -> None:
    heard: list[object] = []

    def hear(**given: object) -> None:
        heard.append(given["signal"])

    request_finished.connect(hear)
    with project():
        visitor = Visitor.of(EnvironTransport(WSGIHandler()))
        assert visitor.opens("/tickets/map").text == "seats"
    assert heard == [request_finished]


def test_a_stream_in_whose_place_a_304_goes_out_is_in_hand_no_longer() -> None:
    with project(MIDDLEWARE=REPLACED):
        client = Client(headers=PAGE)
        for _ in range(IN_HAND_MOST):
            assert client.get("/tickets/map", headers=AGAIN).status_code == 304
        gc.collect()
        assert client.get("/tickets").status_code == 200


def test_nor_is_it_in_asynchronous_django() -> None:
    async def journey() -> list[int]:
        client = AsyncClient()
        answers = [await client.get("/tickets/map", headers=AGAIN) for _ in range(IN_HAND_MOST)]
        gc.collect()
        answers.append(await client.get("/tickets", headers=PAGE))
        return [answer.status_code for answer in answers]

    with project(MIDDLEWARE=REPLACED):
        assert asyncio.run(journey()) == [304] * IN_HAND_MOST + [200]


def test_websockets_beside_django_are_gated_by_the_asgi_middleware(tmp_path: Any) -> None:
    def opened(**headers: str) -> str:
        scope = scope_of("/tickets/live", headers, type="websocket", extensions={})
        return str(call(sockets, scope).messages[0]["type"])

    with project(VWR_STORE=f"sqlite:///{tmp_path}/vwr.sqlite3"):
        client = Client(headers=PAGE)
        assert [client.get("/tickets").status_code for _ in range(2)] == [200, 200]
        sockets = WaitingRoomMiddleware(Shop(), read_settings())
        token = client.cookies["vwr_main_token"].value
        assert opened() == "websocket.close"
        assert opened(cookie=f"vwr_main_token={token}") == "websocket.accept"


def test_scripts_may_still_read_what_a_view_exposes_when_we_add_our_own_list() -> None:
    response = HttpResponse(headers={"Access-Control-Expose-Headers": "X-Total"})
    ours = (("VWR-Token", "a.b.c"), ("Access-Control-Expose-Headers", "VWR-Token"))
    amend_response(Pass(extra_headers=ours), response)
    assert response["VWR-Token"] == "a.b.c"
    assert response["Access-Control-Expose-Headers"] == "X-Total, VWR-Token"


def test_the_projects_keys_sign_and_its_fallbacks_verify(tmp_path: Any) -> None:
    store = f"sqlite:///{tmp_path / 'rooms.sqlite3'}"
    with project(SECRET_KEY="the key of last year, long", VWR_STORE=store):
        (before,) = browsers(1)
        before.get("/tickets")
        before.get("/tickets")
    fallbacks = {"SECRET_KEY_FALLBACKS": ["the key of last year, long"], "VWR_STORE": store}
    with project(SECRET_KEY="the key of this year, long", **fallbacks):
        (after,) = browsers(1)
        after.cookies = before.cookies
        assert after.get("/tickets").content.startswith(b"1 ")


def test_a_key_of_our_own_signs_in_place_of_the_projects(tmp_path: Any) -> None:
    own = {
        "VWR_SECRET_KEY": "a key of the room's own, long",
        "VWR_STORE": f"sqlite:///{tmp_path}/a",
    }
    with project(SECRET_KEY="the key of last year, long", **own):
        (before,) = browsers(1)
        before.get("/tickets")
        before.get("/tickets")
    with project(SECRET_KEY="the key of this year, long", **own):
        (after,) = browsers(1)
        after.cookies = before.cookies
        assert after.get("/tickets").content.startswith(b"1 ")


def test_a_process_without_the_middleware_reads_the_rooms_from_the_settings(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with project(VWR_STORE=f"sqlite:///{tmp_path}/rooms.sqlite3"):
        (shopper,) = browsers(1)
        shopper.get("/tickets")
        monkeypatch.setattr(settings, "_site", None)  # as in a task of Celery, or a command
        waiting_rooms.cache_clear()
        rooms = waiting_rooms()
        assert list(rooms) == ["main", "action"]
        assert rooms["main"].complete("1-1") is True
        rooms.close()
    waiting_rooms.cache_clear()


def test_asynchronous_django_awaits_its_store_in_the_loop(valkey_url: str) -> None:
    async def asks_in_place() -> bool:
        response = await AsyncClient().get("/tickets", headers=PAGE)
        assert response.status_code == 200
        site: Site = response.asgi_request.META["vwr.site"]
        await site.close()
        return site.store.blocking

    with project(VWR_STORE=f"{valkey_url}?socket_timeout=10"):
        assert asyncio.run(asks_in_place()) is False


def test_a_form_that_a_middleware_before_ours_has_looked_at_is_still_whole() -> None:
    kind = "application/x-www-form-urlencoded"
    form = RequestFactory().post("/vwr/main/resume", "code=K7PQ", kind)
    assert form.POST["code"] == "K7PQ"
    assert finish(DjangoRequest(form).read_body()) == b"code=K7PQ"


def test_a_path_is_encoded_again_where_the_server_does_not_tell_how_it_was_sent() -> None:
    request = DjangoRequest(RequestFactory().get("/tickets/caf%C3%A9"))
    assert (request.path, request.raw_path) == ("/tickets/café", "/tickets/caf%C3%A9")


def test_a_path_is_as_it_was_sent_where_an_asynchronous_server_tells_it() -> None:
    """With the query, as some do."""
    sent = b"/tickets/a%2Fb?next=/c"
    scope = {"method": "GET", "path": "/tickets/a/b", "raw_path": sent, "headers": []}
    request = DjangoRequest(ASGIRequest(scope, BytesIO()))
    assert (request.path, request.raw_path) == ("/tickets/a/b", "/tickets/a%2Fb")


@waiting_room("action")
def action(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.vwr.id)  # type: ignore[attr-defined]


@waiting_room("main")
def of_main(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.META["vwr"].id)


class WithinWsgi:
    """Views behind the middleware for WSGI apps."""

    urlpatterns = (path("tickets/action", action), path("tickets/main", of_main))


@pytest.mark.decorated_views
def test_views_of_django_within_the_middleware_for_wsgi_apps_bring_what_they_can() -> None:
    with project(MIDDLEWARE=[], ROOT_URLCONF=WithinWsgi):
        visitor = Visitor.of(EnvironTransport(Gated(WSGIHandler(), read_settings())))
        assert [visitor.opens("/tickets/main").text for _ in range(3)] == ["1-1"] * 3
        assert [visitor.opens("/tickets/action").text for _ in range(3)] == ["1-1"] * 3
        assert {"vwr_main_token", "vwr_action_token"} <= visitor.cookies


def test_a_view_without_any_middleware_says_what_is_missing() -> None:
    with project(MIDDLEWARE=[], ROOT_URLCONF=WithinWsgi):
        (client,) = browsers(1)
        with pytest.raises(ConfigurationError, match="no waiting room middleware"):
            client.get("/tickets/action")


def test_a_forced_script_name_is_part_of_every_address() -> None:
    with project(FORCE_SCRIPT_NAME="/shop"):
        first, second = browsers(2)
        first.get("/tickets")
        response = second.get("/tickets")
        assert "/shop/vwr/main" in response.content.decode()
        assert "?next=/shop/tickets" in response.content.decode()


def test_a_host_that_the_project_itself_takes_from_a_proxy_decides_about_rooms() -> None:
    two = [
        {"NAME": "busy", "PATHS": ["/tickets"], "HOSTS": ["busy.example"], "MODE": "closed"},
        {"NAME": "idle", "PATHS": ["/tickets"], "HOSTS": ["idle.example"]},
        {"NAME": "pay", "PATHS": ["/action"], "HOSTS": ["pay.example"], "MODE": "closed"},
    ]
    with project(VWR_ROOMS=two, USE_X_FORWARDED_HOST=True, ALLOWED_HOSTS=["*"]):

        def status(path: str, host: str, told: str) -> int:
            (client,) = browsers(1)
            headers = {"host": host, "x-forwarded-host": told}
            return client.get(path, headers=headers).status_code

        assert status("/tickets", "idle.example", "busy.example") == 503
        assert status("/tickets", "app:8000", "Busy.example") == 503
        assert status("/tickets", "app:8000", "idle.example") == 200
        assert status("/tickets", "app:8000", "pay.example") == 200  # where nobody waits for it
    with project(VWR_ROOMS=two, ALLOWED_HOSTS=["*"]):
        assert status("/tickets", "idle.example", "busy.example") == 200


@pytest.mark.usefixtures("shop")
def test_a_session_ends_from_anywhere_in_the_process() -> None:
    first, second = browsers(2)
    first.get("/tickets")
    assert waiting_rooms()["main"].complete("1-1") is True
    assert first.get("/tickets").headers["VWR-State"] == "ended"
    assert second.get("/tickets").content == b"2 1"


def test_a_body_in_chunks_is_read_though_django_reads_none() -> None:
    json = {"Content-Type": "application/json", "Transfer-Encoding": "chunked"}
    given = {"CONTENT_LENGTH": "", "wsgi.input_terminated": True}
    with project():
        program = Visitor.of(EnvironTransport(WSGIHandler(), **given))
        assert program.sends("/vwr/main/tickets", content=b"{", headers=json).status_code == 400
        assert program.sends("/vwr/main/tickets", content=b"{}", headers=json).status_code == 201


def reads_forms(get_response: Any) -> Any:
    def middleware(request: HttpRequest) -> Any:
        assert request.POST["a"] == "1"
        return get_response(request)

    return middleware


def test_a_body_that_a_middleware_before_ours_has_read_did_not_break_off() -> None:
    form = "application/x-www-form-urlencoded"
    with project(MIDDLEWARE=[f"{__name__}.reads_forms", OURS]):
        assert Client().post("/vwr/main/tickets", "a=1", form).status_code == 201
        assert Client().post("/vwr/main/tickets", {"a": "1"}).status_code == 201  # in parts
