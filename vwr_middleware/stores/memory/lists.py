"""The list of the ended and the journal of a room, in the memory of one process.

line/state.py says what the methods do.
"""

from collections import OrderedDict, deque
from collections.abc import Iterable
from itertools import takewhile
from typing import Any

from vwr_middleware.line.messages import Ending


class MemoryEnded:
    """The list of the ended, numbers ascending."""

    def __init__(self) -> None:
        self._rows: deque[tuple[int, str, Ending | None]] = deque()
        self._ids: set[str] = set()

    def add(self, session: str, number: int, how: Ending | None) -> None:
        self._rows.append((number, session, how))
        self._ids.add(session)

    def has(self, session: str) -> bool:
        return session in self._ids

    def after(self, number: int, most: int) -> list[tuple[int, str, Ending | None]]:
        newer = list(takewhile(lambda row: row[0] > number, reversed(self._rows)))
        return newer[::-1][:most]

    def drop(self, number: int) -> None:
        while self._rows and self._rows[0][0] <= number:
            self._ids.discard(self._rows.popleft()[1])


class MemoryJournal:
    """Bounded rows for operators."""

    def __init__(self) -> None:
        self._history: deque[list[float]] = deque()
        self._audit: deque[list[Any]] = deque()
        self._sharers: OrderedDict[tuple[str, str], None] = OrderedDict()

    def add_history(self, row: list[float], most: int) -> None:
        self._history.append(row)
        while len(self._history) > most:
            self._history.popleft()

    def add_audit(self, row: list[Any], most: int) -> None:
        self._audit.append(row)
        while len(self._audit) > most:
            self._audit.popleft()

    def add_sharers(self, sharers: Iterable[tuple[str, str]], most: int) -> None:
        for row in sharers:
            self._sharers[row] = None
            self._sharers.move_to_end(row)
        while len(self._sharers) > most:
            self._sharers.popitem(last=False)

    def history(self) -> list[list[float]]:
        return [list(row) for row in self._history]

    def audit(self) -> list[list[Any]]:
        return [list(row) for row in self._audit]

    def sharers(self) -> list[tuple[str, str]]:
        return sorted(self._sharers)
