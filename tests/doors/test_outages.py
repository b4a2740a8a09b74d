"""The store is away, has lost its data, or is another one: nobody loses a place."""

from typing import Any

import pytest

from tests.doors.conftest import Open
from tests.support.doors import Door
from tests.support.faults import fault
from tests.support.visitor import is_inside, set_cookies


@fault(
    "The store is away: stopped, or cut off",
    inside=(
        "Notice nothing, past the end of their token too (`outage_grace`), and are registered "
        "again when it is back."
    ),
    figure="15 minutes with a session of 10 (an hour is allowed).",
)
def test_people_inside_notice_nothing_past_their_tokens_end_and_are_registered_again(
    door: Door,
) -> None:
    inside = door.visit_at()
    inside.opens()
    door.store.is_off = True
    for _ in range(15):
        door.refresh(60)
        assert is_inside(inside.opens())
        assert is_inside(inside.opens("/tickets/pay", "POST", content=b"a=1"))
    door.store.is_off = False
    door.refresh(10)
    response = inside.opens()
    assert is_inside(response)
    assert "vwr_main_token" in set_cookies(response)
    assert not is_inside(door.visitor().opens())


@fault("A worker starts while the store is away", inside="Go on there, too.")
def test_it_is_registered_again_by_a_worker_that_was_started_meanwhile(
    open_worker: Open,
) -> None:
    door = open_worker(max_active=1)
    inside = door.visit_at()
    session = door.session_of(inside)
    door.store.is_off = True
    for seconds in (300, 400):
        door.refresh(seconds)
        assert is_inside(inside.opens())
    restarted = open_worker(max_active=1)
    restarted.store.is_off = True
    visitor = restarted.visitor()
    visitor.client.cookies = inside.client.cookies
    assert is_inside(visitor.opens())
    restarted.store.is_off = False
    restarted.refresh(10)
    assert restarted.session_of(visitor) == session
    assert not is_inside(restarted.visitor().opens())


def test_it_is_not_honoured_for_ever(open_it: Open) -> None:
    door = open_it(max_active=1, outage_grace=120)
    inside = door.visit_at()
    inside.opens()
    door.store.is_off = True
    door.refresh(300)
    assert is_inside(inside.opens())
    door.refresh(500)
    assert not is_inside(inside.opens())


@fault(
    "The store is away: stopped, or cut off",
    line="Keep their place, and their page goes on by itself.",
)
def test_people_who_wait_keep_their_ticket_and_are_told_so(door: Door) -> None:
    door.visit_at()
    waiting = door.visit_at()
    door.store.is_off = True
    for _ in range(3):
        door.refresh(10)
        response = waiting.opens()
        assert response.status_code == 202
        assert "vwr_main" in waiting.cookies
        assert waiting.position()["position"] == 2
    door.store.is_off = False
    door.refresh(10)
    assert waiting.position()["position"] == 2


@fault("The store is away: stopped, or cut off", new="A page that tries again by itself.")
def test_newcomers_see_a_page_that_tries_again(door: Door) -> None:
    door.visit_at()
    door.refresh()
    assert door.visitor().position()["state"] == "queueing"
    door.store.is_off = True
    door.refresh(10)
    visitor = door.visitor()
    response, script = visitor.opens(), door.visitor().fetches()
    assert (response.status_code, script.status_code) == (202, 429)
    assert response.headers["vwr-state"] == script.headers["vwr-state"] == "store-down"
    assert not set_cookies(response)
    assert (response.headers["retry-after"], script.headers["retry-after"]) == ("5", "5")
    door.store.is_off = False
    door.refresh(10)
    assert "vwr_main" in set_cookies(visitor.opens())


@fault(
    "The store is away: stopped, or cut off",
    new='With `on_store_error="admit"` they are let in.',
)
def test_newcomers_are_let_in_where_the_settings_say_so(open_it: Open) -> None:
    door = open_it(max_active=1, on_store_error="admit")
    door.visit_at()
    door.refresh()
    assert door.visitor().position()["state"] == "queueing"
    door.store.is_off = True
    door.refresh(10)
    visitor = door.visitor()
    assert visitor.opens().status_code == 200
    # And with the page all that belongs to it.
    assert visitor.loads("/tickets/seat.png").status_code == 200
    assert visitor.fetches("/tickets/seats").status_code == 200
    assert visitor.fetches("/tickets/pay", "POST", content=b"a=1").status_code == 200


@fault("The store is slow, or too busy for a moment", new="`admit` lets nobody in for it.")
def test_a_store_that_is_only_busy_lets_no_newcomer_in(open_it: Open) -> None:
    door = open_it(max_active=1, on_store_error="admit")
    door.visit_at()
    for _ in range(2):
        door.store.is_busy = True
        for seconds in (1.1, 1.0, 0.8):
            door.refresh(seconds)
            page = door.visitor().opens("/tickets/seats?row=7")
            assert (page.status_code, page.headers["vwr-state"]) == (202, "store-down")
            # Its script would ask for a place alone, and never come in if the store stays away.
            assert page.headers["refresh"] == "5; url=/tickets/seats?row=7"
            assert "refresh" not in door.visitor().fetches().headers
        door.store.is_busy = False
        door.refresh(1.1)
        assert "vwr_main" in set_cookies(door.visitor().opens())


def test_a_store_that_stays_too_busy_to_answer_counts_as_away(open_it: Open) -> None:
    door = open_it(max_active=1, on_store_error="admit")
    door.visit_at()
    door.store.is_busy = True
    door.refresh(1.1)
    visitor = door.visitor()
    assert visitor.opens().status_code == 202
    door.refresh(1.8)
    assert visitor.opens().status_code == 202
    door.refresh(0.3)
    assert visitor.opens().status_code == 200, "three seconds after its last answer"


@pytest.mark.parametrize("shut", [{"mode": "paused"}, {"opens_at": 1_800_000_100}])
@pytest.mark.parametrize("has_seen_store", [True, False])
def test_a_room_that_is_shut_lets_no_newcomer_in_for_an_outage(
    open_it: Open, shut: dict[str, Any], has_seen_store: bool
) -> None:
    door = open_it(on_store_error="admit", **shut)
    if has_seen_store:
        door.visit_at()
    door.store.is_off = True
    door.refresh(10)
    assert door.visitor().opens().status_code == 202
    assert door.visitor().fetches("/tickets/pay", "POST", content=b"a=1").status_code == 429
    door.refresh(100)
    assert (door.visitor().opens().status_code == 200) is ("opens_at" in shut)


def test_a_worker_that_has_never_seen_its_store_still_serves(door: Door) -> None:
    door.store.is_off = True
    response = door.visitor().opens()
    assert response.status_code == 202
    assert door.visitor().fetches("/vwr/main/status").status_code == 200
    assert door.visitor().fetches("/vwr/main/position").status_code == 200
    assert door.visitor().sends("/vwr/main/tickets").status_code == 503
    assert door.visitor().sends("/vwr/main/token").status_code == 503
    assert door.visitor().opens("/about").status_code == 200
    door.store.is_off = False
    door.refresh(10)
    assert is_inside(door.visitor().opens())


def test_a_dead_store_is_asked_seldom(door: Door) -> None:
    door.visit_at()
    door.store.is_off = True
    door.refresh(10)
    door.store.trips.clear()
    for _ in range(50):
        door.visitor().opens()
    assert sum(door.store.trips.values()) <= 2


def test_an_ending_is_told_once_the_store_is_back(door: Door) -> None:
    inside = door.visit_at()
    inside.opens()
    door.store.is_off = True
    assert inside.opens("/tickets/done").status_code == 200
    assert inside.opens().headers["vwr-state"] == "ended"
    door.store.is_off = False
    for _ in range(3):
        door.refresh(10)
        door.visitor().fetches("/vwr/main/status")
    assert is_inside(door.visitor().opens())


def test_a_ticket_of_another_store_is_no_ticket_and_said_in_the_log(
    open_it: Open, caplog: pytest.LogCaptureFixture
) -> None:
    door, other = open_it(max_active=1), open_it(max_active=1, store="memory://")
    other.visit_at()
    other_room = other.visit_at()
    door.visit_at()
    assert other_room.position()["position"] == 2
    here = door.visitor()
    here.client.cookies = other_room.client.cookies
    assert here.position()["you"] == "interrupted"
    response = here.opens()
    assert response.status_code == 202
    assert here.position()["position"] == 2
    assert "two stores serve this room" in caplog.text


def test_a_room_that_another_store_has_made_is_named_and_others_lose_nothing_by_it(
    open_it: Open, caplog: pytest.LogCaptureFixture
) -> None:
    names = {"main": "/tickets", "vip": "/vip"}
    door = open_it(rooms=[{"name": n, "paths": path, "max_active": 1} for n, path in names.items()])
    inside = door.visit_at()
    inside.opens()
    door.store.is_off = True
    assert inside.opens("/tickets/done").status_code == 200
    known = door.site.store_access.views["vip"].room
    assert known is not None
    known.room_id = "f" * 16  # as this worker has read it elsewhere
    door.store.is_off = False
    door.refresh(10)
    assert inside.opens().headers["vwr-state"] == "ended"
    assert is_inside(door.visit_at("/vip").opens("/vip")), "the store's own room is served"
    assert is_inside(door.visitor().opens()), "the store was told of the ending"
    assert "room vip: the store now holds another room" in caplog.text
    assert "room main" not in caplog.text
