"""Who gets into the panel, who may change anything, and what keeps everybody else out."""

from typing import Any

import httpx
import pytest

from tests.panel.conftest import Open
from tests.support.clock import Clock
from tests.support.doors import DOORS, Door
from tests.support.panel import GIVEN, PAGE, PASSWORD, VIEWER, Operator, api, signed_in

#: The form of a harmless change.
CHANGE = {"max_active": "7"}


def limit(door: Door) -> int:
    rows = api(door).get("/rooms/main").json()["settings"]
    return int(next(row["value"] for row in rows if row["name"] == "max_active"))


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
    assert operator.act("set", **CHANGE).status_code == 401
    assert limit(door) == 2


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


def test_the_cookie_is_strict_hidden_from_scripts_and_sent_to_the_panel_only(open_it: Open) -> None:
    door = open_it(**GIVEN, cookie_secure="always")
    cookie = Operator.at(door).sign_in().headers["set-cookie"]
    for part in ("HttpOnly", "SameSite=Strict", "Path=/vwr-admin", "Secure"):
        assert part in cookie.split("; ")


@pytest.mark.parametrize("password", ["", "wrong", PASSWORD + " ", PASSWORD.upper(), "\u00fcber"])
def test_a_wrong_password_opens_nothing(door: Door, password: str) -> None:
    operator = Operator.at(door)
    answer = operator.sign_in(password)
    assert answer.status_code == 403 and "not the password" in answer.text
    assert "set-cookie" not in answer.headers
    assert operator.open().status_code == 401


def test_a_sign_in_ends_after_twelve_hours_of_the_stores_time(door: Door, clock: Clock) -> None:
    operator = signed_in(door)
    clock.pass_by(12 * 3600 - 5)
    assert operator.open().status_code == 200
    clock.pass_by(10)
    assert operator.open().status_code == 401


def test_a_changed_password_ends_every_sign_in(open_it: Open) -> None:
    operator = signed_in(open_it(**GIVEN))
    other = open_it(**{**GIVEN, "admin_password": "another one"})
    moved = Operator.at(other)
    moved.client.cookies.update(operator.client.cookies)
    assert moved.open().status_code == 401


def test_a_forged_or_altered_session_is_no_session(door: Door) -> None:
    operator = signed_in(door)
    genuine = operator.client.cookies["vwr_panel"]
    body, _, signature = genuine.rpartition(".")
    forged = ["", "x", genuine[:-1], genuine + "A", f"{body[:-2]}.{signature}", "A" * 5000]
    for value in [*forged, f"{body}.{signature[::-1]}"]:
        other = Operator.at(door)
        other.client.cookies.set("vwr_panel", value)
        assert other.open().status_code == 401, value


def test_signing_out_forgets_the_session(door: Door) -> None:
    operator = signed_in(door)
    answer = operator.client.post("/vwr-admin/sign-out", data={"csrf": operator.csrf})
    assert answer.status_code == 303
    assert operator.open().status_code == 401


@pytest.mark.parametrize("token", ["", "0" * 64, "\u00fc"])
def test_a_form_without_its_token_changes_nothing(door: Door, token: str) -> None:
    operator = signed_in(door)
    operator.csrf = token
    assert operator.act("set", **CHANGE).status_code == 403
    assert limit(door) == 2


def test_another_sessions_token_does_not_count(door: Door) -> None:
    operator, other = signed_in(door), signed_in(door)
    operator.csrf = other.csrf
    assert operator.act("set", **CHANGE).status_code == 403
    assert limit(door) == 2


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
    assert limit(door) == 2


@pytest.mark.parametrize(
    "action", ["set", "advance", "pause", "reset", "restore", "revoke", "unset"]
)
def test_a_get_changes_nothing(door: Door, action: str) -> None:
    operator = signed_in(door)
    form = {"csrf": operator.csrf, "sure": "yes", "count": "5", "max_active": "7", "typed": "main"}
    answer = operator.client.get(f"/vwr-admin/rooms/main/{action}", params=form)
    assert answer.status_code == 405 and answer.headers["allow"] == "POST"
    assert limit(door) == 2


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
    ):
        assert viewer.act(action, **CHANGE, count="3", typed="main").status_code == 403
    assert limit(door) == 2
    assert viewer.send("explain", visitor="1").status_code == 200


def test_a_browsers_sign_in_does_not_write_by_the_api(door: Door) -> None:
    operator = signed_in(door)
    answer = operator.client.patch("/vwr-admin/api/rooms/main/settings", json={"max_active": 7})
    assert answer.status_code == 401
    assert limit(door) == 2


@pytest.mark.parametrize("key", ["", "wrong", GIVEN["admin_api_key"] + "x", PASSWORD])
def test_the_api_takes_its_keys_and_no_others(door: Door, key: str) -> None:
    answer = api(door, key).patch("/rooms/main/settings", json={"max_active": 7})
    assert answer.status_code == 401 and answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("says", "status", "may_change"),
    [
        (None, 403, False),
        (False, 403, False),
        ("", 403, False),
        (("Bo", "owner"), 403, False),
        (7, 403, False),
        (True, 200, True),
        ("Bo", 200, True),
        (("Bo", "operator"), 200, True),
        (("Bo", "viewer"), 200, False),
    ],
)
def test_the_apps_own_login_says_who_the_operator_is(
    open_it: Open, says: object, status: int, may_change: bool
) -> None:
    operator = Operator.at(open_it(admin_auth=lambda request: says))
    assert operator.open().status_code == status
    changed = operator.act("set", **CHANGE).status_code
    assert changed == (200 if may_change else 403)


def test_whom_the_app_does_not_know_reads_where_to_sign_in(open_it: Open) -> None:
    def auth(request: object) -> None:
        return None

    operator = Operator.at(open_it(admin_auth=auth))
    page = operator.open()
    assert page.status_code == 403 and "does not know you as an operator" in page.text
    assert ">Sign in<" not in page.text
    auth.login = lambda back: f"/login?next={back}&x"  # type: ignore[attr-defined]
    page = operator.open()
    assert 'href="/login?next=/vwr-admin/rooms/main&amp;x">Sign in<' in page.text
    program = operator.client.get("/vwr-admin/rooms/main", headers={"Accept": "*/*"})
    assert program.status_code == 403 and "sign in there first" in program.json()["detail"]


def test_a_login_whose_address_fails_is_no_fault_of_the_page(open_it: Open) -> None:
    def auth(request: object) -> None:
        return None

    auth.login = lambda: "takes no address"  # type: ignore[attr-defined]
    page = Operator.at(open_it(admin_auth=auth)).open()
    assert page.status_code == 403 and ">Sign in<" not in page.text


def test_a_login_of_the_app_that_fails_lets_nobody_in(open_it: Open) -> None:
    def broken(request: object) -> str:
        raise RuntimeError("no database")

    assert Operator.at(open_it(admin_auth=broken)).open().status_code == 403


def test_the_apps_login_is_given_the_servers_own_request(open_it: Open) -> None:
    def login(environ: dict[str, Any]) -> str | None:
        return "Bo" if environ.get("HTTP_X_STAFF") == "yes" else None

    operator = Operator.at(open_it(admin_auth=login))
    assert operator.open().status_code == 403
    operator.client.headers["X-Staff"] = "yes"
    assert "Bo" in operator.open().text


def test_a_form_tied_to_one_login_is_refused_from_another(open_it: Open) -> None:
    who = ["Bo"]
    operator = Operator.at(open_it(admin_auth=lambda request: who[0]))
    operator.open()
    who[0] = "Cy"
    assert operator.act("set", **CHANGE).status_code == 403


def test_no_answer_of_the_panel_is_kept_framed_or_scripted_by_others(door: Door) -> None:
    operator = signed_in(door)
    for path in ("/", "/rooms/main", "/rooms/main/live", "/sign-in", "/api/rooms", "/nothing"):
        headers = operator.open(path).headers
        assert headers["cache-control"] == "no-store", path
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy and "http" not in policy


def test_a_page_holds_no_script_style_or_handler_of_its_own(door: Door) -> None:
    text = signed_in(door).open().text
    assert "<script>" not in text and "style=" not in text and " on" + "click" not in text


def test_names_and_messages_are_shown_as_text(door: Door) -> None:
    operator = Operator.at(door)
    operator.sign_in(name="<b>Ann</b>\x07")
    operator.open()
    operator.act("set", message="<script>alert(1)</script>")
    text = operator.open().text
    assert "<b>Ann" not in text and "<script>alert" not in text and "\x07" not in text


@pytest.mark.parametrize(
    "path",
    ["/nothing", "/rooms", "/rooms/none", "/rooms/main/", "/static/x.css", "/api", "/%00"],
)
def test_what_is_not_there_is_not_found(door: Door, path: str) -> None:
    operator = signed_in(door)
    assert operator.client.get(f"/vwr-admin{path}", headers=PAGE).status_code == 404


def test_the_panels_path_without_a_slash_leads_to_the_panel(door: Door) -> None:
    assert Operator.at(door).open("").headers["location"] == "/vwr-admin/"


def test_styles_and_script_are_kept_for_a_year(door: Door) -> None:
    text = Operator.at(door).open("/").text
    for kind in ("css", "js"):
        address = next(part for part in text.split('"') if part.endswith(f".{kind}"))
        answer = Operator.at(door).client.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize("name", DOORS)
def test_a_key_may_have_letters_of_any_language(open_it: Open, name: str) -> None:
    key = "Schlüssel für 鍵 und Tür"
    door = open_it(name, admin_api_key=key)
    for sent, status in ((key, 200), (key[1:], 401), ("\udcff", 401)):
        bearer = b"Bearer " + sent.encode("utf-8", "surrogateescape")
        answer = httpx.Client(transport=door.transport).get(
            "http://shop.example/vwr-admin/api/rooms", headers={b"Authorization": bearer}
        )
        assert answer.status_code == status
