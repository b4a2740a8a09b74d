"""What a test can do to its room: move the clock, break the store, fill the line."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.testing.conftest import text_of
from vwr_middleware.errors import WaitingRoomError
from vwr_middleware.testing import Clock, RoomForTests

VwrRoom = Callable[..., RoomForTests]


@pytest.fixture
def bottle(made: dict[str, Any]) -> Any:
    """The app whose clients are the quickest."""
    return made["bottle"]


def state(client: Any) -> str | None:
    """What the room says to somebody who asks for the page; None: the app has answered."""
    told: str | None = client.get("/tickets").headers.get("VWR-State")
    return told


def test_in_an_outage_those_inside_go_on_and_places_are_kept(
    bottle: Any, vwr_room: VwrRoom
) -> None:
    room = vwr_room(bottle)
    inside, waiting = room.inside(), room.waiting()
    room.store.goes_away()
    room.pass_by(60)
    assert text_of(inside.get("/tickets")) == "tickets"
    assert state(waiting) == state(room.visitor()) == "store-down"
    room.store.comes_back()
    room.pass_by(2)
    assert state(waiting) == "waiting"
    assert waiting.get("/vwr/main/position").json["position"] == 101


def test_a_store_that_is_empty_is_rebuilt_from_what_the_worker_knows(
    bottle: Any, vwr_room: VwrRoom
) -> None:
    room = vwr_room(bottle, max_active=1)
    waiting = room.waiting()
    before = room.snapshot.room_id
    room.store.loses_everything()
    room.pass_by(3)
    assert room.snapshot.room_id == before
    assert state(waiting) == "waiting"
    assert waiting.get("/vwr/main/position").json["position"] == 2


def test_a_slow_store_is_too_late_for_requests_and_a_quick_one_is_not(
    bottle: Any, vwr_room: VwrRoom
) -> None:
    room = vwr_room(bottle)
    began = room.clock.now
    room.store.slows_down(0.01)
    assert state(room.visitor()) is None
    assert room.clock.now > began
    room.store.slows_down(0.5)
    assert state(room.visitor()) is not None
    room.store.comes_back()
    room.pass_by(2)
    assert state(room.visitor()) is None


def test_the_clock_moves_alone_and_not_back(bottle: Any, vwr_room: VwrRoom) -> None:
    clock = Clock.at("2026-12-01T09:00:00+01:00")
    room = vwr_room(bottle, clock=clock, session_seconds=600, session_grace=0, renew=False)
    inside = room.inside()
    room.full()
    clock.pass_by(500)
    assert state(inside) is None
    clock.go_to("2026-12-01T09:11:00+01:00")
    assert clock.now == Clock.at("2026-12-01T08:11:00+00:00").now
    assert state(inside) is None, "all sessions have ended, so there is space again"
    with pytest.raises(ValueError, match="not go back"):
        clock.go_to("2026-12-01T09:00:00+01:00")
    with pytest.raises(ValueError, match="needs a UTC offset"):
        Clock.at("2026-12-01T09:00:00")


def test_a_crowd_waits_its_turn_shops_and_goes(bottle: Any, vwr_room: VwrRoom) -> None:
    room = vwr_room(bottle, max_active=3)
    room.crowd.comes(9, stays=30)
    assert (room.crowd.inside, room.crowd.waiting) == (3, 6)
    last = room.waiting()
    assert last.get("/vwr/main/position").json["ahead"] == 6
    room.pass_by(45)
    assert (room.crowd.inside, room.crowd.waiting) == (3, 3)
    room.pass_by(80)
    assert (room.crowd.inside, room.crowd.waiting) == (0, 0)
    assert text_of(last.get("/tickets")) == "tickets"


def test_those_who_give_up_are_passed_over(bottle: Any, vwr_room: VwrRoom) -> None:
    room = vwr_room(bottle, max_active=1).full()
    room.crowd.comes(3)
    last = room.waiting()
    room.crowd.gives_up(3)
    room.pass_by(60)
    room.crowd.goes()
    room.pass_by(10)
    assert state(last) is None


def test_a_session_of_the_crowd_lasts_until_it_is_told_to_go(
    bottle: Any, vwr_room: VwrRoom
) -> None:
    room = vwr_room(bottle, max_active=2, session_seconds=30, confirm_within=10).full()
    room.pass_by(300)
    assert room.snapshot.active == room.crowd.inside == 2
    with pytest.raises(ValueError, match="only 2"):
        room.crowd.goes(3)
    with pytest.raises(ValueError, match="only 0"):
        room.crowd.gives_up(1)


@pytest.mark.parametrize(
    "settings",
    [{"max_active": 1_000_000}, {"per_minute": 6}, {"mode": "queue"}],
    ids=str,
)
def test_any_room_can_be_filled(bottle: Any, vwr_room: VwrRoom, settings: dict[str, Any]) -> None:
    room = vwr_room(bottle, **settings)
    waiting = room.waiting()
    assert state(waiting) == "waiting"
    assert room.snapshot.active >= 1
    assert room.snapshot.limit == room.snapshot.active


def test_in_a_paused_room_everybody_waits(bottle: Any, vwr_room: VwrRoom) -> None:
    assert state(vwr_room(bottle, mode="paused").waiting()) == "waiting"


def test_an_operator_changes_and_resets_the_room(bottle: Any, vwr_room: VwrRoom) -> None:
    room = vwr_room(bottle)
    room.change(mode="closed")
    assert room.visitor().get("/tickets").status_code == 503
    with pytest.raises(WaitingRoomError, match="nobody can join"):
        room.full()
    room.change(mode="queue")
    room.crowd.queues(2)
    room.reset()
    assert room.snapshot.generation == 2
    room.pass_by(2)
    assert room.crowd.waiting == 0


def test_whoever_is_not_where_the_test_wants_them_is_told(bottle: Any, vwr_room: VwrRoom) -> None:
    with pytest.raises(WaitingRoomError, match="Is that a path of room main"):
        vwr_room(bottle).waiting("/elsewhere")
    with pytest.raises(WaitingRoomError, match="was not let in"):
        vwr_room(bottle).full().inside()
