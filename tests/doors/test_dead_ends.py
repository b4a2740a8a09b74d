"""Pages from which it goes no further lead to the site, and tell the number where there is one."""

import re

import httpx
import pytest

from tests.doors.conftest import Open


def way_out(page: httpx.Response) -> str:
    """Where a page leads those who have no reason to stay; "" if they do not see it."""
    found = re.search(r'<a id=home href="([^"]*)" data-in="[^"]*"( hidden)?>([^<]*)</a>', page.text)
    return found[1] if found and not found[2] else ""


def number_on(page: httpx.Response) -> str:
    shown = r'<p id=place data-n="([^"]*)" data-in="[^"]*">Your number: <b id=number>\1</b>'
    found = re.search(shown, page.text)
    return found[1] if found else ""


def test_a_closed_room_leads_to_the_site(open_it: Open) -> None:
    door = open_it(max_active=1)
    door.visit_at()
    waiting = door.visit_at()
    assert way_out(waiting.opens()) == ""
    door.ask(lambda: door.store.as_store().change("main", {"mode": "closed"}))
    door.refresh()
    for page in (waiting.opens(), door.visitor().opens()):
        assert (page.status_code, way_out(page)) == (503, "/")
        assert "Back to shop.example</a>" in page.text
    told = waiting.opens()
    assert "You keep your place" in told.text and "<dd id=position>2" in told.text
    assert (told.headers["vwr-state"], told.headers["retry-after"]) == ("waiting", "60")
    assert waiting.fetches("/tickets").json()["position"] == 2
    stranger = door.visitor().opens()
    assert "place" not in stranger.text.partition("id=message")[0]
    assert stranger.headers["vwr-state"] == "none"


def test_whoever_left_or_is_done_is_led_to_the_site(open_it: Open) -> None:
    door = open_it(max_active=1, site_url="https://shop.example/start?from=line")
    inside, waiting = door.confirmed(), door.visit_at()
    waiting.opens("/vwr/main/leave?sure=1", "POST")
    left = waiting.opens()
    assert (way_out(left), number_on(left)) == ("https://shop.example/start?from=line", "2")
    inside.opens("/tickets/done")
    door.refresh(11)
    ended = inside.opens()
    assert "Your session has ended" in ended.text
    assert (way_out(ended), number_on(ended)) == ("https://shop.example/start?from=line", "1")


def test_whoever_missed_the_turn_reads_the_number_too(open_it: Open) -> None:
    door = open_it(max_active=1, late="lost", claim_within=10)
    inside, waiting = door.confirmed(), door.visit_at()
    door.frees_a_slot(inside)
    waiting.opens("/vwr/main/position")
    for _ in range(4):
        door.refresh(10)
        door.visitor().fetches("/vwr/main/status")
    missed = waiting.opens()
    assert "You missed your turn" in missed.text
    assert (way_out(missed), number_on(missed)) == ("/", "2")


@pytest.mark.parametrize("paths", ["/", "*", ["/tickets", "/*"]])
def test_nothing_leads_back_into_the_room(open_it: Open, paths: object) -> None:
    door = open_it(max_active=1, paths=paths)
    door.visit_at()
    waiting = door.visit_at()
    left = waiting.opens("/vwr/main/leave?sure=1", "POST")
    assert "You are not in line" in left.text
    assert "id=home" not in left.text


def test_a_room_for_forms_alone_protects_no_page(open_it: Open) -> None:
    door = open_it(max_active=1, paths="/", methods=["POST"])
    assert way_out(door.visitor().opens("/vwr/main/leave?sure=1", "POST")) == "/"
