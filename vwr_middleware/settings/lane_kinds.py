"""The kind of the setting `lanes`: names with their shares of the slots."""

import re
from collections.abc import Mapping
from math import isclose
from reprlib import repr as shown

from vwr_middleware.line.constants import LANES_MOST, STRIDE
from vwr_middleware.settings.kinds import Kind, is_number, parse_json
from vwr_middleware.spoken import wrong

EXAMPLE = '{"members": 0.3}'
LONGEST_NAME = 32

_NAME = re.compile(r"[a-z0-9-]{1,32}")


def lane_name(value: object) -> str:
    """A lane's name."""
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise wrong(
            "has a lane {value}: a name is 1 to {most} of a-z, 0-9 and -",
            value=shown(value),
            most=LONGEST_NAME,
        )
    return value


def _check(value: object) -> Mapping[str, float]:
    if not isinstance(value, Mapping):
        raise wrong(
            "must be names with their shares, like {example}, not {value}",
            example=EXAMPLE,
            value=shown(value),
        )
    shares = {lane_name(name): _share(name, share) for name, share in value.items()}
    if len(shares) > LANES_MOST:
        raise wrong("names {n} lanes: a room has {most} at most", n=len(shares), most=LANES_MOST)
    parts = sum(round(share * STRIDE) for share in shares.values())
    if parts >= STRIDE:
        raise wrong(
            "gives away {part} of the slots: leave at least 0.01 to those who are in no lane",
            part=f"{parts / STRIDE:g}",
        )
    return dict(sorted(shares.items()))


def is_hundredths(value: float) -> bool:
    """Whether a share is whole hundredths: 0.07 is, though it is a little less as a float."""
    return isclose(value * STRIDE, round(value * STRIDE), abs_tol=1e-9)


def _share(name: object, value: object) -> float:
    if not is_number(value) or not 0.01 <= value <= 0.99 or not is_hundredths(value):
        raise wrong(
            "gives {name} the share {value}: write a part of 1 from 0.01 to 0.99, in whole"
            " hundredths",
            name=shown(name),
            value=shown(value),
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
