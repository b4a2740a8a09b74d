"""The board of one process. board.py says what its methods do."""

from collections import OrderedDict
from collections.abc import Mapping


class MemoryBoard:
    """Texts by kind and key, those put there last at the end."""

    def __init__(self) -> None:
        self._kinds: dict[str, OrderedDict[str, tuple[str, float]]] = {}

    def get(self, kind: str, key: str) -> tuple[str, float] | None:
        return self._of(kind).get(key)

    def put(self, kind: str, key: str, text: str, now: float) -> None:
        rows = self._of(kind)
        rows[key] = (text, now)
        rows.move_to_end(key)

    def drop(self, kind: str, key: str) -> None:
        self._of(kind).pop(key, None)

    def trim(self, kind: str, most: int, before: float) -> None:
        rows = self._of(kind)
        while rows and (len(rows) > most or next(iter(rows.values()))[1] < before):
            rows.popitem(last=False)

    def rows(self, kind: str) -> Mapping[str, str]:
        return {key: text for key, (text, _) in self._of(kind).items()}

    def _of(self, kind: str) -> OrderedDict[str, tuple[str, float]]:
        return self._kinds.setdefault(kind, OrderedDict())
