"""What a room consists of: its numbers, and the parts with a row for each visitor.

Every store has its own class for each protocol here. `Line` puts them together.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from vwr_middleware.line.bits import Bits
from vwr_middleware.line.messages import Ending
from vwr_middleware.line.state import Numbers


class Sessions(Protocol):
    """Running sessions by session id, each with the moment when its slot is free again."""

    def get(self, session: str) -> tuple[float, bool] | None:
        """Until when the slot is taken, and whether the session is still unconfirmed."""

    def put(self, session: str, until: float, unconfirmed: bool) -> None:
        """Begin a session, or change until when its slot is taken."""

    def bind(self, session: str, mark: str) -> None:
        """Bind a running session to a network, given as its mark, until it ends."""

    def bound_to(self, session: str) -> str | None:
        """The mark of the network to which a session is bound; None if it is not bound."""

    def remove(self, session: str) -> bool:
        """End a session. False if there was none."""

    def expire(self, now: float) -> list[tuple[str, bool]]:
        """Remove and return those whose moment has come."""

    def count(self) -> int:
        """How many there are."""

    def count_unconfirmed(self) -> int:
        """How many are unconfirmed."""

    def ending_by(self, until: float) -> int:
        """How many end at or before this moment."""

    def clear(self) -> list[str]:
        """End all. Returns them in the order in which they would have ended."""

    def rows(self) -> list[tuple[str, float, bool]]:
        """All, the next to end first: id, until when the slot is taken, whether unconfirmed."""


class Door(Protocol):
    """Called visitors for whom a slot is held, by position, each with the time from and until."""

    def prune(self, now: float, most: int) -> None:
        """Drop those whose time is over, and everybody behind the first `most` for whom a slot is
        held now: there will hardly be one for them. (Slots held for later are free until then.)"""

    def has(self, position: int) -> bool:
        """Whether this one is at the door."""

    def put(self, position: int, since: float, until: float, later: bool = False) -> None:
        """Put somebody at the door, or move the time. `later`: `since` has not come yet."""

    def remove(self, position: int) -> None:
        """Take somebody away, if there."""

    def ahead(self, position: int, now: float) -> int:
        """For how many before this position a slot is held now."""

    def coming(self, by: float) -> int:
        """For how many a slot is held now or from a moment up to `by`."""

    def later(self, now: float) -> list[int]:
        """For whom a slot is held, but not yet now."""

    def nth(self, n: int, now: float) -> int:
        """The position of the n-th (from 1) for whom a slot is held now; 0 if there are fewer."""

    def positions(self) -> list[int]:
        """All, in order."""

    def clear(self) -> None:
        """Send all away."""


class Ended(Protocol):
    """The numbered list of sessions that ended early."""

    def add(self, session: str, number: int, how: Ending | None) -> None:
        """Append; numbers only grow. `how` is None if it is not known how the session ended."""

    def has(self, session: str) -> bool:
        """Whether this session is listed."""

    def after(self, number: int, most: int) -> list[tuple[int, str, Ending | None]]:
        """Up to `most` entries with a greater number, in order."""

    def drop(self, number: int) -> None:
        """Forget all up to this number."""


class Moved(Protocol):
    """The numbered list of places that their first device does not hold any more.

    It has one row a place. devices.py says what is in it.
    """

    def get(self, position: int) -> int | None:
        """The device that holds this place; None: it has never moved."""

    def put(self, position: int, device: int, number: int) -> None:
        """Write a place's row, or move it, to the end of the list; numbers only grow."""

    def remove(self, position: int) -> None:
        """Forget a place, if listed."""

    def oldest(self, most: int) -> list[tuple[int, int]]:
        """The first entries of the list: position, device."""

    def after(self, number: int, most: int) -> list[tuple[int, int, int]]:
        """Up to `most` entries with a greater number, in order: number, position, device."""

    def has_more_than(self, most: int) -> bool:
        """Whether the list has more rows."""

    def clear(self) -> None:
        """Forget all."""


@dataclass(frozen=True, slots=True)
class Code:
    """A resume code in the store, by its hash."""

    position: int
    until: float
    device: int = 0  # the device that got the place by it; 0: the code was not used yet
    attempt: str = ""  # what that device sends again if it repeats its request


class Codes(Protocol):
    """The resume codes of a generation: at most one a place, and none for long."""

    def get(self, code: str) -> Code | None:
        """What is kept for a code, even if its time is over."""

    def put(self, code: str, kept: Code) -> None:
        """Keep a code. The place's earlier one is forgotten."""

    def prune(self, now: float) -> None:
        """Forget those whose time is over."""

    def count(self) -> int:
        """How many there are."""

    def clear(self) -> None:
        """Forget all."""


class Identities(Protocol):
    """Which places people have in this generation of whom the app says who they are.

    An identity is a digest. There is one for each who joined as somebody, and none is removed
    before the generation ends, whatever becomes of the place. A loss of data loses them.
    """

    def get(self, identity: str) -> int | None:
        """The position that this identity was given last, if any."""

    def put(self, identity: str, position: int) -> None:
        """Note which position an identity has now."""

    def begin(self, generation: int) -> None:
        """Forget all, since this generation begins."""


class Journal(Protocol):
    """Bounded rows for operators: the last hour, the audit log, sessions shared by many."""

    def add_history(self, row: list[float], most: int) -> None:
        """Append a row of the history."""

    def add_audit(self, row: list[Any], most: int) -> None:
        """Append a row of the audit log."""

    def add_sharers(self, sharers: Sequence[tuple[str, str]], most: int) -> None:
        """Note sessions with the marks of addresses that used them. The latest stay longest."""

    def history(self) -> list[list[float]]:
        """The history, the oldest first."""

    def audit(self) -> list[list[Any]]:
        """The audit log, the oldest first."""

    def sharers(self) -> list[tuple[str, str]]:
        """Sessions and marks of addresses, in order."""


@dataclass(slots=True)
class Moment:
    """What is in force during one step: found as it begins, and again if the step changes it."""

    now: float  # the store's time of the step
    mode: str  # in force: opening times count
    limit: int  # sessions at once
    per_second: float | None  # new admissions; None: as fast as slots free
    burst: float  # how many of these may come at once


@dataclass(slots=True)
class Line:
    """A room's whole state, as one step of a store sees and changes it."""

    numbers: Numbers
    bits: Bits
    sessions: Sessions
    door: Door
    ended: Ended
    journal: Journal
    moved: Moved
    codes: Codes
    identities: Identities
    run: int = 0  # the store's present run, see store_came_back.py; 0: it cannot tell
    moment: Moment = field(init=False)  # of the present step: see capacity.look_around

    def new_generation(self, generation: int) -> None:
        """Begin a generation: forget everything that belongs to positions of the last one."""
        self.bits.store.erase_all()
        self.door.clear()
        self.moved.clear()
        self.codes.clear()
        self.identities.begin(generation)
        numbers = self.numbers
        numbers.generation = generation
        numbers.queue = numbers.serving = numbers.horizon = numbers.skipped_to = 0
        numbers.credit = numbers.spent_called = numbers.seen_called = numbers.judged = 0
        numbers.goes, numbers.turn_log = [], []
        numbers.cohorts, numbers.queue_log, numbers.serving_log = [], [], []
        numbers.horizon_log, numbers.flow_log, numbers.wait_log = [], [], []
        numbers.first_claim = numbers.listens_until = numbers.unheard_until = 0.0
        numbers.open_marks, numbers.starved = {}, 0
