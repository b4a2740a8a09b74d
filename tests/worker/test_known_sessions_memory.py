"""What one worker remembers of its guests is bounded, and threads may change it at once."""

from typing import Any

import pytest

from tests.support.clock import Clock
from tests.support.rooms import Room
from vwr_middleware.stores.memory.store import MemoryStore
from vwr_middleware.web.session import Session, Stay
from vwr_middleware.worker import known_sessions as module
from vwr_middleware.worker.known_sessions import IN_HAND_MOST, Guests


def test_a_session_that_was_swept_away_is_known_by_its_name(clock: Clock) -> None:
    guests = Guests(clock)
    guests.fresh_until = clock() + 10
    session = seen(guests, "1-1", clock() + 5)
    guests._stays.clear()
    guests.remember(b"other", session, clock() + 5)
    guests.ended("1-1")
    assert guests.greet(b"other") is None


def seen(guests: Guests, name: str, until: float) -> Session:
    """A session that was seen, and whose request is answered."""
    stay = guests.stay(name)
    session = Session.__new__(Session)
    session.stay, session.id = stay, name
    guests.remember(name.encode(), session, until)
    return session


def test_memory_is_bounded_by_sessions_that_can_still_come(clock: Clock) -> None:
    guests = Guests(clock)
    for number in range(5000):
        seen(guests, f"1-{number}", clock() + 10)
        clock.pass_by(0.1)
    assert len(guests._stays) < 2500
    assert len(guests._known) < 2500


def test_a_session_whose_requests_are_in_hand_is_not_swept_away(clock: Clock) -> None:
    guests = Guests(clock)
    session = seen(guests, "1-1", clock() + 5)
    session.stay.in_hand = IN_HAND_MOST
    clock.pass_by(10)
    guests._sweep()
    assert guests.is_crowded("1-1")


def test_who_can_still_come_is_not_swept_away(clock: Clock) -> None:
    guests = Guests(clock)
    guests.fresh_until = clock() + 10
    seen(guests, "1-1", clock() + 5)
    guests._sweep()
    assert guests.greet(b"1-1") is not None
    guests.stay("1-1").in_hand = 0  # that request is answered
    guests._sweep()
    guests.ended("1-1")
    assert guests.greet(b"1-1") is None


def test_a_store_of_another_time_makes_nobody_be_looked_at_again(clock: Clock) -> None:
    guests, room = Guests(clock), Room(MemoryStore(Clock(clock() + 1000)), clock)
    snapshot = room.look()
    guests.read(snapshot, clock(), 1.0)
    seen(guests, "1-1", clock() + 5)
    guests.read(snapshot, clock(), 1.0)
    assert guests.greet(b"1-1") is not None


def test_beyond_its_bound_it_forgets_and_begins_anew(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KNOWN_MOST", 10)
    guests = Guests(clock)
    guests.fresh_until = clock() + 10
    for number in range(11):
        seen(guests, f"1-{number}", clock() + 10)
    assert guests.greet(b"1-3") is None
    assert guests.greet(b"1-10") is not None


def test_two_threads_may_sweep_at_once(clock: Clock) -> None:
    guests, others = Guests(clock), list[str]()

    class Past:
        in_hand, cookies = 0, ""

        @property
        def until(self) -> float:
            if not others:
                others.append("another thread")
                guests._sweep()
            return float("-inf")

    past: Any = Past()
    guests._stays = dict.fromkeys(("1-1", "1-2", "1-3"), past)
    guests._sweep()
    assert (others, guests._stays) == (["another thread"], {})


def test_guests_come_while_all_are_forgotten(clock: Clock) -> None:
    guests = Guests(clock)

    class Forgotten(Stay):
        def __setattr__(self, name: str, value: object) -> None:
            if name == "until" and value == float("-inf"):
                guests.stay("1-2")  # in another thread
            super().__setattr__(name, value)

    guests._stays["1-1"] = Forgotten()
    guests._stays.pop("1-2")
    guests.forget()
    assert guests._stays.keys() == {"1-1", "1-2"}


def test_all_are_forgotten_while_one_is_remembered(clock: Clock) -> None:
    guests = Guests(clock)
    guests.fresh_until = clock() + 10

    class Meanwhile(dict[Any, Session]):
        def __setitem__(self, cookies: Any, session: Session) -> None:
            guests.forget()  # in another thread, which has read that the mode is another
            super().__setitem__(cookies, session)

    guests._known = Meanwhile()
    seen(guests, "1-1", clock() + 5)
    assert guests.greet(b"1-1") is None


def test_who_is_over_is_known_by_no_header_though_two_threads_have_noted_one_each(
    clock: Clock,
) -> None:
    guests = Guests(clock)
    guests.fresh_until = clock() + 10
    session = seen(guests, "1-1", clock() + 5)
    guests._known[b"other"] = session  # as if both had looked for an earlier one first
    assert guests.greet(b"other") is session
    guests.ended("1-1")
    assert guests.greet(b"1-1") is guests.greet(b"other") is None
