"""The openings of a room: which one is present or next, and the settings that are in force by it.

A room may open several times. Its rules are worked out from the settings and the time alone, so no
worker has to be there when an opening begins or is over: whoever looks next finds it so.

From the moment at which an opening is over, the next one counts. Until that begins, the room is
scheduled: those in line keep their places, and others join behind them.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from vwr_middleware.line.state import Numbers

Settings = Mapping[str, Any]
#: What is told when the time has come, and of which opening.
Boundary = tuple[float, Literal["opening_began", "opening_over"], int]

#: Settings of a room that come from the opening, if it has a list of these: an operator moves them
#: there.
TIMES = ("opens_at", "closes_at", "joins_from")
#: Parts of an opening that are no settings of a room.
_OWN = ("fresh",)


def openings_of(rules: Settings) -> Sequence[Settings]:
    """The openings that are set, in order. `opens_at` and `closes_at` alone are one."""
    listed: Sequence[Settings] | None = rules.get("openings")
    if listed:
        return listed
    only = {name: rules[name] for name in TIMES if rules.get(name) is not None}
    return (only,) if only else ()


def present_opening(openings: Sequence[Settings], at: float) -> int:
    """The number, from 1, of the opening that goes on at this time of the wall clock, or is next;
    of the last one, if all are over."""
    for number, opening in enumerate(openings, 1):
        closes = opening.get("closes_at")
        if closes is None or at < closes:
            return number
    return len(openings)


def in_force(config: Settings, overrides: Settings, at: float) -> dict[str, Any]:
    """The settings in force at this time of the wall clock.

    An opening's own settings win over the configured ones, and what operators have changed wins
    over both, but for the times: these are the opening's.
    """
    rules = {**config, **overrides}
    listed = rules.get("openings")
    if not listed:
        return rules
    number = present_opening(listed, at)
    opening = listed[number - 1]
    own = {name: value for name, value in opening.items() if name not in _OWN}
    if "message" in overrides:
        own.pop("announcement", None)
    times = {name: opening.get(name) for name in TIMES}
    return {**config, **own, **overrides, **times, "opening": number}


def lay_rules(numbers: "Numbers") -> None:
    """Work out the settings in force, after they have changed. What a changed schedule has in the
    past does not happen any more."""
    lay_rules_of_now(numbers)
    if not numbers.doubted_at:
        numbers.followed_to = max(numbers.followed_to, numbers.last - numbers.ahead)


def lay_rules_of_now(numbers: "Numbers") -> None:
    """The same after time has passed: another opening may have its turn."""
    at = numbers.last - numbers.ahead
    numbers.rules = in_force(numbers.config, numbers.overrides, at)


def boundaries(openings: Sequence[Settings], after: float, at: float) -> Iterator[Boundary]:
    """What has begun and what was over since a moment, in order."""
    for number, opening in enumerate(openings, 1):
        begins, ends = opening.get("opens_at"), opening.get("closes_at")
        if begins is not None and after < begins <= at:
            yield begins, "opening_began", number
        if ends is not None and after < ends <= at:
            yield ends, "opening_over", number


def begins_anew(
    openings: Sequence[Settings], passed: Sequence[Boundary], *, draws: bool = False
) -> bool:
    """Whether one was over whose line does not wait for the next: that one begins with a line of
    its own. `draws`: the room does at each."""
    return any(
        name == "opening_over"
        and number < len(openings)
        and (draws or has_own_line(openings[number]))
        for _, name, number in passed
    )


def line_ends(openings: Sequence[Settings], *, draws: bool = False) -> list[float]:
    """When a line ends since an opening is over, and the next one has a line of its own. `draws`:
    the room does at each."""
    return [
        float(before["closes_at"])
        for before, opening in pairwise(openings)
        if draws or has_own_line(opening)
    ]


def has_own_line(opening: Settings) -> bool:
    """Whether nobody keeps a place from the opening before. A draw gives all the same chance."""
    return bool(opening.get("fresh") or opening.get("draw"))
