"""Whether people come in in order, and never more than fit: as those see it who stand outside.

The promise: a free slot goes to the lowest position that is at the door, who has asked and comes
back when told. From outside that is broken if somebody behind was told to come in while somebody
before stood at the door, and the latter then comes back in time and is told to wait on, though
nobody else of those before has come in meanwhile.

Only what is certain counts: the one behind had the answer before the one before asked again.
"""

from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

#: Seconds: how long the answers to two questions may overtake each other on their way.
OVERTAKING = 1.0
#: Seconds for which it is remembered who was told to come in.
REMEMBERED = 60.0
#: Pages come back after up to 1.2 times the interval that they were told; later, nothing is held.
IN_TIME = 1.2
LATE = 0.5


class _Doubt(NamedTuple):
    """Somebody who was told to wait on after somebody behind was let in."""

    position: int
    since: float  # when the one behind was told to come in
    until: float


@dataclass
class Door:
    """What is seen of one room's door."""

    limit: int
    inside: int = 0
    most_inside: int = 0
    out_of_order: int = 0
    refusals: int = 0  # answers to those called, that no slot is free
    overtaken: int = 0  # places: at most so far behind were those who were let in earlier

    def __post_init__(self) -> None:
        self._let_in: deque[tuple[float, int]] = deque()
        self._stands: dict[int, tuple[float, float]] = {}  # since when, and for how long
        self._doubts: deque[_Doubt] = deque()
        self._first = 0

    @property
    def over_limit(self) -> int:
        """How many too many were inside at the worst moment."""
        return max(0, self.most_inside - self.limit)

    def come_in(self, position: int, now: float) -> None:
        """Somebody is told to come in."""
        self._stands.pop(position, None)
        self._let_in.append((now, position))
        self._first = max(self._first, position)
        self.overtaken = max(self.overtaken, self._first - position)

    def wait_on(self, position: int, asked_at: float, now: float, told: float) -> None:
        """Somebody who is called is told to ask again in `told` seconds."""
        self.refusals += 1
        before = self._stands.get(position)
        self._stands[position] = now, told
        if before is None or asked_at > before[0] + before[1] * IN_TIME + LATE:
            return
        since = self._someone_behind_came_in(position, before[0], asked_at)
        if since is not None:
            self._doubts.append(_Doubt(position, since, now + OVERTAKING))

    def _someone_behind_came_in(self, position: int, since: float, until: float) -> float | None:
        """When somebody behind this position was first told to come in, in this time."""
        first = None
        for at, who in reversed(self._let_in):
            if at <= since:
                break
            if at < until and who > position:
                first = at
        return first

    def leave_door(self, position: int) -> None:
        """Somebody stands there no more."""
        self._stands.pop(position, None)

    def enter(self) -> None:
        """A session has begun."""
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)

    def end(self) -> None:
        """A session is about to end."""
        self.inside -= 1

    def judge(self, now: float) -> None:
        """Decide what was in doubt: now all answers of then are there."""
        while self._doubts and self._doubts[0].until < now:
            doubt = self._doubts.popleft()
            self.out_of_order += not any(
                who < doubt.position and doubt.since < at <= doubt.until for at, who in self._let_in
            )
        while self._let_in and self._let_in[0][0] < now - REMEMBERED:
            self._let_in.popleft()
