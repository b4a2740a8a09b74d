"""Moved places, resume codes and identities in the memory of one process.

line/state.py says what the methods do.
"""

from collections import OrderedDict
from itertools import islice

from vwr_middleware.line.state import Code


class MemoryMoved:
    """Moved places, those written last at the end."""

    def __init__(self) -> None:
        self._rows: OrderedDict[int, tuple[int, int]] = OrderedDict()  # device, number

    def get(self, position: int) -> int | None:
        row = self._rows.get(position)
        return None if row is None else row[0]

    def put(self, position: int, device: int, number: int) -> None:
        self._rows[position] = (device, number)
        self._rows.move_to_end(position)

    def remove(self, position: int) -> None:
        self._rows.pop(position, None)

    def oldest(self, most: int) -> list[tuple[int, int]]:
        return [(position, device) for position, (device, _) in islice(self._rows.items(), most)]

    def after(self, number: int, most: int) -> list[tuple[int, int, int]]:
        found = []
        for position, (device, own) in reversed(self._rows.items()):
            if own <= number:
                break
            found.append((own, position, device))
        return found[::-1][:most]

    def has_more_than(self, most: int) -> bool:
        return len(self._rows) > most

    def clear(self) -> None:
        self._rows.clear()


class MemoryCodes:
    """Codes by their hashes, those put there last at the end; all live for the same time."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Code] = OrderedDict()
        self._of: dict[int, str] = {}

    def get(self, code: str) -> Code | None:
        return self._kept.get(code)

    def put(self, code: str, kept: Code) -> None:
        before, old = self._kept.get(code), self._of.get(kept.position)
        if before is not None and before.position != kept.position:
            self._drop(code)
        if old is not None and old != code:
            self._drop(old)
        self._kept[code] = kept
        self._of[kept.position] = code

    def prune(self, now: float) -> None:
        while self._kept:
            kept = next(iter(self._kept.values()))
            if kept.until > now:
                return
            self._drop(self._of[kept.position])

    def _drop(self, code: str) -> None:
        del self._of[self._kept.pop(code).position]

    def count(self) -> int:
        return len(self._kept)

    def clear(self) -> None:
        self._kept.clear()
        self._of.clear()


class MemoryIdentities(dict[str, int]):
    """Positions by identity."""

    def put(self, identity: str, position: int) -> None:
        self[identity] = position

    def begin(self, generation: int) -> None:
        self.clear()
