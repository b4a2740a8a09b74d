"""Who may change anything: what a form, a session, and a key must bring."""

import httpx
import pytest

from tests.panel.conftest import Open
from tests.support.doors import DOORS, Door
from tests.support.panel import CHANGE, GIVEN, PASSWORD, VIEWER, api, setting, signed_in


@pytest.mark.parametrize("token", ["", "0" * 64, "\u00fc"])
def test_a_form_without_its_token_changes_nothing(door: Door, token: str) -> None:
    operator = signed_in(door)
    operator.csrf = token
    assert operator.act("set", **CHANGE).status_code == 403
    assert setting(door, "max_active")["value"] == 2


def test_another_sessions_token_does_not_count(door: Door) -> None:
    operator, other = signed_in(door), signed_in(door)
    operator.csrf = other.csrf
    assert operator.act("set", **CHANGE).status_code == 403
    assert setting(door, "max_active")["value"] == 2


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_a_form_of_another_site_changes_nothing(door: Door, headers: dict[str, str]) -> None:
    operator = signed_in(door)
    operator.client.headers.update(headers)
    assert operator.act("set", **CHANGE).status_code == 403
    assert setting(door, "max_active")["value"] == 2


@pytest.mark.parametrize(
    "action", ["set", "advance", "pause", "reset", "restore", "revoke", "scale", "undo", "unset"]
)
def test_a_get_changes_nothing(door: Door, action: str) -> None:
    operator = signed_in(door)
    form = {"csrf": operator.csrf, "sure": "yes", "count": "5", "max_active": "7", "typed": "main"}
    answer = operator.client.get(f"/vwr-admin/rooms/main/{action}", params=form)
    assert answer.status_code == 405 and answer.headers["allow"] == "POST"
    assert setting(door, "max_active")["value"] == 2


def test_a_viewer_reads_everything_and_changes_nothing(door: Door) -> None:
    viewer = signed_in(door, VIEWER)
    assert viewer.open().status_code == 200
    assert viewer.client.get("/vwr-admin/api/rooms").status_code == 200
    for action in (
        "set",
        "advance",
        "pause",
        "reset",
        "unset",
        "inlet",
        "serve",
        "revoke",
        "restore",
        "scale",
        "undo",
    ):
        assert viewer.act(action, **CHANGE, count="3", typed="main").status_code == 403
    assert setting(door, "max_active")["value"] == 2
    assert viewer.send("explain", visitor="1").status_code == 200


def test_a_browsers_sign_in_does_not_write_by_the_api(door: Door) -> None:
    operator = signed_in(door)
    answer = operator.client.patch("/vwr-admin/api/rooms/main/settings", json={"max_active": 7})
    assert answer.status_code == 401
    assert setting(door, "max_active")["value"] == 2


@pytest.mark.parametrize("key", ["", "wrong", GIVEN["admin_api_key"] + "x", PASSWORD])
def test_the_api_takes_its_keys_and_no_others(door: Door, key: str) -> None:
    answer = api(door, key).patch("/rooms/main/settings", json={"max_active": 7})
    assert answer.status_code == 401 and answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("name", DOORS)
def test_a_second_key_opens_too_and_may_have_letters_of_any_language(
    open_it: Open, name: str
) -> None:
    key = "Schlüssel für 鍵 und Tür"
    door = open_it(name, admin_api_key=[GIVEN["admin_api_key"], key])
    for sent, status in ((key, 200), (key[1:], 401), ("\udcff", 401)):
        bearer = b"Bearer " + sent.encode("utf-8", "surrogateescape")
        answer = httpx.Client(transport=door.transport).get(
            "http://shop.example/vwr-admin/api/rooms", headers={b"Authorization": bearer}
        )
        assert answer.status_code == status
