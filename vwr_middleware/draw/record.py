"""What is published of a draw, so that anybody can check it: the form of `draw.json`.

Before the opening it says how many have registered and what the seed is committed to. Afterwards it
brings the seed itself and all else that decides the order. Of a room with lanes it says so of each
lane, since each is drawn by itself: that is version 2.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from vwr_middleware.draw.permutation import MOST, number_at, place_of
from vwr_middleware.draw.seed import is_committed, lane_seed, with_beacon
from vwr_middleware.line.drawn_lanes import DrawnLanes, check_layout, drawn_lanes, word_by_counts
from vwr_middleware.line.lanes import MAIN

VERSION, IN_LANES = 1, 2
_DIGEST = re.compile("[0-9a-f]{64}")
#: Characters of a beacon's value at most, and of what says where it comes from.
BEACON_LONGEST = 200


class NotVerified(ValueError):
    """A published draw is not what it should be. The message says what is wrong, and where."""


@dataclass(frozen=True, kw_only=True)
class DrawRecord:
    """A draw, before it is made (without a seed) or after."""

    room_name: str
    generation: int
    count: int | None  # of registrations; None: before the opening it may be private
    commitment: str
    seed: str = ""  # in hexadecimal digits
    beacon_source: str = ""
    beacon: str | None = None
    at: float | None = None  # when it was made, or is to be made
    lanes: DrawnLanes | None = None  # in which people were drawn, or have registered so far

    @property
    def is_drawn(self) -> bool:
        """Whether there is anything to check yet."""
        return bool(self.seed)

    @property
    def order_seed(self) -> bytes:
        """The seed that the order comes from."""
        return with_beacon(bytes.fromhex(self.seed), self.beacon)

    def count_in(self, lane: str) -> int:
        """How many were drawn in a lane. Raises NotVerified for one that there was not."""
        counts = self.lanes.counts if self.lanes else {MAIN: self.count or 0}
        if lane not in counts:
            raise NotVerified(f"there is no lane {lane} in this draw")
        return counts[lane]

    def drawn_as(self, lane: str, number: int) -> tuple[str, int]:
        """The lane, and the number there, with which a registration is drawn: those of the main
        line, if its own lane was gone by then."""
        if self.lanes is None or lane not in self.lanes.gone:
            return lane, number
        if number > self.lanes.joined[lane]:
            raise NotVerified(f"there is no number {number} in the lane {lane}")
        return MAIN, self.lanes.gone[lane] + number

    def place_of(self, number: int, lane: str = MAIN) -> int:
        """The place of a registration number. Raises ValueError for one that was never given."""
        return place_of(lane_seed(self.order_seed, lane), self.count_in(lane), number)

    def number_at(self, drawn: int, lane: str = MAIN) -> int:
        """The registration number that got a place."""
        return number_at(lane_seed(self.order_seed, lane), self.count_in(lane), drawn)

    def as_json(self) -> dict[str, Any]:
        """What is published."""
        told: dict[str, Any] = {
            "version": IN_LANES if self.lanes else VERSION,
            "room": self.room_name,
            "state": "drawn" if self.is_drawn else "registering",
            "generation": self.generation,
            "count": self.count,
            "commitment": self.commitment,
            "drawn_at" if self.is_drawn else "opens_at": _text(self.at),
            "beacon": None,
        }
        if self.beacon_source:
            value = {"value": self.beacon} if self.is_drawn else {}
            told["beacon"] = {"source": self.beacon_source, **value}
        if self.lanes:
            told["lanes"] = None if self.count is None else _lanes_told(self.lanes)
        if self.lanes and self.is_drawn:
            told["layouts"] = {"registered": self.lanes.registered, "drawn": self.lanes.layout}
        return told | ({"seed": self.seed} if self.is_drawn else {})


def _lanes_told(lanes: DrawnLanes) -> list[dict[str, Any]]:
    """The lanes and how many were drawn in each; behind these the lanes that were gone, with the
    count of the main line behind which their numbers go on."""
    there = [{"lane": lane, "count": count} for lane, count in lanes.counts.items()]
    gone = [
        {"lane": lane, "count": lanes.joined[lane], "after": after}
        for lane, after in sorted(lanes.gone.items())
    ]
    return there + gone


def _text(at: float | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


def read_record(told: object) -> DrawRecord:
    """A published draw that was made, checked: its seed is the one that was committed to.

    Raises NotVerified. A draw that is not made yet is one that nobody can check.
    """
    if not isinstance(told, Mapping) or told.get("version") not in (VERSION, IN_LANES):
        raise NotVerified(f"this is no draw.json of version {VERSION} or {IN_LANES}")
    if told.get("state") != "drawn":
        raise NotVerified("this draw is not made yet: its seed is published when the room opens")
    record = DrawRecord(
        room_name=_textual(told, "room"),
        generation=_whole(told, "generation", 2**53),
        count=_whole(told, "count", MOST),
        commitment=_digest(told, "commitment"),
        seed=_digest(told, "seed"),
        **_beacon_in(told.get("beacon")),
        lanes=_lanes_in(told) if told["version"] == IN_LANES else None,
    )
    seed = bytes.fromhex(record.seed)
    if not is_committed(record.room_name, record.generation, seed, record.commitment):
        raise NotVerified("the seed is not the one that was committed to: this draw is not fair")
    return record


def _textual(told: Mapping[str, Any], name: str) -> str:
    found = told.get(name)
    if not isinstance(found, str) or not found.isprintable():
        raise NotVerified(f"{name} must be a text in one line, and is not")
    return found


def _is_text(value: object) -> bool:
    """Whether it is a text that has bytes: JSON may say half a surrogate pair, which has none."""
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _digest(told: Mapping[str, Any], name: str) -> str:
    found = _textual(told, name)
    if not _DIGEST.fullmatch(found):
        raise NotVerified(f"{name} must be 64 hexadecimal digits in lower case, and is not")
    return found


def _whole(told: Mapping[str, Any], name: str, most: int) -> int:
    found = told.get(name)
    if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found <= most:
        raise NotVerified(f"{name} must be a whole number up to {most}, and is not")
    return found


def _beacon_in(told: object) -> dict[str, Any]:
    if told is None:
        return {}
    if not isinstance(told, Mapping):
        raise NotVerified("beacon must be null, or have a source and a value")
    value = told.get("value")
    if value is not None and not _is_text(value):
        raise NotVerified("the beacon's value must be a text, or null if none came in time")
    return {"beacon_source": _textual(told, "source"), "beacon": value}


def _lanes_in(told: Mapping[str, Any]) -> DrawnLanes:
    """The lanes of a draw, checked: what is said of them fits together."""
    layouts, lanes = told.get("layouts"), told.get("lanes")
    if not isinstance(layouts, Mapping) or not isinstance(lanes, list):
        raise NotVerified("lanes must be a list of lanes, and layouts say whose each position is")
    registered, layout = _textual(layouts, "registered"), _textual(layouts, "drawn")
    joined: dict[str, int] = {}
    for each in lanes:
        if not isinstance(each, Mapping):
            raise NotVerified("each of the lanes must have a name and a count, and has not")
        joined[_textual(each, "lane")] = _whole(each, "count", MOST)
    gone = [each for each in lanes if "after" in each]
    joined[MAIN] = joined.get(MAIN, 0) - sum(each["count"] for each in gone)
    try:
        check_layout(registered)
        check_layout(layout)
        found = drawn_lanes(word_by_counts(registered, joined, layout))
    except ValueError as error:
        raise NotVerified(f"the lanes do not fit their layouts: {error}") from error
    if _lanes_told(found) != lanes or found.count != told["count"]:
        raise NotVerified("the lanes do not fit their layouts, or the count of all")
    return found
