"""What the app's own functions say of those who come to join."""

import pytest

from tests.doors.conftest import Open
from tests.support.doors import Door
from tests.support.our_log import our_log
from tests.support.visitor import Visitor, is_inside, set_cookies
from vwr_middleware.web.http import Request

PROVED = {"Cookie": "proof=yes"}


def proof(request: Request) -> str | None:
    """Whoever has no proof yet gets one elsewhere."""
    is_proved = "proof=yes" in str(request.cookies)
    return None if is_proved else f"/prove?next={request.path}"


@pytest.fixture
def guarded(open_it: Open) -> Door:
    """A room for one, whose newcomers are challenged."""
    return open_it(max_active=1, challenge=proof)


def issued(door: Door) -> int:
    """How many numbers were given out."""
    door.refresh()
    count: int = door.visitor().fetches("/vwr/main/status").json()["issued"]
    return count


def test_newcomers_go_elsewhere_first_and_take_no_number(guarded: Door) -> None:
    visitor = guarded.visitor()
    for path in ("/tickets", "/vwr/main/?next=/tickets"):
        response = visitor.opens(path)
        where = "/prove?next=" + path.partition("?")[0]
        assert (response.status_code, response.headers["location"]) == (303, where)
        assert response.headers["cache-control"] == "no-store"
        assert not set_cookies(response)
    assert issued(guarded) == 0
    assert is_inside(visitor.opens(headers=PROVED))
    assert guarded.visitor().opens(headers=PROVED).status_code == 202
    assert issued(guarded) == 2


def test_what_no_person_opens_takes_no_free_slot_without_the_challenge(guarded: Door) -> None:
    for response in (
        guarded.visitor().fetches("/tickets"),
        guarded.visitor().opens(headers={"User-Agent": "Googlebot/2.1"}),
    ):
        assert response.status_code in (429, 503)
        assert response.headers["vwr-state"] == "none"
    assert issued(guarded) == 0
    assert is_inside(guarded.visitor().fetches("/tickets", headers=PROVED))


def test_a_program_is_told_where_its_person_must_go(guarded: Door) -> None:
    program = guarded.visitor().client
    refused = program.post("/vwr/main/tickets")
    assert (refused.status_code, refused.json()["challenge"]) == (
        403,
        "/prove?next=/vwr/main/tickets",
    )
    assert program.post("/vwr/main/tickets", headers=PROVED).status_code == 201


def test_whoever_has_a_place_or_is_inside_is_not_challenged_again(guarded: Door) -> None:
    inside, waiting = (joined(guarded) for _ in range(2))
    assert is_inside(inside.opens())
    assert waiting.opens().status_code == 202
    assert waiting.client.post("/vwr/main/tickets").json()["position"] == 2
    guarded.frees_a_slot(inside)
    assert is_inside(waiting.opens())


def joined(door: Door) -> Visitor:
    """Somebody who has met the challenge, and lost the proof of it since."""
    visitor = door.visitor()
    visitor.opens(headers=PROVED)
    return visitor


def test_whoever_joins_again_after_a_session_is_challenged_again(guarded: Door) -> None:
    visitor = joined(guarded)
    visitor.opens("/tickets/done")
    pressed = visitor.opens("/vwr/main/leave?join=1", "POST")
    assert (pressed.status_code, pressed.headers["location"]) == (303, "/vwr/main/?next=/tickets")
    response = visitor.opens(pressed.headers["location"])
    assert (response.status_code, response.headers["location"]) == (303, "/prove?next=/vwr/main/")


@pytest.mark.parametrize(
    "answer",
    [
        "//evil.example/",
        "https://evil.example/",
        "prove",
        "/prove\r\nSet-Cookie: a=b",
        "/tickets?again",
        True,
        OSError("no such host"),
    ],
)
def test_a_challenge_that_fails_is_logged_and_keeps_nobody_out(
    open_it: Open, caplog: pytest.LogCaptureFixture, answer: object
) -> None:
    def challenge(request: Request) -> object:
        if isinstance(answer, Exception):
            raise answer
        return answer

    door = open_it(max_active=1, challenge=challenge)
    for status in (200, 202, 202, 202):
        assert door.visitor().opens().status_code == status
    told = our_log(caplog, "the challenge of room main failed, so newcomers join without it")
    assert [text.rpartition("(")[2] for text in told] == ["1 so far)", "2 so far)", "4 so far)"]


def test_who_never_waits_meets_no_challenge(open_it: Open) -> None:
    for never in ({"bypass": lambda request: True}, {"mode": "off"}):
        assert open_it(challenge=proof, **never).visitor().opens().status_code == 200
