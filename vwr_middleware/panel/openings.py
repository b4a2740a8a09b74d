"""The openings of a room, as operators read them, and how one is added or taken out.

The whole list is one setting, `openings`. Who adds or takes out one changes the list that they have
read, and only if nobody else has changed settings meanwhile.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from vwr_middleware.errors import Refused
from vwr_middleware.line.capacity import mode_by
from vwr_middleware.line.constants import DRAW_OVER, DRAWN, NO_DRAW
from vwr_middleware.line.openings import (
    has_own_line,
    in_force,
    line_ends,
    openings_of,
    present_opening,
)
from vwr_middleware.panel.language import _
from vwr_middleware.panel.words import moment
from vwr_middleware.settings.kinds import moment as moment_kind
from vwr_middleware.worker.current_room import CurrentRoom

if TYPE_CHECKING:
    from vwr_middleware.panel.operations import Operations


def rows(room: CurrentRoom) -> list[dict[str, Any]]:
    """The openings in order, each with what it is now: over, open, next or later."""
    openings = openings_of(room.rules)
    present = present_opening(openings, room.wall) if openings else 0
    draws = bool(room.snapshot.config.get("draw"))  # at each
    return [
        {
            "number": number,
            "is": _what(opening, number, present, room.wall),
            "opens_at": opening.get("opens_at"),
            "closes_at": opening.get("closes_at"),
            "joins_from": opening.get("joins_from"),
            "keeps_line": not has_own_line(opening) and not draws,
            "draws": draws or bool(opening.get("draw")),
            "settings": {
                name: opening[name]
                for name in ("title", "message", "max_active", "per_minute")
                if opening.get(name) is not None
            },
        }
        for number, opening in enumerate(openings, 1)
    ]


def _what(opening: Mapping[str, Any], number: int, present: int, at: float) -> str:
    closes, opens = opening.get("closes_at"), opening.get("opens_at")
    if closes is not None and closes <= at:
        return "over"
    if opens is None or opens <= at:
        return "open"
    return "next" if number == present else "later"


def opens_in(room: CurrentRoom) -> float | None:
    """Seconds until the next opening; None: none is ahead."""
    ahead = [
        opens - room.wall
        for opening in openings_of(room.rules)
        if (opens := opening.get("opens_at")) is not None and opens > room.wall
    ]
    return min(ahead, default=None)


async def listed(operations: "Operations", name: str) -> dict[str, Any]:
    """The openings of a room."""
    return {"openings": rows(await operations.room(name))}


async def add(operations: "Operations", name: str, who: str, /, **given: Any) -> dict[str, Any]:
    """Add an opening. The times of a room that has only one become the first of the list."""
    room = await operations.room(name)
    await settle(operations, name, room, who, with_one_more(room, given))
    return {"openings": rows(operations.known(name))}


async def remove(operations: "Operations", name: str, opens: str, who: str) -> dict[str, Any]:
    """Take out the opening that begins at a time: seconds since 1970, or with its UTC offset."""
    room = await operations.room(name)
    await settle(operations, name, room, who, without(room, opens))
    return {"openings": rows(operations.known(name))}


def new_line_end(room: CurrentRoom, openings: Sequence[Mapping[str, Any]] | None) -> float | None:
    """When a line would end by a list of openings, and so far would not, or only later. None: none
    would, or the list is the configured one."""
    if not openings or openings == room.snapshot.config.get("openings"):
        return None
    before, after = _line_ends(room, openings_of(room.rules)), _line_ends(room, openings)
    for number, end in enumerate(after, 1):
        if sum(known <= end for known in before) < number:
            return end
    return None


def registers_anew(room: CurrentRoom, after: Mapping[str, Any], at: float) -> bool:
    """Whether by a change people would register for another draw, and those in line would lose
    their places: see line/draw.py. `after` has the changed settings, `at` is when it is made."""
    rules = in_force(room.snapshot.config, {**room.snapshot.overrides, **after}, at)
    before, becomes = mode_by(room.rules, at), mode_by(rules, at)
    if not (rules.get("draw") and becomes == "scheduled" != before):
        return False
    if room.waiting <= 0 >= room.snapshot.called:
        return False
    if room.snapshot.draw == NO_DRAW:
        return room.serving > 0
    return room.snapshot.draw == DRAW_OVER or (room.snapshot.draw == DRAWN and before == "closed")


def _line_ends(room: CurrentRoom, openings: Sequence[Mapping[str, Any]]) -> list[float]:
    """When lines end from now on, in order."""
    draws = bool(room.snapshot.config.get("draw"))
    return sorted(end for end in line_ends(openings, draws=draws) if end > room.wall)


def with_one_more(room: CurrentRoom, opening: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The list with one more."""
    return [*_present_list(room), opening]


def without(room: CurrentRoom, opens: str) -> list[Mapping[str, Any]]:
    """The list without one of them. Raises Refused."""
    try:
        begins = moment_kind.check(opens)
    except ValueError as error:
        raise Refused(_("the time {error}", error=error)) from error
    there = _present_list(room)
    left = [opening for opening in there if opening.get("opens_at") != begins]
    if len(left) == len(there):
        known = ", ".join(moment(opening.get("opens_at")) for opening in there) or _(
            "there is none"
        )
        raise Refused(
            _("no opening begins at {begins}: {known}", begins=moment(begins), known=known),
            status=404,
        )
    return left


async def settle(
    operations: "Operations",
    name: str,
    room: CurrentRoom,
    who: str,
    openings: Sequence[Mapping[str, Any]],
) -> None:
    """Put a list in force, unless somebody else changes settings at the same moment."""
    number = room.snapshot.changes
    await operations.settle(name, room, who, {"openings": openings or None}, after=number)


def _present_list(room: CurrentRoom) -> list[Mapping[str, Any]]:
    openings = list(openings_of(room.rules))
    if any(opening.get("opens_at") is None for opening in openings):
        raise Refused(_("the room has a closes_at alone: set opens_at first, or unset closes_at"))
    return openings
