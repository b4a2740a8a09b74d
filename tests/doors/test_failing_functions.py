"""What a newcomer gets where the app's own functions fail: never a place by what was sent."""

import pytest
from werkzeug.http import parse_cookie

from tests.doors.conftest import Open
from tests.support.doors import Door
from tests.support.faults import fault
from tests.support.our_log import our_log
from tests.support.visitor import is_inside, set_cookies
from vwr_middleware.web.http import Request

FAILED = "the challenge of room main failed, so newcomers "


def is_told_to_wait(door: Door, path: str = "/tickets") -> bool:
    """Whether a person, a script and a program are told to try again, and get nothing."""
    page, script = door.visitor().opens(path), door.visitor().fetches(path)
    program = door.visitor().client.post("/vwr/main/tickets")
    assert "One moment" in page.text
    assert not any(map(set_cookies, (page, script, program)))
    answers = (page, script, program)
    return all(answer.status_code == 503 and answer.headers["retry-after"] for answer in answers)


@pytest.mark.parametrize(
    "answer",
    [
        "//evil.example/",
        "https://evil.example/",
        "prove",
        "/tickets?again",
        "/tickets/f%C3%BCr#x",
        "/TICKETS/../tickets/prove",
        True,
    ],
)
@pytest.mark.parametrize("wish", ["wait", "pass"])
def test_a_challenge_that_leads_nowhere_else_lets_nobody_in(
    open_it: Open, caplog: pytest.LogCaptureFixture, answer: object, wish: str
) -> None:
    door = open_it(max_active=1, challenge=lambda request: answer, on_challenge_error=wish)
    assert is_told_to_wait(door)
    told = our_log(caplog, f"{FAILED}wait")
    assert [text.rpartition("(")[2] for text in told] == ["1 so far)", "2 so far)"]
    assert door.visitor().client.get("/vwr/main/status").json()["issued"] == 0


def broken(request: Request) -> str:
    """A CAPTCHA whose own server is away."""
    raise OSError("no such host")


@fault(
    "A function or template of yours fails",
    new="`challenge`: a page that tries again.",
)
def test_a_challenge_that_fails_gives_a_page_that_retries(open_it: Open) -> None:
    assert is_told_to_wait(open_it(max_active=1, challenge=broken))


@fault(
    "A function or template of yours fails",
    inside="Notice nothing.",
    line="Notice nothing.",
)
def test_who_is_inside_or_has_a_place_does_not_notice_that_it_fails(open_it: Open) -> None:
    works = [True]
    door = open_it(max_active=1, challenge=lambda request: None if works else broken(request))
    inside, waiting = door.visit_at("/tickets"), door.visit_at("/tickets")
    works.clear()
    assert is_inside(inside.opens())
    assert waiting.opens().status_code == 202
    assert waiting.client.post("/vwr/main/tickets").json()["position"] == 2
    assert door.visitor().opens().status_code == 503


def test_a_challenge_that_fails_can_be_passed_over(
    open_it: Open, caplog: pytest.LogCaptureFixture
) -> None:
    door = open_it(max_active=1, challenge=broken, on_challenge_error="pass")
    for status in (200, 202, 202, 202):
        assert door.visitor().opens().status_code == status
    told = our_log(caplog, f"{FAILED}join without it")
    assert [text.rpartition("(")[2] for text in told] == ["1 so far)", "2 so far)", "4 so far)"]


@pytest.mark.parametrize(
    ("paths", "exclude", "sent"),
    [
        ("/", ["/prove"], "/%ffprove"),
        ("/", ["/prove"], "/prove%ff"),
        ("/", ["/prove"], "/x/..%2fprove"),
        ("/tickets", [], "/tickets/..%2fprove"),
        ("/tickets", [], "/tickets%2f..%2f..%2fprove"),
    ],
)
@pytest.mark.parametrize("wish", ["wait", "pass"])
def test_no_spelling_of_the_challenges_own_path_leads_around_it(
    open_it: Open, paths: str, exclude: list[str], sent: str, wish: str
) -> None:
    door = open_it(
        paths=paths, exclude=exclude, challenge=lambda _: "/prove", on_challenge_error=wish
    )
    answer = door.visitor().opens(sent)
    assert (answer.status_code, answer.headers["location"]) == (303, "/prove")
    assert not set_cookies(answer)


def test_a_path_that_a_visitor_puts_into_the_challenge_opens_nothing(open_it: Open) -> None:
    """Like `/{language}/login`: `//tickets` makes it `//login`, which is another host."""
    door = open_it(challenge=lambda asked: f"/{asked.query}/login", on_challenge_error="pass")
    answer = door.visitor().opens("/tickets?/evil.example")
    assert answer.status_code == 503
    assert not set_cookies(answer)
    assert door.visitor().opens("/tickets?de").headers["location"] == "/de/login"


@pytest.mark.decorated_views
@pytest.mark.parametrize("room", ["action"])
def test_the_page_of_a_challenge_in_front_of_a_view_is_not_in_its_own_room(
    open_it: Open, room: str
) -> None:
    door = open_it(rooms=[{"name": room, "paths": [], "challenge": lambda _: "/action"}])
    assert door.visitor().opens("/action").status_code == 503


def account(request: Request) -> str:
    """Who has signed in. It fails for a cookie that the app did not set."""
    who = parse_cookie(request.header("cookie"))["account"]
    return str(int(who))


def test_an_identity_that_a_visitor_makes_fail_gives_no_second_place(open_it: Open) -> None:
    """Who has met the challenge would be one more stranger each time."""
    door = open_it(max_active=1, mode="queue", identity=account, challenge=lambda request: None)
    for value, status in (("7", 202), ("7", 202), ("x", 503), ("", 503)):
        visitor = door.visitor()
        visitor.client.cookies.set("account", value)
        assert visitor.opens().status_code == status
        told = visitor.client.post("/vwr/main/tickets")
        assert told.status_code == (200 if status == 202 else 503)
    assert door.visitor().client.get("/vwr/main/status").json()["issued"] == 1


@fault(
    "A function or template of yours fails",
    new="`identity`: join as nobody known.",
)
@pytest.mark.parametrize("more", [{}, {"challenge": lambda _: None, "on_challenge_error": "pass"}])
def test_an_identity_that_fails_is_logged_and_keeps_nobody_out(
    open_it: Open, caplog: pytest.LogCaptureFixture, more: dict[str, object]
) -> None:
    door = open_it(max_active=1, identity=lambda request: 1 / 0, **more)
    for status in (200, 202, 202):
        assert door.visitor().opens().status_code == status
    told = our_log(caplog, "the identity of room main failed, so a newcomer is nobody known")
    assert len(told) == 2


@fault(
    "A function or template of yours fails",
    new="`bypass`: wait.",
    figure="What a visitor sends never opens.",
)
def test_a_bypass_that_fails_lets_nobody_by(open_it: Open) -> None:
    door = open_it(max_active=1, bypass=lambda request: bool(1 / len(request.query)))
    assert door.visitor().opens("/tickets?a").json()["session"] is None
    assert is_inside(door.visitor().opens())
    assert door.visitor().opens().status_code == 202


def test_an_admin_auth_that_fails_lets_nobody_into_the_panel(open_it: Open) -> None:
    door = open_it(admin_auth=lambda request: 1 / 0)
    for path in ("/vwr-admin/", "/vwr-admin/api/rooms"):
        assert door.visitor().client.get(path).status_code in (303, 401, 403)
