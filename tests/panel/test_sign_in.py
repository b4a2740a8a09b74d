"""Who gets into the panel, and for how long."""

import pytest

from tests.panel.conftest import Open
from tests.support.clock import Clock
from tests.support.doors import DOORS, Door
from tests.support.panel import CHANGE, GIVEN, PAGE, PASSWORD, Operator, api, setting, signed_in


@pytest.mark.parametrize("name", DOORS)
def test_the_panel_stands_in_every_door(open_it: Open, name: str) -> None:
    door = open_it(name, **GIVEN)
    operator = signed_in(door)
    page = operator.open()
    assert page.status_code == 200 and "main" in page.text and "Ann" in page.text
    assert operator.act("set", **CHANGE).json() == {"said": "Done: max_active is 7."}
    client = api(door)
    assert client.patch("/rooms/main/settings", json={"max_active": 8}).status_code == 200
    assert client.delete("/rooms/main/settings/max_active").status_code == 200
    assert client.put("/rooms/main/serving", json={"serving": 0}).json() == {"serving": 0}


def test_without_password_key_and_login_there_is_no_panel(open_it: Open) -> None:
    operator = Operator.at(open_it())
    assert operator.open("/").json()["path"] == "/vwr-admin/"  # the app's own answer


def test_nobody_sees_anything_before_the_sign_in(door: Door) -> None:
    operator = Operator.at(door)
    for path in ("/", "/rooms/main"):
        answer = operator.open(path)
        assert answer.status_code == 401 and 'name="password"' in answer.text
    for path in ("/rooms/main/live", "/metrics", "/api/rooms", "/api/openapi.json"):
        assert operator.client.get(f"/vwr-admin{path}").status_code == 401
    answer = operator.act("set", **CHANGE)
    assert answer.status_code == 401 and "nothing was changed" in answer.json()["detail"]
    assert setting(door, "max_active")["value"] == 2


def test_signing_in_leads_back_to_the_page_that_was_wanted(door: Door) -> None:
    operator = Operator.at(door)
    assert 'name="next" value="/rooms/main"' in operator.open().text
    answer = operator.sign_in(next="/rooms/main")
    assert answer.headers["location"] == "/vwr-admin/rooms/main"
    assert operator.open().status_code == 200


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "/\\evil.example", "https://evil.example", ""]
)
def test_signing_in_never_leads_away_from_the_panel(door: Door, wanted: str) -> None:
    assert Operator.at(door).sign_in(next=wanted).headers["location"] == "/vwr-admin/"


@pytest.mark.parametrize(
    ("setting", "scheme", "is_secure"),
    [
        ("auto", "https", True),
        ("auto", "http", False),
        ("always", "http", True),
        ("never", "https", False),
    ],
)
def test_the_cookie_is_strict_hidden_from_scripts_and_sent_to_the_panel_only(
    open_it: Open, setting: str, scheme: str, is_secure: bool
) -> None:
    operator = Operator.at(open_it(**GIVEN, cookie_secure=setting, trusted_proxies=1), "192.0.2.1")
    operator.client.headers["X-Forwarded-Proto"] = scheme
    parts = operator.sign_in().headers["set-cookie"].split("; ")
    assert {"HttpOnly", "SameSite=Strict", "Path=/vwr-admin"} <= set(parts)
    assert ("Secure" in parts) == is_secure


def test_panels_of_two_namespaces_at_one_host_sign_nobody_out_of_the_other(
    open_it: Open,
) -> None:
    operator = signed_in(open_it(**GIVEN))
    other = Operator.at(open_it(**GIVEN, namespace="other"))
    other.client.cookies.update(operator.client.cookies)
    other.sign_in()
    operator.client.cookies.update(other.client.cookies)
    assert operator.open().status_code == other.open().status_code == 200


@pytest.mark.parametrize("password", ["", "wrong", PASSWORD + " ", PASSWORD.upper(), "\u00fcber"])
def test_a_wrong_password_opens_nothing(door: Door, password: str) -> None:
    operator = Operator.at(door)
    answer = operator.sign_in(password)
    assert answer.status_code == 403 and "Wrong password" in answer.text
    assert "set-cookie" not in answer.headers
    assert operator.open().status_code == 401


def test_a_sign_in_ends_after_twelve_hours_of_the_stores_time(door: Door, clock: Clock) -> None:
    operator = signed_in(door)
    for _ in range(23):
        clock.pass_by(1800)
        assert operator.open().status_code == 200
    clock.pass_by(1795)
    assert operator.open().status_code == 200
    clock.pass_by(10)
    assert operator.open().status_code == 401


@pytest.mark.parametrize("path", ["/", "/rooms/main", "/rooms/main/live"])
def test_a_sign_in_that_nobody_uses_ends_after_an_hour(door: Door, clock: Clock, path: str) -> None:
    used, idle = signed_in(door), signed_in(door)
    copy = Operator.at(door)
    copy.client.cookies.update(used.client.cookies)
    for _ in range(3):
        clock.pass_by(1790)
        assert used.client.get(f"/vwr-admin{path}", headers=PAGE).status_code == 200
    assert idle.open().status_code == copy.open().status_code == 401
    assert used.open().status_code == 200


def test_the_use_of_a_sign_in_is_noted_once_a_minute(door: Door, clock: Clock) -> None:
    operator = signed_in(door)
    assert "set-cookie" not in operator.open("/rooms/main/live").headers
    clock.pass_by(61)
    assert "vwr_panel=" in operator.open("/rooms/main/live").headers["set-cookie"]
    assert "set-cookie" not in operator.open("/rooms/main/live").headers


def test_a_changed_password_ends_every_sign_in(open_it: Open) -> None:
    operator = signed_in(open_it(**GIVEN))
    other = open_it(**{**GIVEN, "admin_password": "another long one"})
    moved = Operator.at(other)
    moved.client.cookies.update(operator.client.cookies)
    assert moved.open().status_code == 401


def test_a_page_of_before_a_new_secret_still_sends_its_forms(open_it: Open) -> None:
    both = ["its old secret key", "a new secret key"]
    operator = signed_in(open_it(**GIVEN, secret_key=both))
    other = open_it(**GIVEN, secret_key=both[::-1])
    moved = Operator.at(other)
    moved.client.cookies, moved.csrf = operator.client.cookies, operator.csrf
    assert moved.act("set", **CHANGE).json() == {"said": "Done: max_active is 7."}


def test_a_forged_or_altered_session_is_no_session(door: Door) -> None:
    operator = signed_in(door)
    genuine = operator.client.cookies["vwr_panel"]
    body, _, signature = genuine.rpartition(".")
    forged = ["", "x", genuine[:-1], genuine + "A", f"{body[:-2]}.{signature}", "A" * 5000]
    for value in [*forged, f"{body}.{signature[::-1]}"]:
        other = Operator.at(door)
        other.client.cookies.set("vwr_panel", value)
        assert other.open().status_code == 401, value
        # Nor does one hide the genuine: a subdomain may have set it.
        both = {"Cookie": f"vwr_panel={value}; vwr_panel={genuine}", **PAGE}
        assert operator.client.get("/vwr-admin/", headers=both).status_code == 200, value


def test_signing_out_forgets_the_session(door: Door) -> None:
    operator = signed_in(door)
    assert ">Sign out<" in operator.open().text
    answer = operator.client.post("/vwr-admin/sign-out", data={"csrf": operator.csrf})
    assert answer.status_code == 303
    assert operator.open().status_code == 401
