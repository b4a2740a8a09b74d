"""What one line in front of an app does, in whatever framework."""

import httpx

from tests.support.visitor import SCRIPT


def assert_the_room_stands(first: httpx.Client, second: httpx.Client) -> None:
    """The first visitor fills the room, the second waits, and both see the app's open pages."""
    assert first.get("/tickets").text == "inside 1-1"
    assert first.get("/tickets").text == "inside 1-1"
    assert first.get("/about").text == "open"
    # Apps that match by `^/tickets$` take this for the page, too.
    assert second.get("/tickets%0A", headers=SCRIPT).text != "open"
    answer = second.get("/tickets")
    assert answer.status_code == 202
    assert "text/html" in answer.headers["content-type"]
    told = second.get("/vwr/main/position", headers=SCRIPT).json()
    assert (told["you"], told["position"], told["ahead"]) == ("waiting", 2, 0)
    where = second.get("/tickets", headers=SCRIPT).headers["vwr-waiting-room"]
    assert second.get(f"http://shop.example{where}").status_code == 202
