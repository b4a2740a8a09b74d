"""Mistakes in a Django project: told when it starts, and by `manage.py check`."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import pytest
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.checks import run_checks
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.middleware.cache import UpdateCacheMiddleware
from django.test import override_settings
from django.urls import include, path
from django.utils.decorators import method_decorator
from django.utils.functional import SimpleLazyObject
from django.views import View
from django.views.decorators.cache import cache_page
from django.views.decorators.vary import vary_on_headers

from tests.support.django_project import SECURITY, SESSIONS, project
from vwr_middleware.django import WaitingRoomMiddleware, waiting_room
from vwr_middleware.django.checks import OURS
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.settings import Settings

UPDATE_CACHE = "django.middleware.cache.UpdateCacheMiddleware"
#: Both halves of a cache in one.
CACHE = "django.middleware.cache.CacheMiddleware"


@waiting_room("nowhere")
def astray(request: HttpRequest) -> HttpResponse:
    return HttpResponse("never")


@waiting_room("action")
def twice(request: HttpRequest) -> HttpResponse:
    return HttpResponse("twice")


@waiting_room("action")
@cache_page(60)
def kept_below(request: HttpRequest) -> HttpResponse:
    return HttpResponse("the same for everybody, after the wait")


@cache_page(60)
@vary_on_headers("Accept")
@waiting_room("action")
def kept_above(request: HttpRequest) -> HttpResponse:
    return HttpResponse("the same for everybody, without a wait")


@waiting_room("action")
async def awaited(request: HttpRequest) -> HttpResponse:
    return HttpResponse("never")


@method_decorator(waiting_room("action"), name="dispatch")
class OfAClass(View):
    """A class whose view is decorated."""


@method_decorator(cache_page(60), name="dispatch")
@method_decorator(waiting_room("action"), name="dispatch")
class KeptAbove(View):
    """A class with both decorators in the wrong order."""


@method_decorator(waiting_room("action"), name="dispatch")
@method_decorator([vary_on_headers("Accept"), cache_page(60)], name="dispatch")
class KeptBelow(View):
    """A class with them in the right order."""


def audited(view: Callable[..., HttpResponse], to: object = None) -> Any:
    """A decorator of a project, with a name that only one branch gives a value."""
    if to is None:
        note = print

    @wraps(view)
    def inner(request: HttpRequest) -> HttpResponse:
        (note if to is None else to)(request)  # type: ignore[operator]
        return view(request)

    return inner


class CachedUrls:
    """A URLconf with caches around views, in the right order and in the wrong one."""

    urlpatterns = (
        path("below", kept_below),
        path("above", kept_above),
        path("awaited", cache_page(60)(awaited)),
        path("class", vary_on_headers("Accept")(cache_page(60)(OfAClass.as_view()))),
        path("class/above", KeptAbove.as_view()),
        path("class/below", vary_on_headers("Accept")(KeptBelow.as_view())),
    )


class WrongUrls:
    """A URLconf with decorators that cannot work."""

    urlpatterns = (path("astray", astray), path("tickets/", include([path("twice", twice)])))


class RightUrls:
    """One whose decorated view lies in the paths of the room that it names."""

    urlpatterns = (path("tickets", waiting_room("main")(lambda request: HttpResponse())),)


def test_problems_of_settings_are_told_when_django_starts() -> None:
    with project(VWR_MAX_ACTIV=3), pytest.raises(ConfigurationError, match="did you mean"):
        WSGIHandler()
    given = Settings(secret_key="a key for tests, long enough", paths="/tickets")
    for none in (None, "paths=/tickets", given):
        with (
            override_settings(VWR=none),
            pytest.raises(ConfigurationError, match="not a dictionary"),
        ):
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
    with project(VWR_ROOMS=[{"PATHS": "/tickets", "PREFLIGHTS": True}, {"NAME": "x", "PATHS": []}]):
        assert "put CorsMiddleware before" in told()["vwr.E001"]


class SessionsOfTheProject(SessionMiddleware):
    """As pretix has them."""


class CacheOfTheProject(UpdateCacheMiddleware):
    """A cache with rules of its own."""


OWN_SESSIONS, OWN_CACHE = (
    f"{kind.__module__}.{kind.__qualname__}" for kind in (SessionsOfTheProject, CacheOfTheProject)
)


@pytest.mark.parametrize(
    ("middleware", "id"),
    [
        ([OURS, SECURITY, SESSIONS], "vwr.W002"),
        ([SECURITY, OWN_SESSIONS, OURS], "vwr.W003"),
        ([SECURITY, OWN_CACHE, OURS], "vwr.E002"),
        ([SECURITY, SESSIONS, OURS], "vwr.W003"),
        ([SECURITY, UPDATE_CACHE, OURS], "vwr.E002"),
        ([SECURITY, CACHE, OURS], "vwr.E002"),
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


class OfTheProject(WaitingRoomMiddleware):
    """A subclass, as projects write them."""


def test_a_project_without_the_middleware_is_told_by_the_checks() -> None:
    for wrong in ([SECURITY, SESSIONS], [SECURITY, OURS.replace("django", "wsgi"), SESSIONS]):
        with project(MIDDLEWARE=wrong):
            assert list(told()) == ["vwr.W001"]
        with project(MIDDLEWARE=wrong, VWR_ENABLED=False):
            assert told() == {}
    of_the_project = f"{OfTheProject.__module__}.{OfTheProject.__name__}"
    for right in (of_the_project, "vwr_middleware.django.middleware.WaitingRoomMiddleware"):
        with project(MIDDLEWARE=[SECURITY, "nowhere.Middleware", right, SESSIONS]):
            assert told() == {}


def test_decorators_that_cannot_work_are_told_by_the_checks() -> None:
    with project(ROOT_URLCONF=WrongUrls):
        found = told()
    assert "'nowhere') names no room" in found["vwr.E003"]
    assert (
        "/tickets/twice has @waiting_room('action') and already lies in room" in found["vwr.W004"]
    )
    with project(ROOT_URLCONF=WrongUrls, VWR_ENABLED=False):
        assert told() == {}
    with project(ROOT_URLCONF=RightUrls):
        assert told() == {}


def test_a_cache_around_a_decorated_view_is_told_by_the_checks() -> None:
    with project(ROOT_URLCONF=CachedUrls):
        found = [m.msg for m in run_checks() if m.id == "vwr.E005"]
    places = [text.split(" at ")[1].split(", ")[0] for text in found]
    assert places == ["/above", "/awaited", "/class", "/class/above"]


def test_decorators_of_a_project_are_looked_at_without_waking_what_they_hold() -> None:
    woken: list[str] = []
    view = audited(
        waiting_room("action")(kept_below), SimpleLazyObject(lambda: woken.append("woken"))
    )

    class Urls:
        urlpatterns = (path("audited", view), path("tickets", lambda request: HttpResponse()))

    with project(ROOT_URLCONF=Urls):
        assert told() == {}
    assert woken == []
