"""Batches of invitations: made by operators, listed and revoked.

What is kept of a batch stands among the room's settings, like a prepared message: how many, for
which lane, until when, and what operators call it. The invitations themselves are kept nowhere:
they follow from that and the secret key, and are signed again whenever somebody asks for them.
"""

import re
import secrets
from collections.abc import Mapping
from functools import partial
from typing import Any

from vwr_middleware.errors import Refused
from vwr_middleware.gate.invited import use_of
from vwr_middleware.panel.language import _, number
from vwr_middleware.panel.operations import Operations
from vwr_middleware.papers.invitations import Invitation
from vwr_middleware.settings.room import BATCH
from vwr_middleware.worker.current_room import CurrentRoom

#: Of a batch, and batches of a room that are still good, at most.
COUNT_MOST, BATCHES_MOST = 10_000, 50
#: Seconds for which one is good: a week, unless something else is said; a year at most.
VALID, VALID_LEAST, VALID_MOST = 7 * 86400, 60, 366 * 86400
#: Characters of what operators call a batch, at most.
NOTE_MOST = 100
_NAME = re.compile(r"[0-9a-f]{8}")


def batches_in(room: CurrentRoom) -> dict[str, Mapping[str, Any]]:
    """The batches of a room, by their names."""
    return {
        name.removeprefix(BATCH): batch
        for name, batch in sorted(room.snapshot.overrides.items())
        if name.startswith(BATCH) and isinstance(batch, Mapping)
    }


async def rows(operations: Operations, room: CurrentRoom) -> list[dict[str, Any]]:
    """The same as the control API lists them, with how many were used in this generation."""
    store, breaker = operations.store_access.store, operations.store_access.breaker
    return [
        {
            **{"batch": name, "note": "", **batch},
            "used": await breaker.ask(partial(store.uses, use_of(room, name))),
        }
        for name, batch in batches_in(room).items()
    ]


async def listed(operations: Operations, name: str) -> dict[str, Any]:
    """The batches that are good, or were a while ago."""
    return {"batches": await rows(operations, await operations.room(name))}


def codes_of(operations: Operations, name: str, batch: str, kept: Mapping[str, Any]) -> list[str]:
    """The codes of a batch, in the order of their numbers from 1 on."""
    signed, until = operations.invitations(name), int(kept["expires_at"])
    numbers = range(1, kept["count"] + 1)
    return [signed.sign(Invitation(batch, each, kept["lane"], until)) for each in numbers]


async def issue(
    operations: Operations,
    name: str,
    who: str,
    /,
    *,
    count: int,
    lane: str = "",
    valid_seconds: int = VALID,
    note: str = "",
    batch: str = "",
) -> dict[str, Any]:
    """Make a batch. With the name of one that there is, nothing more is made: a form may be sent
    twice."""
    room = await operations.room(name)
    operations.invitations(name)
    batch = batch if _NAME.fullmatch(batch) else secrets.token_hex(4)
    kept = batches_in(room).get(batch)
    if kept is None:
        note = "".join(letter for letter in note if letter.isprintable()).strip()
        now = operations.store_access.now(operations.view(name))
        _check(room, count, lane, valid_seconds, note, now)
        kept = {"count": count, "lane": lane, "expires_at": int(now + valid_seconds)}
        kept |= {"revoked": False} | ({"note": note} if note else {})
        over = [BATCH + key for key, old in batches_in(room).items() if old["expires_at"] <= now]
        await operations.override(name, who, {BATCH + batch: kept}, over)
    codes = enumerate(codes_of(operations, name, batch, kept), 1)
    made = [{"number": each, "code": code} for each, code in codes]
    return {"batch": batch, "note": "", **kept, "used": 0, "invitations": made}


def _check(
    room: CurrentRoom, count: int, lane: str, valid_seconds: int, note: str, now: float
) -> None:
    """Raise Refused with every problem."""
    problems, lanes = [], room.rules.get("lanes") or {}
    if not 1 <= count <= COUNT_MOST:
        most = number(COUNT_MOST)
        problems.append(
            _("count must be from 1 to {most}: make several batches of more", most=most)
        )
    if lane and not lanes:
        problems.append(
            _("there is no lane {lane}: the room has none; set lanes first", lane=repr(lane))
        )
    elif lane and lane not in lanes:
        known = ", ".join(sorted(lanes))
        problems.append(_("there is no lane {lane}, only {known}", lane=repr(lane), known=known))
    if not VALID_LEAST <= valid_seconds <= VALID_MOST:
        problems.append(_("an invitation is good for a minute at least, and for a year at most"))
    if len(note) > NOTE_MOST:
        problems.append(_("a note has at most {most} characters", most=NOTE_MOST))
    good = [batch for batch in batches_in(room).values() if batch["expires_at"] > now]
    if len(good) >= BATCHES_MOST:
        problems.append(
            _(
                "a room has at most {most} batches that have not expired: make larger ones",
                most=BATCHES_MOST,
            )
        )
    if problems:
        raise Refused("; ".join(problems))


async def revoke(operations: Operations, name: str, batch: str, who: str, /) -> dict[str, Any]:
    """Let nobody in by this batch any more who has not taken a place by it."""
    room = await operations.room(name)
    kept = batch_of(room, batch)
    if not kept["revoked"]:
        await operations.override(name, who, {BATCH + batch: {**kept, "revoked": True}})
    return {"batches": await rows(operations, operations.known(name))}


def batch_of(room: CurrentRoom, batch: str) -> Mapping[str, Any]:
    """One of them by its name. Raises Refused if there is none."""
    kept = batches_in(room).get(batch)
    if kept is None:
        raise Refused(
            _("there is no batch {batch} of this room", batch=repr(batch[:20])), status=404
        )
    return kept
