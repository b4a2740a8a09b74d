"""What only Django has: its settings, its checks, its middleware below, its staff."""

import asyncio
import gc
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.core.checks import run_checks
from django.core.exceptions import PermissionDenied
from django.core.handlers.wsgi import WSGIHandler
from django.core.signing import TimestampSigner
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.middleware.csrf import get_token
from django.test import AsyncClient, Client, override_settings
from django.urls import path
from django.utils.decorators import method_decorator
from django.views import View
from django.views.generic import TemplateView

from tests.support.asgi import Shop, call, scope_of
from tests.support.transport import EnvironTransport
from tests.support.visitor import PAGE, Visitor
from vwr_middleware.asgi import WaitingRoomMiddleware as AsgiMiddleware
from vwr_middleware.django import WaitingRoomMiddleware, waiting_room, waiting_rooms
from vwr_middleware.django.checks import OURS
from vwr_middleware.django.settings import read_settings
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.settings import Settings
from vwr_middleware.worker.guests import IN_HAND_MOST

SECURITY = "django.middleware.security.SecurityMiddleware"
SESSIONS = "django.contrib.sessions.middleware.SessionMiddleware"
CSRF = "django.middleware.csrf.CsrfViewMiddleware"
CONDITIONAL_GET = "django.middleware.http.ConditionalGetMiddleware"
UPDATE_CACHE = "django.middleware.cache.UpdateCacheMiddleware"


def tickets(request: HttpRequest) -> HttpResponse:
    request.session["seen"] = request.session.get("seen", 0) + 1
    session = request.vwr  # type: ignore[attr-defined]
    return HttpResponse(f"{session and session.position} {request.session['seen']}")


def form(request: HttpRequest) -> HttpResponse:
    return HttpResponse(get_token(request))


def seat_map(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse([b"seats"], headers={"ETag": '"1"'})


def login(request: HttpRequest) -> HttpResponse:
    is_staff = "staff" in request.GET
    request.user = User(pk=7, is_staff=is_staff) if request.GET else AnonymousUser()
    return HttpResponse("hello")


class Action(View):
    @method_decorator(waiting_room("action"))
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(request.vwr.room)  # type: ignore[attr-defined]


@waiting_room("nowhere")
def astray(request: HttpRequest) -> HttpResponse:
    return HttpResponse("never")


@waiting_room("action")
def twice(request: HttpRequest) -> HttpResponse:
    return HttpResponse("twice")


@method_decorator(waiting_room("action"), name="dispatch")
class Shown(TemplateView):
    template_name = "session"


@waiting_room("action")
def refused(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


urlpatterns = [
    path("shown", Shown.as_view()),
    path("refused", refused),
    path("tickets", tickets),
    path("tickets/form", form),
    path("tickets/map", seat_map),
    path("login", login),
    path("action", Action.as_view()),
]


class WrongUrls:
    """A URLconf with decorators that cannot work."""

    urlpatterns = (path("astray", astray), path("tickets/twice", twice))


ROOMS = [
    {"PATHS": ["/tickets"], "MAX_ACTIVE": 1},
    {"NAME": "action", "PATHS": [], "MAX_ACTIVE": 1},
]


def project(**changes: Any) -> Any:
    """Settings of a project; VWR_… go into VWR."""
    vwr = {"ROOMS": ROOMS, "STORE": "memory://"}
    vwr |= {name[4:]: value for name, value in changes.items() if name.startswith("VWR_")}
    others = {name: value for name, value in changes.items() if not name.startswith("VWR_")}
    given = {"MIDDLEWARE": [SECURITY, OURS, SESSIONS, CSRF], "ROOT_URLCONF": __name__, "VWR": vwr}
    return override_settings(**{**given, **others})


@pytest.fixture
def shop() -> Iterator[None]:
    with project():
        yield


def browsers(count: int, **options: Any) -> list[Client]:
    """Browsers of one server process."""
    made = [Client(headers=PAGE, **options) for _ in range(count)]
    for client in made[1:]:
        client.handler = made[0].handler
    return made


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


@pytest.mark.usefixtures("shop")
def test_a_class_of_views_can_be_decorated() -> None:
    first, second = browsers(2)
    assert first.get("/action").content == b"action"
    assert second.get("/action").status_code == 202


TEMPLATES = {
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "OPTIONS": {
        "context_processors": ["django.template.context_processors.request"],
        "loaders": [("django.template.loaders.locmem.Loader", {"session": "{{ request.vwr.id }}"})],
    },
}


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
REPLACED = [CONDITIONAL_GET, OURS, SESSIONS]


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
        sockets = AsgiMiddleware(Shop(), read_settings())
        token = client.cookies["vwr_main_token"].value
        assert opened() == "websocket.close"
        assert opened(cookie=f"vwr_main_token={token}") == "websocket.accept"


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


def test_asynchronous_django_is_gated_without_a_thread() -> None:
    async def journey() -> tuple[int, ...]:
        first, second = AsyncClient(), AsyncClient()
        second.handler = first.handler
        answers = [await client.get("/tickets", headers=PAGE) for client in (first, second)]
        return (*(a.status_code for a in answers), (await second.get("/login")).status_code)

    with project():
        assert asyncio.run(journey()) == (200, 202, 200)


def test_a_forced_script_name_is_part_of_every_address() -> None:
    with project(FORCE_SCRIPT_NAME="/shop"):
        first, second = browsers(2)
        first.get("/tickets")
        response = second.get("/tickets")
        assert "/shop/vwr/main" in response.content.decode()
        assert "?next=/shop/tickets" in response.content.decode()


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


def test_problems_of_settings_are_told_when_django_starts() -> None:
    with project(VWR_MAX_ACTIV=3), pytest.raises(ConfigurationError, match="did you mean"):
        WSGIHandler()
    given = Settings(secret_key="a key for tests, long enough", paths="/tickets")
    for none in (None, "paths=/tickets", given):
        with override_settings(VWR=none), pytest.raises(ConfigurationError, match="no dictionary"):
            WaitingRoomMiddleware(lambda request: None)
    wrong = project(VWR_MAX_ACTIV=3, VWR_BYPASS_STAFF="yes")
    with wrong, pytest.raises(ConfigurationError, match="did you mean") as caught:
        WaitingRoomMiddleware(lambda request: None)
    assert "bypass_staff must be true or false, not 'yes'" in caught.value.problems


def told() -> dict[str, str]:
    """What `manage.py check` says of us."""
    return {str(m.id): m.msg for m in run_checks() if str(m.id).startswith("vwr.")}


def test_problems_of_settings_are_told_by_the_checks() -> None:
    with project():
        assert told() == {}
    with project(VWR_ROOMS=[{"PATHS": "tickets"}]):
        assert "must begin with a slash" in told()["vwr.E001"]
    with project(VWR_BYPASS_STAFF="yes"):
        assert told() == {"vwr.E001": "VWR: bypass_staff must be true or false, not 'yes'"}


@pytest.mark.parametrize(
    ("middleware", "id"),
    [
        ([OURS, SECURITY, SESSIONS], "vwr.W002"),
        ([SECURITY, SESSIONS, OURS], "vwr.W003"),
        ([SECURITY, UPDATE_CACHE, OURS], "vwr.E002"),
        ([SECURITY, OURS, OURS, SESSIONS], "vwr.E004"),
    ],
)
def test_a_wrong_place_is_told_by_the_checks_and_in_the_log(
    middleware: list[str], id: str, caplog: pytest.LogCaptureFixture
) -> None:
    with project(MIDDLEWARE=middleware):
        assert list(told()) == [id]
        WaitingRoomMiddleware(lambda request: None)
    assert f"{OURS} in MIDDLEWARE" in caplog.text


def test_decorators_that_cannot_work_are_told_by_the_checks() -> None:
    with project(ROOT_URLCONF=WrongUrls):
        found = told()
    assert "'nowhere') names no room" in found["vwr.E003"]
    assert "/tickets/twice has @waiting_room('action') and lies in room" in found["vwr.W004"]


def test_staff_never_waits_once_a_page_has_seen_who_it_is() -> None:
    with project(VWR_BYPASS_STAFF=True):
        shopper, staff, other = browsers(3)
        shopper.get("/tickets")
        assert staff.get("/tickets").status_code == 202
        logged_in = staff.get("/login?staff=1")
        assert "HttpOnly" in logged_in.cookies["vwr_staff"].OutputString()
        assert staff.get("/tickets").content == b"None 1"
        assert "vwr_staff" not in staff.get("/login?staff=1").cookies
        assert "vwr_staff" not in other.get("/login?user=1").cookies
        assert other.get("/tickets").status_code == 202
        assert staff.get("/login").cookies["vwr_staff"].value == ""
        assert staff.get("/tickets").status_code == 202


async def nobody_asks(request: object) -> bool:
    return False


def test_a_bypass_beside_staff_that_would_have_to_be_awaited_lets_nobody_by() -> None:
    rooms = [{**room, "bypass": lambda request: nobody_asks(request)} for room in ROOMS]
    with project(VWR_BYPASS_STAFF=True, VWR_ROOMS=rooms):
        shopper, other = browsers(2)
        shopper.get("/tickets")
        assert other.get("/tickets").status_code == 202


def test_staff_never_waits_in_asynchronous_django_either() -> None:
    async def journey() -> list[int]:
        shopper, staff = AsyncClient(), AsyncClient()
        staff.handler = shopper.handler
        answers = [await shopper.get("/tickets", headers=PAGE)]
        for page in ("/tickets", "/login?staff=1", "/tickets", "/login", "/tickets"):
            answers.append(await staff.get(page, headers=PAGE))
        return [answer.status_code for answer in answers]

    with project(VWR_BYPASS_STAFF=True):
        assert asyncio.run(journey()) == [200, 202, 200, 200, 200, 202]


@pytest.mark.parametrize(
    "cookie",
    ["7", "7:1:x", TimestampSigner(salt="other").sign("7")],
    ids=["bare", "made up", "of another use"],
)
def test_a_forged_staff_cookie_opens_nothing(cookie: str) -> None:
    with project(VWR_BYPASS_STAFF=True):
        shopper, forger = browsers(2)
        shopper.get("/tickets")
        forger.cookies["vwr_staff"] = cookie
        assert forger.get("/tickets").status_code == 202


def test_staff_waits_like_everybody_where_nothing_else_is_said() -> None:
    with project():
        shopper, staff = browsers(2)
        shopper.get("/tickets")
        assert "vwr_staff" not in staff.get("/login?staff=1").cookies
        assert staff.get("/tickets").status_code == 202
