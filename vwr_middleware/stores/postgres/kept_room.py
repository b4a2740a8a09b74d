"""How a room's numbers are kept in its row: as JSON, and lists of numbers packed behind it.

Values that are the usual ones are left out, which is most of them. What a later release has
written, and this one does not know, is kept as it is.
"""

import dataclasses
import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Any

from vwr_middleware.line.state import Numbers
from vwr_middleware.stores.kept_numbers import COLD, HOT, PLAIN, KeptNumbers, logs_row, room_row

_USUAL = {
    field.name: field.default
    for field in dataclasses.fields(Numbers)
    if field.default is not dataclasses.MISSING
}
#: What stands in the header as a text, the first and the last of HOT; the rest is packed.
_FIRST, *_PACKED, _LAST = HOT
_COUNTED: dict[str, Any] = {"unconfirmed": 0, "journal": 0, "stale": 0}

_to_json = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


@dataclasses.dataclass(slots=True)
class KeptRoom:
    """What a room's row says: `numbers` is None for what is shared besides rooms."""

    numbers: Numbers | None
    header: dict[str, Any]  # what is counted besides: of the rows, for one

    @classmethod
    def new(cls, numbers: Numbers | None) -> "KeptRoom":
        return cls(numbers, {**_COUNTED, "counts": {}})

    @classmethod
    def read(
        cls, state: bytes, settings: str, fetch_logs: Callable[[], tuple[Any, ...]]
    ) -> "KeptRoom":
        end = 4 + int.from_bytes(state[:4], "big")
        header = {**_COUNTED, **json.loads(state[4:end])}
        if "numbers" not in header:
            return cls(None, header)
        told, packed = header["numbers"], {}
        for name, length in zip(_PACKED, header["lengths"], strict=True):
            packed[name] = state[end : end + length]
            end += length
        plain = (told.get(name, _USUAL.get(name)) for name in PLAIN)
        texts = header[_FIRST], header.get(_LAST, "{}")
        hot = (texts[0], *(packed[name] for name in _PACKED), texts[1])
        return cls(KeptNumbers(iter((settings, *plain, *hot)), fetch_logs), header)

    def write(self) -> tuple[bytes, str]:
        """The row's state, and the settings."""
        if self.numbers is None:
            return _joined(self.header, ()), ""
        settings, *row = room_row(self.numbers)
        if isinstance(self.numbers, KeptNumbers):
            self.numbers.settings = settings
        told = {
            name: value
            for name, value in zip(PLAIN, row, strict=False)
            if value != _USUAL.get(name, dataclasses.MISSING)
        }
        first, *packed, last = row[len(PLAIN) :]
        later = {k: v for k, v in self.header.get("numbers", {}).items() if k not in PLAIN}
        header = {
            **self.header,
            "numbers": {**later, **told},
            _FIRST: first,
            _LAST: last,
            "lengths": [len(part) for part in packed],
        }
        return _joined(header, packed), settings

    def logs(self) -> str | None:
        """The logs as they are written; None if they were not changed."""
        row = None if self.numbers is None else logs_row(self.numbers)
        if row is None:
            return None
        if isinstance(self.numbers, KeptNumbers):
            self.numbers.fetched = row
        named = zip(COLD, row, strict=True)
        return _to_json({n: v if isinstance(v, str) else b64encode(v).decode() for n, v in named})


def _joined(header: dict[str, Any], packed: tuple[bytes, ...] | list[bytes]) -> bytes:
    text = _to_json(header).encode()
    return b"".join((len(text).to_bytes(4, "big"), text, *packed))


def read_logs(text: str) -> tuple[Any, ...]:
    """The logs, as `KeptNumbers` takes them over."""
    told = json.loads(text)
    return tuple(
        _USUAL_LOGS[name] if name not in told else _as_kept(usual, told[name])
        for name, usual in _USUAL_LOGS.items()
    )


def _as_kept(usual: Any, text: str) -> Any:
    return text if isinstance(usual, str) else b64decode(text)


_EMPTY = Numbers(room_id="", born=0.0, last=0.0, config={})
_USUAL_LOGS = {name: encode(getattr(_EMPTY, name)) for name, (encode, _) in COLD.items()}
