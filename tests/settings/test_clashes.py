"""Settings that contradict each other, and cookies that would have one name."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any
from unittest.mock import MagicMock

import pytest
from flask import Flask

from tests.support.problems import KEY, problems
from vwr_middleware import asgi, wsgi
from vwr_middleware.django import staff
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.flask import WaitingRoom
from vwr_middleware.gate import visit
from vwr_middleware.settings import Settings
from vwr_middleware.settings.clashes import OTHER_COOKIES


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"burst": 3}, "burst needs per_minute"),
        ({"cookie_samesite": "None", "cookie_secure": "never"}, "needs secure cookies"),
        ({"cookie_partitioned": True, "cookie_secure": "never"}, "needs secure cookies"),
        ({"opens_at": 2e9, "closes_at": 2e9}, "closes_at must be later than opens_at"),
        ({"confirm_within": 90, "session_seconds": 30}, "confirm_within cannot be longer"),
        ({"cookie_path": "/tickets"}, 'set prefix to "/tickets/_vwr", or cookie_path to "/"'),
        ({"cookie_path": "/tickets/", "prefix": "/t"}, 'does not cover prefix "/t"'),
        ({"cookie_path": "/tickets", "prefix": "/ticketsvwr"}, "does not cover prefix"),
        (
            {"cookie_path": "/a", "prefix": "/a/_vwr", "paths": ["/a/b", "/ab"]},
            'does not cover "/ab", so people would get a new place on every page',
        ),
        (
            {"prefix": "/tickets"},
            'the app would never get "/tickets": set prefix to "/tickets/_vwr"',
        ),
        ({"prefix": "/t", "paths": ["/x", "/t/buy/"]}, 'the app would never get "/t/buy/": set'),
        (
            {"admin_prefix": "/tickets", "admin_password": "open sesame, please"},
            'set admin_prefix to "/tickets/_vwr-admin"',
        ),
        (
            {
                "admin_password": "open sesame, please",
                "admin_viewer_password": "open sesame, please",
            },
            "admin_viewer_password is the same as admin_password",
        ),
        ({"paths": "/", "exclude": ["/static", "/"]}, "covers all of its paths, so nobody would"),
        ({"exclude": "/*"}, 'for a single page write re.compile("^/$")'),
        ({"paths": ["/a/b", "*"], "exclude": "*"}, "room 'main': exclude covers all of its paths"),
        (
            {"paths": ["/a/b", "/c"], "exclude": ["/a/", "/c"]},
            "a path includes everything below it",
        ),
        ({"paths": re.compile("^/a"), "exclude": "/"}, "exclude covers all of its paths"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(
    given: dict[str, object], told: str
) -> None:
    said = problems(**given)
    assert len(said) == 1
    assert told in said[0]


@pytest.mark.parametrize(
    ("paths", "exclude"),
    [
        ("/", re.compile("^/$")),
        ([], "/"),
        ("/tickets", "/tickets/*"),
        ("/tickets", ["/tickets/a", "/ticket"]),
        (["/a", "/b"], "/a"),
    ],
)
def test_an_exclusion_that_leaves_something_is_none_of_them(paths: Any, exclude: Any) -> None:
    Settings(secret_key=KEY, paths=paths, exclude=exclude)


@pytest.mark.parametrize(
    "given",
    [
        {"cookie_path": "/tickets", "prefix": "/tickets/_vwr"},
        {"cookie_path": "/", "prefix": "/anywhere"},
        {"cookie_path": "/", "paths": "*/buy"},
        {"cookie_path": "/shop"},  # an app that is mounted there
        # An app behind a proxy that sends it nothing else.
        {"cookie_path": "/shop", "prefix": "/shop/_vwr", "paths": ["/"]},
        {"cookie_path": "/shop", "prefix": "/shop/_vwr", "paths": ["/shop*"]},
        {"cookie_path": "/shop", "prefix": "/shop/_vwr", "paths": re.compile("^/tickets")},
        {"cookie_path": "/tickets", "paths": []},
    ],
)
def test_a_cookie_path_that_may_reach_our_pages_is_taken(given: dict[str, object]) -> None:
    settings = Settings(**{"secret_key": KEY, "paths": "/tickets", **given})
    assert settings.cookie_path == given["cookie_path"]


def test_cookies_of_a_path_with_a_slash_at_its_end_come_to_the_path_itself_too() -> None:
    settings = Settings(
        secret_key=KEY, paths="/tickets", cookie_path="/tickets/", prefix="/tickets/_vwr"
    )
    assert settings.cookie_path == "/tickets"  # browsers bring none of Path=/tickets/ there
    assert Settings(secret_key=KEY, paths="/tickets", cookie_path="/").cookie_path == "/"


@pytest.mark.parametrize(
    "given",
    [
        {"prefix": "/tick"},
        {"prefix": "/tickets/vwr"},
        {"prefix": "/t", "paths": [re.compile("^/t/")]},
        {"admin_prefix": "/tickets"},  # there is no panel
    ],
)
def test_our_pages_may_lie_beside_and_within_a_protected_path(given: dict[str, object]) -> None:
    Settings(**{"secret_key": KEY, "paths": "/tickets", **given})


@pytest.mark.parametrize(
    ("namespace", "room", "told"),
    [
        ("vwr", "panel", "cookie vwr_panel would also be another cookie of ours: rename the room"),
        ("vwr", "staff", "room 'staff': its cookie vwr_staff would also be another cookie"),
        ("vwr", "lang", "vwr_lang"),
        ("vwr", "refresh", "vwr_refresh"),
        ("vwr_a", "token", "would also be the access token of a room 'a' in the namespace 'vwr'"),
        (
            "vwr_a",
            "kept",
            "would also be a kept ticket or token of a room 'a' in the namespace 'vwr'",
        ),
    ],
)
def test_a_room_cannot_be_named_so_that_its_cookie_is_another_of_ours(
    namespace: str, room: str, told: str
) -> None:
    rooms = [{"name": room, "paths": "/b"}, {"name": "a", "paths": "/a"}]
    (problem,) = problems(secret_key=KEY, namespace=namespace, rooms=rooms)
    assert told in problem
    assert problems(secret_key=KEY, namespace=namespace, name=room) == (problem,)


@pytest.mark.parametrize(("namespace", "room"), [("vwr", "token"), ("shop", "staff")])
def test_a_name_that_clashes_with_nothing_is_free(namespace: str, room: str) -> None:
    settings = Settings(secret_key=KEY, namespace=namespace, name=room, paths="/b")
    assert settings.rooms[0].name == room


def test_the_names_that_are_taken_are_those_of_our_other_cookies() -> None:
    used = {visit.LANGUAGE_COOKIE, visit.REFRESH_COOKIE, staff.NAME, "vwr_panel"}
    assert used | {"vwr_panel_lang"} == OTHER_COOKIES


ANY_APP: Any = MagicMock()


TAKERS = pytest.mark.parametrize(
    "take",
    [
        pytest.param(partial(asgi.WaitingRoomMiddleware, ANY_APP), id="asgi"),
        pytest.param(partial(wsgi.WaitingRoomMiddleware, ANY_APP), id="wsgi"),
        pytest.param(lambda **kwargs: WaitingRoom(Flask("shop"), **kwargs), id="flask"),
    ],
)


@TAKERS
def test_settings_by_name_do_not_stand_beside_a_settings_object(
    take: Callable[..., object],
) -> None:
    made = Settings(secret_key=KEY, paths="/tickets", store="memory://")
    take(settings=made)
    with pytest.raises(
        ConfigurationError, match="max_active would be ignored beside a Settings object"
    ):
        take(settings=made, max_active=3)
    with pytest.raises(ConfigurationError, match="must be a Settings, not a dict: pass settings"):
        take(settings={"secret_key": KEY, "paths": "/tickets"})


@TAKERS
def test_a_switched_off_middleware_needs_nothing_else(take: Callable[..., object]) -> None:
    take(enabled=False)


@pytest.mark.parametrize("door", [asgi, wsgi], ids=["asgi", "wsgi"])
def test_where_no_setting_is_given_the_environment_is_named(door: Any) -> None:
    room = door.WaitingRoomMiddleware
    with pytest.raises(ConfigurationError) as caught:
        room(ANY_APP)
    hint, *others = caught.value.problems
    assert "with settings=Settings.from_env(os.environ)" in hint
    assert len(others) == 2
    with pytest.raises(ConfigurationError) as caught:
        room(ANY_APP, max_active=5)
    assert len(caught.value.problems) == 2
