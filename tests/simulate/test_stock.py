"""How true the odds are that people in line are told, held against what came."""

from random import Random
from typing import Any

import pytest

from vwr_middleware.settings import RoomSettings
from vwr_middleware.simulate import Crowd, Scenario, simulate
from vwr_middleware.simulate.arrivals import burst
from vwr_middleware.simulate.scenario import StockModel
from vwr_middleware.simulate.stock import ToldOdds, brier, reliability

pytestmark = pytest.mark.long


def sale(
    seed: int, visitors: int = 400, active: int = 20, silent: float = 0.0, **stock: Any
) -> list[ToldOdds]:
    """What people were told in a sale, and what came."""
    room = RoomSettings(paths=["/"], max_active=active, mode="queue", session_seconds=300)
    crowd = Crowd(arrivals=burst(visitors, seed=seed), visit=60, gives_up=0.2, silent=silent)
    scenario = Scenario(
        room=room, crowd=crowd, stock=StockModel(**stock), workers=1, seed=seed, until=1500
    )
    return simulate(scenario).told_odds()


def test_a_score_is_that_of_brier() -> None:
    told = [ToldOdds(8, True), ToldOdds(2, False), ToldOdds(5, True), ToldOdds(10, False)]
    assert brier(told) == pytest.approx((0.04 + 0.04 + 0.25) / 3)
    assert brier([ToldOdds(10, True)]) is None
    assert reliability(told)[8] == (1, 1.0)


def test_what_is_nearly_certain_comes() -> None:
    told = sale(1, left=120, buys=0.6)
    sure, hopeless = ([t.reached for t in told if t.tenths == n] for n in (10, 0))
    assert len(sure) > 50 and sum(sure) / len(sure) >= 0.85
    assert len(hopeless) > 50 and sum(hopeless) / len(hopeless) <= 0.1


def silent_sales(visitors: int, active: int, seeds: int) -> list[ToldOdds]:
    """What people were told where many of those who do not buy leave without a word."""
    told, random = list[ToldOdds](), Random(5)
    for seed in range(1, seeds + 1):
        silent, buys = (1.0, 0.5, 0.8)[seed % 3], random.uniform(0.3, 0.8)
        left = round(0.8 * visitors * buys * random.uniform(0.3, 1.1))
        told += sale(seed, visitors, active, silent, left=left, buys=buys)
    return told


@pytest.mark.simulate
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("visitors", "active", "seeds"), [(150, 15, 7), (1500, 200, 7), (15_000, 5000, 3)]
)
def test_the_odds_are_worth_more_than_a_guess(
    visitors: int, active: int, seeds: int, capsys: pytest.CaptureFixture[str]
) -> None:
    told = silent_sales(visitors, active, seeds)
    score, of_all = brier(told), brier(told, 0, 10)
    with capsys.disabled():
        print(f"\n{active} slots: Brier score {score}, of all {of_all}, {len(told)} told;")
        print(f"   by tenths {reliability(told)}")
    assert score is None or score < 0.25
    assert of_all is not None and of_all < 0.11
    sure = [each.reached for each in told if each.tenths == 10]
    hopeless = [each.reached for each in told if each.tenths == 0]
    assert sum(sure) > 0.95 * len(sure) and sum(hopeless) < 0.08 * len(hopeless)
