"""The kinds of the settings of the slow lane: who is called after the others, and the way back."""

from collections.abc import Callable
from reprlib import repr as shown

from vwr_middleware.settings.kinds import (
    POW,
    Kind,
    function_value,
    is_number,
    parse_list,
    parse_number,
    several,
)
from vwr_middleware.settings.lane_kinds import is_hundredths

#: The lane's name, among the room's lanes.
SLOW = "slow"
#: Ready-made reasons: who joins beyond `slow_joins_per_address`; who goes on without the puzzle.
NETWORK, UNSOLVED = "network", "unsolved"
REASONS = (NETWORK, UNSOLVED)
#: The slow lane's share of the slots, unless something else is set; and the joins a minute from one
#: address that are not slowed. Many people may be behind one address, as at an office or with a
#: mobile carrier: but whoever is slowed without a reason has the place back by an appeal.
SHARE, JOINS = 0.05, 30


def _reason(value: object) -> Callable[..., object] | str:
    if isinstance(value, str) and value.strip().lower() in REASONS:
        return value.strip().lower()
    try:
        return function_value(value, "request")
    except ValueError as error:
        raise ValueError(f"{error}, or one of {', '.join(REASONS)}") from error


def _appeal(value: object) -> Callable[..., object] | str:
    if isinstance(value, str) and value.strip().lower() == POW:
        return POW
    try:
        return function_value(value, "request")
    except ValueError as error:
        raise ValueError(f'{error}, or the text "{POW}"') from error


def _share(value: object) -> float:
    if not is_number(value) or not 0.01 <= value <= 0.5 or not is_hundredths(value):
        raise ValueError(
            f"must be a part of 1 from 0.01 to 0.5, in whole hundredths, not {shown(value)}"
        )
    return float(value)


reasons: Kind[tuple[Callable[..., object] | str, ...]] = Kind(several(_reason).check, parse_list)
appeal: Kind[Callable[..., object] | str] = Kind(_appeal)
share = Kind(_share, parse_number)
