"""Every store keeps the log of the day's visitors, where the room asks for it."""

from collections.abc import Callable
from math import floor
from operator import attrgetter

import pytest

from tests.support.rooms import RETURNS_IN, Room
from vwr_middleware.blocking import finish
from vwr_middleware.errors import Refused
from vwr_middleware.line.constants import DAY_CHUNK, DAY_KEPT, DAY_VISITOR, TICKS
from vwr_middleware.line.messages import Knock
from vwr_middleware.panel.visitor_times import in_log
from vwr_middleware.report.day_log import Day, Visitor, read_day
from vwr_middleware.report.replay import Wished
from vwr_middleware.report.replay_visitors import replay_visitors

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
