"""What a worker remembers of called visitors who found no slot."""

import pytest

from vwr_middleware.line.messages import Knock, Turn, Verdict
from vwr_middleware.worker.called import KNOCKS_MOST, KNOWN_MOST, HeldSlots


def answer(verdict: Verdict, position: int = 7) -> Turn:
    return Turn(verdict, 0.0, position=position)


@pytest.fixture
def held_slots() -> HeldSlots:
    return HeldSlots()


def test_a_place_is_known_while_the_store_holds_it(held_slots: HeldSlots) -> None:
    assert not held_slots.knows(7, 100.0)
    held_slots.heard(
        answer("next"), returns_in=2.0, hidden=False, monotonic=100.0
    )  # held for 6.5 s
    assert held_slots.knows(7, 105.4)
    assert not held_slots.knows(7, 105.5), "what is noted now may reach the store too late"
    assert not held_slots.knows(8, 100.0)


def test_what_is_noted_keeps_the_place(held_slots: HeldSlots) -> None:
    held_slots.heard(answer("next"), returns_in=2.0, hidden=False, monotonic=100.0)
    held_slots.note(7, returns_in=2.0, hidden=False, monotonic=104.0)
    assert held_slots.knows(7, 109.0)
    assert not held_slots.knows(7, 109.5), "no longer than what was handed in holds it"
    assert held_slots.hand_in() == (Knock(7, 2.0),)
    assert held_slots.hand_in() == ()


def test_who_is_told_to_come_is_held_for_four_seconds(held_slots: HeldSlots) -> None:
    held_slots.heard(answer("go"), returns_in=10.0, hidden=False, monotonic=100.0)
    assert held_slots.knows(7, 102.9)
    assert not held_slots.knows(7, 103.0)


def test_a_hidden_page_is_held_until_it_returns(held_slots: HeldSlots) -> None:
    held_slots.heard(answer("next"), returns_in=1.0, hidden=True, monotonic=100.0)
    assert held_slots.knows(7, 160.0)


@pytest.mark.parametrize("verdict", ["entered", "spent", "missed"])
def test_whoever_came_in_or_may_not_is_forgotten(held_slots: HeldSlots, verdict: Verdict) -> None:
    held_slots.heard(answer("next"), returns_in=2.0, hidden=False, monotonic=100.0)
    held_slots.heard(answer(verdict), returns_in=2.0, hidden=False, monotonic=101.0)
    assert not held_slots.knows(7, 101.0)


def test_what_cannot_be_handed_in_is_not_believed_to_be_known(held_slots: HeldSlots) -> None:
    for position in range(1, KNOCKS_MOST + 2):
        held_slots.note(position, returns_in=2.0, hidden=False, monotonic=100.0)
    assert held_slots.knows(KNOCKS_MOST, 100.0)
    assert not held_slots.knows(KNOCKS_MOST + 1, 100.0)
    held_slots.note(1, returns_in=4.0, hidden=False, monotonic=100.0)
    assert held_slots.hand_in()[0] == Knock(1, 4.0)


def test_memory_is_bounded(held_slots: HeldSlots) -> None:
    for position in range(1, KNOWN_MOST + 2):
        held_slots.heard(answer("next", position), returns_in=2.0, hidden=False, monotonic=100.0)
    assert not held_slots.knows(1, 100.0)
    assert held_slots.knows(2, 100.0)
    held_slots.forget_before(106.6)
    assert not held_slots.knows(KNOWN_MOST, 100.0)


def test_after_a_reset_nothing_is_handed_in_for_those_who_have_the_same_positions(
    held_slots: HeldSlots,
) -> None:
    held_slots.note(7, returns_in=2.0, hidden=False, monotonic=100.0)
    held_slots.forget()
    assert not held_slots.knows(7, 100.0)
    assert held_slots.hand_in() == ()
