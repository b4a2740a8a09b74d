"""Settings of a room whose values are right by themselves and wrong together.

They are found at the start, and when an operator changes a setting: `problem` says what is wrong in
the language of whoever reads it.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from vwr_middleware.settings import kinds, lane_kinds, slow_kinds
from vwr_middleware.settings.kinds import POW
from vwr_middleware.spoken import said

#: The default of a setting, which is in nobody's way.
CONFIRM_WITHIN = 60


class Contradiction(NamedTuple):
    """Settings whose values are right by themselves and wrong together."""

    names: set[str]
    text: str
    values: tuple[tuple[str, object], ...] = ()

    @property
    def problem(self) -> str:
        """What is wrong, and what to do about it."""
        return said(self.text, **dict(self.values))


def contradictions(values: Mapping[str, object]) -> Iterator[Contradiction]:
    """All contradictions among the values of a room's settings."""
    if values.get("burst") is not None and "per_minute" in values and not values["per_minute"]:
        yield Contradiction(
            {"burst", "per_minute"}, "burst needs per_minute: set per_minute, or remove burst"
        )
    opens, closes = values.get("opens_at"), values.get("closes_at")
    if isinstance(opens, float) and isinstance(closes, float) and opens >= closes:
        yield Contradiction(
            {"opens_at", "closes_at"}, "closes_at must be later than opens_at: move one of them"
        )
    single = [name for name in ("closes_at", "opens_at") if values.get(name) is not None]
    if values.get("openings") and single:
        both = said("{one} and {other}", one="closes_at", other="opens_at")
        yield Contradiction(
            {"openings", *single},
            "openings stands beside {names}: set the times there",
            (("names", both if len(single) == 2 else single[0]),),
        )
    yield from _draw_contradictions(values)
    idle, length = values.get("session_idle"), values.get("session_seconds")
    if idle is not None and values.get("renew") is False:
        yield Contradiction(
            {"session_idle", "renew"}, "session_idle needs renew: set renew, or remove session_idle"
        )
    if kinds.is_number(idle) and kinds.is_number(length) and idle >= length:
        yield Contradiction(
            {"session_idle", "session_seconds"},
            "session_idle must be shorter than session_seconds: shorten it, or remove it",
        )
    if (values.get("notify") is None) != (values.get("contact") is None):
        yield Contradiction(
            {"notify", "contact"}, "notify and contact need each other: set both, or none"
        )
    yield from _lane_contradictions(values)
    confirm, session = values.get("confirm_within"), values.get("session_seconds")
    usual = CONFIRM_WITHIN
    if kinds.is_number(confirm) and kinds.is_number(session) and session < confirm != usual:
        yield Contradiction(
            {"confirm_within", "session_seconds"},
            "confirm_within cannot be longer than session_seconds: shorten it",
        )


def _draw_contradictions(values: Mapping[str, object]) -> Iterator[Contradiction]:
    for name in ("draw_beacon_from", "draw_beacon"):
        if values.get(name) is not None and values.get("draw") is False:
            yield Contradiction(
                {name, "draw"}, "{name} needs draw: set draw, or remove it", (("name", name),)
            )
    opens, begins = values.get("opens_at"), values.get("draw_from")
    is_timed = opens is not None or bool(values.get("openings"))
    if values.get("draw") and "opens_at" in values and not is_timed:
        yield Contradiction(
            {"draw", "opens_at"}, "draw needs opens_at, when it is drawn: set opens_at"
        )
    if begins is not None and values.get("draw") is False:
        yield Contradiction(
            {"draw_from", "draw"},
            "{name} needs draw: set draw, or remove it",
            (("name", "draw_from"),),
        )
    if begins is not None and values.get("openings"):
        yield Contradiction(
            {"draw_from", "openings"},
            "draw_from stands beside openings: set joins_from in each of these, or remove it",
        )
    if isinstance(opens, float) and isinstance(begins, float) and begins >= opens:
        yield Contradiction(
            {"draw_from", "opens_at"}, "draw_from must be earlier than opens_at: move one of them"
        )


def _slow_contradictions(values: Mapping[str, object]) -> Iterator[Contradiction]:
    """Those of `slow_lane` with other settings."""
    reasons, lanes = values.get("slow_lane") or (), values.get("lanes")
    assert isinstance(reasons, tuple)
    if not reasons:
        return
    if isinstance(lanes, Mapping) and slow_kinds.SLOW in lanes:
        yield Contradiction(
            {"slow_lane", "lanes"}, "slow_lane makes the lane slow itself: name yours another way"
        )
    share = values.get("slow_share", slow_kinds.SHARE)
    given = sum(lanes.values()) if isinstance(lanes, Mapping) else 0.0
    if kinds.is_number(share) and share + given > 0.99 + 1e-9:
        yield Contradiction(
            {"slow_share", "lanes"},
            "slow_share and lanes give away all slots: leave at least 0.01 to the main line",
        )
    most = values.get("joins_per_address")
    joins = values.get("slow_joins_per_address", slow_kinds.JOINS)
    refuses = kinds.is_number(most) and kinds.is_number(joins) and most <= joins
    if slow_kinds.NETWORK in reasons and refuses:
        yield Contradiction(
            {"slow_lane", "joins_per_address", "slow_joins_per_address"},
            "joins_per_address ({most}) refuses whom network in slow_lane would slow, beyond"
            " slow_joins_per_address ({joins}): set it higher, or the other one lower",
            (("most", most), ("joins", joins)),
        )
    if slow_kinds.UNSOLVED in reasons and values.get("challenge") != POW:
        yield Contradiction(
            {"slow_lane", "challenge"}, 'slow_lane needs challenge="pow" for unsolved: set it'
        )


def _lane_contradictions(values: Mapping[str, object]) -> Iterator[Contradiction]:
    """Those of `lanes` with other settings."""
    yield from _slow_contradictions(values)
    lanes = values.get("lanes") or values.get("slow_lane")
    if values.get("lane") is not None and not lanes:
        yield Contradiction(
            {"lane", "lanes"},
            "lane needs lanes: set lanes, like {example}",
            (("example", lane_kinds.EXAMPLE),),
        )
    if lanes and values.get("aws_event"):
        yield Contradiction(
            {"lanes", "aws_event"},
            "lanes and aws_event cannot both be set: clients of AWS's API wait by one serving"
            " number; remove one",
        )
