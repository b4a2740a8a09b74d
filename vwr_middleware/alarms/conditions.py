"""What one worker sees of a room: which alarms have a reason there, and since when.

An alarm begins when its reason has lasted long enough, and ends when there has been none for a
while. Each worker looks for itself, at what it last read of the room. What it makes of that it
brings to the book (book.py), where the first one that sees a change makes it for all.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from vwr_middleware.alarms.kinds import KINDS, OF_ROOMS
from vwr_middleware.line.messages import AT, CLAIMED, Snapshot
from vwr_middleware.settings.alarm_kinds import Thresholds
from vwr_middleware.worker.stock_odds import left_now

#: Below this part of what it takes to begin, a line is not nearly full any more.
_SPACE_AGAIN = 0.9
#: In a full room somebody enters when somebody leaves. So many times as long as that takes on
#: average, if everybody stays to the end, may pass before nobody's entering is a reason for alarm.
_SLOW = 3.0
#: In these states people in line are let in.
_ENTERING = ("open", "queueing")


@dataclass(frozen=True, slots=True)
class Finding:
    """What a worker has found out about one alarm: it is to begin, or to end."""

    kind: str
    room_name: str
    begins: bool
    at: float  # store time of the reading that says so
    since: float = 0.0  # since when there is a reason
    value: str = ""  # how much it is, in words


def thresholds_of(alarms: Thresholds) -> dict[str, float]:
    """Each kind that is not off, with the number from which on it is told."""
    return {
        name: KINDS[name].usual if its is True else float(its)
        for name, its in alarms
        if its is not False
    }


@dataclass(slots=True)
class _Entering:
    """How long nobody has entered a room."""

    claimed: int = -1
    since: float = 0.0

    def look(self, snapshot: Snapshot) -> float:
        """Since when nobody has entered although people wait."""
        claimed = snapshot.totals["claimed"]
        if claimed != self.claimed:
            self.since = _last_change(snapshot) if self.claimed < 0 else snapshot.now
        if not _people_wait(snapshot) or snapshot.state not in _ENTERING:
            self.since = snapshot.now
        self.claimed = claimed
        return self.since


def _last_change(snapshot: Snapshot) -> float:
    """When somebody entered last, as far back as the room remembers. A worker that has just started
    knows no more."""
    claimed = float(snapshot.totals["claimed"])
    earlier = [row[AT] for row in snapshot.flow_log if row[CLAIMED] < claimed]
    if earlier:
        return max(earlier)
    return min((row[AT] for row in snapshot.flow_log), default=snapshot.now)


def _people_wait(snapshot: Snapshot) -> bool:
    """Whether somebody is in line who is there."""
    return snapshot.present_ahead > 0 or snapshot.door_size > 0 or snapshot.expected >= 1


def people_in(snapshot: Snapshot) -> int:
    """How many are in line, without those who have left it or never came back."""
    return min(snapshot.waiting, snapshot.present_ahead + snapshot.seen_ahead)


def _too_long(snapshot: Snapshot, threshold: float) -> float:
    """Seconds after which it is too long that nobody entered."""
    found = threshold
    if snapshot.per_second:
        found = max(found, _SLOW / snapshot.per_second)
    if snapshot.limit and snapshot.active >= snapshot.limit:
        found = max(found, _SLOW * float(snapshot.rules["session_seconds"]) / snapshot.limit)
    return found


class Conditions:
    """What one worker has seen of one room."""

    def __init__(self, room_name: str, alarms: Thresholds) -> None:
        self._room_name = room_name
        self.thresholds = {k: v for k, v in thresholds_of(alarms).items() if k in OF_ROOMS}
        self._since: dict[str, float] = {}  # since when there is a reason
        self._calm: dict[str, float] = {}  # since when there is none
        self._entering = _Entering()

    def look(self, snapshot: Snapshot, on: Collection[str]) -> Iterator[Finding]:
        """What is to begin and to end, where these kinds are on."""
        nobody_since = self._entering.look(snapshot)
        for kind, threshold in self.thresholds.items():
            if kind == "nobody_enters":
                since: float | None = nobody_since
                if snapshot.now - nobody_since < _too_long(snapshot, threshold):
                    since = None
                value = ""
            else:
                holds, value = _LOOKS[kind](snapshot, threshold, kind in on)
                since = self._lasting(kind, threshold, snapshot.now) if holds else None
                if not holds:
                    self._since.pop(kind, None)
            found = self._found(kind, snapshot.now, kind in on, since, value)
            if found is not None:
                yield found
        for kind in on:
            if kind not in self.thresholds:  # it was switched off meanwhile
                yield Finding(kind, self._room_name, False, snapshot.now)

    def _lasting(self, kind: str, threshold: float, now: float) -> float | None:
        """Since when there is a reason, if it has lasted as long as the threshold says."""
        since = self._since.setdefault(kind, now)
        return None if KINDS[kind].unit == "seconds" and now - since < threshold else since

    def _found(
        self, kind: str, now: float, is_on: bool, since: float | None, value: str
    ) -> Finding | None:
        """A finding, if a reason or the lack of one changes anything."""
        if since is not None:
            self._calm.pop(kind, None)
            words = value or in_words(now - since)
            return None if is_on else Finding(kind, self._room_name, True, now, since, words)
        calm = self._calm.setdefault(kind, now)
        if not is_on or now - calm < KINDS[kind].calm:
            return None
        return Finding(kind, self._room_name, False, now)


def _line(snapshot: Snapshot, threshold: float, is_on: bool) -> tuple[bool, str]:
    people = people_in(snapshot)
    return people >= (1 if is_on else threshold), f"{people:,}"


def _estimates(snapshot: Snapshot, threshold: float, is_on: bool) -> tuple[bool, str]:
    _, _, lately, held = snapshot.record
    return snapshot.estimates_off > 0, f"{int(held)} of {int(lately)}"


def _nearly_full(snapshot: Snapshot, threshold: float, is_on: bool) -> tuple[bool, str]:
    most = snapshot.rules.get("max_waiting")
    if not most:
        return False, ""
    part = threshold * _SPACE_AGAIN if is_on else threshold
    people = people_in(snapshot)
    return people >= part * most, f"{people:,} of {most:,}"


#: Of each kind that needs no memory: whether there is a reason, and how much it is, in words.
_LOOKS: Mapping[str, Callable[[Snapshot, float, bool], tuple[bool, str]]] = {
    "line_formed": _line,
    "paused": lambda snapshot, threshold, is_on: (snapshot.mode == "paused", ""),
    "estimates_off": _estimates,
    "nearly_full": _nearly_full,
    "stock_gone": lambda snapshot, threshold, is_on: (left_now(snapshot) == 0, "0"),
}


def in_words(seconds: float) -> str:
    """A length of time, like `2 min 5 s`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
