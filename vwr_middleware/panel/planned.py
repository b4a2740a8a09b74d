"""Changes of settings that operators have planned for a time: what is planned, and planning and
withdrawing one. The store makes them at their time (line/schedule.py).

Until then a plan is kept in full, as it was checked. It is checked against the settings that will
be in force at its time, as far as they are known: those of the opening then, and earlier plans.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from vwr_middleware.errors import Refused
from vwr_middleware.line.constants import PLANNED
from vwr_middleware.line.openings import in_force
from vwr_middleware.line.schedule import is_planned
from vwr_middleware.panel import changes
from vwr_middleware.panel.language import _
from vwr_middleware.panel.words import duration, in_words, moment
from vwr_middleware.settings.kinds import moment as moment_kind
from vwr_middleware.worker.current_room import CurrentRoom

if TYPE_CHECKING:
    from vwr_middleware.panel.operations import Operations

#: Planned changes of one room at most.
MOST = 50
#: Seconds ahead at most: a year.
LATEST = 366 * 86400.0
#: These are times themselves.
NOT_PLANNED = ("openings", "opens_at", "closes_at")

Plan = Mapping[str, Any]


def plans_in(room: CurrentRoom) -> list[tuple[str, Plan]]:
    """The planned changes of a room, each with its id, in the order of their times."""
    found = [
        (name.removeprefix(PLANNED), plan)
        for name, plan in room.snapshot.overrides.items()
        if is_planned(name)
    ]
    return sorted(found, key=lambda each: (each[1]["at"], each[0]))


def rows(room: CurrentRoom) -> list[dict[str, Any]]:
    """The same as the control API lists them."""
    return [
        {
            "id": key,
            "at": plan["at"],
            "in": round(plan["at"] - room.wall, 1),
            "settings": values_of(plan),
            "unset": list(plan["unset"]),
            "who": plan["who"],
            "planned_at": plan["made"],
        }
        for key, plan in plans_in(room)
    ]


def values_of(plan: Plan) -> dict[str, Any]:
    """The settings that a plan sets."""
    return {name: json.loads(text) for name, text in plan["set"].items()}


async def listed(operations: "Operations", name: str) -> dict[str, Any]:
    """The planned changes of a room."""
    return {"planned": rows(await operations.room(name))}


async def plan(
    operations: "Operations",
    name: str,
    who: str,
    /,
    *,
    at: object,
    settings: Mapping[str, Any] | None = None,
    unset: Sequence[str] = (),
) -> dict[str, Any]:
    """Plan a change. One that is planned already is not planned twice."""
    room = await operations.room(name)
    key, kept = new_plan(room, who, at, settings or {}, unset)
    is_there = any(_is_same(kept, other) for _, other in plans_in(room))
    if not is_there:
        await operations.override(name, who, {PLANNED + key: kept})
    return {"planned": rows(operations.known(name))}


def new_plan(
    room: CurrentRoom, who: str, at: object, settings: Mapping[str, Any], unset: Sequence[str]
) -> tuple[str, Plan]:
    """A plan as a store keeps it, with a new id. Raises Refused."""
    its_time, values, names = checked(room, at, settings, unset)
    there = dict(plans_in(room))
    if len(there) >= MOST:
        raise Refused(
            _("{most} changes are planned already: withdraw one first", most=MOST), status=409
        )
    key = next(key for key in iter(lambda: secrets.token_hex(3), "") if key not in there)
    on = datetime.fromtimestamp(room.wall, UTC).strftime("%d %b %H:%M:%S UTC")
    by = f"{who or 'somebody'}, as planned on {on}"  # in the audit log: see words.by_whom
    return key, {
        "at": its_time,
        "set": {setting: json.dumps(value) for setting, value in values.items()},
        "unset": names,
        "by": by,
        "who": who,
        "made": room.wall,
    }


def checked(
    room: CurrentRoom, at: object, settings: Mapping[str, Any], unset: Sequence[str]
) -> tuple[float, dict[str, Any], list[str]]:
    """When, what is set and what is unset. Raises Refused for what makes no sense."""
    its_time = time_of(room, at)
    if not settings and not unset:
        raise Refused(_('name a setting and its value, like {"max_active": 600}'))
    if both := sorted({*settings} & {*unset}):
        raise Refused(_("{both} is to be set and unset at once: drop one", both=both[0]))
    for setting in (*settings, *unset):
        if setting in NOT_PLANNED:
            raise Refused(
                _(
                    "{setting} says a time itself: set it now, it holds from that time on",
                    setting=setting,
                )
            )
    then = room_at(room, its_time)
    values = changes.checked(then, settings, unset, at=its_time)
    values, names = changes.with_words(then, values, unset)
    return its_time, values, names


def time_of(room: CurrentRoom, at: object) -> float:
    """A time that is ahead, by the store's clock. Raises Refused."""
    try:
        its_time = moment_kind.check(at)
    except ValueError as error:
        raise Refused(_("the time {error}", error=error)) from error
    if its_time <= room.wall:
        late = duration(room.wall - its_time)
        raise Refused(
            _(
                "{its_time} passed {late} ago, by the store's clock: set it now, or name a"
                " later time",
                its_time=moment(its_time),
                late=late,
            )
        )
    if its_time > room.wall + LATEST:
        raise Refused(
            _(
                "{its_time} is more than a year ahead: is that the right date?",
                its_time=moment(its_time),
            )
        )
    return its_time


def room_at(room: CurrentRoom, at: float) -> CurrentRoom:
    """The room with the settings that will be in force at a time, as far as that is known."""
    overrides = dict(room.snapshot.overrides)
    for key, earlier in plans_in(room):
        if earlier["at"] <= at:
            overrides.pop(PLANNED + key)
            overrides |= values_of(earlier)
            for setting in earlier["unset"]:
                overrides.pop(setting, None)
    rules = in_force(room.snapshot.config, overrides, at)
    return CurrentRoom(replace(room.snapshot, overrides=overrides, rules=rules))


def _is_same(one: Plan, other: Plan) -> bool:
    return all(one[part] == other[part] for part in ("at", "set", "unset"))


async def withdraw(operations: "Operations", name: str, key: str, who: str) -> dict[str, Any]:
    """Withdraw a planned change. Raises Refused if there is none, or if it came too late."""
    room = await operations.room(name)
    found = dict(plans_in(room)).get(key)
    if found is None:
        text = _(
            "no change {key} is planned: its time has come, or it was withdrawn", key=repr(key[:20])
        )
        raise Refused(text, status=404)
    await operations.override(name, who, {}, [PLANNED + key])
    after = operations.known(name)
    if found["at"] <= after.wall:  # by the step that was to withdraw it, at the latest
        text = _("its time, {at}, has come: the settings are changed", at=moment(found["at"]))
        raise Refused(text, status=409)
    return {"planned": rows(after)}


def planned_for(room: CurrentRoom, settings: Sequence[str]) -> list[str]:
    """What is planned for settings that somebody changes by hand, each in a sentence."""
    return [
        _("At {at} a planned change {row}.", at=moment(row["at"]), row=_does(row, setting))
        for row in rows(room)
        for setting in settings
        if setting in row["settings"] or setting in row["unset"]
    ]


def _does(row: Mapping[str, Any], setting: str) -> str:
    if setting in row["unset"]:
        return _("reverts {setting}", setting=setting)
    value = in_words(row["settings"][setting], setting)
    return _("sets {setting} to {settings}", setting=setting, settings=value)
