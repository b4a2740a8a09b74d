"""A report and a replay of a day on which somebody set the clock of the store."""

from typing import Any

import pytest

from tests.support.clock import Clock
from tests.support.house import House, inside, make_house, waiting
from tests.support.panel import API_KEY
from vwr_middleware.report.moments import zone_of
from vwr_middleware.report.page import page
from vwr_middleware.report.replay import Wished, checked, replay
from vwr_middleware.stores.memory.store import MemoryStore


def goes_on(house: House, host: Clock, seconds: int) -> None:
    """Time passes on both clocks, and a worker reads the room."""
    for _ in range(seconds):
        host.pass_by(1)
        house.pass_by(1)


def asked(house: House, path: str) -> Any:
    answer = house.visitor(authorization=f"Bearer {API_KEY}").get(f"/vwr-admin/api{path}")
    assert answer.status == 200, answer.body
    return answer.json


@pytest.mark.parametrize("leap", [-600, 7200])
def test_the_correction_is_told_and_everybody_is_counted_once(clock: Clock, leap: int) -> None:
    host = Clock()
    store = MemoryStore(host)
    house = make_house(
        clock, store=store, monotonic=clock, max_active=1, day_log=100, admin_api_key=API_KEY
    )
    first, person = inside(house), waiting(house)
    goes_on(house, host, 70)
    host.pass_by(leap)
    goes_on(house, host, 3)
    waiting(house)
    goes_on(house, host, 70)
    assert first.open().has_passed and person.open().status in (200, 202)
    found = asked(house, "/rooms/main/report?since=3h")
    (corrected,) = found["clock_corrections"]
    assert corrected["seconds"] == pytest.approx(leap, abs=3)
    assert found["people"]["arrivals"] == 3
    assert f"was set {'back' if leap < 0 else 'forward'} by" in page(found, zone_of(""))
    assert found["until"] - found["from"] <= 240, "no hour that never was"
    rows = checked(asked(house, "/rooms/main/minutes?since=3h&step=60")["minutes"])
    assert sum(replay(rows).entries) == sum(row["entries"] for row in rows)
    assert max(replay(rows, Wished(1)).line) >= 1
