"""The waiting page on a phone whose connection comes and goes, in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.pretend_room import BASE, WANTED, PretendRoom
from tests.support.waiting import pass_by, polled, stop_the_clock

POSITION = f"{BASE}/position"


def minute(page: Page) -> None:
    """Let a minute pass in large steps."""
    pass_by(page, 60, step=5)


def lose_the_connection(page: Page, room: PretendRoom) -> None:
    """Open the page, and let everything fail for so long that its pauses have grown."""
    stop_the_clock(page)
    page.add_init_script("delete self.Worker")  # which has a clock that is not ours
    page.goto(room.url + WANTED)
    pass_by(page, 3)
    polled(room, 0)
    room.broken = 502
    minute(page)


@pytest.mark.parametrize(("watch", "least", "most"), [("position", 3, 6), ("status", 1, 2)])
def test_only_near_the_front_a_page_asks_several_times_a_minute_in_a_long_tunnel(
    page: Page, room: PretendRoom, watch: str, least: int, most: int
) -> None:
    def asked() -> int:
        return room.count(POSITION) + room.count(f"{BASE}/status")

    room.watch = watch
    lose_the_connection(page, room)
    before = asked()
    minute(page)
    assert least <= asked() - before <= most


def test_whoever_is_back_online_too_early_is_asked_for_again_soon(
    page: Page, room: PretendRoom
) -> None:
    lose_the_connection(page, room)
    asked = room.count(POSITION)
    with page.expect_response(f"**{POSITION}*"):
        page.evaluate("dispatchEvent(new Event('online'))")
    assert room.count(POSITION) == asked + 1
    room.broken = 0
    room.set(ahead=9)
    pass_by(page, 4)
    expect(page.locator("#ahead")).to_have_text("9")


def test_who_listens_to_the_page_hears_of_each_loss_and_of_none_that_is_over(
    page: Page, room: PretendRoom
) -> None:
    stop_the_clock(page)
    page.goto(room.url + WANTED)
    said = page.get_by_role("status")
    for _ in range(2):
        pass_by(page, 25, step=5)
        expect(said).to_be_empty()
        page.evaluate("onoffline()")
        expect(said).to_contain_text("There is no connection")
