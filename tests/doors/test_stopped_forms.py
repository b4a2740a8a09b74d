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
