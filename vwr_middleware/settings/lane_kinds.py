"""The kind of the setting `lanes`: names with their shares of the slots."""

import re
from collections.abc import Mapping
from math import isclose
from reprlib import repr as shown

from vwr_middleware.line.constants import LANES_MOST, STRIDE
from vwr_middleware.settings.kinds import Kind, is_number, parse_json

EXAMPLE = '{"members": 0.3}'
LONGEST_NAME = 32

_NAME = re.compile(r"[a-z0-9-]{1,32}")
_FORM = f"must be names with their shares, like {EXAMPLE}"


def lane_name(value: object) -> str:
    """A lane's name."""
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise ValueError(
            f"has a lane {shown(value)}: a name is 1 to {LONGEST_NAME} of a-z, 0-9 and -"
        )
    return value


def _check(value: object) -> Mapping[str, float]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{_FORM}, not {shown(value)}")
    shares = {lane_name(name): _share(name, share) for name, share in value.items()}
    if len(shares) > LANES_MOST:
        raise ValueError(f"names {len(shares)} lanes: a room has {LANES_MOST} at most")
    parts = sum(round(share * STRIDE) for share in shares.values())
    if parts >= STRIDE:
        raise ValueError(
            f"gives away {parts / STRIDE:g} of the slots: leave at least 0.01 to those who are in"
            " no lane"
        )
    return dict(sorted(shares.items()))


def is_hundredths(value: float) -> bool:
    """Whether a share is whole hundredths: 0.07 is, though it is a little less as a float."""
    return isclose(value * STRIDE, round(value * STRIDE), abs_tol=1e-9)


def _share(name: object, value: object) -> float:
    if not is_number(value) or not 0.01 <= value <= 0.99 or not is_hundredths(value):
        raise ValueError(
            f"gives {shown(name)} the share {shown(value)}: write a part of 1 from 0.01 to 0.99,"
            " in whole hundredths"
        )
    return round(value * STRIDE) / STRIDE


lanes = Kind(
    _check,
    parse_json,
    {
        "type": "object",
        "additionalProperties": {"type": "number", "minimum": 0.01, "maximum": 0.99},
        "maxProperties": LANES_MOST,
    },
)
