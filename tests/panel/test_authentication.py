"""Who is let into the panel, and as whom."""

from typing import Any

import pytest

from tests.support.requests import PlainRequest
from vwr_middleware.blocking import finish
from vwr_middleware.events import Hooks
from vwr_middleware.keys import Keys
from vwr_middleware.panel.authentication import Guard, SignIns
from vwr_middleware.panel.operators import NAME_LONGEST, clean_name
from vwr_middleware.settings import Settings
from vwr_middleware.settings.operators import OPERATOR, VIEWER
from vwr_middleware.stores.opening import open_store
from vwr_middleware.worker.store_access import StoreAccess

SECRET = "a secret of the tests, long enough"
KEY = "a key for programs, long enough to be one"
NOW = 1_800_000_000.0


def guard(**settings: Any) -> Guard:
    given = {"admin_password": "a password, long enough", **settings}
    store = open_store("memory://")
    store_access = StoreAccess(store, (), Hooks(None), lambda: NOW, lambda: NOW)
    of_site = Settings(secret_key=SECRET, paths="/", **given)
    return Guard(of_site, Keys([SECRET], "vwr"), lambda: NOW, SignIns(store_access))


def test_a_name_is_one_line_and_not_long() -> None:
    assert clean_name(" Ann\r\n Lee\x1b ") == "Ann Lee"
    assert clean_name("x" * 99) == "x" * NAME_LONGEST


@pytest.mark.parametrize(
    ("authorization", "name", "known_as"),
    [
        (f"Bearer {KEY}", "", "api"),
        (f"bearer  {KEY} ", " B\xc3\xb6 \x7f", "Bö"),
        (f"Bearer {KEY}", "B\xf6", "B\ufffd"),
        (f"Basic {KEY}", "", None),
        (f"Bearer {KEY}x", "", None),
        (KEY, "", None),
    ],
)
def test_a_program_is_known_by_its_key_alone_and_calls_itself_as_it_likes(
    authorization: str, name: str, known_as: str | None
) -> None:
    headers = {"authorization": authorization, "vwr-operator": name}
    operator = guard(admin_api_key=["another key for programs, long enough", KEY]).by_key(
        PlainRequest(headers=headers)
    )
    assert (operator and operator.name) == known_as
    assert operator is None or operator.may_change


@pytest.mark.parametrize(
    ("answer", "name"), [(" Bo\n", "Bo"), ((" Bo\n", VIEWER), "Bo"), ((7, OPERATOR), "7")]
)
def test_a_name_that_the_app_tells_is_cleaned_too(answer: object, name: str) -> None:
    own = guard(admin_auth=lambda request: answer)
    operator = finish(own.by_browser(PlainRequest(), None))
    assert operator is not None and operator.name == name


def test_who_tells_no_name_is_called_after_the_role() -> None:
    assert guard().sign_in(" ", VIEWER).name == VIEWER
    assert guard().sign_in("Ann", VIEWER).name == "Ann"


def test_the_cookie_of_the_panel_lies_at_its_path_and_is_removed_by_signing_out() -> None:
    own, request = guard(), PlainRequest(mount="/a;b")
    kept, removed = (own.cookie(request, seal) for seal in (own.sign_in("", VIEWER), None))
    assert (kept.max_age, removed.max_age, removed.value) == (12 * 3600, 0, "")
    assert kept.path == removed.path == "/a%3Bb/vwr-admin"
