"""A sale with a draw, a lane for members and a slow lane: each lane is drawn by itself."""

import json
import re
from typing import Any

import pytest

from tests.doors.conftest import Open
from tests.doors.test_draw import opens, registering, starts
from tests.support.doors import Door
from tests.support.lost import lose_all
from tests.support.panel import GIVEN, api
from tests.support.resume import code_of, takes
from tests.support.visitor import TICKET, Visitor, is_inside
from vwr_middleware.draw.record import DrawRecord, read_record
from vwr_middleware.line.constants import SETTLING
from vwr_middleware.papers.puzzles import solve
from vwr_middleware.web.http import Request

FILE, APPEAL = "/vwr/main/draw.json", "/vwr/main/appeal"
ROBOT, MEMBER = {"X-Robot": "1"}, {"X-Member": "1"}
SLOWED = "You are called after others"

#: Once in a loop and once in place, over both stores that workers can share.
at_two_doors = pytest.mark.parametrize(
    ("door_name", "store_url"), [("asgi", "sqlite"), ("wsgi", "redis")], indirect=True
)


def robotic(request: Request) -> bool:
    return bool(request.header("x-robot"))


def lane(request: Request) -> str | None:
    return "members" if request.header("x-member") else None


def in_lanes(open_it: Open, **given: Any) -> Door:
    """A room that opens in a minute, with two lanes."""
    lanes = {"lanes": {"members": 0.3}, "lane": lane, "slow_lane": robotic, "challenge_work": 8}
    return registering(open_it, **{**lanes, **given})


def comes(door: Door, **headers: str) -> Visitor:
    visitor = door.visitor()
    visitor.client.headers.update(headers)
    assert visitor.opens().status_code == 202
    return visitor


def crowd(door: Door) -> dict[str, list[Visitor]]:
    """Three robots, six members and six others, who come in turns; by lane."""
    found: dict[str, list[Visitor]] = {"": [], "members": [], "slow": []}
    for name in ("", "slow", "members", "", "members") * 2 + ("slow", "members", "", "members", ""):
        headers = {"": {}, "slow": ROBOT, "members": MEMBER}[name]
        found[name].append(comes(door, **headers))
    return found


def published(door: Door) -> DrawRecord:
    return read_record(json.loads(door.visitor().fetches(FILE).text))


def rank(told: dict[str, Any]) -> int:
    """The place of somebody in the own lane."""
    return int(told.get("place_in_lane", told["position"]))


def test_each_lane_is_drawn_by_itself_and_everybody_can_check_it(open_it: Open) -> None:
    door = in_lanes(open_it)
    people = crowd(door)
    door.refresh()
    numbers = {name: [one.position() for one in group] for name, group in people.items()}
    for name, told in numbers.items():
        own = [each["position"] for each in told]
        # Each robot has a number of the main line, too: for an appeal.
        assert own == ([1, 3, 4, 6, 8, 9] if name == "" else [*range(1, len(own) + 1)]), name
        assert {(each["lane"], each["ahead"], each["draw"]) for each in told} == {
            (name, None, "registering")
        }
    assert {name: told[0]["registered"] for name, told in numbers.items()} == {
        **{"": 9, "members": 6, "slow": 3}
    }
    before = door.visitor().fetches(FILE).json()
    counts = [
        {"lane": "", "count": 9},
        {"lane": "members", "count": 6},
        {"lane": "slow", "count": 3},
    ]
    assert (before["version"], before["count"], before["lanes"]) == (2, 18, counts)
    assert "layouts" not in before
    opens(door)
    record = published(door)
    assert record.commitment == before["commitment"]
    for name, group in people.items():
        told = [one.position() for one in group]
        own = [each["position"] for each in numbers[name]]
        assert [rank(each) for each in told] == [record.place_of(n, name) for n in own]
    late = {name: comes(door, **headers) for name, headers in (("", {}), ("members", MEMBER))}
    assert {name: one.position()["position"] for name, one in late.items()} == {
        **{"": 10, "members": 7}
    }
    robot = comes(door, **ROBOT).position()
    assert rank(robot) == 4 and robot["position"] > 10


@at_two_doors
def test_the_lanes_go_in_by_their_shares_and_in_the_order_of_the_draw(open_it: Open) -> None:
    door = in_lanes(open_it, max_active=5)
    people = crowd(door)
    opens(door)
    everybody = [one for group in people.values() for one in group]
    starts(door, *everybody)
    went_in = {}
    for name, group in people.items():
        group.sort(key=lambda one: rank(one.position()))
        inside = [is_inside(one.opens()) for one in group]
        assert inside == sorted(inside, reverse=True), f"{name} in order"
        went_in[name] = sum(inside)
    # The robots' numbers in the main line are of nobody who is there, wherever they were drawn to.
    assert (went_in["slow"], sum(went_in.values())) == (0, 5)
    assert 2 <= went_in["members"] <= 3


@at_two_doors
def test_pages_tell_everybody_what_is_true_of_their_lane(open_it: Open) -> None:
    door = in_lanes(open_it)
    people = crowd(door)
    door.refresh()
    member, robot = people["members"][1].opens().text, people["slow"][1].opens().text
    words = "Each lane is drawn by itself. Numbers and places here are those of your lane."
    assert words in member and words in robot
    assert "<dd id=position>2</div>" in member and "<dd id=registered>6</div>" in member
    assert "<dd id=position>2</div>" in robot and "<dd id=registered>3</div>" in robot
    assert SLOWED in robot and SLOWED not in member
    assert re.search('"lane": ?"slow"', robot) and re.search('"lane": ?"members"', member)
    assert "You are registered" in robot


@at_two_doors
def test_a_room_with_a_slow_lane_alone_tells_others_nothing_of_lanes(open_it: Open) -> None:
    door = in_lanes(open_it, lanes=None, lane=None)
    comes(door, **ROBOT)
    person = comes(door)
    door.refresh()
    page = person.opens().text
    assert "Each lane" not in page
    assert "<dd id=registered>2</div>" in page
    opens(door)
    assert published(door).place_of(2) == person.position()["position"]


@at_two_doors
def test_a_ticket_of_before_the_draw_is_worth_the_same_for_ever(open_it: Open) -> None:
    door, other = in_lanes(open_it), in_lanes(open_it)
    people = crowd(door)
    phone, laptop = people["slow"][1], door.visitor()
    before = {name: [one.client.cookies[TICKET] for one in group] for name, group in people.items()}
    moved, tablet = people["members"][3], door.visitor()
    assert takes(tablet, code_of(moved)).json()["position"] == 4
    code = code_of(phone)
    opens(door)
    places = {name: [one.position() for one in group] for name, group in people.items()}
    assert places["members"][3]["you"] == "moved"
    for name, tickets in before.items():
        told = [
            other.visitor().fetches("/vwr/main/position", headers={"VWR-Ticket": ticket}).json()
            for ticket in tickets
        ]
        for here, there in zip(places[name], told, strict=True):
            assert (here["you"], here["position"]) == (there["you"], there["position"])
    record = published(door)
    assert tablet.position()["position"] == record.place_of(4, "members")
    assert takes(laptop, code).json()["position"] == places["slow"][1]["position"]
    assert phone.position()["you"] == "moved"
    left = people[""][0]
    assert left.sends("/vwr/main/leave").status_code == 200
    door.refresh(1)
    answer = other.visitor().fetches("/vwr/main/position", headers={"VWR-Ticket": before[""][0]})
    assert answer.json()["you"] == "left"


def solves(visitor: Visitor) -> None:
    found = re.search('data-puzzle="([^"]+)"', visitor.opens(APPEAL).text)
    assert found
    response = visitor.opens(APPEAL, "POST", data={"solution": solve(found[1])})
    assert response.status_code == 303


@at_two_doors
def test_an_appeal_brings_back_the_place_that_the_main_line_has_drawn(open_it: Open) -> None:
    door = in_lanes(open_it)
    people = crowd(door)
    sooner, later, reloads = people["slow"]
    door.refresh()
    solves(sooner)  # before the draw
    assert (sooner.position()["lane"], sooner.position()["position"]) == ("", 2)
    slow = later.client.cookies[TICKET]
    opens(door)
    record = published(door)
    assert sooner.position()["position"] == record.place_of(2)
    assert SLOWED in later.opens().text
    solves(later)
    door.refresh()
    told = later.position()
    assert (told["lane"], told["position"]) == ("", record.place_of(5)), "by a number of its own"
    told = door.visitor().fetches("/vwr/main/position", headers={"VWR-Ticket": slow}).json()
    assert told["you"] == "left", "nobody has both places"
    thief = door.visitor()
    thief.client.cookies.set(TICKET, reloads.client.cookies[TICKET])
    thief.client.cookies.set(f"{TICKET}_appeal", later.client.cookies.get(f"{TICKET}_appeal") or "")
    assert "data-puzzle" not in thief.opens(APPEAL).text


@at_two_doors
def test_an_identity_has_one_place_whatever_the_lane(open_it: Open) -> None:
    def identity(request: Request) -> str | None:
        return request.header("x-account") or None

    door = in_lanes(open_it, identity=identity)
    crowd(door)
    phone = comes(door, **MEMBER, **{"X-Account": "anna"})
    opens(door)
    place = phone.position()
    laptop = comes(door, **{"X-Account": "anna"})
    assert (laptop.position()["lane"], laptop.position()["position"]) == (
        "members",
        place["position"],
    )
    late = [comes(door, **MEMBER, **{"X-Account": "ben"}) for _ in range(2)]
    assert {one.position()["position"] for one in late} == {8}


@at_two_doors
def test_a_store_that_loses_all_gets_the_draw_of_each_lane_back(
    open_it: Open, store_url: str
) -> None:
    door = in_lanes(open_it)
    people = crowd(door)
    opens(door)
    before = {name: [one.position() for one in group] for name, group in people.items()}
    record = published(door)
    lose_all(store_url)
    door.refresh()
    door.refresh(2 * SETTLING)
    after = {name: [one.position() for one in group] for name, group in people.items()}
    assert {n: [rank(t) for t in told] for n, told in after.items()} == {
        n: [rank(t) for t in told] for n, told in before.items()
    }
    assert published(door) == record


@at_two_doors
def test_an_operator_restores_the_lanes_of_a_draw_by_what_was_published(
    open_it: Open, store_url: str
) -> None:
    door = in_lanes(open_it, **GIVEN)
    people = crowd(door)
    opens(door)
    before = {name: [one.position() for one in group] for name, group in people.items()}
    file = door.visitor().fetches(FILE).json()
    record = read_record(file)
    assert record.lanes is not None
    lose_all(store_url)
    anew = in_lanes(open_it, **GIVEN)  # all workers are new
    tickets = {n: [one.client.cookies[TICKET] for one in group] for n, group in people.items()}

    def position(ticket: str) -> dict[str, Any]:
        answer = anew.visitor().fetches("/vwr/main/position", headers={"VWR-Ticket": ticket})
        return dict(answer.json())

    assert {position(ticket)["you"] for ticket in tickets["members"]} == {"interrupted"}
    anew.refresh()
    given = {"confirm": "main", "drawn": record.count, "generation": record.generation + 1}
    refused = api(anew).post("/rooms/main/restore", json=given)
    assert refused.status_code == 422 and "lanes are missing" in refused.text
    given |= {"lanes": record.lanes.text, "commitment": record.commitment}
    assert api(anew).post("/rooms/main/restore", json=given).status_code == 200
    anew.refresh()
    for name, its in tickets.items():
        assert [rank(position(ticket)) for ticket in its] == [rank(t) for t in before[name]]
    assert published(anew).as_json() | {"drawn_at": None} == file | {"drawn_at": None}


@at_two_doors
def test_an_operator_restores_what_a_worker_remembers_of_the_lanes(
    open_it: Open, store_url: str
) -> None:
    door = in_lanes(open_it, **GIVEN)
    people = crowd(door)
    opens(door)
    before = {name: [rank(one.position()) for one in group] for name, group in people.items()}
    record = published(door)
    lose_all(store_url)
    newer = in_lanes(open_it, **GIVEN)
    newer.visit_at()  # a worker that never knew the room is the first to ask
    newer.refresh()
    assert people[""][0].position()["you"] == "interrupted"
    (lost,) = api(door).get("/rooms/main/restore").json()["lost"]
    assert record.lanes is not None
    assert (lost["drawn"], lost["lanes"]) == (record.count, record.lanes.text)
    assert api(door).post("/rooms/main/restore", json={"confirm": "main"}).status_code == 200
    door.refresh()
    after = {name: [rank(one.position()) for one in group] for name, group in people.items()}
    assert (after, published(door).seed) == (before, record.seed)
