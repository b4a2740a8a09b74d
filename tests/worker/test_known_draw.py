"""What a worker knows of a draw by the tickets that people bring, if a store has lost it."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.rooms import new_line
from vwr_middleware.line.capacity import look_around
from vwr_middleware.line.constants import DRAWN, REGISTERING
from vwr_middleware.line.drawn_lanes import drawn_lanes, word_by_counts
from vwr_middleware.line.lanes import pattern_of
from vwr_middleware.line.messages import Ask, Snapshot
from vwr_middleware.line.snapshot import take_snapshot
from vwr_middleware.settings import RoomSettings
from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.room_view import RoomView

LAYOUT = f"0/members,slow/{pattern_of({'members': 0.3, 'slow': 0.05})}"
WORD = word_by_counts(LAYOUT, {"": 20, "members": 10, "slow": 3}, LAYOUT)


def read(**told: Any) -> Snapshot:
    line = new_line(1000.0)
    look_around(line, 1000.0)
    return replace(take_snapshot(line, Ask("main", {}), 1000.0, []), generation=2, **told)


def view_of(snapshot: Snapshot) -> RoomView:
    view = RoomView(RoomSettings(paths="/"))
    view.room, view.read_at = CurrentRoom(snapshot), 0.0
    return view


def test_a_ticket_tells_how_many_were_drawn() -> None:
    view = view_of(read(draw=DRAWN, drawn=20, queue=20))
    view.note_genuine(2, 25, 24)
    view.note_genuine(2, 3, 22)
    view.note_genuine(1, 30, 99)
    seen = view.seen(0.0)
    assert seen is not None
    assert (seen.drawn, seen.queue) == (24, 25)
    view.note_genuine(3, 31, 30)
    seen = view.seen(0.0)
    assert seen is not None
    assert (seen.generation, seen.draw, seen.drawn) == (3, DRAWN, 30)


def test_in_lanes_it_tells_so_of_the_lane_of_its_position() -> None:
    lanes = drawn_lanes(WORD)
    told = {"draw": DRAWN, "drawn": 33, "queue": 60, "layout": LAYOUT, "draw_lanes": WORD}
    view = view_of(read(**told))
    seen = view.seen(0.0)
    assert seen is not None and (seen.drawn, seen.draw_lanes) == (33, WORD)
    view.note_genuine(2, lanes.position_of("members", 4), 12)
    view.note_genuine(2, lanes.position_of("", 4), 19)
    seen = view.seen(0.0)
    assert seen is not None
    assert drawn_lanes(seen.draw_lanes).counts == {"": 20, "members": 12, "slow": 3}
    assert seen.drawn == 35


@pytest.mark.parametrize(("layout", "generation"), [("", 3), (LAYOUT, 2)])
def test_a_ticket_alone_draws_no_lanes(layout: str, generation: int) -> None:
    view = view_of(read(draw=REGISTERING, queue=40, layout=layout))
    view.note_genuine(3, 45, 30)
    seen = view.seen(0.0)
    assert seen is not None
    assert seen.generation == generation
    assert seen.drawn == (30 if generation == 3 else 0), "one lane's number is not all"
