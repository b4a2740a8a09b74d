"""A form that was stopped must be sent again, and its page says so for as long as one waits."""

import re
from html import unescape

from tests.support.doors import Door

AGAIN = "Please send it again"


def test_it_is_still_said_after_a_reload_without_scripts_and_in_another_language(
    door: Door,
) -> None:
    door.visit_at()
    visitor = door.visitor()
    page = visitor.opens("/tickets", "POST", content=b"a=1").text
    assert AGAIN in page
    reload = re.search('http-equiv=refresh content="30;url=([^"]+)"', page)
    assert reload is not None
    for _ in range(2):
        page = visitor.opens(unescape(reload[1])).text
        assert AGAIN in page
    assert "name=stopped value=1" in page
    in_german = visitor.opens("/vwr/main/?next=/tickets&stopped=1&lang=de").text
    assert "Bitte senden Sie es noch einmal" in in_german
    assert AGAIN not in door.visitor().opens("/vwr/main/?next=/tickets").text


def test_a_browser_that_sends_the_form_to_the_pages_own_address_is_shown_the_page(
    door: Door,
) -> None:
    # Safari does, if somebody reloads the page after its script has moved it there.
    door.visit_at()
    visitor = door.visit_at()
    moved = "/vwr/main/?next=/tickets%3Fa%3D1&stopped=1"
    reloaded = visitor.opens(moved, "POST", content=b"a=1")
    assert (reloaded.status_code, reloaded.headers["location"]) == (303, moved)
    page = visitor.opens(reloaded.headers["location"])
    assert page.headers["vwr-state"] == "waiting"
    assert AGAIN in page.text
    assert visitor.position()["position"] == 2
    assert visitor.sends(moved).status_code == 405, "a program is told its mistake"
