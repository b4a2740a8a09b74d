"""Which part of those who come in buys, while those who do not leave without a word."""

from math import exp

import pytest

from tests.support.clock import Clock
from tests.worker.test_stock_odds import sale
from vwr_middleware.worker.stock_buyers import SPAN, Sales, by_the_log, with_row

SESSION = 600.0


def silent(share: float, mean: float, until: int, per_second: float = 1.0) -> list[Sales]:
    """The log of a room into which people come evenly. Buyers leave after a time; nobody else ends
    before the session does."""
    rows = []
    for at in range(0, until + 1, 10):
        still = mean * (1 - exp(-at / mean))
        come, bought = per_second * at, per_second * share * (at - still)
        rows.append(Sales(at, round(come), round(bought), round(bought), round(come - bought)))
    return rows


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
@pytest.mark.parametrize("mean", [30.0, 60.0, 120.0])
def test_the_share_is_found_while_nobody_else_has_ended(share: float, mean: float) -> None:
    buyers = by_the_log(silent(share, mean, 300), SESSION)
    assert buyers is not None
    found = buyers.bought / (buyers.bought + buyers.not_bought)
    assert found == pytest.approx(share, abs=0.15), "of those who have ended all have bought"


def test_in_the_first_minute_hardly_anything_is_known() -> None:
    early, late = (by_the_log(silent(0.5, 60, until), SESSION) for until in (40, 400))
    assert early is not None and late is not None
    assert early.bought + early.not_bought < (late.bought + late.not_bought) / 3


def test_without_a_log_or_a_purchase_it_is_not_known() -> None:
    assert by_the_log([], SESSION) is None
    assert by_the_log(silent(0.5, 60, 20), SESSION) is None
    assert by_the_log(silent(0.0, 60, 300), SESSION) is None


def test_who_has_ended_has_had_the_time() -> None:
    rows = [row._replace(ended=row.claimed) for row in silent(0.5, 60, 300)]
    buyers = by_the_log(rows, SESSION)
    assert buyers is not None and buyers.bought + buyers.not_bought > 60


def test_the_log_has_a_row_in_ten_seconds_and_an_end(clock: Clock) -> None:
    rows: tuple[Sales, ...] = ()
    for _ in range(2000):
        rows = with_row(rows, sale(clock, 200).snapshot)
        clock.pass_by(1)
    assert SPAN / 10 <= len(rows) <= SPAN / 10 + 1
    assert rows[-1].at - rows[0].at <= SPAN


def test_the_log_begins_anew_when_nothing_is_left_or_less_was_counted(clock: Clock) -> None:
    rows = with_row((), sale(clock, 200).snapshot)
    clock.pass_by(10)
    rows = with_row(rows, sale(clock, 200).snapshot)
    assert len(rows) == 2
    clock.pass_by(10)
    assert len(with_row(rows, sale(clock, 0).snapshot)) == 1
    assert len(with_row(rows, sale(clock, 200, totals={"claimed": 5}).snapshot)) == 1
    assert with_row(rows, sale(clock, None).snapshot) == ()
