"""The wrapped app stays as it was."""

import json
from urllib.parse import quote

import pytest

from tests.doors.conftest import Open
from tests.support.doors import Door
from tests.support.visitor import PAGE, is_inside, set_cookies


def in_flight(door: Door) -> int:
    return sum(door.site.store_access.views["main"].known_sessions.in_hand.values())


def test_a_stream_stays_a_stream_and_is_closed(door: Door) -> None:
    closed = door.closed
    closed.clear()
    visitor = door.visitor()
    for _ in range(3):
        assert visitor.opens("/tickets/stream").text == "one two three"
    assert closed == ["/tickets/stream"] * 3
    assert in_flight(door) == 0


def test_requests_are_counted_while_they_are_in_hand(door: Door) -> None:
    visitor = door.visitor()
    for path in ("/tickets", "/tickets/gone", "/tickets/qr.png", "/tickets/done"):
        visitor.opens(path)
    assert in_flight(door) == 0


def test_a_fault_of_the_app_stays_the_apps(door: Door) -> None:
    visitor = door.visit_at()
    assert visitor.opens("/tickets/broken").status_code == 500
    assert in_flight(door) == 0
    assert is_inside(visitor.opens())


@pytest.mark.parametrize("size", [0, 1, 70_000, 400_000])
def test_a_body_reaches_the_app_whole(door: Door, size: int) -> None:
    body = b"x" * size
    told = door.visitor().fetches("/tickets/buy", "POST", content=body).json()
    assert len(told["body"]) == size


def test_a_head_of_somebody_inside_reaches_the_app(door: Door) -> None:
    response = door.visit_at().opens("/tickets/qr.png", "HEAD")
    assert response.status_code == 200
    # Starlette and Django leave it to the server to drop the body.
    assert response.content == b"" or door.name != "wsgi"


def test_an_answer_without_a_body_stays_without_one(door: Door) -> None:
    response = door.visit_at().opens("/tickets/gone")
    assert response.status_code == 204
    assert response.content == b""


@pytest.mark.parametrize("path", ["/tickets/日本", "/tickets/ä ö", "/tickets/%E2%82%AC/a%20b"])
def test_a_path_that_is_not_ascii_is_protected_and_shown_right(door: Door, path: str) -> None:
    first = door.visitor()
    seen = json.loads(first.opens(path).content)["path"]
    assert "日" in seen or "ä" in seen or "€" in seen
    response = door.visitor().fetches(path)
    assert response.status_code == 429
    page = door.visitor().opens(path)
    assert page.status_code == 202
    assert quote(seen, safe="/") in page.text


def test_no_spelling_of_a_path_is_a_way_around(door: Door) -> None:
    door.visit_at()
    spelled = ("//tickets", "/a/../tickets", "/%74ickets", "/TICKETS", "/tickets;a")
    for path in ("/tickets", "/tickets/", *spelled):
        response = door.visitor().client.get(f"http://shop.example{path}", headers=PAGE)
        assert response.status_code == 202, path


def test_other_paths_are_let_be(door: Door) -> None:
    door.visit_at()
    for path in ("/ticketsale", "/about/tickets", "/vwrs", "/"):
        assert door.visitor().opens(path).status_code in (200, 404), path


def test_bytes_that_are_no_text_fail_in_no_way_of_their_own(door: Door) -> None:
    door.visit_at()
    for path in ("/tickets/%ff%fe", "/%ff/x", "/tickets/%00", "/vwr/main/%ff", "/vwr/%00/"):
        response = door.visitor().opens(path)
        assert response.status_code in (200, 202, 400, 404)


def test_cookies_that_are_not_ascii_do_no_harm(door: Door) -> None:
    door.visit_at()
    client = door.visitor().client
    headers = [(name.encode(), value.encode()) for name, value in PAGE.items()]
    headers.append((b"Cookie", b"name=\xf6; vwr_main=\xdf; x=\xe6\x97\xa5"))
    assert client.get("/tickets", headers=headers).status_code == 202


def test_cookies_say_what_browsers_must_know(door: Door) -> None:
    token = set_cookies(door.visitor().opens())["vwr_main_token"]
    assert "HttpOnly" in token
    assert "SameSite=Lax" in token
    assert "Path=/" in token
    assert "Secure" not in token
    ticket = set_cookies(door.visitor().opens())["vwr_main"]
    assert "Max-Age=604800" in ticket
    assert "SameSite=Lax" in ticket


def test_on_https_the_token_comes_back_from_other_sites(door: Door) -> None:
    first = set_cookies(door.visitor(origin="https://shop.example").opens())
    assert "SameSite=None" in first["vwr_main_token"]
    assert "Secure" in first["vwr_main_token"]
    waiting = set_cookies(door.visitor(origin="https://shop.example").opens())
    assert "SameSite=Lax" in waiting["vwr_main"]
    assert "Secure" in waiting["vwr_main"]


def test_partitioned_cookies_say_so(open_it: Open) -> None:
    door = open_it(cookie_partitioned=True)
    cookies = set_cookies(door.visitor(origin="https://shop.example").opens())
    assert "Partitioned" in cookies["vwr_main_token"]


def test_on_other_paths_nobody_looks_for_the_end_of_a_session(door: Door) -> None:
    visitor = door.visit_at()
    response = visitor.opens("/done")
    assert response.headers["vwr-session"] == "completed"
    assert is_inside(visitor.opens())
