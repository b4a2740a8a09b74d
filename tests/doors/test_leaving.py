"""Whoever has left the line takes a new place by the button alone."""

import pytest

from tests.support.doors import Door
from tests.support.visitor import TOKEN, Visitor, is_inside, set_cookies

LEAVE, JOIN = "/vwr/main/leave?next=/tickets&sure=1", "/vwr/main/leave?next=/tickets&join=1"


def who_left(door: Door) -> Visitor:
    """Somebody who gave up a place in a full room, by a form."""
    visitor = door.visit_at()
    page = visitor.opens(LEAVE, "POST")
    assert (page.status_code, page.headers["vwr-state"]) == (200, "left")
    assert page.headers["content-type"].startswith("text/html")
    return visitor


@pytest.mark.parametrize(
    "path", ["/tickets", "/vwr/main/?next=/tickets", "/vwr/main/?next=/tickets&lang=de"]
)
def test_looking_at_the_page_again_takes_no_place(door: Door, path: str) -> None:
    door.visit_at()
    visitor = who_left(door)
    for _ in range(2):
        assert visitor.opens(path).headers["vwr-state"] == "left"
        assert visitor.position()["you"] == "left"
    assert visitor.fetches("/tickets").status_code == 429
    assert door.visit_at().position()["position"] == 3


def test_loading_the_page_of_having_left_again_shows_it_again(door: Door) -> None:
    door.visit_at()
    visitor = who_left(door)
    again = visitor.opens(LEAVE)
    assert (again.status_code, again.headers["location"]) == (303, "/vwr/main/?next=/tickets")
    assert visitor.opens(again.headers["location"]).headers["vwr-state"] == "left"
    assert visitor.fetches(LEAVE).status_code == 405


def test_whose_claim_has_lapsed_gives_the_place_up_too(door: Door) -> None:
    visitor = door.visit_at()
    token = {"VWR-Token": visitor.client.cookies[TOKEN]}
    door.refresh(61)
    inside = door.confirmed()
    assert door.visitor().fetches("/vwr/main/position", headers=token).json()["you"] == "next"
    door.visitor().fetches(LEAVE, "POST", headers=token)
    door.frees_a_slot(inside)
    claimed = door.visitor().fetches("/vwr/main/token", "POST", headers=token)
    assert (claimed.status_code, claimed.json()["you"]) == (410, "left")


def test_a_ticket_that_was_given_up_is_kept_for_an_hour(door: Door) -> None:
    door.visit_at()
    visitor = door.visit_at()
    told = set_cookies(visitor.fetches(LEAVE, "POST"))["vwr_main"]
    assert "max-age=3600;" in told.lower()
    assert "max-age=604800;" in set_cookies(door.visitor().opens())["vwr_main"].lower()


def test_a_program_that_leaves_by_a_header_is_given_no_ticket_as_a_cookie(door: Door) -> None:
    door.visit_at()
    ticket = {"VWR-Ticket": door.visit_at().client.cookies["vwr_main"]}
    left = door.visitor().fetches(LEAVE, "POST", headers=ticket)
    assert left.json()["you"] == "left"
    assert "max-age=0;" in set_cookies(left)["vwr_main"].lower()


def test_the_button_takes_a_new_place_with_one_click(door: Door) -> None:
    door.visit_at()
    visitor = who_left(door)
    page = visitor.opens(visitor.opens(JOIN, "POST").headers["location"])
    assert page.headers["vwr-state"] == "waiting"
    assert visitor.position()["position"] == 3


def test_the_pages_script_takes_a_new_place(door: Door) -> None:
    door.visit_at()
    visitor = who_left(door)
    joined = visitor.fetches("/vwr/main/tickets", "POST")
    assert (joined.status_code, joined.json()["position"]) == (201, 3)
    assert visitor.position()["you"] == "waiting"


def test_leaving_twice_is_leaving_once(door: Door) -> None:
    door.visit_at()
    visitor = who_left(door)
    assert visitor.fetches(LEAVE, "POST").json()["you"] == "left"
    assert visitor.opens().headers["vwr-state"] == "left"


def test_leaving_twice_by_one_ticket_takes_no_place_either(door: Door) -> None:
    door.visit_at()
    visitor = door.visit_at()
    held = {"Cookie": f"vwr_main={visitor.client.cookies['vwr_main']}"}
    for _ in range(2):  # a double click: the second request knows no answer to the first one yet
        assert visitor.fetches(LEAVE, "POST", headers=held).json()["you"] == "left"
    assert visitor.opens().headers["vwr-state"] == "left"


def test_no_slot_is_kept_for_somebody_who_polled_and_left(door: Door) -> None:
    inside = door.confirmed()
    visitor = door.visit_at()
    visitor.position()
    visitor.opens(LEAVE, "POST")
    door.frees_a_slot(inside)
    assert is_inside(door.visitor().opens()), "a slot is free, and nobody waits"


def test_a_session_that_was_left_is_not_gone_on_with(door: Door) -> None:
    inside = door.visit_at()
    inside.fetches(LEAVE, "POST")
    assert inside.cookies == set()
    other = door.visit_at()
    assert is_inside(other.opens())
    assert inside.opens().headers["vwr-state"] == "waiting"


@pytest.mark.parametrize("path", [LEAVE, "/vwr/main/leave"])
def test_whoever_leaves_while_another_tab_goes_in_is_inside_no_more(door: Door, path: str) -> None:
    inside = door.confirmed()
    visitor, behind = door.visit_at(), door.visit_at()
    for waiting in (visitor, behind):
        waiting.position()
    door.frees_a_slot(inside)
    tab = {"Cookie": f"vwr_main={visitor.client.cookies['vwr_main']}"}
    assert is_inside(door.visitor().opens(headers=tab))
    assert visitor.fetches(path, "POST").json()["you"] == "left"
    door.refresh()
    assert visitor.opens().headers["vwr-state"] == "left", "nobody takes a new place unasked"
    assert visitor.opens(headers=tab).headers["vwr-state"] != "waiting"
    assert is_inside(behind.opens()), "the slot is free at once"


def test_every_worker_knows_at_once(two_workers: tuple[Door, Door]) -> None:
    door, other = two_workers
    other.refresh()
    door.visit_at()
    there = other.visitor()
    visitor = door.visit_at()
    other.refresh()
    visitor.opens(LEAVE, "POST")
    there.client.cookies = visitor.client.cookies
    assert there.position()["you"] == "left"
    assert there.opens().headers["vwr-state"] == "left"
    assert there.fetches("/vwr/main/tickets", "POST").json()["position"] == 3


def test_a_line_that_was_started_anew_is_another_line(door: Door) -> None:
    door.visit_at()
    visitor = who_left(door)
    door.ask(lambda: door.store.reset("main"))
    door.refresh()
    assert visitor.position()["you"] == "left", "an open page joins no line unasked"
    door.visit_at()
    page = visitor.opens()
    assert page.headers["vwr-state"] == "waiting"
    assert "was restarted" not in page.text.partition("<script type")[0]


def test_nothing_moves_to_another_device(door: Door) -> None:
    door.visit_at()
    visitor = who_left(door)
    assert visitor.fetches("/vwr/main/resume", "POST").status_code == 410
    assert "Move a place" in visitor.opens("/vwr/main/resume").text


def test_while_the_store_is_away_it_is_said_too(door: Door) -> None:
    door.visit_at()
    visitor = who_left(door)
    door.store.is_off = True
    for _ in range(3):
        assert visitor.opens().headers["vwr-state"] == "left"


def test_every_worker_says_the_same_to_whoever_leaves_when_the_session_is_over(
    two_workers: tuple[Door, Door],
) -> None:
    door, other = two_workers
    first, visitor = door.visit_at(), door.visit_at()
    ticket = {"VWR-Ticket": visitor.client.cookies["vwr_main"]}
    first.fetches(LEAVE, "POST")
    door.refresh()
    assert is_inside(visitor.opens())
    visitor.opens("/tickets/done")
    door.visitor().fetches(LEAVE, "POST", headers=ticket)
    other.refresh()
    for at in (door, other):
        asked = Visitor.of(at.transport).fetches("/vwr/main/position", headers=ticket)
        assert asked.json()["you"] == "ended"


def test_leaving_again_and_again_is_no_work_for_the_store(door: Door) -> None:
    inside, waiting = door.confirmed(), door.visit_at()
    for visitor, cookie in ((waiting, "vwr_main"), (inside, "vwr_main_token")):
        given = {"Cookie": f"{cookie}={visitor.client.cookies[cookie]}"}
        for is_off in (False, True):
            door.store.is_off = is_off
            answer = door.visitor().fetches(LEAVE, "POST", headers=given)
            assert (answer.status_code, answer.json()["you"]) == (200, "left")
        door.store.is_off = False


def test_without_a_script_too_leaving_is_asked_about(door: Door) -> None:
    door.visit_at()
    visitor = door.visit_at()
    asked = visitor.opens("/vwr/main/leave?next=/tickets/a%3Fb=1", "POST")
    assert asked.status_code == 200 and not set_cookies(asked)
    assert "<h1>Give up your place in line?</h1>" in asked.text
    assert visitor.position()["you"] == "waiting"
    assert 'href="/vwr/main/?next=/tickets/a%3Fb%3D1"' in asked.text
    sure = "/vwr/main/leave?next=/tickets/a%3Fb%3D1&amp;sure=1"
    assert f'method=post action="{sure}"' in asked.text
    german = visitor.opens("/vwr/main/leave", "POST", headers={"Accept-Language": "de"})
    assert "<html lang=de" in german.text
    assert visitor.opens(sure.replace("&amp;", "&"), "POST").headers["vwr-state"] == "left"
    assert visitor.opens("/vwr/main/leave", "POST").headers["vwr-state"] == "left", "asked once"


def test_whoever_ends_a_session_by_a_form_of_the_app_is_not_asked(door: Door) -> None:
    inside = door.confirmed()
    assert inside.opens("/vwr/main/leave", "POST").headers["vwr-state"] == "left"
