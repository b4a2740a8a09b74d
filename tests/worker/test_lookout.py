"""What one worker sees of those who wait, and hands in for operators."""

import pytest

from vwr_middleware.line.messages import Sightings
from vwr_middleware.papers.tickets import Ticket
from vwr_middleware.worker.room_view import SHARERS_MOST, Lookout


@pytest.fixture
def lookout() -> Lookout:
    return Lookout()


def ticket(position: int, joined_at: int, device: int = 0) -> Ticket:
    return Ticket("0123456789abcdef", 1, position, joined_at, device)


def test_what_was_seen_is_handed_in_once(lookout: Lookout) -> None:
    assert lookout.hand_in() == Sightings()
    for position, joined_at in ((7, 100), (5, 90), (9, 120)):
        lookout.waits(ticket(position, joined_at))
    for waited in (20.0, 30.0, 10.0):
        lookout.entered(waited)
    for other in ("bb", "cc", "bb"):
        lookout.shared("1-1", "aa", other)
    sharers = (("1-1", "aa"), ("1-1", "bb"), ("1-1", "cc"))
    assert lookout.hand_in() == Sightings(90.0, 30.0, sharers)
    assert lookout.hand_in() == Sightings()
    lookout.waits(ticket(9, 120))
    assert lookout.hand_in() == Sightings(120.0), "whoever was before has gone"


def test_who_is_behind_the_first_has_joined_later_and_need_not_be_looked_at(
    lookout: Lookout,
) -> None:
    lookout.waits(ticket(7, 100))
    lookout.waits(ticket(9, 120))
    assert 6 < lookout.first <= 7
    lookout.waits(ticket(4, 130, device=1))  # made anew, and so younger than its place
    lookout.waits(ticket(3, 140), has_lapsed=True)
    assert 6 < lookout.first <= 7
    lookout.hand_in()
    assert lookout.first > 1_000_000


def test_a_crowd_of_shared_sessions_is_handed_in_with_bounds(lookout: Lookout) -> None:
    for number in range(2 * SHARERS_MOST):
        lookout.shared(f"1-{number}", "aa", "bb")
    assert SHARERS_MOST <= len(lookout.hand_in().sharers) <= SHARERS_MOST + 1
