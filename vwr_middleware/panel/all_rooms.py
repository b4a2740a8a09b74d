"""All rooms at once: their last hour, their totals, and how they are paused together.

A room that was paused with all others has that in its audit log, beside the operator's name. So
whoever resumes them, at whichever worker and however much later, resumes those and no other.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vwr_middleware.errors import Refused, StoreUnavailable, WaitingRoomError
from vwr_middleware.line.messages import Record
from vwr_middleware.line.minutes import Minute
from vwr_middleware.panel import history
from vwr_middleware.panel.language import _, several
from vwr_middleware.panel.operations import CHANGED_SINCE, Operations
from vwr_middleware.panel.operators import Operator, acting
from vwr_middleware.panel.records import audit_rows
from vwr_middleware.settings.operators import OPERATOR, ROLES
from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.room_view import RoomView

#: Stands behind the name of an operator in the audit log.
TOGETHER = " (all rooms)"
#: The modes in which a room is paused with the others. One that is closed or off is left alone:
#: paused, it would let newcomers join, or hold those who pass.
PAUSABLE = ("auto", "queue")
HOUR = 3600.0
#: The status of a change that came too late, and how often one is tried.
CONFLICT, _TRIES = 409, 5
#: Seconds for which a drawn hour is good.
_DRAWN_FOR = 20.0
WIDTH, HEIGHT = 120, 28

ITS_MODE = "its mode is {mode}"
BY_ITSELF = "it was paused by itself, and not together with others"

#: What was done to each room: the names of those to which it was, then, each with a reason, those
#: that were left as they are, and those for which the store did not answer.
Done = dict[str, list[Any]]
#: The mode that a room is to have.
ModeFor = Callable[[str, CurrentRoom], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Sparkline:
    """The last hour of a room in a line: how many waited, and when people entered."""

    line: str
    area: str
    most: int
    entered: int


class Sparklines:
    """The sparklines of all rooms, each drawn anew every few seconds at most, and only while
    somebody looks."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations
        self._drawn: dict[str, tuple[float, Sparkline | None]] = {}

    async def of(self, view: RoomView) -> Sparkline | None:
        """The last hour of a room; None if it cannot be read."""
        now = self._operations.store_access.monotonic()
        at, drawn = self._drawn.get(view.name, (-_DRAWN_FOR, None))
        if now - at < _DRAWN_FOR or view.room is None:
            return drawn
        end = view.room.now
        try:
            drawn = drawn_of(
                await history.past(self._operations, view.name, end - HOUR, end, 60), end
            )
        except StoreUnavailable:
            drawn = None
        self._drawn[view.name] = now, drawn
        return drawn


def drawn_of(minutes: Sequence[Minute], now: float) -> Sparkline:
    """The line of an hour that ends now. A minute in which nobody asked for the room is one in
    which nobody waited."""
    waited = {int((now - each.at) // 60): each.waiting for each in minutes}
    most = max(waited.values(), default=0)
    points = [
        (WIDTH * (60 - ago) / 60, HEIGHT - 1 - (HEIGHT - 2) * waited.get(ago, 0) / max(most, 1))
        for ago in range(60, -1, -1)
    ]
    drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return Sparkline(
        f"M{drawn}",
        f"M0,{HEIGHT} L{drawn} L{WIDTH},{HEIGHT} Z",
        most,
        sum(each.entries for each in minutes),
    )


def seen_by(rows: Iterable[dict[str, Any]], operator: Operator) -> list[dict[str, Any]]:
    """The rooms that an operator may see."""
    return [row for row in rows if operator.sees(row)]


def totals(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """All of these rooms together. Those whose store was never seen count for nothing."""
    known = [row for row in rows if "mode" in row]
    added = ("waiting", "present", "called", "active", "limit", "admitted_per_minute")
    return {
        **{name: sum(row[name] for row in known) for name in added},
        "longest_wait": max((row["longest_wait"] or 0 for row in known), default=0),
        "rooms": len(rows),
        "paused": sum(row["state"] == "paused" for row in known),
        "down": sum(row["store"] == "down" for row in rows),
    }


# Pausing all, and resuming those that were paused so.


class Together:
    """Pauses the rooms of an operator, and resumes those that were paused together."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations
        #: What was found out of a room that is paused, by the number of its latest change.
        self._found: dict[str, tuple[int, bool]] = {}

    def pausable(self, operator: Operator) -> list[str]:
        """The rooms that this operator would pause."""
        return [
            view.name
            for view in self._steered_by(operator)
            if view.room is not None and view.room.mode in PAUSABLE
        ]

    async def paused(self, operator: Operator) -> list[str]:
        """The rooms that were paused together, and that this operator may resume."""
        return [view.name for view in self._steered_by(operator) if await self._is_paused(view)]

    async def _is_paused(self, view: RoomView) -> bool:
        room = view.room
        if room is None or room.mode != "paused":
            return False
        latest, found = self._found.get(view.name, (-1, False))
        if latest != room.snapshot.changes:
            try:
                found = was_together(await self._operations.record(view.name))
            except StoreUnavailable:
                return False
            self._found[view.name] = room.snapshot.changes, found
        return found

    def _steered_by(self, operator: Operator) -> list[RoomView]:
        views = self._operations.store_access.views.values()
        return [view for view in views if _steers(operator, view.name)]

    async def pause(self, operator: Operator) -> Done:
        """Pause those that this operator steers, and say of all others that it sees why not."""
        return await self._each("paused", operator, self._mode_of_pause)

    async def resume(self, operator: Operator) -> Done:
        """Resume those that were paused together, each in the mode that it had."""
        return await self._each("resumed", operator, self._mode_before)

    async def _each(self, what: str, operator: Operator, mode_for: ModeFor) -> Done:
        done: Done = {what: [], "left": [], "failed": []}
        for name in filter(operator.role_in, [*self._operations.store_access.views]):
            try:
                operator.within(name).need(OPERATOR)
                await self._settle(name, operator.name + TOGETHER, mode_for)
                done[what].append(name)
            except Refused as refused:
                done["left"].append({"room": name, "why": str(refused)})
            except WaitingRoomError as error:
                done["failed"].append({"room": name, "why": error.told})
        return done

    async def _settle(self, name: str, who: str, mode_for: ModeFor) -> None:
        """Set the mode of a room as it is at that moment. Raises Refused if it is to be left as it
        is. Whoever changes another setting meanwhile keeps no room from being paused."""
        for _again in range(_TRIES):
            room = await self._operations.room(name)
            mode, number = {"mode": await mode_for(name, room)}, room.snapshot.changes
            try:
                await self._operations.settle(name, room, who, mode, after=number)
                return
            except Refused as refused:
                if refused.status != CONFLICT:
                    raise
        raise WaitingRoomError(CHANGED_SINCE)

    async def _mode_of_pause(self, name: str, room: CurrentRoom) -> str:
        if room.mode not in PAUSABLE:
            raise Refused(ITS_MODE.format(mode=room.mode))
        return "paused"

    async def _mode_before(self, name: str, room: CurrentRoom) -> str:
        if room.mode != "paused":
            raise Refused(ITS_MODE.format(mode=room.mode))
        if not was_together(await self._operations.record(name)):
            raise Refused(BY_ITSELF)
        return await self._operations.mode_before(name, room)


async def pause_all(operations: Operations, who: str) -> Done:
    """Pause all rooms that whoever asks steers."""
    return await Together(operations).pause(acting(who))


async def resume_all(operations: Operations, who: str) -> Done:
    """Resume those of them that were paused together."""
    return await Together(operations).resume(acting(who))


def _steers(operator: Operator, name: str) -> bool:
    role = operator.role_in(name)
    return role != "" and ROLES.index(role) >= ROLES.index(OPERATOR)


def was_together(record: Record) -> bool:
    """Whether the pause that holds was one of all rooms."""
    for row in audit_rows(record):
        if row["what"] == "mode" and row["to"] == "paused" != row["from"]:
            return str(row["who"]).endswith(TOGETHER)
    return False


def hazards_of_pause(rows: Iterable[Mapping[str, Any]], names: Sequence[str]) -> list[str]:
    """What pausing these rooms does, a line for each."""
    return [
        several(
            "{room}: nobody is called or enters, {n} person waits.",
            "{room}: nobody is called or enters, {n} people wait.",
            row["waiting"],
            room=row["room"],
        )
        for row in rows
        if row["room"] in names
    ]


def title_of_pause(names: Sequence[str]) -> str:
    """What the button does."""
    return several("Pause {n} room", "Pause {n} rooms", len(names))


def said_of(done: Done) -> str:
    """What was done, and what was not. Raises Refused if there was nothing to do."""
    names, failed = done.get("paused") or done.get("resumed") or [], done["failed"]
    if not names and not failed:
        nothing = (
            _("there is no room that could be paused")
            if "paused" in done
            else _("no room was paused together with others")
        )
        raise Refused(nothing, status=CONFLICT)
    listed = {"rooms": ", ".join(names)}
    text = (
        several("Paused {n} room: {rooms}.", "Paused {n} rooms: {rooms}.", len(names), **listed)
        if "paused" in done
        else several(
            "Resumed {n} room: {rooms}.", "Resumed {n} rooms: {rooms}.", len(names), **listed
        )
    )
    if failed:
        text += " " + _(
            "Not done, since the store did not answer: {rooms}.",
            rooms=", ".join(row["room"] for row in failed),
        )
    return text
