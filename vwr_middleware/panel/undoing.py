"""The last change of settings, and how it is taken back: in one step, and only if nobody has
changed anything since.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vwr_middleware.errors import Refused
from vwr_middleware.line.messages import Record
from vwr_middleware.panel.changes import NAMES
from vwr_middleware.panel.language import _, said_later
from vwr_middleware.panel.operations import Operations
from vwr_middleware.panel.records import audit_rows
from vwr_middleware.worker.current_room import CurrentRoom

NOTHING = said_later("no setting has been changed that could be changed back")
#: What is left to sell is a fact and no decision: to take back what was said of it makes it wrong.
_FACTS = ("stock_left",)


@dataclass(frozen=True, slots=True)
class LastChange:
    """What was changed in one step: each setting with its value before and after."""

    number: int  # of the latest change of the room when it was read
    at: float
    who: str
    values: Mapping[str, tuple[Any, Any]]

    def as_json(self) -> dict[str, Any]:
        """The same for programs."""
        rows = [{"what": name, "from": old, "to": new} for name, (old, new) in self.values.items()]
        return {"number": self.number, "at": self.at, "who": self.who, "changes": rows}

    @property
    def before(self) -> tuple[dict[str, Any], list[str]]:
        """What to set, and what to unset, so that it is as before."""
        old = {name: old for name, (old, _new) in self.values.items()}
        # The configured strategy is code, and has no value.
        unset = [name for name in ("inlet",) if name in old and old[name] is None]
        return {name: value for name, value in old.items() if name not in unset}, unset


def last_change(room: CurrentRoom, record: Record) -> LastChange | None:
    """The latest step that changed settings; None: the audit log knows of none.

    `room` must have been read before the record, or a change between the two had a number and no
    row.
    """
    rows = list(_latest_rows(record))
    if not rows:
        return None
    values = {row["what"]: (row["from"], row["to"]) for row in reversed(rows)}
    return LastChange(room.snapshot.changes, rows[0]["time"], rows[0]["who"], values)


def _latest_rows(record: Record) -> Iterator[dict[str, Any]]:
    """The rows of one step. They have one time, and their names are in order."""
    first: dict[str, Any] | None = None
    name = ""
    for row in audit_rows(record):
        if row["what"] not in NAMES or row["what"] in _FACTS:
            continue
        is_same = first and (row["time"], row["who"]) == (first["time"], first["who"])
        if first is not None and not (is_same and row["what"] < name):
            return
        first, name = first or row, row["what"]
        yield row


async def undo(operations: Operations, name: str, who: str, *, number: int) -> dict[str, Any]:
    """Take back the last change; `number` is the one that whoever asks has seen."""
    room = await operations.room(name)
    last = await to_undo(operations, name, room, number)
    values, unset = last.before
    return await operations.settle(name, room, who, values, unset, after=number)


async def to_undo(operations: Operations, name: str, room: CurrentRoom, number: int) -> LastChange:
    """The change that is taken back. Raises Refused if there is none, or another one by now."""
    last = last_change(room, await operations.record(name))
    if last is None:
        raise Refused(_(NOTHING), status=409)
    if room.snapshot.changes != number:
        what = ", ".join(last.values)
        by = last.who or _("somebody")
        raise Refused(
            _("{by} has changed {what} since: look at it first", by=by, what=what), status=409
        )
    return last
