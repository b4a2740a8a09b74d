"""A visitor's way in real Firefox; skipped where there is none."""

import time
from pathlib import Path

import pytest

from tests.support.firefox import Firefox, running_firefox
from tests.support.pretend_room import WANTED, PretendRoom
from tests.support.small_shop import small_shop
from tests.support.visitor import visitor_at
from tests.support.waiting import polled

HEADING, TITLE = "document.querySelector('h1').textContent", "document.title"


def seen(element: str) -> str:
    """Whether people see it."""
    return f"document.querySelector('{element}').getClientRects().length > 0"


def test_from_the_line_through_the_turn_into_a_real_room(firefox: Firefox) -> None:
    with small_shop() as (url, _), visitor_at(url) as first:
        first.opens(), first.opens()
        tab = firefox.new_tab()
        tab.goto(f"{url}/tickets?seat=7#map")
        tab.expect(HEADING, "You are in line")
        tab.expect(seen("#front"), True)
        tab.click("#ask")
        first.sends("/vwr/main/leave")
        tab.expect(HEADING, "It is your turn")
        tab.expect("document.activeElement.id", "enter")
        tab.expect("/^0:[0-5]/.test(document.querySelector('#countdown').textContent)", True)
        tab.expect("document.title[0]", "●")
        tab.click("#enter")
        tab.expect(TITLE, "Inside")
        assert tab.evaluate("location.href") == f"{url}/tickets?seat=7#map"


def test_who_leaves_is_asked_first_and_may_join_again(firefox: Firefox) -> None:
    with small_shop() as (url, _), visitor_at(url) as first:
        first.opens(), first.opens()
        tab = firefox.new_tab()
        tab.goto(f"{url}/tickets")
        tab.expect(HEADING, "You are in line")
        tab.click("#leave button")
        tab.answer(accept=False)
        tab.expect(HEADING, "You are in line")
        tab.click("#leave button")
        tab.answer(accept=True)
        tab.expect(HEADING, "You are not in line")
        tab.expect("document.activeElement.id", "heading")
        tab.click("#join button")
        tab.expect(HEADING, "You are in line")
        tab.expect("document.querySelector('#position').textContent", "3")


def test_until_the_opening_it_counts_down_and_then_the_line_moves(
    firefox: Firefox, room: PretendRoom
) -> None:
    room.set(state="scheduled", wait_seconds=None, opens_at=time.time() + 3000)
    tab = firefox.new_tab()
    tab.goto(room.url + WANTED)
    tab.expect("/^00:49:/.test(document.querySelector('#countdown').textContent)", True)
    tab.expect(seen("#calendar"), True)
    room.set(state="queueing", wait_seconds=(600, 900))
    tab.expect(seen("#countdown"), False)
    tab.expect(
        "/\\d:\\d\\d.*\\u2013.*\\d:\\d\\d/.test(document.querySelector('#clock').textContent)", True
    )


def test_a_dark_page_is_dark_and_a_turn_stands_out(firefox: Firefox, room: PretendRoom) -> None:
    tab = firefox.new_tab()
    tab.goto(room.url + WANTED)
    ground = "getComputedStyle(document.querySelector('{}')).backgroundColor"
    assert tab.evaluate(ground.format("body")) == "rgb(13, 18, 25)"
    assert tab.evaluate(ground.format(".card")) == "rgb(24, 32, 43)"
    track = "getComputedStyle(document.querySelector('#track'), '::before')"
    assert tab.evaluate(f"{track}.backgroundColor") == "rgb(156, 193, 255)"
    tab.click("#ask")
    room.set(you="may_enter", ahead=0)
    tab.expect(HEADING, "It is your turn")
    assert tab.evaluate(ground.format(".card")) == "rgb(156, 193, 255)"


def test_the_track_moves_with_the_line(firefox: Firefox, room: PretendRoom) -> None:
    tab = firefox.new_tab()
    tab.goto(room.url + WANTED)
    way = "document.querySelector('#progress').value"
    tab.expect(way, 0)
    room.set(ahead=100, serving=1499)
    tab.expect(way, 0.75)
    polled(room, 1)
    tab.goto(room.url + WANTED)
    tab.expect(way, 0.75)


@pytest.mark.thorough  # it needs a Firefox of its own, and Chromium's pages say the same
def test_without_scripts_the_page_says_all_and_leads_in(tmp_path: Path) -> None:
    off = {"javascript.enabled": False}
    with (
        small_shop() as (url, _),
        visitor_at(url) as first,
        running_firefox(tmp_path, **off) as firefox,
    ):
        first.opens(), first.opens()
        tab = firefox.new_tab()
        tab.goto(f"{url}/tickets")
        tab.expect(HEADING, "You are in line")
        for element, is_seen in {"#numbers": True, "#check": True, "#track": False}.items():
            tab.expect(seen(element), is_seen)
        tab.click("#leave button")
        tab.expect(HEADING, "Give up your place in line?")
        tab.click("footer a")
        tab.expect(HEADING, "You are in line")
        first.sends("/vwr/main/leave")
        tab.click("#check")
        tab.expect(TITLE, "Inside")
