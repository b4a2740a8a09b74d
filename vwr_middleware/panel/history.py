"""What a room's past brought, as the panel, the API and the shell ask for it: minutes, the report,
and the day's log.
"""

from base64 import b64encode
from collections.abc import Sequence
from typing import Any

from vwr_middleware.errors import Refused
from vwr_middleware.line.constants import MINUTE
from vwr_middleware.line.minutes import HOUR, Minute
from vwr_middleware.panel.operations import Operations
from vwr_middleware.panel.records import audit_rows
from vwr_middleware.panel.report import lanes_of
from vwr_middleware.report.draws import draws_of
from vwr_middleware.report.facts import minute_rows, report_of
from vwr_middleware.report.lanes import lane_facts
from vwr_middleware.report.moments import MINUTES_FOR, span_of, step_for, zone_of

_NO_STEP = "step must be a whole number of minutes in seconds, from 60 to 86400"


async def past(
    operations: Operations, name: str, begin: float, end: float, step: float
) -> list[Minute]:
    """What this time brought, in steps of so many seconds, each with something in it. From two
    days on, and for steps of hours, the hours are read rather than the minutes."""
    view = operations.view(name)
    hourly = step % HOUR == 0 or end - begin > MINUTES_FOR
    found = await operations.store_access.history(view, begin, end, hourly)
    return found.minutes(max(step, HOUR if hourly else MINUTE))


async def minutes(
    operations: Operations, name: str, *, since: str = "", until: str = "", step: str = ""
) -> dict[str, Any]:
    """The minutes of a time, or longer steps of it."""
    room = await operations.room(name)
    begin, end = span_of(since, until, room.now)
    is_long = end - begin > MINUTES_FOR + MINUTE
    seconds = _step(step) if step else max(step_for(end - begin), HOUR if is_long else MINUTE)
    if is_long and seconds < HOUR:
        raise Refused("steps shorter than an hour can be asked for of two days at most")
    rows = await past(operations, name, begin, end, seconds)
    return {"minutes": minute_rows(rows), "step": seconds}


async def day(operations: Operations, name: str) -> dict[str, Any]:
    """The day's log: its chunks as base64, the oldest first."""
    found = await operations.store_access.day(operations.view(name))
    return {
        "is_kept": found.is_kept,
        "chunks": [b64encode(chunk).decode() for chunk in found.chunks],
    }


def _step(text: str) -> int:
    seconds = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    if not MINUTE <= seconds <= 24 * HOUR or seconds % MINUTE:
        raise Refused(_NO_STEP)
    return seconds


async def report(
    operations: Operations, name: str, *, since: str = "", until: str = "", zone: str = ""
) -> dict[str, Any]:
    """What a time was like. Times without a zone of their own are of this one."""
    room = await operations.room(name)
    begin, end = span_of(since, until, room.now, zone_of(zone))
    found: Sequence[Minute] = await past(operations, name, begin, end, MINUTE)
    audit = audit_rows(await operations.record(name))
    here = room.waiting, room.active
    told = report_of(name, found, audit, (begin, end), now=room.now, here=here)
    lanes = await operations.store_access.lane_history(operations.view(name), begin, end)
    draws = draws_of(operations.draw_sources(name, room), audit, begin, end)
    return {**told, "lanes": lane_facts(lanes_of(room), lanes, told["step"]), "draws": draws}
