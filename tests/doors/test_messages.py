"""The operator's message in full, as visitors and their programs get it behind every door."""

import re
from typing import Any

from tests.doors.conftest import Open
from tests.support.doors import Door

FULL: dict[str, Any] = {
    "text": "Row 3 is gone. [Other rows](/seats)",
    "language": "en",
    "texts": {"de": "Reihe 3 ist weg. [Andere](/plaetze)"},
    "severity": "urgent",
    "at": 1_767_268_800.0,
}
SHOWN = "Row 3 is gone. Other rows"


def in_line(open_it: Open, **given: Any) -> Door:
    door = open_it(max_active=1, announcement=FULL, **given)
    door.visit_at()
    return door


def test_a_visitor_reads_the_message_in_their_language(open_it: Open) -> None:
    visitor = in_line(open_it).visitor()
    for language, lang, href in (
        ("de", "de", "/plaetze"),
        ("en", "en", "/seats"),
        ("fr", "en", "/seats"),
    ):
        page = visitor.opens("/tickets", headers={"Accept-Language": language}).text
        (told,) = re.findall(r"<p id=message [^>]*>(.*?)</p>", page)
        assert told.startswith(f'<span lang="{lang}" dir=ltr data-id=')
        assert "class=urgent><time dir=auto datetime=2026-01-01T12:00Z>12:00 UTC</time> " in told
        assert f'<a href="{href}" target=_blank>' in told
    door_page = visitor.opens("/vwr/main/door/de").text
    assert '<a href="/plaetze" target=_blank>Andere</a>' in door_page


def test_old_programs_read_a_string_and_new_ones_the_rest_beside_it(open_it: Open) -> None:
    visitor = in_line(open_it).visitor()
    visitor.opens("/tickets")
    status, position = visitor.fetches("/vwr/main/status"), visitor.position()
    assert status.json()["message"] == position["message"] == SHOWN
    assert status.json()["message_id"] == position["message_id"] != ""
    told = visitor.fetches("/vwr/main/message")
    assert told.json() == {
        "message": SHOWN,
        "message_id": position["message_id"],
        "language": "en",
        "direction": "ltr",
        "severity": "urgent",
        "at": FULL["at"],
        "parts": [{"text": "Row 3 is gone. "}, {"text": "Other rows", "href": "/seats"}],
        "languages": ["en", "de"],
    }
    german = visitor.fetches("/vwr/main/message/de")
    assert german.json()["parts"][1] == {"text": "Andere", "href": "/plaetze"}
    assert german.headers["cache-control"] == "public, max-age=1"
    assert "set-cookie" not in german.headers
    assert german.headers["etag"] != told.headers["etag"]
    assert visitor.fetches("/vwr/main/message/nowhere").status_code == 404


def test_a_plain_message_has_nothing_beside_it(open_it: Open) -> None:
    door = open_it(max_active=1, message="See [this](/x)")
    visitor = door.visitor()
    assert visitor.fetches("/vwr/main/status").json()["message_id"] == ""
    told = visitor.fetches("/vwr/main/message/de").json()
    assert (told["parts"], told["message_id"]) == ([{"text": "See [this](/x)"}], "")


def test_without_a_message_the_address_says_so(door: Door) -> None:
    told = door.visitor().fetches("/vwr/main/message").json()
    assert (told["message"], told["parts"], told["languages"]) == ("", [], [])
