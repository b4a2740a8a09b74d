"""Shares of lanes: which can be, and what is said of those that cannot."""

import pytest

from vwr_middleware.settings.lane_kinds import lanes
from vwr_middleware.settings.slow_kinds import share


@pytest.mark.parametrize("given", [0.01, 0.07, 0.14, 0.28, 0.29, 0.5])
def test_every_hundredth_is_a_share(given: float) -> None:
    assert (share.check(given), dict(lanes.check({"members": given}))) == (
        given,
        {"members": given},
    )


@pytest.mark.parametrize("given", [float("inf"), float("nan"), 1e308, 10**400, 0.155, True, "0.1"])
def test_what_is_no_share_is_refused_with_the_fix(given: object) -> None:
    with pytest.raises(ValueError, match="in whole hundredths"):
        share.check(given)
    with pytest.raises(ValueError, match="in whole hundredths"):
        lanes.check({"members": given})
