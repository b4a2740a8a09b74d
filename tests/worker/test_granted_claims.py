"""What a worker says again to those whose claim was granted a moment ago."""

from typing import Any

from vwr_middleware.line.messages import Turn
from vwr_middleware.worker.called import HELD_FOR, GrantedClaims, LastMoments


def granted(position: int, expires_in: float) -> Turn:
    """The store's answer to a claim."""
    events = (("claimed", f"1-{position}"),)
    return Turn(
        "entered",
        100.0,
        generation=1,
        position=position,
        expires_at=100 + expires_in,
        events=events,
    )


def test_an_answer_is_said_again_for_a_moment_without_its_events() -> None:
    granted_claims = GrantedClaims()
    granted_claims.note(granted(7, 60), 10.0)
    said = granted_claims.of(1, 7, 10 + HELD_FOR - 0.1)
    assert said is not None and (said.position, said.events) == (7, ())
    assert granted_claims.of(1, 7, 10 + HELD_FOR) is None
    assert granted_claims.of(2, 7, 10.0) is None, "another generation's 7 is somebody else"
    assert granted_claims.of(1, 8, 10.0) is None


def test_nothing_is_said_again_of_a_session_that_has_run_out() -> None:
    granted_claims = GrantedClaims()
    granted_claims.note(granted(7, 2), 10.0)
    assert granted_claims.of(1, 7, 11.9) is not None
    assert granted_claims.of(1, 7, 12.0) is None


def test_only_the_last_answers_are_kept() -> None:
    granted_claims = GrantedClaims()
    for position, moment in ((7, 10.0), (8, 11.0), (7, 12.0)):
        granted_claims.note(granted(position, 60), moment)
    granted_claims.forget_before(11.5 + HELD_FOR)
    assert list(granted_claims) == [7]


class EmptiedMeanwhile(LastMoments[int]):
    """Another thread takes the last one away while this one looks for the oldest."""

    def values(self) -> Any:
        self.clear()
        return super().values()


class GrantsEmptiedMeanwhile(GrantedClaims):
    """The same of answers."""

    def values(self) -> Any:
        self.clear()
        return super().values()


def test_another_thread_may_take_the_last_one_away_meanwhile() -> None:
    noted, granted_claims = EmptiedMeanwhile(), GrantsEmptiedMeanwhile()
    noted.note(7, 10.0)
    noted.forget_before(9.0)
    granted_claims.note(granted(7, 60), 10.0)
    granted_claims.forget_before(11.0)
    assert not noted and not granted_claims
