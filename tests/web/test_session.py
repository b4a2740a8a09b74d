"""The session that an app finds with a request."""

from typing import Any

import pytest

from tests.support.tokens import TOKEN
from vwr_middleware.web.session import KnownSession, Session


class Gate:
    """As much of a gate as a session asks of it."""

    room_name = "main"

    def __init__(self) -> None:
        self.ended: list[tuple[Session, str]] = []

    def now(self) -> float:
        return TOKEN.expires_at - 90.5

    def mark_ended(self, session: Session, how: str) -> None:
        self.ended.append((session, how))


@pytest.fixture
def gate() -> Any:
    return Gate()


def test_it_knows_what_its_token_says(gate: Gate) -> None:
    session = Session(gate, TOKEN, KnownSession())  # type: ignore[arg-type]
    assert (session.room, session.room_id, session.id) == ("main", TOKEN.room_id, "3-40000")
    assert (session.generation, session.position) == (3, 40_000)
    assert (session.expires_at, session.seconds_left) == (TOKEN.expires_at, 90.5)
    assert not session.is_new
    assert repr(session) == "<Session 3-40000 of room main>"


@pytest.mark.parametrize(("end", "how"), [("complete", "completed"), ("abandon", "abandoned")])
def test_the_app_may_end_it(gate: Gate, end: str, how: str) -> None:
    session = Session(gate, TOKEN, KnownSession(), is_new=True)  # type: ignore[arg-type]
    assert (session.is_new, session.has_ended) == (True, False)
    getattr(session, end)()
    assert session.has_ended
    assert gate.ended == [(session, how)]
