"""What every store promises of every step: whom it refuses, and that it loses no event."""

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from tests.support.clock import Clock
from tests.support.rooms import Room, config, seen_in
from vwr_middleware.blocking import finish
from vwr_middleware.errors import ForeignRoom, RoomLost
from vwr_middleware.line.constants import SETTLING
from vwr_middleware.line.messages import Ask, Inlet, Place, Seen
from vwr_middleware.stores import Store

Step = Callable[[Store, Seen | None], Coroutine[Any, Any, Any]]

PLACE = Place(1, 1)
VISITORS: dict[str, Step] = {
    "join": lambda store, seen: store.join("main", ["place"], seen),
    "knock": lambda store, seen: store.knock("main", PLACE, 2.0, False, seen),
    "claim": lambda store, seen: store.claim("main", PLACE, 2.0, seen),
    "renew": lambda store, seen: store.renew("main", "1-1", True, seen),
    "end": lambda store, seen: store.end("main", "1-1", "completed", seen),
    "leave": lambda store, seen: store.leave("main", PLACE, seen),
    "keep_code": lambda store, seen: store.keep_code("main", PLACE, "other", seen),
    "move": lambda store, seen: store.move("main", ["code"], "", seen),
    "move by a wrong code": lambda store, seen: store.move("main", ["wrong"], "", seen),
}
OPERATORS: dict[str, Step] = {
    "advance": lambda store, _: store.advance("main", 1),
    "advance_to": lambda store, _: store.advance_to("main", 1),
    "change": lambda store, _: store.change("main", {"max_active": 1}),
    "reset": lambda store, _: store.reset("main"),
    "restore": lambda store, _: store.restore("main", Seen("f" * 16, 1, 1, 1)),
    "record": lambda store, _: store.record("main"),
}


def test_no_step_makes_a_room_that_is_not_there(store: Store) -> None:
    for step in (*VISITORS.values(), *OPERATORS.values()):
        with pytest.raises(RoomLost):
            finish(step(store, None))
    assert finish(store.refresh([Ask("main", config())]))[0].queue == 0


def test_a_worker_of_another_room_is_told_so_and_changes_nothing(
    make_room: Callable[..., Room],
) -> None:
    main = make_room(max_active=1)
    main.join(4)
    main.keep_code(2, "code")
    before = main.look()
    foreign = seen_in(before, room_id="0" * 16, queue=900, serving=800)

    def is_refused() -> None:
        for step in VISITORS.values():
            with pytest.raises(ForeignRoom):
                finish(step(main.store, foreign))
        with pytest.raises(ForeignRoom):
            main.look(seen=foreign)

    is_refused()
    assert main.look() == before
    main.clock.pass_by(60)
    is_refused()
    assert ["lapsed", "1-1"] in main.look().events, "it took along what only a worker here may tell"
    assert main.move("code").device == 1


@pytest.mark.parametrize("name", [*VISITORS, *OPERATORS])
def test_what_a_step_finds_to_have_ended_is_told_once(
    make_room: Callable[..., Room], name: str
) -> None:
    main = make_room(max_active=1)
    main.join(2)
    main.keep_code(2, "code"), main.move("code")
    main.clock.pass_by(60)
    answer = finish({**VISITORS, **OPERATORS}[name](main.store, None))
    turns = answer if isinstance(answer, list) else [getattr(answer, "turn", answer)]
    told = [tuple(event) for turn in turns for event in getattr(turn, "events", ())]
    told += map(tuple, main.look().events)
    assert told.count(("lapsed", "1-1")) == 1


def test_the_last_position_is_that_which_a_bitmap_can_hold(store: Store, clock: Clock) -> None:
    main = Room(store, clock, {"mode": "queue"})
    last = 2**31 - 1
    main.look(seen=Seen("f" * 16, 1, last - 1, last - 1), inlet=Inlet(calls=False))
    clock.pass_by(SETTLING)
    answers = [(turn.verdict, turn.position) for turn in main.arrive(["ticket", "ticket"])]
    assert answers == [("waiting", last), ("full", 0)]
