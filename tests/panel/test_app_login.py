"""The app's own login in the place of the panel's password."""

import asyncio
from typing import Any

import pytest

from tests.panel.conftest import Open
from tests.support.panel import CHANGE, Operator


def told(log: pytest.LogCaptureFixture) -> list[str]:
    """What the developer of the app's login reads in our log."""
    ours = [record for record in log.records if record.name == "vwr_middleware.operators"]
    return [f"{record.getMessage()} ({bool(record.exc_info)})" for record in ours]


@pytest.mark.parametrize(
    ("says", "may_change"),
    [(True, True), ("Bo", True), (("Bo", "operator"), True), (("Bo", "viewer"), False)],
)
def test_the_apps_own_login_says_who_the_operator_is(
    open_it: Open, says: object, may_change: bool
) -> None:
    operator = Operator.at(open_it(admin_auth=lambda request: says))
    assert operator.open().status_code == 200
    changed = operator.act("set", **CHANGE).status_code
    assert changed == (200 if may_change else 403)


@pytest.mark.parametrize("says", [None, False, ""])
def test_to_know_nobody_is_no_fault_of_the_apps_login(
    open_it: Open, caplog: pytest.LogCaptureFixture, says: object
) -> None:
    operator = Operator.at(open_it(admin_auth=lambda request: says))
    assert operator.open().status_code == operator.act("set", **CHANGE).status_code == 403
    assert told(caplog) == []


@pytest.mark.parametrize("says", [7, ("Bo", "owner"), ("Bo", "viewer", "x")])
def test_a_login_that_says_anything_else_lets_nobody_in_and_reads_what_it_must_say(
    open_it: Open, caplog: pytest.LogCaptureFixture, says: object
) -> None:
    assert Operator.at(open_it(admin_auth=lambda request: says)).open().status_code == 403
    assert "must return None, True, a name, (name, role), or a mapping" in told(caplog)[0]


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
    pressed = operator.act("set", **CHANGE)
    assert pressed.status_code == 403 and "nothing was changed" in pressed.json()["detail"]
    assert operator.open("/sign-in").status_code == 404, "there is no password"


def test_a_login_whose_address_fails_is_no_fault_of_the_page(
    open_it: Open, caplog: pytest.LogCaptureFixture
) -> None:
    def auth(request: object) -> None:
        return None

    auth.login = lambda: "takes no address"  # type: ignore[attr-defined]
    page = Operator.at(open_it(admin_auth=auth)).open()
    assert page.status_code == 403 and ">Sign in<" not in page.text
    assert told(caplog) == [
        "the login of admin_auth failed, so the panel cannot link to it (1 so far) (True)"
    ]


def test_a_login_of_the_app_that_fails_lets_nobody_in(
    open_it: Open, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(request: object) -> str:
        raise RuntimeError("no database")

    assert Operator.at(open_it(admin_auth=broken)).open().status_code == 403
    assert told(caplog) == ["admin_auth failed, so it lets nobody in (1 so far) (True)"]


@pytest.mark.parametrize("answers", [False, True])
def test_a_login_that_goes_on_failing_fills_no_log(
    open_it: Open, caplog: pytest.LogCaptureFixture, answers: bool
) -> None:
    def auth(request: object) -> int:
        if answers:
            return 7
        raise RuntimeError("no database")

    auth.login = lambda: "takes no address"  # type: ignore[attr-defined]
    operator = Operator.at(open_it(admin_auth=auth))
    for _ in range(7):
        operator.open()
    of_auth = [line for line in told(caplog) if line.startswith("admin_auth")]
    assert [line.partition(" so far")[0][-2:] for line in of_auth] == ["(1", "(2", "(4"]
    assert len(told(caplog)) == 6


def test_the_apps_login_is_given_the_servers_own_request(open_it: Open) -> None:
    def login(environ: dict[str, Any]) -> str | None:
        return "Bo" if environ.get("HTTP_X_STAFF") == "yes" else None

    operator = Operator.at(open_it(admin_auth=login))
    assert operator.open().status_code == 403
    operator.client.headers["X-Staff"] = "yes"
    page = operator.open().text
    assert "Bo" in page and ">Sign out<" not in page, "that is the app's"


async def looked_up(request: object) -> str:
    await asyncio.sleep(0)
    return "Bo"


@pytest.mark.parametrize("name", ["asgi", "django-asgi"])
def test_the_apps_login_may_be_looked_up_asynchronously(open_it: Open, name: str) -> None:
    assert "Bo" in Operator.at(open_it(name, admin_auth=looked_up)).open().text


def test_a_blocking_server_says_how_the_apps_login_must_be_written(
    open_it: Open, caplog: pytest.LogCaptureFixture
) -> None:
    """It lets nobody in, and what is told must not lead to the store."""
    assert Operator.at(open_it("django-wsgi", admin_auth=looked_up)).open().status_code == 500
    assert 'write admin_auth with "def", not "async def"' in caplog.text


def test_a_form_tied_to_one_login_is_refused_from_another(open_it: Open) -> None:
    who = ["Bo"]
    operator = Operator.at(open_it(admin_auth=lambda request: who[0]))
    operator.open()
    who[0] = "Cy"
    assert operator.act("set", **CHANGE).status_code == 403
