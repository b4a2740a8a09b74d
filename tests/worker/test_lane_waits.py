"""Waits by lane are handed in until the store has them, and then no more."""

from vwr_middleware.worker.lane_waits import LaneWaits
from vwr_middleware.worker.room_view import OperatorNotes


def test_what_is_lost_on_the_way_is_handed_in_again() -> None:
    waits = LaneWaits()
    waits.note("members", 2)
    assert waits.hand_in()["members"][2] == 1
    waits.note("members", 2)
    waits.note("", 0)
    again = waits.hand_in()
    assert (again["members"][2], again[""][0]) == (2, 1)
    waits.arrived()
    assert waits.hand_in() == {}


def test_a_room_without_lanes_hands_in_none() -> None:
    notes = OperatorNotes()
    notes.entered(12.0)
    assert not notes.hand_in().lane_waits
    notes.entered(12.0, "members")
    assert sum(notes.hand_in().lane_waits["members"]) == 1
