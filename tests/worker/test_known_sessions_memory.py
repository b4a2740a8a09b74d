"""What one worker remembers of its guests is bounded, and threads may change it at once."""

from typing import Any

import pytest

from tests.support.clock import Clock
from tests.support.rooms import Room
from vwr_middleware.stores.memory.store import MemoryStore
from vwr_middleware.web.session import KnownSession, Session
from vwr_middleware.worker import known_sessions as module
from vwr_middleware.worker.known_sessions import IN_HAND_MOST, KnownSessions


def test_a_session_that_was_swept_away_is_known_by_its_name(clock: Clock) -> None:
    known_sessions = KnownSessions(clock)
    known_sessions.fresh_until = clock() + 10
    session = seen(known_sessions, "1-1", clock() + 5)
    known_sessions._known_sessions.clear()
    known_sessions.remember(b"other", session, clock() + 5)
    known_sessions.ended("1-1")
    assert known_sessions.recognise(b"other") is None


def seen(known_sessions: KnownSessions, name: str, until: float) -> Session:
    """A session that was seen, and whose request is answered."""
    stay = known_sessions.known_session(name)
    session = Session.__new__(Session)
    session.known_session, session.id = stay, name
    known_sessions.remember(name.encode(), session, until)
    return session


def test_memory_is_bounded_by_sessions_that_can_still_come(clock: Clock) -> None:
    known_sessions = KnownSessions(clock)
    for number in range(5000):
        seen(known_sessions, f"1-{number}", clock() + 10)
        clock.pass_by(0.1)
    assert len(known_sessions._known_sessions) < 2500
    assert len(known_sessions._known) < 2500


def test_a_session_whose_requests_are_in_hand_is_not_swept_away(clock: Clock) -> None:
    known_sessions = KnownSessions(clock)
    session = seen(known_sessions, "1-1", clock() + 5)
    session.known_session.in_hand = IN_HAND_MOST
    clock.pass_by(10)
    known_sessions._sweep()
    assert known_sessions.is_crowded("1-1")


def test_who_can_still_come_is_not_swept_away(clock: Clock) -> None:
    known_sessions = KnownSessions(clock)
    known_sessions.fresh_until = clock() + 10
    seen(known_sessions, "1-1", clock() + 5)
    known_sessions._sweep()
    assert known_sessions.recognise(b"1-1") is not None
    known_sessions.known_session("1-1").in_hand = 0  # that request is answered
    known_sessions._sweep()
    known_sessions.ended("1-1")
    assert known_sessions.recognise(b"1-1") is None


def test_a_store_of_another_time_makes_nobody_be_looked_at_again(clock: Clock) -> None:
    known_sessions, room = KnownSessions(clock), Room(MemoryStore(Clock(clock() + 1000)), clock)
    snapshot = room.look()
    known_sessions.read(snapshot, clock(), 1.0)
    seen(known_sessions, "1-1", clock() + 5)
    known_sessions.read(snapshot, clock(), 1.0)
    assert known_sessions.recognise(b"1-1") is not None


def test_beyond_its_bound_it_forgets_and_begins_anew(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KNOWN_MOST", 10)
    known_sessions = KnownSessions(clock)
    known_sessions.fresh_until = clock() + 10
    for number in range(11):
        seen(known_sessions, f"1-{number}", clock() + 10)
    assert known_sessions.recognise(b"1-3") is None
    assert known_sessions.recognise(b"1-10") is not None


def test_two_threads_may_sweep_at_once(clock: Clock) -> None:
    known_sessions, others = KnownSessions(clock), list[str]()

    class Past:
        in_hand, cookies = 0, ""

        @property
        def until(self) -> float:
            if not others:
                others.append("another thread")
                known_sessions._sweep()
            return float("-inf")

    past: Any = Past()
    known_sessions._known_sessions = dict.fromkeys(("1-1", "1-2", "1-3"), past)
    known_sessions._sweep()
    assert (others, known_sessions._known_sessions) == (["another thread"], {})


def test_guests_come_while_all_are_forgotten(clock: Clock) -> None:
    known_sessions = KnownSessions(clock)

    class Forgotten(KnownSession):
        def __setattr__(self, name: str, value: object) -> None:
            if name == "until" and value == float("-inf"):
                known_sessions.known_session("1-2")  # in another thread
            super().__setattr__(name, value)

    known_sessions._known_sessions["1-1"] = Forgotten()
    known_sessions._known_sessions.pop("1-2")
    known_sessions.forget()
    assert known_sessions._known_sessions.keys() == {"1-1", "1-2"}


def test_all_are_forgotten_while_one_is_remembered(clock: Clock) -> None:
    known_sessions = KnownSessions(clock)
    known_sessions.fresh_until = clock() + 10

    class Meanwhile(dict[Any, Session]):
        def __setitem__(self, cookies: Any, session: Session) -> None:
            known_sessions.forget()  # in another thread, which has read that the mode is another
            super().__setitem__(cookies, session)

    known_sessions._known = Meanwhile()
    seen(known_sessions, "1-1", clock() + 5)
    assert known_sessions.recognise(b"1-1") is None


def test_who_is_over_is_known_by_no_header_though_two_threads_have_noted_one_each(
    clock: Clock,
) -> None:
    known_sessions = KnownSessions(clock)
    known_sessions.fresh_until = clock() + 10
    session = seen(known_sessions, "1-1", clock() + 5)
    known_sessions._known[b"other"] = session  # as if both had looked for an earlier one first
    assert known_sessions.recognise(b"other") is session
    known_sessions.ended("1-1")
    assert known_sessions.recognise(b"1-1") is known_sessions.recognise(b"other") is None
