"""A Django project with a room and an action, made anew for every test, and browsers of it."""

from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.middleware.csrf import get_token
from django.test import Client, override_settings
from django.urls import path
from django.utils.decorators import method_decorator
from django.views import View
from django.views.generic import TemplateView

from tests.support.visitor import PAGE
from vwr_middleware.django import waiting_room
from vwr_middleware.django.checks import OURS

SECURITY = "django.middleware.security.SecurityMiddleware"
SESSIONS = "django.contrib.sessions.middleware.SessionMiddleware"
CSRF = "django.middleware.csrf.CsrfViewMiddleware"


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


def browsers(count: int, **options: Any) -> list[Client]:
    """Browsers of one server process."""
    made = [Client(headers=PAGE, **options) for _ in range(count)]
    for client in made[1:]:
        client.handler = made[0].handler
    return made
