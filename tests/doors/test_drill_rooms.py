"""A drill meets copies of the rooms, which take nothing of the real ones, at every door."""

from typing import Any

import pytest

from tests.doors.conftest import Open
from tests.support.doors import Door
from tests.support.questions import DECISION_KEY, asks, lets_in
from tests.support.visitor import Visitor
from vwr_middleware.papers.agreement import PASS_LIFE, drill_pass

TOKEN = "a token for drills at this site"
PROBE = "/vwr/main-drill/drill"


def shows(door: Door, *, at: float = 0.0, token: str = TOKEN) -> dict[str, str]:
    """A fresh pass, as a drill makes one for each request."""
    return {"VWR-Drill": drill_pass(token, door.clock.now + at, "0123abcd")}


def opened(door: Door, visitor: Visitor, path: str = "/tickets") -> Any:
    return visitor.opens(path, headers=shows(door))


@pytest.fixture
def drilled(open_it: Open) -> Door:
    return open_it(loadtest_token=TOKEN, max_active=1)


def issued(door: Door) -> int:
    number: int = door.visitor().fetches("/vwr/main/status").json()["issued"]
    return number


def test_a_drill_fills_its_own_room_and_takes_no_number_or_slot_of_the_real_one(
    drilled: Door,
) -> None:
    people = [drilled.visitor() for _ in range(4)]
    answers = [opened(drilled, one) for one in people]
    assert [answer.status_code for answer in answers] == [200, 200, 202, 202]
    assert answers[0].json() == {"inside": True, "session": "1-1"}, "the app was not reached"
    assert len({answer.headers["vwr-drill"] for answer in answers}) == 4
    told = people[2].fetches("/vwr/main-drill/position", headers=shows(drilled)).json()
    assert (told["you"], told["position"]) == ("waiting", 3)
    left = people[0].fetches("/vwr/main-drill/leave", "POST", headers=shows(drilled))
    assert left.status_code == 200
    drilled.refresh(2)
    assert opened(drilled, people[2]).json()["session"] == "1-3", "in its turn"
    assert issued(drilled) == 0
    real = drilled.visitor()
    assert real.opens("/tickets").status_code == 200 and issued(drilled) == 1


def test_the_app_is_reached_only_if_somebody_inside_asks_for_it(drilled: Door) -> None:
    inside, waiting = drilled.visitor(), drilled.visitor()
    wants = {"VWR-Drill-App": "1"}
    assert inside.opens("/tickets", headers=shows(drilled)).json() == {
        "inside": True,
        "session": "1-1",
    }
    page = inside.opens("/tickets", headers=shows(drilled) | wants)
    assert page.status_code == 200 and "inside" not in page.json()
    assert page.json()["session"]["room"] == "main-drill"
    opened(drilled, drilled.visitor())
    answer = waiting.opens("/tickets", headers=shows(drilled) | wants)
    assert answer.status_code == 202 and issued(drilled) == 0


def test_a_proxy_that_asks_on_behalf_of_a_drill_takes_nothing_of_the_real_room(
    open_it: Open,
) -> None:
    door = open_it(loadtest_token=TOKEN, max_active=1, decision_key=DECISION_KEY)
    answers = [asks(door.visitor(), "nginx", headers=shows(door)) for _ in range(3)]
    assert [lets_in(answer) for answer in answers] == [True, True, False]
    assert answers[0].headers["vwr-room"] == "main-drill" and issued(door) == 0
    assert all(answer.headers["vwr-drill"] for answer in answers)
    refused = asks(door.visitor(), "nginx", headers=shows(door, token="another, as long as it"))
    assert not lets_in(refused) and issued(door) == 0
    assert lets_in(asks(door.visitor(), "nginx")) and issued(door) == 1


def test_papers_of_a_drill_open_no_real_room(drilled: Door) -> None:
    tried, real = drilled.visitor(), drilled.visitor()
    opened(drilled, tried)
    real.opens("/tickets")  # which is full by now
    for name, text in list(tried.client.cookies.items()):
        tried.client.cookies.set(name.replace("main-drill", "main"), text)
    assert tried.opens("/tickets").status_code == 202


def test_a_new_drill_begins_with_an_empty_room(drilled: Door) -> None:
    for _ in range(3):
        opened(drilled, drilled.visitor())
    begun = drilled.visitor().fetches(PROBE, "POST", headers=shows(drilled))
    assert begun.status_code == 200
    assert opened(drilled, drilled.visitor()).json()["session"] == "2-1"


def test_the_probe_tells_what_this_worker_sees(drilled: Door) -> None:
    told = drilled.visitor().fetches(PROBE, headers=shows(drilled)).json()
    assert told["wall"] == told["store_time"] == drilled.clock.now
    assert (told["scheme"], told["trusted_proxies"], told["has_panel"]) == ("http", 0, False)
    assert told["room"]["paths"] == ["/tickets"] and told["room"]["limit"] == 1
    assert len(told["store_seconds"]) == 3 and issued(drilled) == 0


def test_while_the_store_is_away_a_probe_says_so(drilled: Door) -> None:
    assert drilled.visitor().fetches(PROBE, headers=shows(drilled)).status_code == 200
    drilled.store.is_off = True
    for method in ("GET", "POST"):
        answer = drilled.visitor().fetches(PROBE, method, headers=shows(drilled))
        assert answer.status_code == 503 and "the store: " in answer.json()["error"]
        assert answer.headers["vwr-drill"]


@pytest.mark.parametrize(
    ("token", "at", "told"),
    [
        ("another token, as long as it is", 0.0, "not made with the loadtest_token"),
        (TOKEN, -PASS_LIFE - 60, "was made 660 s from now"),
        (TOKEN, PASS_LIFE + 60, "was made 660 s from now"),
    ],
)
def test_a_wrong_pass_is_refused_and_takes_no_place_anywhere(
    drilled: Door, token: str, at: float, told: str
) -> None:
    headers = shows(drilled, at=at, token=token)
    for path in ("/tickets", "/vwr/main-drill/status", PROBE):
        answer = drilled.visitor().opens(path, headers=headers)
        assert answer.status_code == 403 and told in answer.json()["error"]
    assert issued(drilled) == 0


@pytest.mark.parametrize("text", ["", "x", "..", "1.2.3", "nan.x.", "é", "9" * 5000])
def test_a_malformed_pass_is_refused(drilled: Door, text: str) -> None:
    headers = {b"VWR-Drill": text.encode()}
    answer = drilled.visitor().client.get("/vwr/main-drill/status", headers=headers)
    assert answer.status_code == (403 if text else 404)


def test_without_the_setting_there_are_no_copies(door: Door) -> None:
    visitor = door.visitor()
    assert opened(door, visitor).status_code == 200
    assert "vwr-drill" not in opened(door, visitor).headers
    assert visitor.fetches(PROBE, headers=shows(door)).status_code == 404
    assert issued(door) == 1, "it was an ordinary visitor"


def test_without_a_pass_nobody_finds_a_copy(drilled: Door) -> None:
    for path in (PROBE, "/vwr/main-drill/status", "/vwr/main-drill/"):
        assert drilled.visitor().fetches(path).status_code == 404


def test_the_copy_of_a_room_that_draws_or_has_a_slow_lane_does_neither(open_it: Open) -> None:
    draws = {"name": "tickets", "paths": "/tickets", "draw": True, "opens_at": 1_900_000_000}
    slows = {"name": "side", "paths": "/side", "slow_lane": lambda request: True}
    door = open_it(loadtest_token=TOKEN, rooms=[draws, slows])
    for path in ("/tickets", "/side"):
        assert opened(door, door.visitor(), path).status_code == 200
