"""The waiting page's states to look at while one develops, behind every door."""

import re

from tests.doors.conftest import Open
from tests.support.doors import Door
from vwr_middleware.pages.preview import STATES


def test_nobody_sees_a_preview_unless_it_is_asked_for(door: Door) -> None:
    for path in ("/vwr/preview/", "/vwr/preview/waiting/", "/vwr/preview/waiting/position"):
        assert door.visitor().opens(path).status_code == 404


def test_a_developer_sees_every_state_in_every_language(open_it: Open) -> None:
    visitor = open_it(debug=True, site_name="City Theatre").visitor()
    found = visitor.opens("/vwr/preview/?lang=ja").text
    assert "width=device-width" in found, "or a phone shows it in the size of a stamp"
    for state in STATES:
        assert f'href="{state}/?lang=ja"' in found
        page = visitor.opens(f"/vwr/preview/{state}/?lang=ja")
        assert page.status_code == 200
        assert "City Theatre" in page.text
        assert "<html lang=ja" in page.text
        assert page.headers["x-robots-tag"] == "noindex"
        assert page.headers["cache-control"] == "private, no-store"
        assert "vwr_main" not in page.headers.get("set-cookie", "")
    assert visitor.fetches("/vwr/main/status").json()["issued"] == 0, "nobody took a place"


def test_the_previews_script_hears_the_same_state(open_it: Open) -> None:
    visitor = open_it(debug=True).visitor()
    told = visitor.fetches("/vwr/preview/paused/position").json()
    assert (told["you"], told["state"], told["may_enter"]) == ("waiting", "paused", False)
    assert visitor.fetches("/vwr/preview/full/tickets", method="POST").status_code == 503


def test_the_gallery_shows_every_state_live_by_its_switches(open_it: Open) -> None:
    rooms = [
        {"name": "main", "paths": ["/tickets"], "title": "Hamlet", "message": "Doors at nine."},
        {"name": "box", "paths": ["/box"], "title": "Macbeth"},
    ]
    visitor = open_it(debug=True, rooms=rooms).visitor()
    plain = visitor.opens("/vwr/preview/?lang=en").text
    assert plain.count("<iframe ") == len(STATES)
    assert '<iframe src="waiting/?lang=en"' in plain and "<main class=w390>" in plain
    chosen = visitor.opens("/vwr/preview/?lang=de&scheme=dark&width=1440&room=box").text
    assert '<iframe src="waiting.dark@box/?lang=de"' in chosen and "<main class=w1440>" in chosen
    assert "<option value=dark selected>" in chosen and "<option selected>box" in chosen
    odd = visitor.opens("/vwr/preview/?lang=en&scheme=x&width=7&room=nowhere").text
    assert odd == plain, "what there is not is as at first"
    page = visitor.opens("/vwr/preview/waiting/?lang=en").text
    assert "Hamlet" in page and "Doors at nine." in page, "the room's own title and message"
    assert visitor.fetches("/vwr/preview/waiting/position").json()["message"] == "Doors at nine."
    page = visitor.opens("/vwr/preview/waiting.dark@box/?lang=en").text
    assert "Macbeth" in page and "Doors at nine." not in page
    (style,) = re.findall(r'href="(/vwr/preview/static.dark/theme[^"]+)"', page)
    assert "color-scheme:dark" in visitor.fetches(style).text
    told = visitor.fetches("/vwr/preview/waiting.dark@box/position").json()
    assert told["position"] and "message" not in told


def test_a_page_of_a_reset_line_joins_once_and_not_for_ever(open_it: Open) -> None:
    visitor = open_it(debug=True).visitor()
    assert visitor.fetches("/vwr/preview/reset/position").json()["you"] == "reset"
    assert visitor.fetches("/vwr/preview/reset/tickets", "POST").json()["you"] == "waiting"


def test_there_is_nothing_else_below_it(open_it: Open) -> None:
    visitor = open_it(debug=True).visitor()
    for path in (
        "nowhere/",
        "waiting/else",
        "waiting/position/x",
        "../x",
        "waiting.blue/",
        "waiting@nowhere/",
        "static/x.css",
    ):
        assert visitor.opens(f"/vwr/preview/{path}").status_code == 404, path
