"""Batches of invitations: made by operators, listed and revoked.

What is kept of a batch stands among the room's settings, like a prepared message: how many, for
which lane, until when. The invitations themselves are kept nowhere: whoever makes a batch gets them
once, in the answer.
"""

import secrets
from collections.abc import Mapping
from typing import Any

from vwr_middleware.errors import Refused
from vwr_middleware.panel.operations import Operations
from vwr_middleware.papers.invitations import Invitation
from vwr_middleware.settings.room import BATCH
from vwr_middleware.worker.current_room import CurrentRoom

#: Of a batch, and batches of a room that are still good, at most.
COUNT_MOST, BATCHES_MOST = 10_000, 50
#: Seconds for which one is good: a week, unless something else is said; a year at most.
VALID, VALID_MOST = 7 * 86400, 366 * 86400


def batches_in(room: CurrentRoom) -> dict[str, Mapping[str, Any]]:
    """The batches of a room, by their names."""
    return {
        name.removeprefix(BATCH): batch
        for name, batch in sorted(room.snapshot.overrides.items())
        if name.startswith(BATCH) and isinstance(batch, Mapping)
    }


def rows(room: CurrentRoom) -> list[dict[str, Any]]:
    """The same as the control API lists them."""
    return [{"batch": name, **batch} for name, batch in batches_in(room).items()]


async def listed(operations: Operations, name: str) -> dict[str, Any]:
    """The batches that are good, or were a while ago."""
    return {"batches": rows(await operations.room(name))}


async def issue(
    operations: Operations,
    name: str,
    who: str,
    /,
    *,
    count: int,
    lane: str = "",
    valid_seconds: int = VALID,
) -> dict[str, Any]:
    """Make a batch."""
    room = await operations.room(name)
    signed = operations.invitations(name)
    _checked(room, count, lane, valid_seconds)
    now = operations.store_access.now(operations.view(name))
    batch, expires_at = secrets.token_hex(4), int(now + valid_seconds)
    over = [BATCH + key for key, kept in batches_in(room).items() if kept["expires_at"] <= now]
    kept = {"count": count, "lane": lane, "expires_at": expires_at, "revoked": False}
    await operations.override(name, who, {BATCH + batch: kept}, over)
    made = [Invitation(batch, number, lane, expires_at) for number in range(1, count + 1)]
    codes = [{"number": each.number, "code": signed.sign(each)} for each in made]
    return {"batch": batch, **kept, "invitations": codes}


def _checked(room: CurrentRoom, count: int, lane: str, valid_seconds: int) -> None:
    """Raise Refused with every problem."""
    problems, lanes = [], room.rules.get("lanes") or {}
    if not 1 <= count <= COUNT_MOST:
        problems.append(f"count must be from 1 to {COUNT_MOST:,}: make several batches of more")
    if lane and not lanes:
        problems.append(f"there is no lane {lane!r}: the room has none; set lanes first")
    elif lane and lane not in lanes:
        problems.append(f"there is no lane {lane!r}, only {', '.join(sorted(lanes))}")
    if not 60 <= valid_seconds <= VALID_MOST:
        problems.append(f"valid_seconds must be from 60 to {VALID_MOST:,}, a year")
    if len(batches_in(room)) >= BATCHES_MOST:
        problems.append(f"a room has {BATCHES_MOST} batches at most: revoke some that are not used")
    if problems:
        raise Refused("; ".join(problems))


async def revoke(operations: Operations, name: str, batch: str, who: str, /) -> dict[str, Any]:
    """Let nobody in by this batch any more who has not taken a place by it."""
    room = await operations.room(name)
    kept = batches_in(room).get(batch)
    if kept is None:
        raise Refused(f"there is no batch {batch[:20]!r} of this room", status=404)
    if not kept["revoked"]:
        await operations.override(name, who, {BATCH + batch: {**kept, "revoked": True}})
    return {"batches": rows(operations.known(name))}
