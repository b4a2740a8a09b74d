"""A room that its store has lost is brought back, by the control API and on the panel's page."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from tests.panel.conftest import Open
from tests.support.clock import Clock
from tests.support.lost import Loss, at_door, lose_room
from tests.support.panel import VIEWER, api, signed_in
from tests.support.visitor import is_inside
from vwr_middleware.panel.restoring import how_known, what_happens

FORM = {"queue": "1,005", "served": "2", "inside": "1", "typed": "main"}


@pytest.fixture
def loss(clock: Clock) -> Iterator[Loss]:
    with ExitStack() as stack:
        yield lose_room(clock, stack)


@pytest.fixture
def client(loss: Loss) -> httpx.Client:
    return api(loss.door)


def restore(client: httpx.Client, **given: Any) -> httpx.Response:
    return client.post("/rooms/main/restore", json={"confirm": "main", **given})


def told(client: httpx.Client) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = client.get("/rooms/main/restore").json()["lost"]
    return rows


def test_papers_tell_what_is_to_come_back(loss: Loss, client: httpx.Client) -> None:
    assert told(client) == []
    loss.ask()
    (room,) = told(client)
    expected = {"room_id": loss.room_id, "generation": 1, "queue": 1007, "serving": 2, "active": 2}
    assert room.items() >= expected.items()
    assert (room["highest_ticket"], room["highest_token"], room["papers"]) == (7, 2, 7)
    assert (room["people"], room["joined_since"]) == (5, 3)
    assert 0 < room["seconds_ago"] < 2


def test_a_long_line_has_a_tenth_of_its_numbers_kept_free(
    open_it: Open, loss: Loss, client: httpx.Client
) -> None:
    long = open_it(max_active=1)
    long.visit_at()
    long.ask(lambda: long.site.store.join("main", ["ticket"] * 19_998))
    at_door(loss.door, long.visit_at()).fetches("/tickets")
    (room,) = told(client)
    assert (room["highest_ticket"], room["queue"]) == (20_000, 22_000)


def test_the_room_comes_back_as_its_papers_tell(loss: Loss, client: httpx.Client) -> None:
    loss.ask()
    done = restore(client)
    assert done.status_code == 200
    expected = {"restored": True, "room_id": loss.room_id, "queue": 1007, "serving": 2}
    assert done.json() == {**expected, "generation": 1, "active": 2}
    assert [visitor.position()["position"] for visitor in loss.waiting] == [3, 4, 5, 6, 7]
    assert all(is_inside(visitor.opens()) for visitor in loss.inside)
    row = client.get("/rooms/main/audit").json()["audit"][0]
    assert (row["what"], row["to"]) == ("restore", loss.room_id)
    assert told(client) == []
    assert client.get("/rooms/main").json()["two_stores"] is False
    posted = loss.door.site.shared_counts.own()["rooms"]["main"]
    assert posted["strangers"] == {}, "nor does the check speak of it"


def test_a_second_operator_changes_nothing(loss: Loss, client: httpx.Client) -> None:
    loss.ask()
    restore(client)
    again = restore(client, room_id=loss.room_id, queue=9, serving=9, active=0)
    assert again.json() == {**restore(client, room_id=loss.room_id).json(), "restored": False}
    assert (again.json()["queue"], again.json()["active"]) == (1007, 2)
    assert restore(client).status_code == 409


def test_an_operator_who_knows_better_says_so(loss: Loss, client: httpx.Client) -> None:
    loss.ask()
    done = restore(client, queue=8, serving=4, active=7).json()
    assert (done["queue"], done["serving"], done["active"]) == (8, 4, 7)


def test_a_room_of_which_no_papers_came_is_restored_by_its_numbers(client: httpx.Client) -> None:
    done = restore(client, room_id="0" * 16, queue=900, generation=3).json()
    assert (done["restored"], done["generation"], done["queue"]) == (True, 3, 900)


@pytest.mark.parametrize(
    ("given", "status", "words"),
    [
        ({}, 409, "no tickets of another room"),
        ({"queue": 9}, 409, "give room_id and queue"),
        ({"room_id": "0" * 16}, 409, "give queue"),
        ({"room_id": "0" * 16, "queue": 9, "confirm": "Main"}, 422, "type its name: main"),
        ({"room_id": "x" * 16, "queue": 9}, 422, "16 hexadecimal digits"),
        ({"room_id": "0" * 17, "queue": 9}, 422, "room_id"),
        ({"room_id": "0" * 16, "queue": 9, "serving": 10}, 422, "cannot be above queue"),
        ({"room_id": "0" * 16, "queue": 2**31}, 422, "queue"),
        ({"room_id": "0" * 16, "queue": 9, "active": -1}, 422, "active"),
        ({"room_id": "0" * 16, "queue": 9, "generation": 0}, 422, "generation"),
        ({"room_id": "0" * 16, "queue": "9"}, 422, "queue"),
        ({"horizon": 9}, 422, "not a field"),
    ],
)
def test_what_makes_no_sense_changes_nothing(
    client: httpx.Client, given: dict[str, Any], status: int, words: str
) -> None:
    before = client.get("/rooms/main").json()
    answer = restore(client, **given)
    assert (answer.status_code, words in answer.text) == (status, True), answer.text
    after = client.get("/rooms/main").json()
    assert {**after, "age": 0, "server_time": 0} == {**before, "age": 0, "server_time": 0}
    assert client.get("/rooms/main/audit").json()["audit"] == []


def test_a_number_of_a_ticket_that_came_is_not_given_out_again(
    loss: Loss, client: httpx.Client
) -> None:
    loss.ask()
    assert "queue must be 7 or more" in restore(client, queue=6).text
    assert restore(client, queue=7).status_code == 200


def test_a_number_of_a_token_that_came_is_not_given_out_again(
    loss: Loss, client: httpx.Client
) -> None:
    """Nobody waited, so no ticket tells how far the numbers went."""
    for visitor in loss.inside:
        visitor.fetches("/tickets")
    loss.door.refresh()
    (room,) = told(client)
    assert (room["highest_ticket"], room["highest_token"], room["people"]) == (0, 2, 0)
    assert "queue must be 2 or more" in restore(client, queue=1, serving=0).text
    assert restore(client, serving=0).json()["queue"] == 1002


@pytest.mark.parametrize(
    ("given", "queue"),
    [
        ({"serving": 50_000}, 55_000),
        ({"generation": 2, "queue": 6}, 6),
        ({"queue": 9, "serving": 9}, 9),
    ],
)
def test_beyond_what_papers_tell_the_operators_numbers_count(
    loss: Loss, client: httpx.Client, given: dict[str, int], queue: int
) -> None:
    loss.ask()
    assert restore(client, **given).json()["queue"] == queue


def test_where_papers_of_several_rooms_came_one_is_to_be_named(
    clock: Clock, loss: Loss, client: httpx.Client
) -> None:
    loss.ask()
    with ExitStack() as stack:
        other = lose_room(clock, stack)
        at_door(loss.door, other.waiting[0]).fetches("/tickets")
        assert restore(client).status_code == 409
        assert loss.room_id in restore(client).text
        assert restore(client, room_id=loss.room_id).json()["restored"] is True


# On the page.


def test_the_page_offers_it_where_papers_came_and_no_more_afterwards(loss: Loss) -> None:
    operator = signed_in(loss.door)
    assert "Restore the lost room" not in operator.open().text
    loss.ask()
    text = operator.open().text
    assert "two stores serve this room" in text and "Restore the lost room" in text
    assert "The 5 people in the old line get their places back" in text
    assert "3 who joined since lose theirs" in text
    wrong = operator.act("restore", **FORM | {"typed": "Main"}, room_id=loss.room_id)
    assert "type its name: main" in wrong.json()["problem"]
    done = operator.act("restore", **FORM, room_id=loss.room_id)
    assert done.json()["said"].startswith("Restored: the people in the old line have their places")
    assert "The next number is 1,006" in done.json()["said"]
    assert api(loss.door).get("/rooms/main").json()["active"] == 1
    again = operator.act("restore", **FORM, room_id=loss.room_id)
    assert again.json()["said"] == "Nothing was changed: somebody has already restored the room."
    text = operator.open().text
    assert "Restore the lost room" not in text and "two stores" not in text
    assert [visitor.position()["position"] for visitor in loss.waiting] == [3, 4, 5, 6, 7]


def test_a_ticket_that_is_looked_up_is_told_to_be_of_another_line(
    loss: Loss, client: httpx.Client
) -> None:
    loss.ask()
    between = loss.door.visit_at().client.cookies["vwr_main"]
    old = loss.waiting[0].client.cookies["vwr_main"]

    def look_up(ticket: str) -> httpx.Response:
        return client.post("/rooms/main/explain", json={"ticket": ticket})

    assert "before it lost its data" in look_up(old).text
    restore(client)
    assert look_up(old).json()["position"] == 3
    assert "ended when the room was restored" in look_up(between).text
    assert look_up(between).status_code == 422


@pytest.mark.parametrize(
    "wrong",
    [{"queue": "many"}, {"queue": "2147483648"}, {"served": "9999"}, {"room_id": "abc"}],
)
def test_a_form_that_makes_no_sense_changes_nothing(loss: Loss, wrong: dict[str, str]) -> None:
    loss.ask()
    operator = signed_in(loss.door)
    answer = operator.act("restore", **{**FORM, "room_id": loss.room_id, **wrong})
    assert answer.status_code == 422
    assert "Nothing was changed" in answer.json()["problem"]


def test_whoever_may_only_look_is_not_offered_it(loss: Loss) -> None:
    loss.ask()
    viewer = signed_in(loss.door, VIEWER)
    text = viewer.open().text
    assert "two stores serve this room" in text
    assert "Restore the lost room" not in text
    assert viewer.act("restore", **FORM, room_id=loss.room_id).status_code == 403
    assert len(told(api(loss.door))) == 1


@pytest.mark.parametrize(
    ("papers", "words"),
    [
        (0, "a worker knew it until 40 s ago"),
        (1, "a ticket or token of it came 40 s ago"),
        (1200, "tickets or tokens of it came 1,200 times, the last 40 s ago"),
    ],
)
def test_a_room_that_a_worker_knew_is_not_said_to_be_known_by_papers_that_never_came(
    papers: int, words: str
) -> None:
    assert how_known({"papers": papers, "seconds_ago": 40}) == words


def test_one_person_is_not_spoken_of_as_people() -> None:
    lost = {"queue": 1001, "serving": 0, "active": 2}
    told = [
        what_happens({**lost, "people": people, "joined_since": joined})
        for people, joined in ((0, 0), (1, 1), (1200, 1300))
    ]
    assert told[0].startswith(
        "Everybody who comes with a ticket of the old line gets their place back; "
    )
    assert "The one person in the old line gets their place back; the one who joined" in told[1]
    assert "The 1,200 people in the old line get their places back; the 1,300 who" in told[2]
