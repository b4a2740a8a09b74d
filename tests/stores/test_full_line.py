"""When the line is full, by `max_waiting`: in memory, in SQLite and in Valkey."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.clock import Clock
from tests.support.rooms import Room
from vwr_middleware.line.constants import FIRST_POLL, NEAR_COUNT
from vwr_middleware.line.messages import JoinKind, Seen
from vwr_middleware.stores import Store

Rooms = Callable[..., Room]


def test_beyond_max_waiting_nobody_gets_a_number(make_room: Rooms) -> None:
    main = make_room(max_waiting=2, mode="queue")
    assert [turn.verdict for turn in main.join(4)] == ["waiting", "waiting", "full", "full"]
    assert main.look().queue == 2


@pytest.mark.parametrize("kind", ["place", "ticket"])
def test_a_full_line_of_people_who_are_gone_keeps_nobody_out_of_a_free_slot(
    make_room: Rooms, kind: JoinKind
) -> None:
    main = make_room(max_active=1, max_waiting=2, mode="queue")
    main.join()
    main.look()
    assert main.claim(1).verdict == main.renew(1).verdict == "entered"
    main.join(2)
    main.look(2, 3)
    for _ in range(20):
        main.clock.pass_by(20)
        main.look()
    assert main.join(1, kind)[0].verdict == "full", "they may come back before a slot is free"
    main.end(1)
    assert [turn.verdict for turn in main.join(2, kind)] == ["waiting", "full"]
    assert main.look().serving == 4, "the counter has passed those who are gone"
    assert main.join(1, kind)[0].verdict == "waiting"


@pytest.mark.parametrize("settings", [{"max_waiting": 0}, {"mode": "paused"}])
def test_a_line_that_may_not_go_on_stays_full(make_room: Rooms, settings: dict[str, Any]) -> None:
    main = make_room(**{"max_waiting": 1, "mode": "queue"} | settings)
    main.join()
    main.look(1)
    for _ in range(20):
        main.clock.pass_by(20)
        main.look()
    assert main.join()[0].verdict == "full"


def test_numbers_to_which_nobody_comes_back_do_not_fill_the_line(make_room: Rooms) -> None:
    main = make_room(max_waiting=20, mode="paused")
    main.join(5)
    main.look(1, 2, 3, 4, 5)
    assert [turn.verdict for turn in main.join(16)] == ["waiting"] * 15 + ["full"]
    main.clock.pass_by(0.5)
    main.look()
    main.clock.pass_by(FIRST_POLL - 1)
    main.look(1, 2, 3, 4, 5)
    assert main.join()[0].verdict == "full", "their pages may not have polled yet"
    main.clock.pass_by(2)
    main.look(1, 2, 3, 4, 5)
    assert [turn.verdict for turn in main.join(16)] == ["waiting"] * 15 + ["full"]


def test_whoever_came_back_once_counts_until_the_place_is_given_up(make_room: Rooms) -> None:
    main = make_room(max_waiting=3, mode="paused")
    main.join(3)
    main.look(1, 2, 3)
    for _ in range(20):
        main.clock.pass_by(20)
        main.look()
    assert main.join()[0].verdict == "full"
    assert main.leave(2) == "left"
    assert [turn.verdict for turn in main.join(2)] == ["waiting", "full"]


def test_those_far_behind_count_though_they_only_read_the_public_status(make_room: Rooms) -> None:
    most = NEAR_COUNT + 50
    main = make_room(max_waiting=most, mode="paused")
    main.join(most)
    polls = range(1, NEAR_COUNT + 1)
    for _ in range(4):
        main.look(*polls)
        main.clock.pass_by(16)
    assert main.join()[0].verdict == "full"
    for _ in range(3):
        main.look(*polls)
        main.clock.pass_by(16)
    assert main.join()[0].verdict == "waiting", "they know that they are near, and are gone"


def test_after_a_loss_of_data_all_numbers_count(store: Store, clock: Clock) -> None:
    main = Room(store, clock, {"max_waiting": 3, "mode": "paused"}, generation=3)
    main.look(seen=Seen("f" * 16, 3, queue=403, serving=400))
    clock.pass_by(2 * FIRST_POLL)
    main.look(401)
    assert main.join()[0].verdict == "full", "it is forgotten who came back"
