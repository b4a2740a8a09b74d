"""What one worker sees of those who wait, and hands in for operators."""

from dataclasses import replace

import pytest

from vwr_middleware.line.messages import ForOperators
from vwr_middleware.papers.tickets import Ticket
from vwr_middleware.worker.room_view import SHARERS_MOST, OperatorNotes


@pytest.fixture
def operator_notes() -> OperatorNotes:
    return OperatorNotes()


def ticket(position: int, joined_at: int, device: int = 0) -> Ticket:
    return Ticket("0123456789abcdef", 1, position, joined_at, device)


def test_what_was_seen_is_handed_in_once(operator_notes: OperatorNotes) -> None:
    assert operator_notes.hand_in() == ForOperators()
    for position, joined_at in ((7, 100), (5, 90), (9, 120)):
        operator_notes.waits(ticket(position, joined_at))
    for waited in (20.0, 30.0, 10.0):
        operator_notes.entered(waited)
    for other in ("bb", "cc", "bb"):
        operator_notes.shared("1-1", "aa", other)
    sharers = (("1-1", "aa"), ("1-1", "bb"), ("1-1", "cc"))
    assert replace(operator_notes.hand_in(), waits=()) == ForOperators(90.0, 30.0, sharers)
    operator_notes.arrived()
    assert operator_notes.hand_in() == ForOperators()
    operator_notes.waits(ticket(9, 120))
    assert operator_notes.hand_in() == ForOperators(120.0), "whoever was before has gone"


def test_what_is_counted_is_handed_in_until_it_has_arrived(operator_notes: OperatorNotes) -> None:
    decisions = operator_notes.decisions = {"bypassed": 2, "passed": 1, "overload": 4}
    operator_notes.placeless = 1
    operator_notes.entered(7.0)
    assert operator_notes.hand_in().waits[1] == 1
    operator_notes.entered(7.0)
    decisions["passed"] = 5
    handed = operator_notes.hand_in()
    assert (handed.waits[1], handed.bypassed, handed.turned_away) == (2, 7, 5)
    operator_notes.arrived()
    assert operator_notes.hand_in() == ForOperators()


def test_who_is_behind_the_first_has_joined_later_and_need_not_be_looked_at(
    operator_notes: OperatorNotes,
) -> None:
    operator_notes.waits(ticket(7, 100))
    operator_notes.waits(ticket(9, 120))
    assert 6 < operator_notes.first <= 7
    operator_notes.waits(ticket(4, 130, device=1))  # made anew, and so younger than its place
    operator_notes.waits(ticket(3, 140), has_lapsed=True)
    assert 6 < operator_notes.first <= 7
    operator_notes.hand_in()
    assert operator_notes.first > 1_000_000


def test_a_crowd_of_shared_sessions_is_handed_in_with_bounds(operator_notes: OperatorNotes) -> None:
    for number in range(2 * SHARERS_MOST):
        operator_notes.shared(f"1-{number}", "aa", "bb")
    assert SHARERS_MOST <= len(operator_notes.hand_in().sharers) <= SHARERS_MOST + 1
