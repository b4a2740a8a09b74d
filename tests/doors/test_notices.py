"""Somebody in line asks to be told of the turn while away, through every door."""

from typing import Any

import httpx
import pytest

from tests.doors.conftest import Open
from tests.support.doors import Door
from tests.support.push_receiver import Browser
from tests.support.visitor import Visitor
from vwr_middleware.gate import subscribing
from vwr_middleware.notices.notifier import Notifier

NOTICES = "/vwr/main/notices"
ENDPOINT = "https://fcm.googleapis.com/fcm/send/abc"
TOLD = list[str]


@pytest.fixture(autouse=True)
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test sends when it says so."""
    monkeypatch.setattr(Notifier, "wake", lambda self: None)


@pytest.fixture
def told() -> TOLD:
    return []


@pytest.fixture
def door_with(open_it: Open, told: TOLD) -> Door:
    """Where people may be told by Web Push, and by the site."""
    return open_it(
        max_active=1,
        push_contact="mailto:ops@shop.example",
        notify=lambda notice: told.append(f"{notice.subject} {notice.contact}"),
        contact=lambda request: request.header("x-account"),
    )


def subscribes(visitor: Visitor, **fields: Any) -> httpx.Response:
    return visitor.fetches(NOTICES, "POST", json={**Browser().subscription(ENDPOINT), **fields})


def subscribers(door: Door) -> int:
    async def count() -> int:
        return (await door.site.store.notices("main", 0)).subscribers

    return door.ask(count)


def test_whoever_is_called_is_told_and_nothing_is_kept(door_with: Door, told: TOLD) -> None:
    first, second = door_with.confirmed(), door_with.visit_at()
    answer = second.fetches(NOTICES, "POST", headers={"X-Account": "seven"})
    assert answer.json() == {"subscribed": True, "you": "waiting"}
    assert answer.headers["cache-control"] == "private, no-store"
    assert subscribers(door_with) == 1
    door_with.ask(lambda: door_with.site.notifier.round())
    assert told == []
    door_with.frees_a_slot(first)
    door_with.visitor().fetches("/vwr/main/status")
    for _ in range(2):
        door_with.ask(lambda: door_with.site.notifier.round())
    assert told == ["1-2 seven"]
    assert subscribers(door_with) == 0


def test_a_subscription_can_be_withdrawn_and_ends_with_the_place(door_with: Door) -> None:
    door_with.confirmed()
    one, other = door_with.visit_at(), door_with.visit_at()
    assert subscribes(one).status_code == subscribes(other).status_code == 200
    assert subscribers(door_with) == 2
    answer = one.fetches(NOTICES, "DELETE")
    assert (answer.status_code, answer.json()["subscribed"]) == (200, False)
    other.fetches("/vwr/main/leave", "POST")
    assert subscribers(door_with) == 0


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"endpoint": "http://fcm.googleapis.com/a"}, "endpoint must be"),
        ({"endpoint": "https://10.0.0.1/a"}, "endpoint must be"),
        ({"endpoint": "https://localhost/a"}, "endpoint must be"),
        ({"endpoint": f"{ENDPOINT}{'a' * 1000}"}, "endpoint must be"),
        ({"p256dh": "short"}, "p256dh must be"),
        ({"auth": "a" * 23}, "auth must be"),
        ({"auth": 7}, "must be strings"),
        ({"endpoint": ""}, "no way to tell this visitor"),
    ],
)
def test_bad_subscriptions_are_refused_and_nothing_is_kept(
    door_with: Door, fields: dict[str, Any], why: str
) -> None:
    door_with.confirmed()
    visitor = door_with.visit_at()
    answer = subscribes(visitor, **fields)
    assert (answer.status_code, why in answer.text) == (400, True)
    assert visitor.position()["position"] == 2
    assert subscribers(door_with) == 0


def test_only_somebody_in_line_may_subscribe_and_only_from_this_site(door_with: Door) -> None:
    inside, waiting = door_with.confirmed(), door_with.visit_at()
    assert subscribes(door_with.visitor()).status_code == 401
    assert subscribes(inside).status_code == 401
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert waiting.fetches(NOTICES, "POST", headers=foreign).status_code == 403
    assert waiting.fetches(NOTICES, "DELETE", headers=foreign).status_code == 403
    assert subscribers(door_with) == 0


def test_nobody_keeps_the_store_busy_by_subscribing_again_and_again(door_with: Door) -> None:
    door_with.confirmed()
    visitor = door_with.visit_at()
    answers = [subscribes(visitor) for _ in range(subscribing.CHANGES_PER_MINUTE + 1)]
    assert {answer.status_code for answer in answers[:-1]} == {200}
    assert answers[-1].status_code == 429
    assert "retry-after" in answers[-1].headers


def test_a_place_is_kept_while_the_store_is_away(door_with: Door) -> None:
    door_with.confirmed()
    visitor = door_with.visit_at()
    door_with.store.is_off = True
    door_with.refresh(5)
    assert subscribes(visitor).status_code == 503
    door_with.store.is_off = False


def test_polls_of_subscribers_ask_the_store_nothing(door_with: Door) -> None:
    door_with.confirmed()
    visitor = door_with.visit_at()
    subscribes(visitor)
    before = door_with.store.trips.copy()
    for _ in range(5):
        visitor.position()
    assert door_with.store.trips == before


def test_a_service_worker_of_a_room_is_found_below_it(door_with: Door) -> None:
    answer = door_with.visitor().fetches("/vwr/main/push.js")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "fetch" not in answer.text.replace("fetchEvent", ""), "it stands in front of nothing"


def test_the_page_has_a_box_where_people_can_be_told(door_with: Door) -> None:
    # What the site itself sends needs nothing of the browser.
    door_with.confirmed()
    assert "id=away data-needs=document" in door_with.visitor().opens().text


def test_where_nobody_can_be_told_there_is_no_such_address(door: Door) -> None:
    door.confirmed()
    visitor = door.visitor()
    assert "id=away" not in visitor.opens().text
    assert visitor.fetches(NOTICES).status_code == 404
    assert visitor.fetches("/vwr/main/push.js").status_code == 404
