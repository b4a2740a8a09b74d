"""The adaptive strategy on a simulated day on which some of the app's servers fail."""

from itertools import pairwise
from statistics import mean, pstdev

import pytest

from tests.support.simulated import latencies
from vwr_middleware.adaptive import Adaptive
from vwr_middleware.settings import RoomSettings
from vwr_middleware.simulate import AppModel, Crowd, Result, Scenario, simulate
from vwr_middleware.simulate.arrivals import burst

SERVERS, SERVICE = 10, 0.2  # each takes so many seconds for a page
FAILS, BACK, END = 400.0, 750.0, 1050.0  # half of the servers are away in between


def bad_day() -> Result:
    strategy = Adaptive(target=3 * SERVICE, floor=5, ceiling=300)
    room = RoomSettings(paths=["/"], max_active=300, mode="queue", inlet=[strategy])
    changes = ((FAILS, SERVERS // 2), (BACK, SERVERS))
    app = AppModel(servers=SERVERS, service=SERVICE, changes=changes)
    crowd = Crowd(arrivals=burst(1900, 30))
    return simulate(Scenario(room=room, crowd=crowd, app=app, until=END, workers=2))


def cut_moments(result: Result) -> list[float]:
    counts = [(s.at, s.adaptive.get("cuts", 0)) for s in result.samples]
    return [at for (_, before), (at, now) in pairwise(counts) if now > before]


def part_in_use(result: Result, since: float, until: float, servers: int) -> float:
    """The part of what so many servers could have answered in this time."""
    return len(latencies(result, since, until)) / ((until - since) * servers / SERVICE)


# Several processes share the tests, and each that judged the day would simulate it for itself.
@pytest.mark.thorough  # it takes seconds, and what one step decides is tried in tests/worker
def test_the_limit_follows_what_an_app_can_bear_while_half_of_it_fails() -> None:
    day = bad_day()
    assert day.overshoot == 0
    assert min(at for at in cut_moments(day) if at > FAILS) <= FAILS + 10, "it is noticed at once"

    # The overload is over as soon as people have left.
    assert mean(latencies(day, FAILS, FAILS + 120)) > 3 * SERVICE, "those inside stay"
    assert mean(latencies(day, FAILS + 120, BACK)) < 3 * SERVICE

    # The capacity that there is is used.
    assert part_in_use(day, 200, FAILS, SERVERS) >= 0.8
    assert part_in_use(day, BACK - 200, BACK, SERVERS // 2) >= 0.7
    assert part_in_use(day, END - 200, END, SERVERS) >= 0.8

    # The limit does not swing while nothing changes.
    assert len([at for at in cut_moments(day) if 200 < at < FAILS]) <= 3
    steady = [sample.active for sample in day.samples if 200 < sample.at < FAILS]
    assert pstdev(steady) < 0.12 * mean(steady)

    # An operator sees the limit and its reason.
    told = day.samples[-1].adaptive
    assert told["limit"] > 5
    assert told["reason"]
    assert told["signal"] >= 0
