"""What is published of a draw, so that anybody can check it: the form of `draw.json`.

Before the opening it says how many have registered and what the seed is committed to. Afterwards it
brings the seed itself and all else that decides the order.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from vwr_middleware.draw.permutation import MOST, number_at, place_of
from vwr_middleware.draw.seed import is_committed, with_beacon

VERSION = 1
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

    @property
    def is_drawn(self) -> bool:
        """Whether there is anything to check yet."""
        return bool(self.seed)

    @property
    def order_seed(self) -> bytes:
        """The seed that the order comes from."""
        return with_beacon(bytes.fromhex(self.seed), self.beacon)

    def place_of(self, number: int) -> int:
        """The place of a registration number. Raises ValueError for one that was never given."""
        return place_of(self.order_seed, self.count or 0, number)

    def number_at(self, drawn: int) -> int:
        """The registration number that got a place."""
        return number_at(self.order_seed, self.count or 0, drawn)

    def as_json(self) -> dict[str, Any]:
        """What is published."""
        told: dict[str, Any] = {
            "version": VERSION,
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
        return told | ({"seed": self.seed} if self.is_drawn else {})


def _text(at: float | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


def read_record(told: object) -> DrawRecord:
    """A published draw that was made, checked: its seed is the one that was committed to.

    Raises NotVerified. A draw that is not made yet is one that nobody can check.
    """
    if not isinstance(told, Mapping) or told.get("version") != VERSION:
        raise NotVerified(f"this is no draw.json of version {VERSION}")
    if told.get("state") != "drawn":
        raise NotVerified("this draw is not made yet: its seed is published when the room opens")
    record = DrawRecord(
        room_name=_textual(told, "room"),
        generation=_whole(told, "generation", 2**53),
        count=_whole(told, "count", MOST),
        commitment=_digest(told, "commitment"),
        seed=_digest(told, "seed"),
        **_beacon_in(told.get("beacon")),
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
