"""The waiting page's states to look at while one develops, behind every door."""

from tests.doors.conftest import Open
from tests.support.doors import Door
from vwr_middleware.pages.preview import STATES


def test_nobody_sees_a_preview_unless_it_is_asked_for(door: Door) -> None:
    for path in ("/vwr/preview/", "/vwr/preview/waiting/", "/vwr/preview/waiting/position"):
        assert door.visitor().opens(path).status_code == 404


def test_a_developer_sees_every_state_in_every_language(open_it: Open) -> None:
    visitor = open_it(debug=True, site_name="City Theatre").visitor()
    found = visitor.opens("/vwr/preview/").text
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


def test_there_is_nothing_else_below_it(open_it: Open) -> None:
    visitor = open_it(debug=True).visitor()
    for path in ("nowhere/", "waiting/else", "waiting/position/x", "../x"):
        assert visitor.opens(f"/vwr/preview/{path}").status_code == 404, path
