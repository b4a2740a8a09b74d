"""What other operators change while somebody looks: told at once, and by whom.

A page asks for it a few times a second. Each change has a number that grows (`Snapshot.changes`),
at least the time in seconds, so a reading of the rooms that the worker makes anyway says whether
there is anything new; only then the audit log is read.
"""

from collections.abc import Sequence
from typing import Any

from vwr_middleware.panel.language import _
from vwr_middleware.panel.operations import Operations
from vwr_middleware.panel.operators import Operator
from vwr_middleware.panel.records import audit_rows
from vwr_middleware.panel.words import by_whom, in_words, short, what_word
from vwr_middleware.report.marks import draw_in_words

#: Seconds that a reading may be old by which it is told.
RECENT = 0.3
#: Changes that are told at once, at most.
_MOST = 5


async def changes_since(
    operations: Operations, operator: Operator, names: Sequence[str], since: float
) -> dict[str, Any]:
    """What was changed in these rooms since a moment, and the moment up to which it is told."""
    views = [operations.view(name) for name in names]
    await operations.recent(RECENT)
    rooms = [(view, view.room) for view in views if view.room is not None]
    if not rooms:
        return {"now": since, "changes": []}
    found = list[tuple[float, dict[str, Any]]]()
    now = max(since, min(room.snapshot.now for _view, room in rooms))
    for view, room in rooms:
        if since and room.snapshot.changes >= int(since):
            rows = audit_rows(await operations.record(view.name))
            found += [
                (row["time"], _told(view.name, row, operator))
                for row in reversed(rows)
                if since < row["time"] <= now  # what came after the reading is told by the next
            ]
    found.sort(key=lambda each: each[0])
    return {"now": now, "changes": [row for _at, row in found[-_MOST:]]}


def _told(room_name: str, row: dict[str, Any], operator: Operator) -> dict[str, Any]:
    return {
        "room": room_name,
        "mine": row["who"] == operator.name,
        "text": told(row),
    }


def told(row: dict[str, Any]) -> str:
    """A row of the audit log in a sentence."""
    who, what = by_whom(row["who"]) or _("somebody"), row["what"]
    old, new = (short(in_words(row[key], what)) for key in ("from", "to"))
    if what == "advance":
        return _("{who} called people, up to position {to}", who=who, to=new)
    if what == "serve":
        return _("{who} set the serving counter to {to}", who=who, to=new)
    if what == "reset":
        return _("{who} reset the room", who=who)
    if what == "restore":
        return _("{who} restored the room", who=who)
    if what == "draw":
        return draw_in_words(row["to"])
    if what == "revoke":
        return _("{who} ended the session {session}", who=who, session=old)
    if what == "alarm":
        return _("{who} took up the alarm {kind}", who=who, kind=old)
    named = what_word(what)
    return _("{who} set {what} to {to} (it was {old})", who=who, what=named, to=new, old=old)
