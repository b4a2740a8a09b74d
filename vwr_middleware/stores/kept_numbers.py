"""How a database keeps the numbers of a room: as columns, and apart from these the logs that only a
refresh needs, so that a join need not write them.

Lists of numbers are packed as doubles: JSON would take fifteen times as long, which would be most
of a step's time.
"""

import dataclasses
import json
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import chain
from struct import pack, unpack
from typing import Any

from vwr_middleware.line.state import Numbers

Codec = tuple[Callable[[Any], Any], Callable[[Any], Any]]

_to_json = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


def _rows(width: int) -> Codec:
    """A list of rows of so many numbers."""

    def encode(rows: list[list[float]]) -> bytes:
        return pack(f"<{len(rows) * width}d", *chain.from_iterable(rows))

    def decode(data: bytes) -> list[list[float]]:
        flat = unpack(f"<{len(data) // 8}d", data)
        return [list(flat[i : i + width]) for i in range(0, len(flat), width)]

    return encode, decode


def _encode_numbers(row: list[float]) -> bytes:
    return pack(f"<{len(row)}d", *row)


def _decode_numbers(data: bytes) -> list[float]:
    return list(unpack(f"<{len(data) // 8}d", data))


_NUMBERS: Codec = (_encode_numbers, _decode_numbers)
_JSON: Codec = (_to_json, json.loads)

#: Fields that are not plain values, with their codecs. Only a refresh needs those in COLD.
HOT: dict[str, Codec] = {
    "totals": _JSON,
    "cohorts": _rows(7),
    "goes": _rows(2),
    "queue_log": _rows(2),
    "turn_log": _rows(2),
    "lanes": _JSON,
}
COLD: dict[str, Codec] = {
    "serving_log": _rows(2),
    "horizon_log": _rows(2),
    "flow_log": _rows(4),
    "wait_log": _rows(3),
    "load_log": _rows(6),
    "ended_checkpoints": _rows(3),
    "done_keys": _JSON,
    "untold": _JSON,
    "told_ranges": _JSON,
    "margins": _JSON,
    "record_log": _rows(3),
    "adaptive": _JSON,
    "minute": _NUMBERS,
    "hour": _NUMBERS,
    "lane_minute": _JSON,
}
_SETTINGS = ("config", "overrides", "rules")
PLAIN = tuple(
    field.name
    for field in dataclasses.fields(Numbers)
    if field.name not in {*HOT, *COLD, *_SETTINGS}
)


class KeptNumbers(Numbers):
    """Numbers as they were read from a store. Of the columns they take theirs, and leave the rest.

    The logs of COLD are fetched when one of them is first used: for a field that is not set yet,
    Python calls `__getattr__`.
    """

    __slots__ = ("fetch", "fetched", "settings")

    def __init__(self, columns: Iterator[Any], fetch_logs: Callable[[], tuple[Any, ...]]) -> None:
        self.fetch = fetch_logs
        self.fetched: tuple[Any, ...] | None = None  # the logs
        text = next(columns)
        self.settings: str | None = text  # None: they were changed
        self.config, overrides, self.rules = _read_settings(text)
        self.overrides = dict(overrides)
        for name, value in zip(PLAIN, columns, strict=False):
            setattr(self, name, value)
        for (name, (_, decode)), value in zip(HOT.items(), columns, strict=False):
            setattr(self, name, decode(value))

    def __getattr__(self, name: str) -> Any:
        if name not in COLD:
            raise AttributeError(name)
        self.fetched = self.fetch()
        for (field, (_, decode)), value in zip(COLD.items(), self.fetched, strict=True):
            if not self.has(field):
                setattr(self, field, decode(value))
        return getattr(self, name)

    def has(self, field: str) -> bool:
        """Whether a field was set or fetched."""
        try:
            object.__getattribute__(self, field)
        except AttributeError:
            return False
        return True

    def lay_rules(self) -> None:
        super().lay_rules()
        self.settings = None


def room_row(numbers: Numbers) -> tuple[Any, ...]:
    """The columns for these numbers, but for those of the logs."""
    settings = numbers.settings if isinstance(numbers, KeptNumbers) else None
    if settings is None:
        settings = _to_json([numbers.config, numbers.overrides])
    plain = [getattr(numbers, name) for name in PLAIN]
    hot = [encode(getattr(numbers, name)) for name, (encode, _) in HOT.items()]
    return (settings, *plain, *hot)


def logs_row(numbers: Numbers) -> tuple[Any, ...] | None:
    """The logs of these numbers; None if nothing in them was changed."""
    if isinstance(numbers, KeptNumbers) and not any(map(numbers.has, COLD)):
        return None
    row = tuple(encode(getattr(numbers, name)) for name, (encode, _) in COLD.items())
    return None if row == getattr(numbers, "fetched", None) else row


@lru_cache(maxsize=256)
def _read_settings(text: str) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    config, overrides = json.loads(text)
    return config, overrides, {**config, **overrides}  # a step finds its opening as it begins
