"""What a worker remembers of called visitors who found no slot."""

import pytest

from vwr_middleware.line.messages import Knock, Turn, Verdict
from vwr_middleware.worker.called import KNOCKS_MOST, KNOWN_MOST, Doorway


def answer(verdict: Verdict, position: int = 7) -> Turn:
    return Turn(verdict, 0.0, position=position)


@pytest.fixture
def doorway() -> Doorway:
    return Doorway()


def test_a_place_is_known_while_the_store_holds_it(doorway: Doorway) -> None:
    assert not doorway.knows(7, 100.0)
    doorway.heard(answer("next"), returns_in=2.0, hidden=False, monotonic=100.0)  # held for 6.5 s
    assert doorway.knows(7, 105.4)
    assert not doorway.knows(7, 105.5), "what is noted now may reach the store too late"
    assert not doorway.knows(8, 100.0)


def test_what_is_noted_keeps_the_place(doorway: Doorway) -> None:
    doorway.heard(answer("next"), returns_in=2.0, hidden=False, monotonic=100.0)
    doorway.note(7, returns_in=2.0, hidden=False, monotonic=104.0)
    assert doorway.knows(7, 109.0)
    assert not doorway.knows(7, 109.5), "no longer than what was handed in holds it"
    assert doorway.hand_in() == (Knock(7, 2.0),)
    assert doorway.hand_in() == ()


def test_who_is_told_to_come_is_held_for_four_seconds(doorway: Doorway) -> None:
    doorway.heard(answer("go"), returns_in=10.0, hidden=False, monotonic=100.0)
    assert doorway.knows(7, 102.9)
    assert not doorway.knows(7, 103.0)


def test_a_hidden_page_is_held_until_it_returns(doorway: Doorway) -> None:
    doorway.heard(answer("next"), returns_in=1.0, hidden=True, monotonic=100.0)
    assert doorway.knows(7, 160.0)


@pytest.mark.parametrize("verdict", ["entered", "spent", "missed"])
def test_whoever_came_in_or_may_not_is_forgotten(doorway: Doorway, verdict: Verdict) -> None:
    doorway.heard(answer("next"), returns_in=2.0, hidden=False, monotonic=100.0)
    doorway.heard(answer(verdict), returns_in=2.0, hidden=False, monotonic=101.0)
    assert not doorway.knows(7, 101.0)


def test_what_cannot_be_handed_in_is_not_believed_to_be_known(doorway: Doorway) -> None:
    for position in range(1, KNOCKS_MOST + 2):
        doorway.note(position, returns_in=2.0, hidden=False, monotonic=100.0)
    assert doorway.knows(KNOCKS_MOST, 100.0)
    assert not doorway.knows(KNOCKS_MOST + 1, 100.0)
    doorway.note(1, returns_in=4.0, hidden=False, monotonic=100.0)
    assert doorway.hand_in()[0] == Knock(1, 4.0)


def test_memory_is_bounded(doorway: Doorway) -> None:
    for position in range(1, KNOWN_MOST + 2):
        doorway.heard(answer("next", position), returns_in=2.0, hidden=False, monotonic=100.0)
    assert not doorway.knows(1, 100.0)
    assert doorway.knows(2, 100.0)
    doorway.forget_before(106.6)
    assert not doorway.knows(KNOWN_MOST, 100.0)


def test_after_a_reset_nothing_is_handed_in_for_those_who_have_the_same_positions(
    doorway: Doorway,
) -> None:
    doorway.note(7, returns_in=2.0, hidden=False, monotonic=100.0)
    doorway.forget()
    assert not doorway.knows(7, 100.0)
    assert doorway.hand_in() == ()
