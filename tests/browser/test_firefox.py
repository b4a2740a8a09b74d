"""The waiting page in real Firefox; skipped where there is none."""

import time

import pytest

from tests.support.firefox import Firefox, running_firefox
from tests.support.pretend_room import BASE, STATIC, WANTED, PretendRoom
from tests.support.visitor import visitor_at
from tests.support.waiting import polled
from tests.support.worker_shop import REGISTER, shop_with_a_service_worker

AHEAD, SERVING, HEADING = (
    f"document.querySelector('{name}').innerText" for name in ("#ahead", "#serving", "h1")
)


def test_the_page_waits_updates_itself_and_goes_in(firefox: Firefox, room: PretendRoom) -> None:
    tab = firefox.new_tab()
    tab.goto(room.url + WANTED + "?seat=7#map")
    tab.expect(HEADING, "You are in line")
    tab.expect(AHEAD, "400")
    room.set(ahead=7, serving=1592)
    tab.expect(AHEAD, "7")
    tab.expect(SERVING, "1,592")
    tab.expect("document.title", "(7) You are in line · Example Tickets")
    room.set(you="may_enter")
    tab.expect("document.title", "Inside")
    assert tab.evaluate("location.href") == room.url + WANTED + "?seat=7#map"
    assert room.count(f"{BASE}/token") == 1


def test_a_hidden_tab_goes_on_asking_and_goes_in(firefox: Firefox, room: PretendRoom) -> None:
    tab = firefox.new_tab()
    tab.goto(room.url + WANTED)
    firefox.new_tab()
    tab.expect("document.hidden", True)
    polled(room, 5)
    room.set(ahead=7)
    tab.expect("document.title", "(7) You are in line · Example Tickets")
    room.set(you="may_enter")
    tab.expect("document.title", "Inside")


def test_one_tab_asks_for_both(firefox: Firefox, room: PretendRoom) -> None:
    first, second = firefox.new_tab(), firefox.new_tab()
    first.goto(room.url + WANTED)
    second.goto(room.url + WANTED)
    polled(room, 3)
    room.set(ahead=7)
    first.expect(AHEAD, "7")
    second.expect(AHEAD, "7")
    room.set(you="may_enter")
    second.expect("document.title", "Inside")
    first.show()
    first.expect("document.title", "Inside")


def test_a_countdown_whose_script_got_lost_comes_with_a_later_answer(
    firefox: Firefox, room: PretendRoom
) -> None:
    # Firefox and Safari never load a module again from an address that failed.
    room.missing = f"{STATIC}/extras"
    room.set(state="scheduled", opens_at=time.time() + 3000)
    tab = firefox.new_tab()
    tab.goto(room.url + WANTED)
    polled(room)
    room.missing = "/nothing is missing"
    tab.expect("/^00:4/.test(document.querySelector('#countdown').textContent)", True)


def test_a_page_that_a_service_worker_passes_on_is_no_navigation(firefox: Firefox) -> None:
    with shop_with_a_service_worker() as shop, visitor_at(shop) as inside:
        tab = firefox.new_tab()
        tab.goto(shop)
        assert tab.evaluate(REGISTER)
        inside.opens()
        tab.goto(f"{shop}/tickets")
        tab.expect(HEADING, "You are in line")
        inside.sends("/vwr/main/leave")
        tab.expect("document.title", "Inside")


@pytest.mark.thorough  # it needs a Firefox of its own, and Chromium's pages meet the same refusals
def test_where_all_cookies_are_blocked_the_page_works_and_says_so(
    tmp_path_factory: pytest.TempPathFactory, room: PretendRoom
) -> None:
    blocked = {"network.cookie.cookieBehavior": 2}
    with running_firefox(tmp_path_factory.mktemp("firefox"), **blocked) as firefox:
        tab = firefox.new_tab()
        tab.goto(room.url + WANTED)
        assert tab.evaluate("try { localStorage; 'allowed' } catch (e) { e.name }") == (
            "SecurityError"
        )
        tab.expect(AHEAD, "400")
        room.set(you="none", position=None, ahead=None)
        tab.expect(HEADING, "Cookies are blocked")
        asked = len(room.calls)
        time.sleep(0.6)
        assert len(room.calls) == asked
