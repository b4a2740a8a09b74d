"""The adaptive strategy on a simulated day on which some of the app's servers fail."""

from dataclasses import replace
from itertools import pairwise
from statistics import mean

import pytest

from tests.support.simulated import latencies
from vwr_middleware.adaptive import Adaptive
from vwr_middleware.settings import RoomSettings
from vwr_middleware.simulate import AppModel, Crowd, Result, Scenario, simulate
from vwr_middleware.simulate.arrivals import burst

SERVICE = 0.2  # seconds for a page, on each of ten servers


@pytest.fixture(scope="module")
def bad_day() -> Result:
    """Half of the servers fail after 600 seconds and are back after 1000."""
    strategy = Adaptive(target=3 * SERVICE, floor=5, ceiling=300)
    room = RoomSettings(paths=["/"], max_active=300, mode="queue", inlet=[strategy])
    app = AppModel(servers=10, service=SERVICE, changes=((600, 5), (1000, 10)))
    crowd = Crowd(arrivals=burst(2500, 30))
    return simulate(Scenario(room=room, crowd=crowd, app=app, until=1400))


def cut_moments(result: Result) -> list[float]:
    counts = [(s.at, s.adaptive.get("cuts", 0)) for s in result.samples]
    return [at for (_, before), (at, now) in pairwise(counts) if now > before]


def test_a_failing_app_is_noticed_within_ten_seconds(bad_day: Result) -> None:
    first = min(at for at in cut_moments(bad_day) if at > 600)
    assert first - 600 <= 10
    assert bad_day.overshoot == 0


def test_the_overload_is_over_as_soon_as_people_have_left(bad_day: Result) -> None:
    assert mean(latencies(bad_day, 720, 1000)) < 3 * SERVICE
    assert mean(latencies(bad_day, 600, 720)) > 3 * SERVICE, "those inside stay"


def test_the_capacity_that_there_is_is_used(bad_day: Result) -> None:
    each_second = 10 / SERVICE
    assert len(latencies(bad_day, 300, 600)) >= 0.8 * each_second * 300
    assert len(latencies(bad_day, 800, 1000)) >= 0.7 * each_second / 2 * 200
    assert len(latencies(bad_day, 1200, 1400)) >= 0.8 * each_second * 200


def test_the_limit_does_not_swing_while_nothing_changes(bad_day: Result) -> None:
    assert len([at for at in cut_moments(bad_day) if 300 < at < 600]) <= 3
    steady = [s.active for s in bad_day.samples if 300 < s.at < 600]
    mean = sum(steady) / len(steady)
    spread = (sum((active - mean) ** 2 for active in steady) / len(steady)) ** 0.5
    assert spread < 0.12 * mean


def test_an_operator_sees_the_limit_and_its_reason(bad_day: Result) -> None:
    sample = replace(bad_day.samples[-1])
    assert sample.adaptive["limit"] > 5
    assert sample.adaptive["reason"]
    assert sample.adaptive["signal"] >= 0
