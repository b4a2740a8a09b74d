"""What must not stop the waiting page: an old browser, a full storage, a lost script."""

import time

import pytest
from playwright.sync_api import Page, expect

from tests.support.faults import fault
from tests.support.pretend_room import BASE, STATIC, WANTED, PretendRoom
from tests.support.waiting import has_read, polled, wait_for, wait_until


def test_a_browser_that_lacks_what_is_newer_than_2019_updates_and_goes_in(
    page: Page, room: PretendRoom
) -> None:
    for newer in ("BroadcastChannel", "Intl.PluralRules", "AbortSignal.timeout", "Notification"):
        page.add_init_script(f"delete self.{newer}")
    page.goto(room.url + WANTED)
    polled(room)
    expect(page.locator("#wait")).to_have_text("in 10 to 15 minutes")
    room.set(ahead=7, wait_seconds=(50, 61))
    expect(page.locator("#wait")).to_have_text("in 1 to 2 minutes")
    room.set(wait_seconds=(3000, 6100))
    expect(page.locator("#wait")).to_have_text("in 50 to 105 minutes")
    room.set(wait_seconds=(3600, 6100))
    expect(page.locator("#wait")).to_have_text("in 1 to 2 hours")
    expect(page).to_have_title("(7) You are in line · Example Tickets")
    room.set(you="may_enter")
    expect(page).to_have_title("Inside")


def test_older_rules_of_plurals_choose_the_same_words(page: Page, room: PretendRoom) -> None:
    """Until 2022 Unicode had a category for the tens in Hebrew, which gettext's rule has not."""
    older = """const { select } = Intl.PluralRules.prototype;
        Intl.PluralRules.prototype.select = function (n) {
            return n > 10 && n % 10 == 0 ? "many" : select.call(this, n);
        };"""
    page.add_init_script(older)
    room.set(wait_seconds=(1200, 1800))
    page.goto(f"{room.url}{BASE}/?lang=he")
    polled(room)
    expect(page.locator("#wait")).to_have_text(
        "\u05d1\u05e2\u05d5\u05d3 20 \u05e2\u05d3 30 \u05d3\u05e7\u05d5\u05ea"
    )


def test_a_full_storage_does_not_end_the_asking(page: Page, room: PretendRoom) -> None:
    page.add_init_script(
        "Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError') };"
        "const full = new Proxy({}, { get: () => undefined, set: Storage.prototype.setItem });"
        "Object.defineProperty(self, 'localStorage', { get: () => full })"
    )
    page.goto(room.url + WANTED)
    polled(room)
    page.get_by_label("Ask me before going in").check()
    room.set(ahead=9)
    expect(page.locator("#ahead")).to_have_text("9")
    page.get_by_label("Ask me before going in").uncheck()
    room.set(you="may_enter")
    expect(page).to_have_title("Inside")


def test_where_everybody_passes_those_in_line_do_too(page: Page, room: PretendRoom) -> None:
    page.goto(room.url + WANTED + "#map")
    polled(room)
    room.is_inside = True
    room.set(state="off")
    expect(page).to_have_title("Inside")
    assert page.url == room.url + WANTED + "#map"
    assert room.count(f"{BASE}/token") == 0


def test_where_everybody_passes_a_page_is_not_loaded_again_and_again(
    page: Page, room: PretendRoom
) -> None:
    page.goto(room.url + WANTED)
    room.set(state="off")
    wait_until(room, WANTED, 2)
    polled(room, 2)
    assert room.count(WANTED) == 2
    expect(page.get_by_role("link", name="Enter now")).to_be_visible()


@pytest.mark.parametrize("you", ["ended", "missed", "left", "moved"])
def test_who_is_out_is_not_taken_in_where_everybody_passes(
    page: Page, room: PretendRoom, you: str
) -> None:
    room.set(you=you, state="off", position=None, ahead=None)
    page.goto(room.url + WANTED)
    wait_until(room, f"{BASE}/position", 1)
    page.wait_for_timeout(200)
    assert room.count(WANTED) == 1


@fault(
    "The page's script does not come",
    line="A link to check now; nothing is offered that needs the script.",
)
def test_where_the_script_is_lost_no_box_promises_what_only_the_script_does(
    page: Page, room: PretendRoom
) -> None:
    room.missing = f"{STATIC}/waiting"
    page.goto(room.url + WANTED)
    expect(page.get_by_role("link", name="Check now")).to_be_visible()
    expect(page.get_by_role("checkbox")).to_have_count(0)


def test_forms_work_where_the_further_script_is_lost(page: Page, room: PretendRoom) -> None:
    room.missing = f"{STATIC}/extras"
    page.goto(room.url + WANTED)
    with page.expect_navigation():
        page.get_by_role("button", name="Leave the line").click()
    wait_until(room, f"{BASE}/leave", 1)
    page.goto(room.url + WANTED)
    page.get_by_label("Language").select_option("de")
    with page.expect_navigation():
        page.get_by_role("button", name="Change").click()
    wait_for(lambda: room.count(f"{BASE}/") == 1)
    assert "lang=de" in room.calls[-1] or any("lang=de" in call for call in room.calls)


def test_a_lost_countdown_is_asked_for_with_each_answer_and_not_without_end(
    page: Page, room: PretendRoom
) -> None:
    room.missing = f"{STATIC}/extras"
    room.set(state="scheduled", opens_at=time.time() + 3000)
    page.goto(room.url + WANTED)
    polled(room, 3)
    expect(page.locator("#notice")).to_be_hidden()
    asked = sum(call.startswith(room.missing) for call in room.calls)
    assert 0 < asked <= room.count(f"{BASE}/position") + 1


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "There is no connection at the moment. We are keeping your place and trying again."),
        (
            {"you": "ended", "position": None, "ahead": None},
            "There is no connection at the moment. We are trying again.",
        ),
        ({"late_is_lost": True}, "There is no connection at the moment. We are trying again."),
    ],
)
def test_offline_only_those_whose_place_is_kept_are_told_so(
    page: Page, room: PretendRoom, changes: dict[str, object], text: str
) -> None:
    room.set(**changes)
    room.poll = 60
    # An answer that is on its way yet would say that all is well.
    with has_read(page, "/position"):
        page.goto(room.url + WANTED)
    updated = page.locator("#updated").inner_text()
    page.evaluate("{ const now = Date.now; Date.now = () => now() + 3_600_000 }")
    page.context.set_offline(True)
    expect(page.locator("#notice")).to_have_text(text)
    assert page.locator("#updated").inner_text() == updated


def test_two_rooms_in_two_tabs_keep_their_own_progress(page: Page, room: PretendRoom) -> None:
    page.goto(room.url + WANTED)
    polled(room)
    page.evaluate("localStorage['vwr-at/vwr/vip'] = '1,7 10 0.5'")  # as the other tab has noted
    room.set(ahead=100)
    expect(page.locator("#ahead")).to_have_text("100")
    assert page.evaluate("localStorage['vwr-at/vwr/vip']") == "1,7 10 0.5"
    assert page.evaluate(f"localStorage['vwr-at{BASE}']").startswith("1,1600 400 0.75 ")


def test_what_is_new_at_one_time_is_spoken_together(page: Page, room: PretendRoom) -> None:
    page.goto(room.url + WANTED)
    polled(room)
    room.set(you="next", message="Standing places only.", claim_by=time.time() + 60)
    said = page.locator("#said")
    expect(said).to_contain_text("You are next")
    expect(said).to_contain_text("Standing places only.")


def test_what_a_browser_has_translated_stays_and_is_said_once(
    page: Page, room: PretendRoom
) -> None:
    room.set(message="Nur noch Stehplätze.")
    page.goto(room.url + WANTED)
    polled(room)
    page.evaluate("message.textContent = 'Only standing places are left.'")
    room.set(ahead=300)
    expect(page.locator("#ahead")).to_have_text("300")
    expect(page.locator("#message")).to_have_text("Only standing places are left.")
    expect(page.get_by_role("status")).to_be_empty()
    room.set(message="Ausverkauft.")
    expect(page.locator("#message")).to_have_text("Ausverkauft.")


def test_when_it_opens_stays_as_a_browser_has_translated_it(page: Page, room: PretendRoom) -> None:
    room.set(state="scheduled", opens_at=time.time() + 3000)
    page.goto(room.url + WANTED)
    expect(page.locator("#countdown")).to_be_visible()
    page.evaluate("opens.textContent = 'Ouvre bientôt.'; document.documentElement.lang = 'fr'")
    room.set(ahead=300)
    expect(page.locator("#ahead")).to_have_text("300")
    expect(page.locator("#opens")).to_have_text("Ouvre bientôt.")
    room.set(opens_at=time.time() + 6000)
    expect(page.locator("#opens")).to_contain_text("Opens on ")
