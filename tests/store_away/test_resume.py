"""What else is answered at the address of resume codes: to forms, and to those who may not move."""

import pytest

from tests.support.asgi import NAVIGATION, Answer
from tests.support.clock import Clock
from tests.support.house import House, Visitor, inside, make_house, waiting
from tests.support.resume import RESUME
from tests.support.stores import Switched
from tests.support.visitor import TOKEN
from vwr_middleware.blocking import finish

FORM = "application/x-www-form-urlencoded"


@pytest.fixture(autouse=True)
def first(house: House) -> Visitor:
    """Somebody who has the only slot."""
    return inside(house)


def sends(visitor: Visitor, form: str = "", path: str = RESUME) -> Answer:
    """A form of the page is sent."""
    return visitor.ask("POST", path, NAVIGATION, {"content-type": FORM}, form.encode())


def test_a_place_of_another_store_gets_no_code(house: House, clock: Clock) -> None:
    other = make_house(clock, max_active=1)
    inside(other)
    other_room = waiting(other).at(house)
    answer = other_room.post(RESUME)
    assert (answer.status, answer.json["error"]) == (401, "there is no ticket of this room")


def test_a_visitor_inside_who_sends_a_code_by_a_form_goes_on_inside(
    house: House, first: Visitor
) -> None:
    phone = waiting(house)
    code = phone.post(RESUME).json["code"]
    answer = sends(first, f"code={code}", f"{RESUME}?next=/tickets/a")
    assert (answer.status, answer.header("location")) == (303, "/tickets/a")
    told = first.post(RESUME, f"code={code}".encode(), content_type=FORM)
    assert (told.status, told.json["you"]) == (409, "admitted")
    assert phone.get("/vwr/main/position").json["you"] == "waiting", "it has not moved"


def test_codes_asked_for_too_fast_by_a_form_are_told_from_a_place_that_is_gone(
    house: House,
) -> None:
    visitor = waiting(house)
    answers = [sends(visitor) for _ in range(11)]
    assert [answer.status for answer in answers] == [201] * 10 + [429]
    assert "Too many attempts" in answers[10].text
    assert answers[10].header("retry-after") == "60"


def test_a_wrong_code_leaves_ones_own_place_on_the_page(house: House) -> None:
    answer = sends(waiting(house), "code=0000-0000-0000")
    assert (answer.status, answer.header("vwr-state")) == (404, "waiting")
    assert "number 2" in answer.text
    nobody = sends(house.visitor(), "code=0000-0000-0000")
    assert (nobody.status, nobody.header("vwr-state")) == (404, "none")


def test_scripts_and_pages_read_that_the_store_is_away_each_in_their_way(
    house: House, store: Switched
) -> None:
    visitor = waiting(house)
    store.is_off = True
    told, page = visitor.post(RESUME), sends(visitor)
    assert (told.status, told.json["position"], told.json["store"]) == (503, 2, "down")
    assert (page.status, page.header("retry-after")) == (503, "5")
    assert "We are keeping your place" in page.text
    assert "We are keeping your place" not in sends(house.visitor()).text


def test_only_a_place_that_is_still_ones_own_is_shown_as_such(
    house: House, store: Switched, clock: Clock
) -> None:
    other = make_house(clock, max_active=1)
    inside(other)
    stays, phone, other_room = waiting(house), waiting(house), waiting(other).at(house)
    code = phone.post(RESUME).json["code"]
    assert sends(house.visitor(), f"code={code}").status == 303
    shown = {"phone": phone, "stays": stays, "other_room": other_room}
    assert [who for who, it in shown.items() if "number" in it.open(RESUME).text] == ["stays"]
    finish(store.reset("main"))
    house.pass_by(2)
    assert "number" not in stays.open(RESUME).text
    store.is_off = True
    fresh = make_house(clock, store=store.as_store(), max_active=1)
    page = stays.at(fresh).open(RESUME)
    assert page.status == 200 and "number" not in page.text


def test_whoever_has_only_an_old_session_may_bring_a_place(
    house: House, first: Visitor, clock: Clock
) -> None:
    other = make_house(clock, max_active=1)
    other_room = inside(other).at(house)
    phone, laptop = waiting(house), waiting(house)
    codes = [each.post(RESUME).json["code"] for each in (phone, laptop)]
    assert _brings(other_room, codes[0]) == (200, "waiting")
    token = first.jar[TOKEN]
    first.post("/vwr/main/leave")
    first.jar = {TOKEN: token}  # another tab had it on its way
    assert _brings(first, codes[1]) == (200, "waiting")


def _brings(visitor: Visitor, code: str) -> tuple[int, str]:
    taken = visitor.post(RESUME, f"code={code}".encode(), content_type=FORM)
    return taken.status, taken.json["you"]
