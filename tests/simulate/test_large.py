"""The figures at 100,000 visitors; `make simulate` runs them, and prints what it finds."""

import json
import time

import pytest

from vwr_middleware.settings import RoomSettings
from vwr_middleware.simulate import Crowd, Scenario, simulate
from vwr_middleware.simulate.arrivals import burst
from vwr_middleware.simulate.summary import figures

pytestmark = [pytest.mark.simulate, pytest.mark.timeout(900)]


@pytest.mark.parametrize("visit", [120, 480])
@pytest.mark.parametrize(("absent", "gives_up"), [(0.0, 0.0), (0.5, 0.0), (0.0, 0.5), (0.0, 0.9)])
def test_a_hundred_thousand(
    absent: float, gives_up: float, visit: float, capsys: pytest.CaptureFixture[str]
) -> None:
    crowd = Crowd(
        arrivals=burst(100_000),
        visit=visit,
        absent=absent,
        gives_up=gives_up,
        sleepers=0.2,
        no_script=0.05,
    )
    room = RoomSettings(paths=["/"], max_active=500)
    # Four hours of the longest lines show all that there is to see.
    began = time.process_time()
    result = simulate(Scenario(room=room, crowd=crowd, until=4 * 3600))
    found = figures(result)
    with capsys.disabled():
        spent = round(time.process_time() - began, 1)
        print(f"\nabsent {absent}, give up {gives_up}, visits {visit} s, {spent} s of CPU")
        print(json.dumps(found))
    assert found["over_the_limit"] == found["out_of_order"] == 0
    assert sorted(result.positions) == list(range(1, 100_001))
    assert found["used"] >= 0.97
