"""Quiet hours, as they are set."""

from datetime import datetime

import pytest

from vwr_middleware.errors import ConfigurationError
from vwr_middleware.settings import RoomSettings
from vwr_middleware.settings.quiet_hours import EXAMPLE, QuietHours


def at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


@pytest.mark.parametrize(
    ("now", "began", "over"),
    [
        ("2026-12-01T23:00+01:00", "2026-12-01T22:00+01:00", "2026-12-02T08:00+01:00"),
        ("2026-12-02T07:59+01:00", "2026-12-01T22:00+01:00", "2026-12-02T08:00+01:00"),
        ("2026-12-02T12:00+01:00", "2026-12-01T22:00+01:00", "2026-12-02T08:00+01:00"),
        ("2026-12-02T22:00+01:00", "2026-12-02T22:00+01:00", "2026-12-03T08:00+01:00"),
        # Summer time begins in that night, which is an hour shorter.
        ("2026-03-29T04:00+02:00", "2026-03-28T22:00+01:00", "2026-03-29T08:00+02:00"),
    ],
)
def test_the_latest_quiet_hours_are_those_of_the_zone(now: str, began: str, over: str) -> None:
    assert QuietHours(EXAMPLE).latest(at(now)) == (at(began), at(over))


def test_quiet_hours_may_lie_within_a_day() -> None:
    noon = QuietHours("12:00-13:30 UTC")
    assert noon.latest(at("2026-12-01T13:00+00:00"))[0] == at("2026-12-01T12:00+00:00")
    assert noon.latest(at("2026-12-01T11:00+00:00"))[0] == at("2026-11-30T12:00+00:00")


@pytest.mark.parametrize(
    ("begins", "hours", "ends"),
    [
        ("2026-12-01T10:00+01:00", 4, "2026-12-01T14:00+01:00"),
        ("2026-12-01T20:00+01:00", 4, "2026-12-02T10:00+01:00"),
        ("2026-12-01T23:00+01:00", 4, "2026-12-02T12:00+01:00"),
        ("2026-12-01T20:00+01:00", 2, "2026-12-01T22:00+01:00"),
        ("2026-12-01T20:00+01:00", 20, "2026-12-03T12:00+01:00"),
    ],
)
def test_a_turn_ends_when_its_hours_have_passed(begins: str, hours: int, ends: str) -> None:
    assert QuietHours(EXAMPLE).end_of(at(begins), hours * 3600) == at(ends)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("at night", "must be like"),
        (7, "must be like"),
        ("25:00-08:00 UTC", "a time that no day has"),
        ("08:00-08:00 UTC", "must leave some of the day"),
        ("22:00-08:00 Europe/Nowhere", "pip install tzdata"),
        ("22:00-08:00 ../../etc/passwd", "pip install tzdata"),
    ],
)
def test_quiet_hours_that_name_none_are_refused(given: object, why: str) -> None:
    with pytest.raises(ConfigurationError, match=f"quiet_hours .*{why}"):
        RoomSettings(paths="/", quiet_hours=given)
