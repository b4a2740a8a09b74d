"""Django's staff never waits, where the settings say so."""

import asyncio
from time import time
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.core.signing import TimestampSigner, b62_encode
from django.http import HttpResponse
from django.test import AsyncClient, RequestFactory, modify_settings
from django.utils.functional import SimpleLazyObject

from tests.support.asgi import call, scope_of
from tests.support.django_project import ROOMS, browsers, project
from tests.support.house import Shop
from tests.support.visitor import PAGE
from vwr_middleware.asgi import WaitingRoomMiddleware
from vwr_middleware.blocking import finish
from vwr_middleware.django.request import DjangoRequest
from vwr_middleware.django.settings import read_settings
from vwr_middleware.django.staff import StaffInHand, is_staff, note_staff
from vwr_middleware.settings import Settings

SETTINGS = Settings(secret_key="a key for the staff", paths="/tickets")


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


@pytest.mark.parametrize(
    ("setting", "is_https", "expected"),
    [
        ({}, False, False),
        ({"VWR_TRUSTED_PROXIES": 1}, True, True),
        ({"VWR_COOKIE_SECURE": "always"}, False, True),
        ({"VWR_TRUSTED_PROXIES": 1, "VWR_COOKIE_SECURE": "never"}, True, False),
    ],
)
def test_the_cookie_of_staff_goes_over_https_only_as_the_others_do(
    setting: dict[str, Any], is_https: bool, expected: bool
) -> None:
    told = {"X-Forwarded-Proto": "https" if is_https else "http", "X-Forwarded-For": "192.0.2.1"}
    with project(VWR_BYPASS_STAFF=True, **setting):
        (staff,) = browsers(1)
        cookie = staff.get("/login?staff=1", headers=told).cookies["vwr_staff"].OutputString()
    assert ("Secure" in cookie) is expected


def made(seconds_ago: int) -> str:
    """A member of the staff's cookie of so long ago."""
    signer = TimestampSigner(salt="vwr_middleware.staff")
    signer.timestamp = lambda: b62_encode(int(time()) - seconds_ago)  # type: ignore[method-assign]
    return signer.sign("7")


def test_who_is_not_active_is_no_staff_and_an_old_cookie_is_made_anew() -> None:
    set_for = []
    for is_active in (False, True):
        request, response = RequestFactory().get("/staff"), HttpResponse()
        request.COOKIES["vwr_staff"] = made(13 * 3600)
        request.user = User(pk=7, is_staff=True, is_active=is_active)
        note_staff(request, response, SETTINGS)
        set_for += [is_active] * ("vwr_staff" in response.cookies)
    assert set_for == [True]


def test_users_of_a_project_that_knows_no_staff_are_none() -> None:
    for user in (SimpleNamespace(pk=7, is_active=True), SimpleNamespace(pk=7, is_staff=True)):
        request, response = RequestFactory().get("/staff"), HttpResponse()
        request.user = user  # type: ignore[assignment]
        note_staff(request, response, SETTINGS)
        assert not response.cookies


@pytest.mark.parametrize("missing", ["auth", "contenttypes", "sessions"])
def test_a_project_without_the_apps_for_it_knows_no_staff(missing: str) -> None:
    with modify_settings(INSTALLED_APPS={"remove": f"django.contrib.{missing}"}), project():
        assert read_settings().admin_auth is None
    with project():
        assert read_settings().admin_auth is not None


def test_staff_may_be_named_in_either_case() -> None:
    with project(VWR_bypass_staff=True):
        shopper, staff = browsers(2)
        shopper.get("/tickets")
        staff.get("/login?staff=1")
        assert staff.get("/tickets").content == b"None 1"


def test_a_bypass_beside_staff_goes_on_to_let_by() -> None:
    rooms = [{**room, "bypass": lambda request: True} for room in ROOMS]
    with project(VWR_BYPASS_STAFF=True, VWR_ROOMS=rooms):
        shopper, other = browsers(2)
        shopper.get("/tickets")
        assert other.get("/tickets").status_code == 200


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


def test_nor_do_the_websockets_of_staff_beside_django() -> None:
    def opened(cookie: str) -> str:
        scope = scope_of("/tickets/live", {"cookie": cookie}, type="websocket", extensions={})
        return str(call(sockets, scope).messages[0]["type"])

    with project(VWR_BYPASS_STAFF=True):
        (staff,) = browsers(1)
        sockets = WaitingRoomMiddleware(Shop(), read_settings())
        seen = staff.get("/login?staff=1").cookies["vwr_staff"].value
        assert opened(f"vwr_staff={seen}") == "websocket.accept"
        assert opened("vwr_staff=7") == "websocket.close"


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


ANN = User(pk=7, username="ann", is_staff=True, password="a hash")


class Accounts:
    """The accounts of a project without a database: Ann's, as long as she has one."""

    ann: User | None = ANN

    def get_user(self, key: str) -> User | None:
        return self.ann


def signed_in(client: Any) -> Any:
    """A browser in which Ann has signed in."""
    session = client.session
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = "7", f"{__name__}.Accounts"
    session[HASH_SESSION_KEY] = ANN.get_session_auth_hash()
    session.save()
    client.cookies["sessionid"] = session.session_key
    return client


def staffed() -> Any:
    return project(VWR_BYPASS_STAFF=True, AUTHENTICATION_BACKENDS=[f"{__name__}.Accounts"])


def test_a_staff_cookie_is_good_for_minutes_and_then_for_twelve_hours_with_the_login() -> None:
    with staffed():
        shopper, staff, late, lone = browsers(4)
        shopper.get("/tickets")
        cookie = staff.get("/login?staff=1").cookies["vwr_staff"].OutputString()
        assert "; Max-Age=43200; " in cookie
        signed_in(staff).cookies["vwr_staff"] = made(12 * 3600 - 60)
        seen = staff.get("/tickets")
        assert seen.status_code == 200
        assert seen.cookies["vwr_staff"].value, "it is new again"
        signed_in(late).cookies["vwr_staff"] = made(12 * 3600 + 60)
        assert late.get("/tickets").status_code == 202
        lone.cookies["vwr_staff"] = made(4 * 60)
        assert lone.get("/tickets").status_code == 200
        lone.cookies["vwr_staff"] = made(6 * 60)
        refused = lone.get("/tickets")
        assert (refused.status_code, refused.cookies["vwr_staff"].value) == (202, "")


@pytest.mark.parametrize(
    "now",
    [
        None,
        User(pk=7, username="ann", is_staff=True, is_active=False, password="a hash"),
        User(pk=7, username="ann", is_staff=False, password="a hash"),
        User(pk=7, username="ann", is_staff=True, password="another hash"),
    ],
    ids=["deleted", "deactivated", "no longer staff", "another password"],
)
def test_a_staff_cookie_ends_with_the_account(
    now: User | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with staffed():
        shopper, staff = browsers(2)
        shopper.get("/tickets")
        signed_in(staff).cookies["vwr_staff"] = made(6 * 60)
        monkeypatch.setattr(Accounts, "ann", now)
        assert staff.get("/tickets").status_code == 202


def test_asynchronous_django_looks_a_login_up_too() -> None:
    async def journey() -> list[int]:
        shopper, staff = AsyncClient(), AsyncClient()
        staff.handler = shopper.handler
        answers = [await shopper.get("/tickets", headers=PAGE)]
        staff.cookies["vwr_staff"] = made(6 * 60)
        answers.append(await staff.get("/tickets", headers=PAGE))
        staff.cookies["vwr_staff"] = made(6 * 60)
        answers.append(await signed_in(staff).get("/tickets", headers=PAGE))
        return [answer.status_code for answer in answers]

    with staffed():
        assert asyncio.run(journey()) == [200, 202, 200]


def test_a_staff_cookie_that_many_share_is_slowed_down() -> None:
    request, staff = RequestFactory().get("/tickets"), StaffInHand()
    request.COOKIES["vwr_staff"] = request.META["HTTP_COOKIE"] = f"vwr_staff={made(0)}"
    asked = DjangoRequest(request)
    assert [finish(staff.look(request, asked)) for _ in range(33)] == ["7"] * 32 + [""]
    assert not is_staff(asked)
    staff.ends("7")
    assert finish(staff.look(request, asked)) == "7"
    assert is_staff(asked)


def test_requests_of_staff_do_not_add_up() -> None:
    with project(VWR_BYPASS_STAFF=True):
        shopper, staff = browsers(2)
        shopper.get("/tickets")
        staff.cookies["vwr_staff"] = made(60)
        assert {staff.get("/tickets").status_code for _ in range(40)} == {200}


def test_staff_waits_like_everybody_where_nothing_else_is_said() -> None:
    with project():
        shopper, staff = browsers(2)
        shopper.get("/tickets")
        assert "vwr_staff" not in staff.get("/login?staff=1").cookies
        assert staff.get("/tickets").status_code == 202


@pytest.mark.parametrize("secure", [True, False])
@pytest.mark.parametrize("cached", ["_cached_user", "_acached_user"])
def test_who_was_looked_up_gets_the_cookie_in_an_answer_that_no_cache_may_share(
    cached: str, secure: bool
) -> None:
    request, response = RequestFactory().get("/staff", secure=secure), HttpResponse()
    lazy: Any = SimpleLazyObject(lambda: pytest.fail("it is looked up for us"))
    request.user = lazy
    note_staff(request, response, SETTINGS)
    assert not response.cookies and not response.has_header("Cache-Control")
    setattr(request, cached, User(pk=7, is_staff=True))
    response["Cache-Control"] = "public, max-age=60"
    response["CDN-Cache-Control"] = response["Surrogate-Control"] = "max-age=60"
    note_staff(request, response, SETTINGS)
    assert ("; Secure" in response.cookies["vwr_staff"].OutputString()) == secure
    told = {name.lower(): value for name, value in response.items()}
    del told["content-type"]
    assert told == {"cache-control": "private, max-age=60"}
