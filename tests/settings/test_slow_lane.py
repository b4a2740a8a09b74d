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
        ({"slow_lane": "network"}, "slow_lane needs joins_per_address"),
        ({"slow_lane": "unsolved"}, 'slow_lane needs challenge="pow"'),
        ({"slow_lane": robotic, "lanes": {"slow": 0.1}}, "name yours another way"),
        ({"slow_lane": robotic, "lanes": {"members": 0.96}}, "give away all slots"),
        ({"slow_lane": robotic, "slow_share": 0}, "slow_share must be a part of 1"),
        ({"slow_lane": robotic, "appeal": "x"}, 'or the text "pow"'),
        ({"slow_lane": robotic, "draw": True, "opens_at": 2e9}, "cannot both be set"),
    ],
)
def test_what_cannot_be_ends_the_start(given: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        RoomSettings(**{"paths": "/", **given})
    assert words in str(caught.value)
