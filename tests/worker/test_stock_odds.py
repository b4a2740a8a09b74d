"""The odds of what is left, worked out of a snapshot."""

from typing import Any

import pytest

from tests.support.clock import Clock
from tests.worker.test_wait_estimates import snapshot
from vwr_middleware.line.constants import POSITIONS_MOST, STOCK_TRUSTED
from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.stock_odds import (
    Odds,
    left_now,
    odds_of,
    public,
    reach_of,
    share_of,
    units_of,
    word_of,
)


def sale(clock: Clock, left: int | None, **given: Any) -> CurrentRoom:
    """A room of 100 that has let in 600, of whom 300 have bought and 200 have not. In line are
    1000, half of them present."""
    totals = {"claimed": 600, "completed": 300, "abandoned": 100, "expired": 100, "revoked": 0}
    values: dict[str, Any] = {
        "totals": {**totals, **given.pop("totals", {})},
        "stock_left": left, "stock_at": clock(), "stock_counted": 300, "expected": 0.0,
        "rules": snapshot(clock).rules | given.pop("rules", {}),
    }  # fmt: skip
    return snapshot(clock, **(values | given))


def tenths(room: CurrentRoom, position: int) -> int:
    odds = odds_of(room, position)
    assert odds is not None
    return odds.tenths


def test_a_chance_is_told_in_a_word_and_in_json() -> None:
    words = [word_of(tenths) for tenths in range(11)]
    assert words == [*["unlikely"] * 4, *["maybe"] * 3, *["likely"] * 3, "yes"]
    assert word_of(0, is_spoken_for=True) == "spoken_for"
    assert Odds("maybe", 6).as_json == '{"likely":"maybe","chance":0.6}'


def test_while_nobody_has_said_it_nothing_is_told(clock: Clock) -> None:
    room = sale(clock, None)
    assert odds_of(room, 1300) is None and left_now(room.snapshot) is None
    assert reach_of(room) == () and public(room) == {}


def test_the_chance_falls_along_the_line(clock: Clock) -> None:
    room = sale(clock, 200)
    chances = [tenths(room, position) for position in range(1201, 2200, 50)]
    assert chances == sorted(chances, reverse=True)
    assert (chances[0], chances[-1]) == (10, 0)
    assert 4 <= tenths(room, 1201 + 2 * 275) <= 6, "six in ten buy, and half are there"


def test_the_chance_grows_with_what_is_left_and_falls_with_those_who_buy(clock: Clock) -> None:
    at = 1600
    assert (
        tenths(sale(clock, 100), at) < tenths(sale(clock, 150), at) < tenths(sale(clock, 200), at)
    )
    few = sale(clock, 150, totals={"completed": 50, "abandoned": 350}, stock_counted=50)
    assert tenths(few, at) > tenths(sale(clock, 150), at)
    assert (share_of(few) or 1) < 0.2 < 0.5 < (share_of(sale(clock, 150)) or 0)


def test_who_is_inside_and_who_is_called_may_buy_first(clock: Clock) -> None:
    spoken_for = sale(clock, 20)
    assert odds_of(spoken_for, 1201) == Odds("spoken_for", 0)
    assert public(spoken_for)["stock"] == {"likely": "spoken_for", "reach": [0] * 10}
    assert tenths(sale(clock, 20, active=0), 1201) == 10
    assert tenths(sale(clock, 20, active=0, expected=80.0), 1201) < 3


def test_buyers_of_several_take_more(clock: Clock) -> None:
    pairs = sale(clock, 300, stock_fell=600.0, stock_bought=300.0)
    assert units_of(pairs.snapshot) == pytest.approx(2, abs=0.02)
    assert tenths(pairs, 1650) < tenths(sale(clock, 300), 1650)
    assert units_of(sale(clock, 300).snapshot) == 1


def test_an_app_that_tells_of_nobody_is_judged_by_what_goes(clock: Clock) -> None:
    totals = {"completed": 0, "expired": 500, "abandoned": 0}
    silent = sale(clock, 200, totals=totals, stock_counted=0, stock_fell=300.0)
    assert share_of(silent) == pytest.approx(share_of(sale(clock, 200)) or 0, abs=0.01)


def test_what_was_bought_since_is_taken_off_but_never_all_of_it(clock: Clock) -> None:
    assert left_now(sale(clock, 200, stock_counted=250).snapshot) == 150
    assert left_now(sale(clock, 20, stock_counted=250).snapshot) == 1
    assert left_now(sale(clock, 0, stock_counted=250).snapshot) == 0


def test_nothing_is_left_where_that_was_said(clock: Clock) -> None:
    room = sale(clock, 0)
    assert odds_of(room, 1300) == odds_of(room, None) == Odds("no", 0)
    assert public(room)["stock"] == {"likely": "no", "reach": []}


def test_an_old_number_counts_only_if_an_operator_said_it(clock: Clock) -> None:
    old = {"stock_at": clock() - STOCK_TRUSTED - 1}
    assert odds_of(sale(clock, 200, **old), 1300) is None
    by_hand = sale(clock, 200, **old, rules={"stock_left": 200})
    assert tenths(by_hand, 1300) == 10


@pytest.mark.parametrize("queue", [2200, 3000])
def test_whoever_is_far_back_works_out_the_same_from_the_public_numbers(
    clock: Clock, queue: int
) -> None:
    room = sale(clock, 200, queue=queue, seen_ahead=600)
    reach = reach_of(room)
    assert list(reach) == sorted(reach, reverse=True) and len(reach) == 10
    for position in range(1201, queue, 37):
        worked_out = sum(last >= position for last in reach)
        assert worked_out <= tenths(room, position), "rounding down promises nothing more"
        assert worked_out >= tenths(room, position + (position - 1200) // 8 + 1)


def test_where_there_is_enough_for_all_the_reach_has_an_end(clock: Clock) -> None:
    assert set(reach_of(sale(clock, POSITIONS_MOST, queue=1200, serving=1200))) == {POSITIONS_MOST}


def test_how_much_is_left_is_public_only_where_that_is_wanted(clock: Clock) -> None:
    assert "left" not in public(sale(clock, 200))["stock"]
    assert public(sale(clock, 200, rules={"public_stock": True}))["stock"]["left"] == 200


def test_before_anything_is_measured_most_is_open(clock: Clock) -> None:
    totals = dict.fromkeys(("claimed", "completed", "abandoned", "expired"), 0)
    fresh = sale(clock, 50, totals=totals, stock_counted=0, active=0, flow_log=[])
    assert share_of(fresh) == 0.5
    assert 3 <= tenths(fresh, 1401) <= 7
