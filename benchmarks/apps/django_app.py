"""The same page in Django, bare and with our middleware, as WSGI and as ASGI apps."""

from typing import Any

import django
from django.conf import settings as django_settings
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

from benchmarks.apps.asgi import PAGE, settings

urlpatterns: list[Any] = []


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(PAGE)


async def async_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(PAGE)


def _set_up(view: Any, *middleware: str) -> None:
    urlpatterns[:] = [path("tickets", view), path("about", view)]
    given = {name.upper(): value for name, value in settings().items()}
    django_settings.configure(
        SECRET_KEY="of a benchmark",
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=__name__,
        MIDDLEWARE=list(middleware),
        VWR=given,
    )
    django.setup()


OURS = "vwr_middleware.django.WaitingRoomMiddleware"


def bare_wsgi() -> Any:
    _set_up(page)
    return get_wsgi_application()


def ours_wsgi() -> Any:
    _set_up(page, OURS)
    return get_wsgi_application()


def bare_asgi() -> Any:
    _set_up(async_page)
    return get_asgi_application()


def ours_asgi() -> Any:
    _set_up(async_page, OURS)
    return get_asgi_application()
