"""`challenge="pow"`: a newcomer's browser solves a puzzle first, and each solution is one place."""

import re

import pytest

from tests.doors.conftest import Open
from tests.doors.test_newcomers import issued
from tests.support.doors import Door
from tests.support.visitor import Visitor
from vwr_middleware.papers.puzzles import KEPT, solve
from vwr_middleware.stores import board

PAGE = "/vwr/main/puzzle"

#: Once in a loop and once in place, over both stores that workers can share: that is enough here.
pytestmark = pytest.mark.parametrize(
    ("door_name", "store_url"), [("asgi", "sqlite"), ("wsgi", "redis")], indirect=True
)


@pytest.fixture
def guarded(open_it: Open) -> Door:
    """A room for one, whose newcomers solve a small puzzle."""
    return open_it(mode="queue", challenge="pow", challenge_work=8)


def puzzle_on(visitor: Visitor, path: str = PAGE) -> str:
    found = re.search('data-puzzle="([^"]+)"', visitor.opens(path).text)
    assert found
    return found[1]


def solves(visitor: Visitor, path: str = PAGE, solution: str = "") -> str:
    """Where somebody is led who has solved the puzzle of a page."""
    data = {"solution": solution or solve(puzzle_on(visitor, path))}
    response = visitor.opens(path, "POST", data=data)
    assert response.status_code == 303
    return str(response.headers["location"])


def test_a_newcomer_gets_a_place_for_a_solution(guarded: Door) -> None:
    visitor = guarded.visitor()
    response = visitor.opens("/tickets/seats?row=3")
    where = response.headers["location"]
    assert (response.status_code, where) == (303, f"{PAGE}?next=/tickets/seats%3Frow%3D3")
    assert issued(guarded) == 0
    assert solves(visitor, where) == "/tickets/seats?row=3"
    assert issued(guarded) == 0, "the solution alone takes no number"
    assert visitor.opens("/tickets/seats?row=3").status_code == 202
    assert visitor.opens("/tickets").status_code == 202, "whoever has a place needs no other"
    assert issued(guarded) == 1


def test_the_waiting_pages_own_address_leads_to_what_was_wanted(guarded: Door) -> None:
    visitor = guarded.visitor()
    where = visitor.opens("/vwr/main/?next=/tickets/seats").headers["location"]
    assert where == f"{PAGE}?next=/tickets/seats"
    assert solves(visitor, where) == "/tickets/seats"


def test_a_solution_is_one_place(guarded: Door) -> None:
    first, second = guarded.visitor(), guarded.visitor()
    solution = solve(puzzle_on(first))
    for visitor in (first, second):
        solves(visitor, solution=solution)
    assert first.opens("/tickets").status_code == 202
    response = second.opens("/tickets")
    where = response.headers["location"]
    assert (response.status_code, where) == (303, f"{PAGE}?next=/tickets&again=1")
    assert "was used already" in second.opens(where).text
    assert issued(guarded) == 1
    solves(second)
    assert second.opens("/tickets").status_code == 202
    assert issued(guarded) == 2


def test_a_solution_is_good_for_a_while(guarded: Door) -> None:
    visitor = guarded.visitor()
    solves(visitor)
    guarded.clock.now += KEPT + 1
    assert visitor.opens("/tickets").status_code == 303
    assert issued(guarded) == 0


def test_a_cookie_that_a_subdomain_has_set_hides_no_solution(guarded: Door) -> None:
    visitor, name = guarded.visitor(), "vwr_main_puzzle"
    solves(visitor)
    both = f"{name}=forged; {name}={visitor.client.cookies[name]}"
    assert guarded.visitor().opens("/tickets", headers={"Cookie": both}).status_code == 202


def test_what_is_no_solution_costs_nothing(guarded: Door) -> None:
    visitor = guarded.visitor()
    puzzle = puzzle_on(visitor)
    good = solve(puzzle)
    for wrong in (
        "",
        "x",
        puzzle,
        f"{puzzle}.{'-'.join(['0'] * 15)}",
        f"{puzzle}.{'-'.join(['0'] * 16)}",
        good[:-1],
        "1" + good,
        good.replace(".", "-"),
        "é" * 20,
        "9" * 10_000,
        good.replace("-", "\r\n-", 1),  # the cookie keeps it as it came
        good.replace("-", " - "),
        f"{good}\n",
    ):
        response = visitor.opens(PAGE, "POST", data={"solution": wrong})
        assert (response.status_code, response.headers["location"]) == (
            303,
            f"{PAGE}?next=/tickets&again=1",
        )
        program = visitor.client.post(PAGE, json={"solution": wrong})
        assert (program.status_code, "good solution" in program.text) == (400, True)
        assert not visitor.client.cookies
    assert visitor.client.post(PAGE, json={"solution": 3}).status_code == 400
    assert issued(guarded) == 0


def test_a_program_solves_it_too(guarded: Door) -> None:
    program = guarded.visitor().client
    refused = program.post("/vwr/main/tickets")
    assert (refused.status_code, refused.json()["challenge"]) == (403, f"{PAGE}?next=")
    told = program.get(PAGE).json()
    assert (told["parts"], told["expires_in"]) == (16, KEPT)
    assert program.post(PAGE, json={"solution": solve(told["puzzle"])}).json() == {"solved": True}
    assert program.post("/vwr/main/tickets").status_code == 201
    assert issued(guarded) == 1


def test_a_solution_that_the_store_had_to_forget_brings_no_second_place(
    guarded: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "USES_MOST", 1)
    solutions = []
    for _ in range(2):
        visitor = guarded.visitor()
        solutions.append(solve(puzzle_on(visitor)))
        solves(visitor, solution=solutions[-1])
        assert visitor.opens("/tickets").status_code == 202
        guarded.clock.pass_by(2)
    thief = guarded.visitor()
    solves(thief, solution=solutions[0])
    assert "again=1" in thief.opens("/tickets").headers["location"]
    assert issued(guarded) == 2


def test_another_room_takes_no_solution(open_it: Open) -> None:
    rooms = [
        {
            "name": name,
            "paths": f"/{name}",
            "mode": "queue",
            "challenge": "pow",
            "challenge_work": 8,
        }
        for name in ("tickets", "side")
    ]
    door = open_it(rooms=rooms)
    visitor = door.visitor()
    solution = solve(puzzle_on(visitor, "/vwr/side/puzzle"))
    response = visitor.opens("/vwr/tickets/puzzle", "POST", data={"solution": solution})
    assert "again=1" in response.headers["location"]


def test_without_the_setting_there_is_no_puzzle(open_it: Open) -> None:
    door = open_it(mode="queue")
    assert door.visitor().fetches(PAGE).status_code == 404


def test_the_page_says_what_it_does_and_what_it_needs(guarded: Door) -> None:
    page = guarded.visitor().opens(PAGE)
    assert page.status_code == 200
    assert page.headers["cache-control"] == "private, no-store"
    assert "script-src" not in page.headers["content-security-policy"]  # 'self', as all
    assert "does a small calculation" in page.text
    assert "<noscript><p class=note>This needs JavaScript." in page.text
