"""Every store keeps what each minute brought to each lane, and nothing where there are none."""

from collections.abc import Callable

import pytest

from tests.support.rooms import Room
from vwr_middleware.blocking import finish
from vwr_middleware.line.lane_minutes import LaneCounts
from vwr_middleware.line.messages import ForOperators

Rooms = Callable[..., Room]


def lanes(room: Room, since: float = 7200.0, step: float = 60.0) -> dict[str, list[LaneCounts]]:
    now = room.clock()
    past = finish(room.store.lane_history(room.name, now - since, now + 60))
    return {lane: [*steps.values()] for lane, steps in past.steps(step).items()}


def join(room: Room, *names: str) -> list[int]:
    turns = finish(room.store.join(room.name, ["place"] * len(names), room.seen, (), names))
    return [turn.position for turn in turns]


@pytest.fixture
def club(make_room: Rooms) -> Room:
    room = make_room(max_active=3, mode="queue", lanes={"members": 0.3})
    room.clock.pass_by(-room.clock() % 3600)
    room.look()
    return room


def test_a_minute_has_what_happened_in_each_lane(club: Room) -> None:
    places = join(club, "", "members", "", "members", "")
    club.clock.pass_by(2)
    club.look(*places)
    finish(club.store.advance(club.name, 2))
    entered = [place for place in sorted(places) if club.claim(place).verdict == "entered"]
    assert entered[:2] == sorted(places)[:2]
    waited = {"members": [0, 2], "": [1]}
    club.look(for_operators=ForOperators(lane_waits=waited))
    club.clock.pass_by(60)
    join(club, "members")
    club.look()
    told = lanes(club)
    (main,), (members, late) = told[""], told["members"]
    assert (main.joined, members.joined, late.joined) == (3, 2, 1)
    assert main.entered + members.entered == len(entered)
    assert (main.waits[:2], members.waits[:2], sum(late.waits)) == ([1, 0], [0, 2], 0)


def test_it_is_told_in_longer_steps_and_for_thirty_days(club: Room) -> None:
    for _ in range(3):
        join(club, "members", "")
        club.look()
        club.clock.pass_by(86_400)
    club.look()
    (hours,) = [lanes(club, 4 * 86_400, 3600)["members"]]
    assert [hour.joined for hour in hours] == [1, 1, 1]
    for _ in range(31):
        club.clock.pass_by(86_400)
        join(club, "members")
        club.look()
    club.clock.pass_by(86_400)
    club.look()
    assert 30 <= len(lanes(club, 90 * 86_400)["members"]) <= 33


def test_a_reset_counts_nobody_twice(club: Room) -> None:
    join(club, "members", "members", "")
    club.look()
    club.reset()
    club.generation = 2
    join(club, "members")
    club.look()
    told = lanes(club)
    assert sum(each.joined for each in told["members"]) == 3
    assert sum(each.joined for each in told[""]) == 1


def test_lanes_that_an_operator_makes_count_from_then_on(make_room: Rooms) -> None:
    room = make_room(mode="queue", max_active=1)
    room.look()
    join(room, "", "")
    room.look()
    assert lanes(room) == {}
    finish(room.store.change(room.name, {"lanes": {"members": 0.5}}))
    join(room, "members")
    room.look()
    join(room, "members", "")
    room.look()
    told = lanes(room)
    assert (told["members"][0].joined, told[""][0].joined) == (1, 1)
