"""Lanes in every store: who goes in, in which order, and after a loss of data."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.support.rooms import Room, seen_in
from vwr_middleware.blocking import finish
from vwr_middleware.line.lanes import lane_of, remembered
from vwr_middleware.line.messages import Snapshot

Rooms = Callable[..., Room]
LANES = {"members": 0.3}


@pytest.fixture
def club(make_room: Rooms) -> Room:
    """Ten are inside; fifty members and a hundred others wait, who came in turns."""
    room = make_room(max_active=10, lanes=LANES)
    joined(room, [""] * 10)
    joined(room, ["", "members", ""] * 50)
    return room


def joined(room: Room, lanes: list[str]) -> list[int]:
    turns = finish(room.store.join("main", ["place"] * len(lanes), room.seen, (), lanes))
    return [turn.position for turn in turns]


def goes_in(room: Room, inside: list[int], waiting: list[int], rounds: int) -> list[int]:
    """Who goes in, while the longest inside leaves in each round and all others poll."""
    entered = []
    for _ in range(rounds):
        finish(room.store.end("main", f"1-{inside.pop(0)}", "completed"))
        read = room.look(*waiting)
        for position in sorted(p for p in waiting if p <= read.serving):
            if room.claim(position).verdict == "entered":
                waiting.remove(position)
                inside.append(position)
                entered.append(position)
        room.clock.pass_by(3)
    return entered


def positions(read: Snapshot, lane: str, most: int) -> list[int]:
    return [p for p in range(1, most + 1) if lane_of(read.layout, p) == lane]


def test_each_lane_gets_its_share_in_its_order_and_the_rest_goes_to_others(club: Room) -> None:
    read = club.look()
    inside = positions(read, "", read.serving)[:10]
    tails = {lane: row[0] for lane, row in read.lanes.items()}
    waiting = [p for lane, tail in tails.items() for p in positions(read, lane, tail)]
    waiting = [p for p in waiting if p > read.serving]
    assert (len(inside), len(waiting), read.waiting) == (10, 150, 150)
    entered = goes_in(club, inside, waiting, 60)
    lanes = [lane_of(read.layout, position) for position in entered]
    assert len(entered) >= 55
    assert abs(lanes[:50].count("members") - 15) <= 2
    for lane in ("members", ""):
        own = [p for p in entered if lane_of(read.layout, p) == lane]
        assert own == sorted(own), "the order is exact within a lane"
    members = [p for p in waiting if lane_of(read.layout, p) == "members"]
    others = [p for p in waiting if p not in members]
    entered = goes_in(club, inside, others, 20)  # the members have closed their pages
    assert len(entered) >= 18
    late = joined(club, ["members"])  # who comes now is not behind a hundred others
    assert late[0] <= club.look(*others).serving + 100
    read = club.look(*others)
    assert read.lanes["members"][1] == 51
    assert sum(row[2] for row in read.lanes.values()) == read.totals["claimed"]


def test_a_lost_room_goes_on_with_its_lanes(make_room: Rooms) -> None:
    room = make_room(max_active=1, mode="queue", lanes=LANES)
    given_out = joined(room, ["", "members", "", "members", ""])
    read = room.look()
    word = remembered(read.layout, read.lanes)
    lost = Room(room.store, room.clock, room.settings, name="lost")
    found = lost.look(seen=replace(seen_in(read), lanes=word), ended=(), spare=2)
    assert found.layout == read.layout
    room.clock.pass_by(3)  # it settles
    again = finish(lost.store.join("lost", ["place"] * 2, None, (), ["members", ""]))
    assert not {turn.position for turn in again} & set(given_out)
    assert [lane_of(found.layout, turn.position) for turn in again] == ["members", ""]


def test_new_shares_hold_behind_those_who_wait(make_room: Rooms) -> None:
    room = make_room(max_active=1, mode="queue")
    before = joined(room, [""] * 20)
    room.look()
    finish(room.store.change("main", {"lanes": {"members": 0.5}}))
    behind = joined(room, ["members", "", "members"])
    assert before == list(range(1, 21))
    assert min(behind) > 20
    assert room.look().waiting == 22  # and one is called
    assert finish(room.store.advance("main", 22)) == 22, "calls people, not positions"
