"""What every store does with changes of settings that are planned for a time."""

import json
from collections.abc import Callable
from typing import Any

from tests.support.clock import Clock
from tests.support.rooms import Room, seen_in
from vwr_middleware.blocking import finish
from vwr_middleware.line.messages import Place
from vwr_middleware.stores import Store

Rooms = Callable[..., Room]


def plan(at: float, unset: tuple[str, ...] = (), **settings: Any) -> dict[str, Any]:
    """A plan as the panel writes it."""
    return {
        "at": at,
        "set": {name: json.dumps(value) for name, value in settings.items()},
        "unset": list(unset),
        "by": "ann, as planned",
        "who": "ann",
        "made": at,
    }


def add(room: Room, key: str, kept: dict[str, Any]) -> None:
    finish(room.store.change(room.name, {f"planned:{key}": kept}, who="ann"))


def planned(room: Room) -> list[str]:
    return [name for name in room.look().overrides if name.startswith("planned:")]


def audit(room: Room) -> list[list[Any]]:
    rows = finish(room.store.record(room.name)).audit
    return [row[1:] for row in rows if not row[2].startswith("planned:")]


def test_a_planned_change_is_made_at_its_time_and_once(make_room: Rooms, clock: Clock) -> None:
    main = make_room(max_active=5)
    add(main, "a", plan(clock() + 60, max_active=600, message='Now "all"'))
    assert (main.look().limit, planned(main)) == (5, ["planned:a"])
    clock.pass_by(59.9)
    assert main.look().limit == 5
    clock.pass_by(0.1)
    made = main.look()
    assert (made.limit, made.rules["message"]) == (600, 'Now "all"')
    assert made.overrides == {"max_active": 600, "message": 'Now "all"'}
    assert ["planned_change", "max_active,message"] in made.events
    assert (made.limit_changed, main.look().events) == (clock(), [])
    assert audit(main) == [
        ["ann, as planned", "max_active", 5, 600],
        ["ann, as planned", "message", None, 'Now "all"'],
    ]


def test_what_was_due_while_nobody_came_is_made_up_for_in_its_order(
    make_room: Rooms, clock: Clock
) -> None:
    main = make_room(max_active=5)
    add(main, "a", plan(clock() + 60, max_active=600))
    add(main, "b", plan(clock() + 30, max_active=300, mode="queue"))
    add(main, "c", plan(clock() + 90, max_active=900))
    clock.pass_by(80)
    assert (main.look().limit, main.look().mode, planned(main)) == (600, "queue", ["planned:c"])


def test_whoever_comes_first_after_its_time_finds_it_made(make_room: Rooms, clock: Clock) -> None:
    main = make_room(max_active=5)
    add(main, "a", plan(clock() + 60, mode="closed"))
    clock.pass_by(60)
    main.look()
    assert main.join()[0].verdict == "closed"


def test_what_is_set_by_hand_before_is_changed_at_that_time_and_what_is_set_after_stays(
    make_room: Rooms, clock: Clock
) -> None:
    main = make_room(max_active=5)
    add(main, "a", plan(clock() + 60, max_active=600))
    main.change(max_active=50)
    clock.pass_by(60)
    main.change(max_active=70)  # nobody has looked since: the plan comes first
    assert main.look().limit == 70
    assert [row[1:] for row in audit(main)] == [
        ["max_active", 5, 50],
        ["max_active", 50, 600],
        ["max_active", 600, 70],
    ]


def test_a_planned_change_can_go_back_to_what_is_configured(make_room: Rooms, clock: Clock) -> None:
    main = make_room(max_active=5)
    main.change(max_active=9)
    add(main, "a", plan(clock() + 60, ("max_active",), per_minute=60))
    clock.pass_by(60)
    assert (main.look().limit, main.look().overrides) == (5, {"per_minute": 60})


def test_one_that_is_withdrawn_is_not_made(make_room: Rooms, clock: Clock) -> None:
    main = make_room(max_active=5)
    add(main, "a", plan(clock() + 60, max_active=600))
    finish(main.store.change("main", {}, ["planned:a"]))
    clock.pass_by(60)
    assert (main.look().limit, planned(main)) == (5, [])


def test_a_reset_leaves_what_is_planned(make_room: Rooms, clock: Clock) -> None:
    main = make_room(max_active=5)
    add(main, "a", plan(clock() + 60, max_active=600))
    finish(main.store.reset("main", end_sessions=True))
    clock.pass_by(60)
    assert main.look().limit == 600


def test_workers_remember_what_is_planned_if_the_store_loses_the_room(
    make_room: Rooms, store: Store, clock: Clock
) -> None:
    main = make_room(max_active=5)
    add(main, "a", plan(clock() + 60, max_active=600))
    seen = seen_in(main.look())
    clock.pass_by(30)
    again = Room(store, clock, {"max_active": 5}, "again", seen=seen)
    assert (again.look().limit, planned(again)) == (5, ["planned:a"])
    clock.pass_by(30)
    assert (again.look().limit, planned(again)) == (600, [])


def test_it_is_made_at_once_if_it_was_due_while_the_store_was_lost(
    make_room: Rooms, store: Store, clock: Clock
) -> None:
    main = make_room(max_active=5)
    add(main, "a", plan(clock() + 60, max_active=600))
    seen = seen_in(main.look())
    clock.pass_by(90)
    again = Room(store, clock, {"max_active": 5}, "again", seen=seen)
    assert again.look().limit == 600


def test_a_store_that_fell_back_makes_it_again_and_later_changes_win(
    make_room: Rooms, store: Store, clock: Clock
) -> None:
    main = make_room(max_active=5)
    add(main, "a", plan(clock() + 60, max_active=600))
    older = seen_in(main.look())
    clock.pass_by(61)
    main.look()
    main.change(max_active=300)
    later = seen_in(main.look())
    clock.pass_by(100)
    # The older state, in which it is still planned, is all that the store has left.
    again = Room(store, clock, {"max_active": 5}, "again")
    assert again.look(seen=older).limit == 600
    assert again.look(seen=later).limit == 300


def test_a_clock_that_is_set_back_makes_nothing_twice(make_room: Rooms, clock: Clock) -> None:
    main = make_room(max_active=5)
    add(main, "a", plan(clock() + 60, max_active=600))
    clock.pass_by(61)
    main.look()
    main.change(max_active=50)
    clock.pass_by(-30)
    assert main.look().limit == 50
    clock.pass_by(40)
    assert main.look().limit == 50


def test_nothing_is_made_by_a_clock_that_is_doubted(make_room: Rooms, clock: Clock) -> None:
    main = make_room(max_active=5)
    main.join()
    add(main, "a", plan(clock() + 3600, max_active=600))
    clock.pass_by(7200)
    assert main.look(starting=True).limit == 5  # a new worker, which cannot know what time it is
    assert planned(main) == ["planned:a"]
    clock.pass_by(-7190)
    assert main.look().limit == 5
    clock.pass_by(3600)
    main.look()
    assert main.look().limit == 600


def test_a_claim_after_its_time_obeys_it(make_room: Rooms, clock: Clock) -> None:
    main = make_room(max_active=1, mode="queue")
    main.join(2)
    main.advance(2)
    add(main, "a", plan(clock() + 5, mode="paused"))
    assert main.claim(1).verdict == "entered"
    main.end(1)
    clock.pass_by(5)
    main.look(2)
    assert finish(main.store.claim("main", Place(1, 2), 2.0)).verdict == "next"
