"""Every store keeps the log of the day's visitors, where the room asks for it."""

from collections.abc import Callable
from math import floor
from operator import attrgetter
from typing import Any

import pytest

from tests.support.clock import Clock
from tests.support.rooms import RETURNS_IN, Room
from vwr_middleware.blocking import finish
from vwr_middleware.errors import Refused
from vwr_middleware.line.constants import DAY_CHUNK, DAY_KEPT, DAY_VISITOR, TICKS
from vwr_middleware.line.drawn_lanes import drawn_lanes
from vwr_middleware.line.messages import Knock
from vwr_middleware.panel.visitor_times import in_log
from vwr_middleware.report.day_log import Day, Visitor, read_day
from vwr_middleware.report.replay import Wished
from vwr_middleware.report.replay_visitors import in_short, replay_visitors

Rooms = Callable[..., Room]


def chunks(room: Room) -> list[bytes]:
    return [*finish(room.store.day(room.name)).chunks]


def the_day(room: Room) -> Day:
    return read_day(chunks(room))


def of(day: Day, position: int, generation: int = 1) -> Visitor:
    (found,) = (v for v in day.visitors if (v.generation, v.position) == (generation, position))
    return found


def test_nothing_is_kept_unless_the_room_asks_for_it(make_room: Rooms) -> None:
    main = make_room()
    main.look()
    main.join(3)
    found = finish(main.store.day(main.name))
    assert (found.is_kept, [*found.chunks]) == (False, [])


def test_each_visitors_times_are_kept(make_room: Rooms) -> None:
    main = make_room(max_active=2, mode="queue", day_log=100, session_seconds=40, session_grace=0)
    main.look()
    began = int(main.clock() * TICKS)
    main.clock.pass_by(1)
    main.join(4)
    main.clock.pass_by(2)
    main.advance(2)
    main.clock.pass_by(0.5)
    main.claim(1), main.claim(2)
    main.renew(1), main.renew(2)
    main.clock.pass_by(10)
    main.end(1)
    main.leave(4)
    main.clock.pass_by(50)
    main.look()
    day = the_day(main)

    def since(position: int) -> tuple[object, ...]:
        visitor = of(day, position)
        times = (visitor.joined, visitor.called, visitor.entered, visitor.left, visitor.ended)
        return (*(None if at is None else at - began for at in times), visitor.how)

    assert since(1) == (10, 30, 35, None, 135, "completed")
    assert since(2) == (10, 30, 35, None, 635, "expired")
    assert since(3)[:3] == (10, 635, None), "called as a slot got free"
    assert since(4) == (10, None, None, 135, None, "")
    assert [(rules.limit, rules.mode) for rules in day.rules] == [(2, "queue")]


def test_what_an_operator_sets_and_a_reset_are_in_it(make_room: Rooms) -> None:
    main = make_room(max_active=2, mode="queue", day_log=100)
    main.look()
    main.join(3)
    main.advance(1)
    main.claim(1)
    main.change(max_active=7, per_minute=30.0)
    main.look()
    main.reset()
    main.generation = 2
    main.join(1)
    finish(main.store.end(main.name, "1-1", "completed"))
    day = the_day(main)
    kept = [(rules.limit, rules.per_second) for rules in day.rules]
    assert kept[0] == (2, None) and kept[-1] == (7, 0.5)
    assert of(day, 1).how == "completed", "in the generation before"
    assert of(day, 2).left is not None, "the place went with the reset"
    assert of(day, 1, generation=2).entered is None


def test_the_first_knock_of_a_visitor_is_kept_by_whichever_step_it_came(make_room: Rooms) -> None:
    main = make_room(max_active=1, mode="queue", day_log=100)
    main.look()
    began = floor(main.clock() * TICKS)
    main.join(5)
    main.advance(4)
    main.clock.pass_by(1)
    assert main.claim(1).verdict == "entered"
    main.clock.pass_by(2)
    assert main.knock(3).verdict == "next"
    main.clock.pass_by(1)
    main.knock(3)
    main.look(knocks=[Knock(2, RETURNS_IN, False)])  # answered by a worker, and told later
    main.clock.pass_by(30)  # by now nobody is expected back
    main.knock(3), main.claim(2)
    kept = finish(main.store.day(main.name))
    since = {
        position: found.knocked and round(found.knocked * TICKS) - began
        for position in range(1, 6)
        for found in [in_log(kept, 1, position)]
    }
    assert since == {1: 10, 2: 40, 3: 30, 4: None, 5: None}
    day = the_day(main)
    assert (of(day, 1).entered, of(day, 2).entered) == (began + 10, None)


def crowds(room: Room, count: int) -> None:
    """So often three hundred come in at once."""
    for _ in range(count):
        room.join(300)
        room.clock.pass_by(1)


def test_it_is_bounded_and_its_oldest_parts_go_first(make_room: Rooms) -> None:
    main = make_room(max_active=20_000, day_log=300)
    crowds(main, 24)
    kept, day = chunks(main), the_day(main)
    assert sum(map(len, kept)) <= 300 * DAY_VISITOR + 2 * DAY_CHUNK
    assert len(kept) > 2 and kept == sorted(kept, key=lambda chunk: chunk[1]), "in their order"
    known = [v.position for v in day.visitors if v.position]
    assert known[-1] == 7200 and known == [*range(known[0], 7201)] and known[0] > 3000
    before = [v for v in day.visitors if not v.position]
    assert len(before) == known[0] - 1, "who were inside as it begins"


@pytest.mark.long
def test_it_is_kept_for_two_days(make_room: Rooms) -> None:
    main = make_room(max_active=20_000, day_log=100_000, session_seconds=10, session_grace=0)
    crowds(main, 8)
    began = the_day(main).begin
    main.clock.pass_by(DAY_KEPT + 4000)
    for _ in range(3):
        crowds(main, 8)
        main.clock.pass_by(DAY_KEPT + 4000)
    crowds(main, 8)
    assert the_day(main).begin > began + DAY_KEPT * TICKS


@pytest.mark.long
def test_a_log_is_replayed_to_the_last_visitor_and_a_part_that_lacks_is_named(
    make_room: Rooms,
) -> None:
    main = make_room(max_active=300, day_log=3000, session_seconds=10, session_grace=0)
    for _ in range(16):
        main.join(300)
        main.clock.pass_by(11)
        main.look()
    kept, day = chunks(main), the_day(main)
    by_place = attrgetter("position", "joined")
    assert sorted(replay_visitors(day), key=by_place) == sorted(day.visitors, key=by_place)
    assert len(kept) > 2 and replay_visitors(day, Wished(20)) != replay_visitors(day)
    with pytest.raises(Refused, match="is missing before its part 2"):
        read_day([kept[0], *kept[2:]])
    for rubbish in (b"rubbish", b"\xff", kept[0][40:], kept[0] + b"\x02\xff\xff\xff\xff\x7f"):
        with pytest.raises(Refused, match="part 1 cannot be read"):
            read_day([rubbish])
    with pytest.raises(Refused, match="set day_log"):
        read_day([])


def goes_on(room: Room, seconds: int, *present: int) -> set[int]:
    """Who is called comes in and stays for five seconds, while all of these poll. Returns them."""
    went, inside = set[int](), dict[int, int]()
    for _ in range(seconds):
        room.clock.pass_by(1)
        serving = room.look(*sorted(set(present) - went)).serving
        for position in sorted(position for position, left in inside.items() if not left):
            room.end(position)
        inside = {position: left - 1 for position, left in inside.items() if left}
        for position in sorted(p for p in present if p <= serving and p not in went):
            if room.claim(position).verdict == "entered":
                room.renew(position)
                went.add(position)
                inside[position] = 5
    return went


def assert_replayed(day: Day) -> None:
    """With the settings of the day each visitor has the day's times."""
    by_place = attrgetter("generation", "position", "joined")
    assert sorted(replay_visitors(day), key=by_place) == sorted(day.visitors, key=by_place)


def test_a_day_with_a_draw_is_replayed_and_nobody_waits_before_it(
    make_room: Rooms, clock: Any
) -> None:
    main = make_room(max_active=2, day_log=1000, draw=True, opens_at=clock.now + 60)
    main.look(), main.join(8), main.leave(8)
    main.clock.pass_by(60)
    main.look()
    main.generation, opened = 2, int(main.clock() * TICKS)
    went = goes_on(main, 40, 1, 2, 3, 4, 5, 6)
    main.join(1)
    day = the_day(main)
    assert went == {1, 2, 3, 4, 5, 6}
    registered = [v for v in day.visitors if v.generation == 1]
    assert [(v.position, v.entered) for v in registered] == [(n, None) for n in range(1, 9)]
    assert [v.left == opened for v in registered] == [True] * 7 + [False], "each has a place now"
    drawn = [v for v in day.visitors if v.generation == 2]
    assert [(v.position, v.joined == opened) for v in drawn] == [
        *((n, True) for n in range(1, 9)),
        (9, False),
    ]
    assert {v.position for v in drawn if v.entered is not None} == went | {9}
    assert_replayed(day)
    short, long = (in_short(replay_visitors(day, Wished(most)), day.end) for most in (6, 1))
    assert short.went_in >= 6 and (short.wait(0.9) or 0) < (in_short(drawn, day.end).wait(0.9) or 0)
    assert long.went_in < 6


def test_a_day_with_two_openings_is_replayed_and_nobody_comes_in_between(
    make_room: Rooms, clock: Any
) -> None:
    now = clock.now
    openings = [
        {"opens_at": now + 10, "closes_at": now + 22, "max_active": 1},
        {"opens_at": now + 60, "closes_at": now + 100, "fresh": True},
    ]
    main = make_room(max_active=2, day_log=1000, openings=openings)
    main.look(), main.join(5)
    first = goes_on(main, 30, 1, 2, 3, 4, 5)
    main.generation = main.look().generation
    assert main.generation == 2 and 1 <= len(first) <= 3
    main.join(4)
    second = goes_on(main, 60, 1, 2, 3, 4)
    day = the_day(main)
    assert second == {1, 2, 3, 4}
    assert {v.position for v in day.visitors if v.entered and v.generation == 1} == first
    assert_replayed(day)
    began = int(now * TICKS)
    others = [v.entered - began for v in replay_visitors(day, Wished(50)) if v.entered is not None]
    assert len(others) > len(first) + len(second), "more would have come in at the first one"
    assert all(100 <= at <= 225 or at >= 600 for at in others), "and nobody between the two"


def test_a_day_with_lanes_has_each_visitor_at_the_place_and_time(make_room: Rooms) -> None:
    main = make_room(max_active=2, day_log=1000, lanes={"members": 0.3}, mode="queue")
    main.look()
    came: dict[int, int] = {}
    for lanes in ([""] * 20, ["members"] * 3, ["", "members", ""]):
        turns = finish(main.store.join("main", ["place"] * len(lanes), main.seen, (), lanes))
        came |= {turn.position: int(main.clock() * TICKS) for turn in turns}
        main.clock.pass_by(3)
    went = goes_on(main, 30, *came)
    main.leave(max(came))
    day = the_day(main)
    assert len(came) == 26 and max(came) > 26, "some positions are nobody's"
    assert {v.position: v.joined for v in day.visitors} == came
    kept = finish(main.store.day(main.name))
    looked_up = {place: in_log(kept, 1, place).joined for place in came}
    assert looked_up == {place: at / TICKS for place, at in came.items()}
    assert {v.position for v in day.visitors if v.entered is not None} == went and len(went) >= 6
    assert sum(map(len, chunks(main))) <= 20 * len(came)
    assert day.has_lanes
    assert_replayed(day)


def test_a_day_with_a_draw_in_lanes_has_all_who_were_drawn(make_room: Rooms, clock: Clock) -> None:
    lanes = {"members": 0.3, "slow": 0.05}
    main = make_room(
        max_active=2, day_log=1000, lanes=lanes, draw=True, opens_at=clock() + 60, mode="queue"
    )
    main.look()
    who = ["", "members", "", "slow"] * 6
    finish(main.store.join("main", ["place"] * 24, main.seen, (), who))
    clock.pass_by(60)
    main.look()
    main.generation = 2
    drawn = drawn_lanes(main.look().draw_lanes)
    places = {
        drawn.position_of(lane, n) for lane, k in drawn.counts.items() for n in range(1, k + 1)
    }
    (late,) = finish(main.store.join("main", ["place"], main.seen, (), ["slow"]))
    went = goes_on(main, 30, *places, late.position)
    day = the_day(main)
    line = {v.position: v for v in day.visitors if v.generation == 2}
    assert line.keys() == places | {late.position}
    opened = min(v.joined for v in line.values())
    assert {v.joined for v in line.values() if v.position in places} == {opened}
    assert {v.position for v in line.values() if v.entered is not None} == went and len(went) >= 6
    assert sum(map(len, chunks(main))) <= 20 * 60
    assert_replayed(day)


def test_of_a_line_with_lanes_that_was_there_before_the_log_only_who_comes_in_is_known(
    make_room: Rooms,
) -> None:
    main = make_room(max_active=2, lanes={"members": 0.5}, mode="queue")
    main.look()
    finish(main.store.join("main", ["place"] * 6, main.seen, (), [""] * 6))
    main.settings["day_log"] = 1000
    main.look(starting=True)
    (turn,) = finish(main.store.join("main", ["place"], main.seen, (), ["members"]))
    went = goes_on(main, 15, *range(1, 14))
    day = the_day(main)
    assert {v.position for v in day.visitors} == went | {turn.position}
    assert_replayed(day)


@pytest.mark.parametrize("leap", [-600, 3600])
def test_a_clock_that_is_corrected_moves_no_visitor_back_in_time(
    make_room: Rooms, leap: float
) -> None:
    main = make_room(max_active=2, mode="queue", day_log=100)
    main.look(), main.join(3)
    goes_on(main, 3, 1, 2)
    main.clock.pass_by(leap)
    main.look(), main.join(2)
    goes_on(main, 20, 1, 2, 3, 4, 5)
    day = the_day(main)
    assert sorted(v.position for v in day.visitors) == [1, 2, 3, 4, 5]
    for visitor in day.visitors:
        times = [visitor.joined, visitor.called, visitor.entered, visitor.ended]
        known = [at for at in times if at is not None]
        assert known == sorted(known) and day.begin <= known[0] <= known[-1] <= day.end
    assert_replayed(day)
