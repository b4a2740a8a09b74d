"""The small app in Django, twice: for synchronous and for asynchronous servers."""

from collections.abc import AsyncIterator, Iterator
from typing import Any, ClassVar

import django
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import re_path
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from tests.support.shop import PARTS, shop, stream_headers
from vwr_middleware.django import WaitingRoomMiddleware, waiting_room
from vwr_middleware.site.routing import Site

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "tests.support.django_shop.Injected",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
]
closed: list[str] = []  # paths whose stream was closed

if not settings.configured:
    settings.configure(
        SECRET_KEY="the key of a project of Django",
        ALLOWED_HOSTS=["*"],
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "vwr_middleware.django",
        ],
        MIDDLEWARE=MIDDLEWARE,
        ROOT_URLCONF="tests.support.django_urls",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
        VWR={"PATHS": ["/tickets"], "STORE": "memory://"},
        APPEND_SLASH=False,
        LOGGING_CONFIG=None,
    )
    django.setup()


class Injected(WaitingRoomMiddleware):
    """The middleware over a site that a test has made."""

    given: ClassVar[list[Site]] = []

    def _make_site(self) -> Site:
        return self.given[-1]


def page(request: HttpRequest) -> HttpResponse:
    answer = shop(request.path_info, request.method or "", request.body, _session(request))
    response = HttpResponse(answer.body, status=answer.status, content_type=answer.kind)
    if not answer.kind:
        del response["Content-Type"]
    for name, value in answer.headers:
        if name == "Set-Cookie":
            response.cookies.load(value)
        else:
            response[name] = value
    return response


def _session(request: HttpRequest) -> Any:
    return request.vwr  # type: ignore[attr-defined]


async def page_async(request: HttpRequest) -> HttpResponse:
    return page(request)


def stream(request: HttpRequest) -> StreamingHttpResponse:
    headers = stream_headers(request.GET)
    return StreamingHttpResponse(_parts(), content_type="text/plain", headers=headers)


async def stream_async(request: HttpRequest) -> StreamingHttpResponse:
    headers = stream_headers(request.GET)
    return StreamingHttpResponse(_parts_async(), content_type="text/plain", headers=headers)


def _parts() -> Iterator[bytes]:
    try:
        yield from PARTS
    finally:
        closed.append("/tickets/stream")


async def _parts_async() -> AsyncIterator[bytes]:
    for part in _parts():
        yield part


def last(request: HttpRequest) -> HttpResponse:
    return HttpResponse("thanks", headers=stream_headers({"last"}))


@waiting_room("action")
def gone(request: HttpRequest) -> HttpResponse:
    raise Http404


@waiting_room("action")
async def gone_async(request: HttpRequest) -> HttpResponse:
    raise Http404


@waiting_room("action")
def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("the view has a fault")


@waiting_room("action")
def seat(request: HttpRequest, number: str) -> HttpResponse:
    return HttpResponse(number)


@waiting_room("action")
async def seat_async(request: HttpRequest, number: str) -> HttpResponse:
    return HttpResponse(number)


@waiting_room("action")
def stream_of_action(request: HttpRequest) -> StreamingHttpResponse:
    headers = stream_headers(request.GET)
    parts = (part + _session(request).id.encode() for part in _parts())
    return StreamingHttpResponse(parts, content_type="text/plain", headers=headers)


@waiting_room("action")
async def stream_of_action_async(request: HttpRequest) -> StreamingHttpResponse:
    headers = stream_headers(request.GET)
    parts = (part + _session(request).id.encode() async for part in _parts_async())
    return StreamingHttpResponse(parts, content_type="text/plain", headers=headers)


@method_decorator(waiting_room("action"), name="dispatch")
class Action(View):
    def get(self, request: HttpRequest, number: str = "") -> HttpResponse:
        return HttpResponse(number) if number else page(request)


@method_decorator(waiting_room("action"), name="dispatch")
class ActionAsync(View):
    async def get(self, request: HttpRequest, number: str = "") -> HttpResponse:
        return HttpResponse(number) if number else page(request)


def patterns(is_async: bool) -> list[object]:
    """The URLs, over views of either kind."""
    some_page: Any = page_async if is_async else page
    some_stream: Any = stream_async if is_async else stream
    some_seat = seat_async if is_async else seat
    some_class: Any = ActionAsync if is_async else Action
    return [
        re_path(r"^tickets/stream$", some_stream),
        re_path(r"^action/within$", waiting_room("action")(some_page)),
        re_path(r"^action/within/last$", waiting_room("action")(last)),
        re_path(r"^action/gone$", gone_async if is_async else gone),
        re_path(r"^action/broken$", broken),
        re_path(r"^action/stream$", stream_of_action_async if is_async else stream_of_action),
        re_path(r"^(?:action|tickets)/seat/(?P<number>\d+)$", some_seat),
        re_path(r"^action/class(?:/(?P<number>\d+))?$", some_class.as_view()),
        re_path(r"^action$", csrf_exempt(waiting_room("action")(some_page))),
        re_path(r"^action-in-a-thread$", csrf_exempt(waiting_room("action")(page))),
        re_path(r"^", csrf_exempt(some_page)),
    ]
