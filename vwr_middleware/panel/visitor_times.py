"""When a visitor joined, was called, came to the door, went in and left: as far as it is kept.

With the setting `day_log` a room keeps these times, in some ten bytes a visitor. Without it there
is what is kept for other reasons: the ticket has the time of joining, the minutes of the last days
tell in which one a position was handed out, the log of the serving counter reaches back a minute,
and the last thousand sessions that ended have the time. Whatever is not kept says so.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.line.constants import MINUTE, TICKS
from vwr_middleware.line.day_log import (
    BEFORE,
    CALLED,
    ENDED,
    ENTERED,
    FIRST_ENDED,
    HEAD,
    JOINED,
    KNOCKED,
    LEFT,
    PLACED,
    KeptDay,
    events_in,
    unzigzag,
)
from vwr_middleware.line.messages import Record
from vwr_middleware.line.minutes import Minute, numbers_in
from vwr_middleware.panel.language import _, said_later
from vwr_middleware.panel.lookup import AskedPlace
from vwr_middleware.worker.current_room import CurrentRoom

#: How far back the minutes are looked through for the one in which somebody joined.
LOOKED_BACK = 24 * 3600.0
#: Chunks of the day's log that are read through for one visitor, at most: some 0.1 s.
_CHUNKS_MOST = 400
#: Bytes that hold the beginning of a chunk.
_HEAD_BYTES = 72

#: What happens to a visitor, in order.
STEPS = ("joined", "called", "door", "entered", "left")
_IN_WORDS = {
    "joined": said_later("Joined"),
    "called": said_later("Called"),
    "door": said_later("At the door"),
    "entered": said_later("Went in"),
    "left": said_later("Left"),
}


@dataclass(frozen=True, slots=True)
class VisitorStep:
    """When one thing happened. Without a time, `told` says why there is none; with one, what is to
    be said beside it."""

    step: str
    at: float | None = None
    within: float = 0.0  # seconds by which it may have been later
    told: str = ""

    def as_json(self) -> dict[str, Any]:
        """The same for programs."""
        return {"step": self.step, "at": self.at, "within": self.within, "told": self.told}


def step_word(step: str) -> str:
    """What happened, in a word or two."""
    return _(_IN_WORDS[step])


@dataclass(slots=True)
class InLog:
    """What the day's log has of one visitor."""

    joined: float | None = None
    called: float | None = None
    knocked: float | None = None
    entered: float | None = None
    ended: float | None = None
    how: str = ""


def in_log(kept: KeptDay, generation: int, position: int) -> InLog:
    """What the day's log has of a visitor. Of each part only its beginning is read, unless that
    says that the visitor is in it."""
    found, read = InLog(), 0
    heads = [_head(chunk) for chunk in kept.chunks]
    for number, (head, chunk) in enumerate(zip(heads, kept.chunks, strict=True)):
        after = heads[number + 1] if number + 1 < len(heads) else None
        if head is None or head[1] > generation:
            break
        if not _may_tell(head, after, generation, position, found):
            continue
        read += 1
        if read > _CHUNKS_MOST:
            break
        try:
            _take(found, chunk, generation, position)
        except ValueError:
            continue  # cut off: the rest may be whole
        if found.ended is not None:
            break
    return found


def _head(chunk: bytes) -> tuple[int, int, int, int] | None:
    """The tick, generation, queue counter and serving counter with which a part begins."""
    numbers = numbers_in(chunk[:_HEAD_BYTES])
    return None if len(numbers) < 6 else (numbers[2], numbers[3], numbers[4], numbers[5])


def _may_tell(
    head: tuple[int, int, int, int],
    after: tuple[int, int, int, int] | None,
    generation: int,
    position: int,
    found: InLog,
) -> bool:
    """Whether a part may have something of a visitor that is not known yet."""
    _tick, here, queue, serving = head
    if here < generation:
        return after is None or after[1] >= generation
    is_last = after is None or after[1] > generation
    joins = queue < position and (is_last or (after is not None and position <= after[2]))
    calls = serving < position and (is_last or (after is not None and position <= after[3]))
    return joins or calls or (position <= queue and found.ended is None)


def _take(found: InLog, chunk: bytes, generation: int, position: int) -> None:
    """Read one part."""
    part = _Part(found, generation, position)
    for kind, passed, rest in events_in(chunk):
        part.tick += passed
        part.take(kind, rest)


@dataclass(slots=True)
class _Part:
    """A part of the log while it is read, for one visitor."""

    found: InLog
    generation: int
    position: int
    tick: int = 0
    here: int = 0  # the generation of what is read
    queue: int = 0
    serving: int = 0
    went_in: int = 0
    went_out: int = 0

    def take(self, kind: int, rest: Sequence[int]) -> None:
        if kind == HEAD:
            _number, self.tick, self.here, self.queue, self.serving, _inside = rest
            self.went_in = self.went_out = self.serving
        elif kind == BEFORE:
            if tuple(rest[1:]) == (self.generation, self.position):
                self._ends(ENDED[rest[0] % len(ENDED)])
        elif kind in (JOINED, CALLED):
            self._moves(kind, rest[0])
        elif kind == KNOCKED:
            self._knocks(self.serving - rest[0])
        elif kind == PLACED:
            self._gets(self.queue + 1 + unzigzag(rest[0]))
        elif kind in (ENTERED, LEFT) or FIRST_ENDED <= kind < BEFORE:
            self._place(kind, unzigzag(rest[0]) + 1)

    def _place(self, kind: int, further: int) -> None:
        if kind >= FIRST_ENDED:
            self.went_out += further
            if self._is_it(self.went_out):
                self._ends(ENDED[kind - FIRST_ENDED])
            return
        self.went_in += further
        if self._is_it(self.went_in):
            self._comes_or_leaves(kind)

    def _moves(self, kind: int, count: int) -> None:
        before = self.queue if kind == JOINED else self.serving
        is_among = self.here == self.generation and before < self.position <= before + count
        if kind == JOINED:
            self.queue += count
            self.found.joined = self._at if is_among else self.found.joined
        else:
            self.serving += count
            self.found.called = self._at if is_among else self.found.called

    def _knocks(self, position: int) -> None:
        """The first time counts: whoever has waited at the door may come back to it."""
        if self._is_it(position) and self.found.knocked is None:
            self.found.knocked = self._at

    def _gets(self, position: int) -> None:
        """Somebody who just came has got this position, of a lane."""
        self.queue = max(self.queue, position)
        self.found.joined = self._at if self._is_it(position) else self.found.joined

    def _comes_or_leaves(self, kind: int) -> None:
        if kind == LEFT:
            self._ends("left")
        else:
            self.found.entered, self.found.ended, self.found.how = self._at, None, ""

    def _ends(self, how: str) -> None:
        self.found.ended, self.found.how = self._at, how

    def _is_it(self, position: int) -> bool:
        return (self.here, position) == (self.generation, self.position)

    @property
    def _at(self) -> float:
        return self.tick / TICKS


def joined_by_minutes(room: CurrentRoom, minutes: Sequence[Minute], position: int) -> float | None:
    """The minute in which a position of the present generation was handed out."""
    last = room.queue
    for minute in reversed(minutes):
        first = last - minute.arrivals
        if first < 0:
            return None  # the generation began within this minute, or numbers are missing
        if first < position <= last:
            return minute.at
        last = first
    return None


def called_lately(room: CurrentRoom, position: int) -> float | None:
    """When the serving counter reached a position, if that was within the last minute."""
    log = room.snapshot.serving_log
    if not log or log[0][1] >= position:
        return None
    return next((at for at, serving in log if serving >= position), None)


def ended_lately(record: Record, session: str) -> tuple[float, str] | None:
    """When and how a session ended, if it is among the last that did."""
    return next(((at, how) for at, name, how in reversed(record.outcomes) if name == session), None)


@dataclass(frozen=True, slots=True)
class Sources:
    """All that may tell when something happened to a visitor."""

    room: CurrentRoom
    record: Record
    minutes: Sequence[Minute]
    kept: KeptDay


def times_of(sources: Sources, asked: AskedPlace, you: str) -> list[VisitorStep]:
    """When each thing happened to a visitor who stands as `you` says."""
    return list(_times(sources, asked, you))


def _times(sources: Sources, asked: AskedPlace, you: str) -> Iterator[VisitorStep]:
    room, position = sources.room, asked.position
    if you == "none":
        return
    log = in_log(sources.kept, asked.generation, position)
    is_here = asked.generation == room.generation
    yield _joined(sources, asked, log, is_here=is_here)
    is_called = not is_here or position <= room.serving
    called = log.called or (called_lately(room, position) if is_here else None)
    yield _step("called", called, _not_kept(sources) if is_called else _not_yet())
    yield _at_the_door(room, position, log, you)
    has_been_in = you in ("admitted", "ended")
    yield _step("entered", log.entered, _not_kept(sources) if has_been_in else _not_yet())
    ended = ended_lately(sources.record, asked.session)
    at = log.ended if log.ended is not None else (ended[0] if ended else None)
    gone = you in ("ended", "left", "missed", "reset")
    yield _step("left", at, _not_kept(sources) if gone else _not_yet())


def _joined(sources: Sources, asked: AskedPlace, log: InLog, *, is_here: bool) -> VisitorStep:
    at = asked.joined_at or log.joined
    if at:
        return VisitorStep("joined", at)
    minute = joined_by_minutes(sources.room, sources.minutes, asked.position) if is_here else None
    return _step("joined", minute, _("longer ago than a day, or not kept"), MINUTE)


def _at_the_door(room: CurrentRoom, position: int, log: InLog, you: str) -> VisitorStep:
    """When somebody came to the door first, and whether that is where they stand."""
    is_there = you == "next" and position in room.door
    there = _("stands there now") if is_there else ""
    if log.knocked is not None:
        return VisitorStep("door", log.knocked, told=there)
    if there:
        return VisitorStep("door", told=there)
    if log.entered is not None or you in ("admitted", "ended"):
        came_in = log.entered is not None and log.entered == log.joined
        gone = _("has been there; the time is not kept")
        return VisitorStep("door", told=_("went straight in") if came_in else gone)
    if you == "next":
        return VisitorStep("door", told=_("is not seen there now; earlier times are not kept"))
    return VisitorStep("door", told=_not_yet())


def _step(step: str, at: float | None, otherwise: str, within: float = 0.0) -> VisitorStep:
    return VisitorStep(step, told=otherwise) if at is None else VisitorStep(step, at, within)


def _not_yet() -> str:
    return _("not yet")


def _not_kept(sources: Sources) -> str:
    if sources.kept.is_kept:
        return _("not kept any more")
    return _("not kept: that takes the setting day_log")


NOTHING_KEPT = KeptDay(0.0, False, ())


async def sources_of(operations: Any, name: str, room: CurrentRoom, record: Record) -> Sources:
    """What the store has that may tell of a visitor. What does not answer counts as not kept."""
    view = operations.view(name)
    try:
        kept = await operations.store_access.day(view) if _keeps(room) else NOTHING_KEPT
        found = await operations.store_access.history(view, room.now - LOOKED_BACK, room.now, False)
        return Sources(room, record, found.minutes(MINUTE), kept)
    except StoreUnavailable:
        return Sources(room, record, (), NOTHING_KEPT)


def _keeps(room: CurrentRoom) -> bool:
    return bool(room.rules.get("day_log") or room.snapshot.config.get("day_log"))
