"""Settings of the slow lane that cannot be, and what is said of them."""

import pytest

from vwr_middleware.errors import ConfigurationError
from vwr_middleware.settings import RoomSettings
from vwr_middleware.web.http import Request


def robotic(request: Request) -> bool:
    return True


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"slow_lane": "nme"}, "or one of network, unsolved"),
        ({"slow_lane": "network", "joins_per_address": 30}, "joins_per_address (30) refuses"),
        ({"slow_lane": "network", "slow_joins_per_address": 0}, "a whole number from 1"),
        ({"slow_lane": "unsolved"}, 'slow_lane needs challenge="pow"'),
        ({"slow_lane": robotic, "lanes": {"slow": 0.1}}, "name yours another way"),
        ({"slow_lane": robotic, "lanes": {"members": 0.96}}, "give away all slots"),
        ({"slow_lane": robotic, "slow_share": 0}, "slow_share must be a part of 1"),
        ({"slow_lane": robotic, "appeal": "x"}, 'or the text "pow"'),
        ({"slow_lane": robotic, "aws_event": "e" * 36}, "cannot both be set"),
    ],
)
def test_what_cannot_be_ends_the_start(given: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        RoomSettings(**{"paths": "/", **given})
    assert words in str(caught.value)


def test_a_draw_is_made_in_lanes_too() -> None:
    room = RoomSettings(
        paths="/", draw=True, opens_at=2e9, lanes={"members": 0.3}, slow_lane=robotic
    )
    assert room.store_config()["lanes"] == {"members": 0.3, "slow": 0.05}
    openings = [{"opens_at": 2e9, "closes_at": 2e9 + 60, "draw": True}]
    assert RoomSettings(paths="/", openings=openings, lanes={"members": 0.3}).openings


def test_the_network_rule_has_a_limit_of_its_own() -> None:
    assert RoomSettings(paths="/", slow_lane="network").slow_joins_per_address == 30
    both = {"slow_lane": "network", "slow_joins_per_address": 10, "joins_per_address": 30}
    assert RoomSettings(paths="/", **both).joins_per_address == 30
    assert RoomSettings(paths="/", joins_per_address=5).slow_lane == (), "it is for that rule alone"
