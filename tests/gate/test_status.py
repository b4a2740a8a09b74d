"""The public status: what everybody may know of a room, and what it may keep to itself."""

from dataclasses import replace
from typing import Any

from tests.support.clock import Clock
from tests.support.rooms import Room
from vwr_middleware.gate.standing import claim_by, public_status
from vwr_middleware.settings import Settings
from vwr_middleware.stores.memory.store import MemoryStore
from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.room_view import RoomView

KNOWN: dict[str, Any] = {
    "serving": 1200,
    "active": 100,
    "flow": 5.0,
    "hazard": 0.05,
    "state": "queueing",
}


def status(clock: Clock, public: bool = False, **numbers: Any) -> dict[str, Any]:
    settings = Settings(
        secret_key="a secret of the tests, long enough", paths=["/"], public_numbers=public
    )
    view = RoomView(settings.rooms[0])
    view.take(replace(Room(MemoryStore(clock), clock).look(), **KNOWN | numbers), 0.0)
    return public_status(view, settings)


def test_nothing_in_the_status_tells_how_many_came_where_that_is_private(clock: Clock) -> None:
    told = [
        status(clock, queue=queue, horizon=queue, serving=serving)
        for queue, serving in ((2501, 1000), (2760, 1200), (2999, 1201), (3000, 1300))
    ]
    assert told == told[:1] * 4


def test_a_clock_that_was_set_back_moves_no_time_that_people_read(clock: Clock) -> None:
    opens = Room(MemoryStore(clock), clock, {"opens_at": clock() + 100}).look()
    asked: dict[str, Any] = {"rules": opens.rules, "config": opens.config}
    right = status(clock, **asked | {"state": "scheduled", "now": clock()})
    ahead = status(clock, **asked | {"state": "scheduled", "now": clock() + 3600, "ahead": 3600.0})
    assert ahead == right
    assert right["poll"] == {"near": 10.0, "far": 20.0, "each": 0.0}


def test_whoever_is_called_reads_until_when_of_their_own_call(clock: Clock) -> None:
    began = clock()
    room = replace(
        Room(MemoryStore(clock), clock, {"claim_within": 60}).look(),
        now=began + 70,
        serving=9,
        serving_log=[[began, 3], [began + 20, 6], [began + 50, 8]],
    )
    told = {position: claim_by(CurrentRoom(room), position) for position in range(2, 11)}
    assert told == {
        **dict.fromkeys((2, 3)),  # it is not held any more
        **dict.fromkeys((4, 5, 6), began + 80),
        **dict.fromkeys((7, 8), began + 110),
        9: began + 130,  # the worker itself has just called it
        10: None,
    }
    late = replace(room, now=room.now + 3600, serving_log=[[began + 3620, 9]], ahead=3600.0)
    assert claim_by(CurrentRoom(late), 9) == began + 80, (
        "as a clock tells that was set back meanwhile"
    )
