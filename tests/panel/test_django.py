"""The panel in a Django project: its staff operate it, by the project's own login."""

import asyncio
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.management import call_command
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory, override_settings
from django.urls import include, path

from tests.support.django_shop import page  # sets Django up
from vwr_middleware.django.checks import OURS
from vwr_middleware.django.operators import staff
from vwr_middleware.django.settings import read_settings

BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture(scope="module", autouse=True)
def database() -> Iterator[None]:
    call_command("migrate", verbosity=0)
    yield
    connection.close()


def request_of(name: str, **user: Any) -> Any:
    """A request with the session of such a user."""
    users: Any = get_user_model().objects
    # No login is tried, so no password need be made hard to guess, which takes long.
    person = users.create(username=name, password="as it is kept", **user)
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = BACKEND
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    request = RequestFactory().get("/vwr-admin/")
    request.COOKIES["sessionid"] = str(session.session_key)
    return request


def test_staff_operates_the_panel() -> None:
    assert staff(request_of("ann", is_staff=True)) == "ann"


class SessionsOfTheProject(SessionMiddleware):
    """Those of a project with a cookie of another name, as pretix has one over https."""

    def process_request(self, request: Any) -> None:
        request.session = self.SessionStore(request.COOKIES.get("__Host-sessionid"))


def test_the_projects_own_sessions_tell_who_is_staff() -> None:
    request = request_of("dan", is_staff=True)
    request.COOKIES["__Host-sessionid"] = request.COOKIES.pop("sessionid")
    own = f"{SessionsOfTheProject.__module__}.{SessionsOfTheProject.__name__}"
    for middleware, name in (([OURS], None), ([OURS, own], "dan")):
        with override_settings(MIDDLEWARE=middleware):
            assert staff(request) == name


class SessionsRefused(SessionMiddleware):
    """Those of a project that compares more than the cookie's name, and answers itself then."""

    def process_request(self, request: Any) -> Any:
        super().process_request(request)
        return HttpResponse(status=401)


def test_nobody_is_staff_by_a_session_that_the_project_refuses() -> None:
    request = request_of("eve", is_staff=True)
    own = f"{SessionsRefused.__module__}.{SessionsRefused.__name__}"
    with override_settings(MIDDLEWARE=[OURS, own]):
        assert staff(request) is None


@pytest.mark.parametrize("user", [{}, {"is_staff": True, "is_active": False}])
def test_nobody_else_does(user: dict[str, bool]) -> None:
    assert staff(request_of(f"bo{len(user)}", **user)) is None


def test_who_is_not_active_does_not_either_where_the_project_lets_them_sign_in() -> None:
    request: Any = RequestFactory().get("/vwr-admin/")
    request.user = get_user_model()(username="eve", is_staff=True, is_active=False)
    assert staff(request) is None


def test_a_stranger_does_not() -> None:
    request = RequestFactory().get("/vwr-admin/")
    assert staff(request) is None
    request.COOKIES["sessionid"] = "forged"
    assert staff(request) is None


def test_under_asgi_the_user_is_looked_up_beside_the_loop() -> None:
    request = RequestFactory().get("/vwr-admin/")

    async def ask() -> object:
        return await staff(request)

    assert asyncio.run(ask()) is None


def test_a_password_or_a_login_of_your_own_takes_its_place() -> None:
    assert read_settings().admin_auth is not None
    given = {"PATHS": ["/tickets"], "STORE": "memory://"}
    with override_settings(VWR={**given, "ADMIN_PASSWORD": "a long password"}):
        assert read_settings().admin_auth is None
    with override_settings(VWR={**given, "ADMIN_AUTH": None}):
        assert read_settings().admin_auth is None


def test_the_panel_leads_to_the_admins_login_or_the_projects_own() -> None:
    auth: Any = read_settings().admin_auth
    assert auth.login("/vwr-admin/") == "/accounts/login/?next=%2Fvwr-admin%2F"
    with override_settings(LOGIN_URL="/saml/login/?idp=one"):
        assert auth.login("/vwr-admin/") == "/saml/login/?idp=one&next=%2Fvwr-admin%2F"
    with override_settings(ROOT_URLCONF=Admins):
        assert auth.login("/vwr-admin/") == "/admin/login/?next=%2Fvwr-admin%2F"


class Admins:
    """The addresses of a project whose admin is on, as far as they matter."""

    urlpatterns: ClassVar[list[Any]] = [
        path("admin/", include(([path("login/", page, name="login")], "admin")))
    ]
