"""The kinds of the settings of the slow lane: who is called after the others, and the way back;
and what among them cannot be together.
"""

from collections.abc import Callable, Iterator, Mapping
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


def contradictions(values: Mapping[str, object]) -> Iterator[tuple[set[str], str]]:
    """Settings of the slow lane that are wrong together, and what is said of them."""
    reasons, lanes = values.get("slow_lane") or (), values.get("lanes")
    assert isinstance(reasons, tuple)
    if not reasons:
        return
    if isinstance(lanes, Mapping) and SLOW in lanes:
        yield {"slow_lane", "lanes"}, "slow_lane makes the lane slow itself: name yours another way"
    part = values.get("slow_share", SHARE)
    given = sum(lanes.values()) if isinstance(lanes, Mapping) else 0.0
    if is_number(part) and part + given > 0.99 + 1e-9:
        yield (
            {"slow_share", "lanes"},
            "slow_share and lanes give away all slots: leave at least 0.01 to the main line",
        )
    most, joins = values.get("joins_per_address"), values.get("slow_joins_per_address", JOINS)
    if NETWORK in reasons and is_number(most) and is_number(joins) and most <= joins:
        yield (
            {"slow_lane", "joins_per_address", "slow_joins_per_address"},
            f"joins_per_address ({most}) refuses whom network in slow_lane would slow, beyond"
            f" slow_joins_per_address ({joins}): set it higher, or the other one lower",
        )
    if UNSOLVED in reasons and values.get("challenge") != POW:
        yield (
            {"slow_lane", "challenge"},
            'slow_lane needs challenge="pow" for unsolved: set it',
        )
