"""What every store promises of a draw in a room with lanes: each lane is drawn by itself."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.support.rooms import Room, seen_in
from vwr_middleware.blocking import finish
from vwr_middleware.draw.permutation import place_of
from vwr_middleware.draw.seed import lane_seed
from vwr_middleware.line.constants import CHANGES_KEPT, DRAWN, GIVEN_UP, REGISTERING, SETTLING
from vwr_middleware.line.drawn_lanes import drawn_lanes, word_by_counts
from vwr_middleware.line.lanes import lane_of, remembered, shown_number
from vwr_middleware.line.messages import Place, Seen, Snapshot

Rooms = Callable[..., Room]
ANN, BEN = "a" * 16, "b" * 16
LANES = {"members": 0.3, "slow": 0.05}
SEED = bytes(range(32))


@pytest.fixture
def main(make_room: Rooms, clock: Any) -> Room:
    """Six of the main line, four members and two of the slow lane have registered."""
    room = make_room(max_active=2, draw=True, opens_at=clock.now + 60, lanes=LANES)
    joined(room, *["", "members", "", "slow", "", "members"] * 2)
    return room


def joined(room: Room, *lanes: str, who: tuple[str, ...] = ()) -> list[int]:
    turns = finish(room.store.join(room.name, ["place"] * len(lanes), room.seen, who, lanes))
    return [turn.position for turn in turns]


def opens(room: Room) -> Snapshot:
    room.clock.pass_by(60)
    room.look()
    room.generation += 1
    return room.look()


def known(read: Snapshot, **changes: Any) -> Seen:
    """What a worker remembers of a reading, with its lanes."""
    return replace(seen_in(read), lanes=remembered(read.layout, read.lanes), **changes)


def place(read: Snapshot, number: int, device: int = 0) -> Place:
    """The place of a position of the registration by now, as a worker names it."""
    lanes = drawn_lanes(read.draw_lanes)
    lane, own = lanes.number_at(number) or ("", 0)
    at = lanes.position_of(lane, place_of(lane_seed(SEED, lane), lanes.counts[lane], own))
    return Place(read.generation, at, device, number=number)


def test_each_lane_is_drawn_by_itself_and_keeps_its_share(main: Room) -> None:
    before = main.look()
    assert (before.draw, before.draw_lanes, before.waiting) == (REGISTERING, "", 12)
    after = opens(main)
    assert (after.draw, after.drawn, after.serving, after.waiting) == (DRAWN, 12, 0, 12)
    lanes = drawn_lanes(after.draw_lanes)
    assert lanes.counts == {"": 6, "members": 4, "slow": 2}
    assert lanes.registered == before.layout
    tails = {lane: row[0] for lane, row in after.lanes.items()}
    assert tails == {lane: lanes.position_of(lane, n) for lane, n in lanes.counts.items()}
    assert after.queue == max(tails.values())
    assert sum(row[1] for row in after.lanes.values()) == 12, "all of them have joined"
    late = dict(zip(("", "members", "slow"), joined(main, "", "members", "slow"), strict=True))
    for lane, position in late.items():
        assert lane_of(after.layout, position) == lane
        assert shown_number(after.layout, position) == lanes.counts[lane] + 1, "behind the drawn"


def test_a_hundred_of_each_go_in_by_their_shares_and_in_order(make_room: Rooms, clock: Any) -> None:
    room = make_room(max_active=10, draw=True, opens_at=clock.now + 60, lanes={"members": 0.3})
    joined(room, *["", "members", ""] * 20)
    read = opens(room)
    lanes = drawn_lanes(read.draw_lanes)
    waiting = [lanes.position_of(lane, n) for lane in lanes.counts for n in range(1, 21)]
    inside: list[int] = []
    entered: list[int] = []
    for _ in range(60):
        if len(inside) == 10:
            room.end(inside.pop(0))
        read = room.look(*waiting)
        for position in sorted(at for at in waiting if at <= read.serving):
            if room.claim(position).verdict == "entered":
                waiting.remove(position)
                inside.append(position)
                entered.append(position)
        clock.pass_by(2)
    there = [lane_of(read.layout, position) for position in entered]
    assert len(entered) >= 20
    assert abs(there[:20].count("members") - 6) <= 2
    for lane in ("", "members"):
        ranks = [shown_number(read.layout, p) for p in entered if lane_of(read.layout, p) == lane]
        assert ranks == list(range(1, len(ranks) + 1))


def test_the_log_and_the_event_count_all_lanes_together(main: Room) -> None:
    main.clock.pass_by(60)
    main.change(max_active=3)
    read = main.look()
    assert ["drawn", "12"] in read.events
    rows = [row[2:] for row in finish(main.store.record("main")).audit if row[2] == "draw"]
    told = {"generation": 1, "told": "", "lanes": read.draw_lanes}
    assert rows == [["draw", told, 12]]


def test_a_ticket_of_the_registration_is_known_to_have_been_drawn(main: Room) -> None:
    last = main.look().lanes["slow"][0]
    read = opens(main)
    assert finish(main.store.leave("main", Place(1, last))) == "drawn"
    nobodys = next(p for p in range(1, last) if lane_of(read.layout, p) == "members")
    nobodys = max(nobodys, drawn_lanes(read.draw_lanes).tails["members"] + 1)
    while lane_of(read.layout, nobodys) != "members":
        nobodys += 1
    assert finish(main.store.leave("main", Place(1, nobodys))) == "reset", "was given to nobody"
    assert finish(main.store.claim("main", place(read, last), 2.0)).verdict == "waiting"


def test_what_was_left_before_the_draw_is_found_by_the_number(main: Room) -> None:
    (gone, moved, told) = joined(main, "members", "slow", "members")
    main.look(gone, moved, told)
    assert main.leave(gone) == "left"
    main.keep_code(moved, "code")
    assert main.move("code").device == 1
    main.keep_code(told, "later")
    assert main.subscribe(told) == "waiting"
    assert [-gone, GIVEN_UP] in main.look().moved
    read = opens(main)
    assert finish(main.store.notices("main", 10)).unplaced == (told,)
    where = place(read, told).position
    found = finish(main.store.notices("main", 10, read.generation, placed=[(told, where)]))
    assert (found.unplaced, found.subscribers) == ((), 1)
    move = main.move("later")
    assert (move.turn.verdict, move.turn.generation, move.turn.position) == ("drawn", 1, told)
    move = finish(main.store.move("main", ["later"], "", None, where))
    assert (move.turn.verdict, move.turn.position) == ("waiting", where)
    assert finish(main.store.leave("main", place(read, gone))) == "left"
    assert finish(main.store.leave("main", place(read, moved))) == "moved"
    assert finish(main.store.leave("main", place(read, moved, device=1))) == "left"


def test_an_identity_keeps_its_place_in_its_lane(make_room: Rooms, clock: Any) -> None:
    room = make_room(draw=True, opens_at=clock.now + 60, lanes=LANES)
    joined(room, *[""] * 40)
    (number,) = joined(room, "slow", who=(ANN,))
    read = opens(room)
    (late,) = joined(room, "slow", who=(BEN,))
    lanes = drawn_lanes(read.draw_lanes)
    assert late < max(lanes.tails.values()), "a number that somebody may have registered with"
    where = place(read, number).position
    (ann,) = room.join_as(ANN)
    assert (ann.verdict, ann.generation, ann.position) == ("drawn", 1, number)
    (ann,) = room.join_as(f"{ANN} {where}")
    assert (ann.verdict, ann.generation, ann.position) == ("known", 2, where)
    (ben,) = room.join_as(BEN)
    assert (ben.verdict, ben.generation, ben.position) == ("known", 2, late), "and no number"


def test_shares_that_change_while_people_register_hold_at_the_opening(main: Room) -> None:
    before = main.look()
    main.change(lanes={"members": 0.5, "vip": 0.1})
    more = joined(main, "members", "vip", "slow")
    numbers = {at: (lane_of(before.layout, at), shown_number(before.layout, at)) for at in (1, 2)}
    read = opens(main)
    lanes = drawn_lanes(read.draw_lanes)
    assert lanes.counts == {"": 9, "members": 5, "vip": 1}, "the slow lane is gone"
    assert lanes.gone == {"slow": 7}
    assert {at: lanes.number_at(at) for at in numbers} == numbers
    assert [lanes.number_at(at) for at in more] == [("members", 5), ("vip", 1), ("", 7)]
    assert sum(lane_of(read.layout, at) == "members" for at in range(1, 101)) == 50


def test_a_number_that_was_told_stays_however_often_the_shares_change(main: Room) -> None:
    told: dict[int, tuple[str, int]] = {}
    for percent in range(1, 2 * CHANGES_KEPT):
        main.change(lanes={"members": percent / 100, "slow": 0.05})
        given_out = joined(main, "members", "", "", "")
        layout = main.look().layout
        told |= {at: (lane_of(layout, at), shown_number(layout, at)) for at in given_out}
    lanes = drawn_lanes(opens(main).draw_lanes)
    assert {at: lanes.number_at(at) for at in told} == told


def test_lanes_that_are_taken_away_before_the_opening_leave_one_line(main: Room) -> None:
    main.change(lanes=None)
    read = opens(main)
    assert (read.drawn, read.queue, read.waiting) == (12, 12, 12)
    assert drawn_lanes(read.draw_lanes).counts == {"": 12}
    assert joined(main, "members") == [13]


def test_a_room_that_gets_its_lanes_while_people_register_draws_in_lanes(
    make_room: Rooms, clock: Any
) -> None:
    room = make_room(draw=True, opens_at=clock.now + 60)
    room.join(5)
    room.change(lanes={"members": 0.3})
    read = opens(room)
    assert drawn_lanes(read.draw_lanes).counts == {"": 5, "members": 0}
    (late,) = joined(room, "members")
    assert (lane_of(read.layout, late), shown_number(read.layout, late)) == ("members", 1)


def test_a_room_draws_again_and_forgets_the_lanes_of_before(main: Room) -> None:
    opens(main)
    main.change(mode="closed")
    main.look()
    main.change(mode="auto", opens_at=main.clock.now + 60)
    again = main.look()
    assert (again.draw, again.draw_lanes, again.queue) == (REGISTERING, "", 0)
    main.generation = again.generation
    joined(main, "members", "")
    read = opens(main)
    assert drawn_lanes(read.draw_lanes).counts == {"": 1, "members": 1, "slow": 0}


def test_each_of_several_openings_draws_its_lanes(make_room: Rooms, clock: Any) -> None:
    at = clock.now
    openings = [
        {"opens_at": at + begins, "closes_at": at + begins + 60, "draw": True}
        for begins in (60, 600)
    ]
    room = make_room(max_active=2, openings=openings, lanes=LANES)
    joined(room, "members", "", "slow")
    first = opens(room)
    assert drawn_lanes(first.draw_lanes).counts == {"": 1, "members": 1, "slow": 1}
    clock.pass_by(61)
    room.look()
    assert room.look().draw == REGISTERING
    room.generation = room.look().generation
    joined(room, "slow", "", "")
    clock.pass_by(480)
    second = room.look()
    assert second.generation == room.generation + 1
    assert drawn_lanes(second.draw_lanes).counts == {"": 2, "members": 0, "slow": 1}


# When the store has lost data.


def test_a_room_that_is_lost_before_the_draw_is_drawn_in_its_lanes(main: Room) -> None:
    read = main.look()
    lost = Room(main.store, main.clock, main.settings, name="lost", seen=known(read))
    again = lost.look(spare=2)
    assert (again.draw, again.layout) == (REGISTERING, read.layout)
    main.clock.pass_by(60)
    lanes = drawn_lanes(lost.look().draw_lanes)
    assert lanes.counts == {"": 8, "members": 6, "slow": 4}, "others may have been given two each"


def test_a_room_that_is_lost_after_the_draw_keeps_every_place(main: Room) -> None:
    main.look(draw_told="beef")
    read = opens(main)
    late = joined(main, "slow", "members")
    read = main.look()
    lost = Room(main.store, main.clock, main.settings, name="lost", generation=2, seen=known(read))
    again = lost.look()
    assert (again.draw, again.drawn, again.draw_lanes) == (DRAWN, 12, read.draw_lanes)
    assert (again.layout, again.queue) == (read.layout, read.queue)
    main.clock.pass_by(SETTLING)
    assert not set(joined(lost, "slow", "members")) & set(late)
    assert finish(lost.store.claim("lost", Place(1, 2), 2.0, known(read))).verdict == "drawn"


def test_a_room_that_is_lost_with_its_lanes_keeps_those_of_the_draw(main: Room) -> None:
    read = opens(main)
    seen = replace(known(read), lanes="")
    other = {**main.settings, "lanes": {"members": 0.5}}
    again = Room(main.store, main.clock, other, name="lost", generation=2, seen=seen).look()
    assert (again.layout, again.draw_lanes) == (read.layout, read.draw_lanes)


def test_a_store_that_fell_back_before_the_draw_learns_of_it(main: Room) -> None:
    before = main.look()
    layout = before.layout.split(";")[-1]
    word = word_by_counts(before.layout, {"": 7, "members": 4, "slow": 3}, layout)
    main.leave(3)
    main.seen = known(before, generation=2, draw=DRAWN, drawn=14, draw_lanes=word)
    main.seen = replace(main.seen, lanes="")
    main.generation = 2
    read = main.look()
    assert (read.generation, read.drawn, read.draw_lanes) == (2, 14, word)
    assert read.queue == drawn_lanes(word).last_place
    assert finish(main.store.leave("main", place(read, 3))) == "left", "as it was before"


def test_the_greater_number_of_each_lane_counts_if_the_store_made_another_draw(main: Room) -> None:
    read = opens(main)
    word = word_by_counts(
        drawn_lanes(read.draw_lanes).registered, {"": 6, "members": 2, "slow": 4}, read.layout
    )
    main.seen = known(read, drawn=12, draw_lanes=word)
    read = main.look()
    assert drawn_lanes(read.draw_lanes).counts == {"": 6, "members": 4, "slow": 4}
    assert (read.drawn, read.waiting) == (14, 14)
    main.seen = known(read, drawn=3, draw_lanes=word_by_counts(read.layout, {"": 3}, read.layout))
    assert main.look().draw_lanes == read.draw_lanes, "less is nothing new"


def test_a_restored_room_keeps_the_draw_of_its_lanes(main: Room) -> None:
    read = opens(main)
    other = Room(main.store, main.clock, {**main.settings, "lanes": {"members": 0.5}}, name="other")
    other.look()
    joined(other, "", "members")
    assert finish(main.store.restore("other", known(read, queue=read.queue + 50)))
    again = other.look()
    assert (again.draw, again.drawn, again.draw_lanes) == (DRAWN, 12, read.draw_lanes)
    other.generation = 2
    assert min(joined(other, "members", "", "slow")) > read.queue
    spots = range(1, read.queue + 1)
    layout = other.look().layout
    assert [lane_of(layout, at) for at in spots] == [lane_of(read.layout, at) for at in spots]
