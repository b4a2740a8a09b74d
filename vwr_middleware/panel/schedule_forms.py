"""The forms of a room's page for what happens at a time: openings, and planned changes."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from vwr_middleware.errors import Refused
from vwr_middleware.panel import changes, forms, openings, planned
from vwr_middleware.panel.forms import Form
from vwr_middleware.panel.language import _, several
from vwr_middleware.panel.operations import Operations
from vwr_middleware.panel.words import in_words, moment, short
from vwr_middleware.settings.kinds import parse_number
from vwr_middleware.worker.current_room import CurrentRoom

#: A button's title, what it could hurt, and what does it and says so: see actions.py.
Asked = tuple[str, list[str], Callable[[], Awaitable[str]]]

#: Settings that the form offers, the likeliest first.
_LIKELY = ("max_active", "per_minute", "mode", "message")
_NOT_OFFERED = (*planned.NOT_PLANNED, *_LIKELY, "inlet", "announcement", "stock_left")
OFFERED = (*_LIKELY, *(name for name in changes.NAMES if name not in _NOT_OFFERED))


async def plan_change(
    operations: Operations, name: str, room: CurrentRoom, form: Form, who: str
) -> Asked:
    """A change is planned for a time."""
    setting, at = form.get("setting", ""), forms.moment(form, "at")
    if at is None:
        raise Refused(_("name the time"))
    given: dict[str, Any] = {}
    unset = [setting] if "unset" in form else []
    if not unset:
        given = {setting: changes.parsed(setting, form.get("value", ""))}
    its_time, values, _told = planned.checked(room, at, given, unset)
    does = (
        _("{setting} as configured", setting=setting)
        if unset
        else _("{key} to {value}", key=setting, value=in_words(values[setting], setting))
    )
    then = planned.room_at(room, its_time)

    async def run() -> str:
        await planned.plan(operations, name, who, at=its_time, settings=given, unset=unset)
        return _(
            "Planned for {its_time}: {does}. Everybody sees it until then.",
            its_time=moment(its_time),
            does=short(does),
        )

    hazards = [
        _("Then: {hazard}", hazard=hazard)
        for hazard in changes.hazards(then, values, unset, at=its_time)
    ]
    return _("Set {does} at {its_time}", does=does, its_time=moment(its_time)), hazards, run


async def withdraw(
    operations: Operations, name: str, room: CurrentRoom, form: Form, who: str
) -> Asked:
    """A planned change is withdrawn."""
    key = form.get("id", "")

    async def run() -> str:
        await planned.withdraw(operations, name, key, who)
        return _("Withdrawn: that change is not made.")

    return _("Withdraw the planned change"), [], run


async def add_opening(
    operations: Operations, name: str, room: CurrentRoom, form: Form, who: str
) -> Asked:
    """An opening is added."""
    opening = _opening_in(form)
    listed = openings.with_one_more(room, opening)
    hazards = changes.hazards(room, changes.checked(room, {"openings": listed}))

    async def run() -> str:
        rows = (await openings.add(operations, name, who, **opening))["openings"]
        return several(
            "Added: the room has {n} opening.", "Added: the room has {n} openings.", len(rows)
        )

    return _("Add an opening"), hazards, run


async def remove_opening(
    operations: Operations, name: str, room: CurrentRoom, form: Form, who: str
) -> Asked:
    """An opening is taken out."""
    opens = form.get("opens_at", "")
    left = openings.without(room, opens) or None
    hazards = changes.hazards(room, changes.checked(room, {"openings": left}))

    async def run() -> str:
        rows = (await openings.remove(operations, name, opens, who))["openings"]
        if not rows:
            return _("Taken out: no opening is left.")
        return several(
            "Taken out: {n} opening is left.", "Taken out: {n} openings are left.", len(rows)
        )

    return _("Take the opening out"), hazards, run


def _opening_in(form: Form) -> dict[str, Any]:
    """An opening as somebody has filled it in. What is empty is left out."""
    found: dict[str, Any] = {
        part: forms.moment(form, part) for part in ("opens_at", "closes_at", "joins_from")
    }
    for part in ("title", "message"):
        found[part] = form.get(part, "").strip() or None
    for part in ("max_active", "per_minute"):
        text = form.get(part, "").strip()
        found[part] = parse_number(text) if text else None
    for part in ("draw", "fresh"):
        found[part] = True if part in form else None
    return {part: value for part, value in found.items() if value is not None}


#: By the names of the buttons.
ACTIONS: Mapping[str, Callable[[Operations, str, CurrentRoom, Form, str], Awaitable[Asked]]] = {
    "plan-change": plan_change,
    "withdraw": withdraw,
    "add-opening": add_opening,
    "remove-opening": remove_opening,
}
