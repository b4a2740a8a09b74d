"""What happens in a room at a time that was set before: the next opening, and changes of settings
that operators have planned.

No timer runs for it. Whoever next reads the room at or after a time, or steers it, does what is due
in the same atomic step: so it happens once, and what was due while nobody came, or while the store
was away, is caught up on. Times are those of the wall clock, as the store shows it. While that
clock is doubted, nothing is done (clock_in_doubt.py).

A planned change is kept among the operators' settings, under a name of its own, until its time has
come. So workers remember it if the store loses the room, and a reset leaves it. At its time it is a
change like any other: it wins over what was set before, and what is set after wins over it.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from vwr_middleware.line.capacity import look_around
from vwr_middleware.line.clock import wall
from vwr_middleware.line.constants import AUDIT_ROWS, BY_OPENING, PLANNED, REGISTERING
from vwr_middleware.line.draw import (
    forget_beacon,
    forget_set_beacon,
    is_put_off,
    opening_of,
)
from vwr_middleware.line.minutes import count_from, count_up
from vwr_middleware.line.openings import begins_anew, boundaries, openings_of
from vwr_middleware.line.state import Line, note_change, tell_later
from vwr_middleware.line.stock import is_noted, set_by_hand


def follow_schedule(line: Line, now: float) -> None:
    """Do what is due. Reading a room begins with this, and so does each step of an operator."""
    numbers = line.numbers
    if numbers.doubted_at:
        return
    at = wall(numbers, now)
    _pass_boundaries(line, at, now)
    _carry_out_plans(line, at, now)
    look_around(line, now)


def _pass_boundaries(line: Line, at: float, now: float) -> None:
    """Tell which openings have begun and which are over, and begin a new line if it is time."""
    numbers = line.numbers
    openings = openings_of(numbers.rules)
    if not openings:
        return
    if not numbers.followed_to:  # of an earlier release, which knew none
        numbers.followed_to = at
    passed = sorted(boundaries(openings, numbers.followed_to, at))
    if not passed:
        return
    numbers.followed_to = passed[-1][0]
    tell_later(numbers, [(name, str(number)) for _, name, number in passed])
    if not begins_anew(openings, passed, draws=bool(numbers.config.get("draw"))):
        return
    if numbers.draw == REGISTERING and numbers.rules.get("draw"):
        return  # since a step in between: it is the next opening that they register for
    count_up(numbers)
    line.new_generation(numbers.generation + 1)
    count_from(numbers)
    row = [now, BY_OPENING, "reset", numbers.generation - 1, numbers.generation]
    line.journal.add_audit(row, AUDIT_ROWS)


def _carry_out_plans(line: Line, at: float, now: float) -> None:
    """Make the planned changes whose time has come, the earliest first.

    Each is numbered by its own time. If the store fell back and makes one again, workers that know
    of later changes bring these back.
    """
    numbers = line.numbers
    plans = [(plan["at"], name) for name, plan in numbers.overrides.items() if is_planned(name)]
    for its_time, name in sorted(plan for plan in plans if plan[0] <= at):
        plan = numbers.overrides.pop(name)
        note_change(numbers, min(now, its_time + numbers.ahead))
        changes = {setting: json.loads(text) for setting, text in plan["set"].items()}
        override(line, now, changes, plan["unset"], who=plan["by"])
        settings = ",".join(sorted({*changes, *plan["unset"]}))
        tell_later(numbers, [("planned_change", settings)])


def is_planned(name: str) -> bool:
    """Whether a name among the operators' settings is that of a planned change."""
    return name.startswith(PLANNED)


def override(
    line: Line, now: float, changes: Mapping[str, Any], forget: Sequence[str], *, who: str
) -> None:
    """Override settings, or (`forget`) go back to the configured ones, and note it."""
    numbers = line.numbers
    opens_at = opening_of(numbers.rules)
    for name in sorted({*changes, *forget}):
        old = numbers.rules.get(name)
        if name in changes:
            numbers.overrides[name] = changes[name]
        else:
            numbers.overrides.pop(name, None)
        numbers.lay_rules()
        new = numbers.rules.get(name)
        if name == "max_active" and new != old:
            numbers.limit_changed = now
        if name in ("opens_at", "openings", "mode") and new != old:
            numbers.opening_changed = now
            forget_beacon(line, now)
        if name == "stock_left" and new != old:
            noted = is_noted(numbers, old, new, now)
            set_by_hand(line, new, now)
            if not noted:
                continue
            numbers.stock_noted = now
        line.journal.add_audit([now, who, name, old, new], AUDIT_ROWS)
    if "draw_beacon" not in changes and is_put_off(numbers, opens_at):
        _note_forgotten(line, now, who)


def _note_forgotten(line: Line, now: float, who: str) -> None:
    """A value that an operator has set for a draw that is put off counts no more."""
    numbers, beacon = line.numbers, line.numbers.overrides.get("draw_beacon")
    if beacon is not None:
        forget_set_beacon(numbers)
        row = [now, who, "draw_beacon", beacon, numbers.rules.get("draw_beacon")]
        line.journal.add_audit(row, AUDIT_ROWS)
