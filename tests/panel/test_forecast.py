"""What comes next if a room goes on as in the last minutes."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.clock import Clock
from vwr_middleware.blocking import finish
from vwr_middleware.line.messages import Ask
from vwr_middleware.panel.forecast import forecast
from vwr_middleware.settings import RoomSettings
from vwr_middleware.stores.memory.store import MemoryStore
from vwr_middleware.worker.current_room import CurrentRoom


def a_room(clock: Clock, **given: Any) -> CurrentRoom:
    """A room of 100."""
    settings = RoomSettings(paths=["/"], max_active=100, max_waiting=1000)
    ask = Ask("main", settings.store_config())
    (room,) = finish(MemoryStore(clock).refresh([ask]))
    return CurrentRoom(replace(room, **({"state": "queueing"} | given)))


def past(clock: Clock, waiting: float, inside: float, line: float, in_room: float) -> list[Any]:
    """Five minutes that end with these numbers, and in which they grew by so many a minute."""
    return [
        [clock() - age, waiting - line * age / 60, inside - in_room * age / 60, 0.0, 100.0]
        for age in range(300, -1, -10)
    ]


def test_a_line_that_shrinks_is_empty_then(clock: Clock) -> None:
    room = a_room(clock, queue=240, active=100)
    (found,) = forecast(past(clock, 240, 100, -30, 0), room)
    assert found == {"what": "line_empty", "at": round(clock() + 480), "seconds": 480}


def test_a_line_that_grows_is_full_then(clock: Clock) -> None:
    room = a_room(clock, queue=400, active=100)
    (found,) = forecast(past(clock, 400, 100, 100, 0), room)
    assert (found["what"], found["seconds"]) == ("line_full", 360)


def test_a_room_that_fills_is_full_then(clock: Clock) -> None:
    room = a_room(clock, state="open", active=60)
    (found,) = forecast(past(clock, 0, 60, 0, 10), room)
    assert (found["what"], found["seconds"]) == ("room_full", 240)


@pytest.mark.parametrize(
    ("state", "line", "minutes"),
    [
        ("paused", -30, 5),  # nobody moves
        ("queueing", -0.5, 5),  # which may be chance
        ("queueing", -30, 1),  # too little is known
        ("queueing", 0, 5),
    ],
)
def test_nothing_is_foretold_of_what_is_not_known(
    clock: Clock, state: str, line: float, minutes: int
) -> None:
    room = a_room(clock, queue=240, active=100, state=state)
    rows = past(clock, 240, 100, line, 0)
    assert forecast([row for row in rows if row[0] >= clock() - 60 * minutes], room) == []


def test_nothing_is_foretold_of_tomorrow(clock: Clock) -> None:
    room = a_room(clock, queue=90_000, active=100)
    assert forecast(past(clock, 90_000, 100, -10, 0), room) == []
