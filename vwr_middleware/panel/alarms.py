"""Alarms, as the panel, the API, the metrics and the shell show them, and who is on them."""

import re
from collections.abc import Iterable, Mapping
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from vwr_middleware.alarms.alarms import Alarms
from vwr_middleware.alarms.book import AlarmBook, key_of
from vwr_middleware.alarms.kinds import KINDS, SEVERITIES
from vwr_middleware.alarms.shared_book import SharedBook
from vwr_middleware.errors import Refused
from vwr_middleware.panel.language import _, said_later
from vwr_middleware.panel.words import count, duration
from vwr_middleware.worker.store_access import StoreAccess

if TYPE_CHECKING:
    from vwr_middleware.panel.operations import Operations


class ShownAlarms:
    """What is shown of the alarms. Without `alarms`, as in a shell, the book is only read."""

    def __init__(self, store_access: StoreAccess, alarms: Alarms | None = None) -> None:
        self.shared = alarms.shared if alarms else SharedBook(store_access)
        self._alarms, self._store_access = alarms, store_access

    @property
    def names(self) -> Mapping[str, str]:
        """The names of the receivers that this process knows, by their marks."""
        return self._alarms.names if self._alarms else {}

    def on(self, room_name: str | None = None) -> list[dict[str, Any]]:
        """The alarms that are on, the gravest first: all, or those of a room and of the site."""
        rows: dict[str, Any] = dict(self.shared.book.on)
        outage = self._alarms.outage.row if self._alarms else None
        if outage is not None:
            rows[key_of(outage["kind"], "")] = outage
        found = [
            _shown(key, row)
            for key, row in rows.items()
            if room_name is None or row["room"] in ("", room_name)
        ]
        return sorted(found, key=lambda row: (-SEVERITIES.index(row["severity"]), row["began"]))

    def hurry(self) -> None:
        """Send soon what is to be sent."""
        if self._alarms is not None:
            self._alarms.hurry()

    def now(self) -> float:
        """The store's time."""
        return self._store_access.now(next(iter(self._store_access.views.values())))


#: Alarms that a screen has room for.
LOUDEST_MOST = 3
#: What came of a delivery, in words.
_OUTCOMES = {
    "sent": said_later("sent"),
    "tried again later": said_later("tried again later"),
    "given up": said_later("given up"),
}


def outcome_in_words(outcome: str) -> str:
    """What came of a delivery, for people."""
    return _(_OUTCOMES[outcome])


def loud(rows: Iterable[Mapping[str, Any]]) -> int:
    """How many of these ask for somebody: they are more than a note, and X    up."""
    return sum(row["severity"] != "info" and not row["acknowledged_by"] for row in rows)


def loudest(rooms: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """What a screen shows that people see from afar: alarms of these rooms, each once, that ask for
    somebody. That the store is away it says by itself."""
    found = {row["alarm"]: row for room in rooms for row in room["alarms"]}
    rows = [row for row in found.values() if loud([row]) and row["kind"] != "store_down"]
    rows.sort(key=lambda row: (-SEVERITIES.index(row["severity"]), row["began"]))
    return rows[:LOUDEST_MOST]


def _shown(key: str, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "alarm": key,
        "kind": row["kind"],
        "room": row["room"] or None,
        "severity": row["severity"],
        "text": _(KINDS[row["kind"]].began, room=row["room"], value=value_in_words(row["value"])),
        "value": row["value"],
        "since": row["since"],
        "began": row["began"],
        "ended": row.get("ended"),
        "acknowledged_by": row.get("by"),
        "acknowledged": row.get("acknowledged"),
    }


#: What alarms say how much it is: a count, one of all, or a length of time, as the book keeps it.
_COUNT = re.compile(r"[\d,]+")
_OF_ALL = re.compile(r"([\d,]+) of ([\d,]+)")
_LENGTH = re.compile(r"(?:(\d+) h ?)?(?:(\d+) min ?)?(?:(\d+) s)?")


def value_in_words(value: str) -> str:
    """How much it is, as the operator's language writes it."""
    if _COUNT.fullmatch(value):
        return count(_whole(value))
    if found := _OF_ALL.fullmatch(value):
        return _("{n} of {most}", n=count(_whole(found[1])), most=count(_whole(found[2])))
    if value and (found := _LENGTH.fullmatch(value)):
        hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return duration(3600 * hours + 60 * minutes + seconds)
    return value


def _whole(text: str) -> int:
    return int(text.replace(",", ""))


# Operations, as endpoints.py lists them.


def room_of(alarm: str) -> str:
    """The room of an alarm by its key; "": it is about the whole site."""
    return alarm.rpartition(".")[0]


async def listed(operations: "Operations") -> dict[str, Any]:
    """All that is known: what is on, what was, who is told, and what was sent."""
    shown = operations.alarms
    await shown.shared.fresh()
    rows, names = shown.shared.book.rows, shown.names
    failing = rows["failing"]
    return {
        "alarms": shown.on(),
        "past": [_shown(key_of(row["kind"], row["room"]), row) for row in reversed(rows["past"])],
        "receivers": [
            {"mark": mark, "name": name, "problem": failing.get(mark, {}).get("problem", "")}
            for mark, name in names.items()
        ],
        "deliveries": [
            row
            | {"receiver": names.get(row["receiver"], row["receiver"]), "room": row["room"] or None}
            for row in reversed(rows["log"])
        ],
        "due": len(rows["due"]) + len(rows["untold"]),
        "sent": rows["sent"],
        "failed": rows["failed"],
    }


async def acknowledge(operations: "Operations", alarm: str, who: str) -> dict[str, Any]:
    """Somebody is on it: the alarm is silent until it ends."""
    shown = operations.alarms
    await shown.shared.read()
    if alarm not in {row["alarm"] for row in shown.on()}:
        text = _("there is no alarm {alarm} on: it may have ended", alarm=repr(alarm))
        raise Refused(text, status=404)

    def change(book: AlarmBook) -> bool:
        return alarm in book.on and book.acknowledge(alarm, who, shown.now())

    room_name = room_of(alarm) or next(iter(operations.store_access.views))
    operations.view(room_name)
    is_first = await shown.shared.update(change)
    shown.hurry()
    row = next((row for row in shown.on() if row["alarm"] == alarm), None)
    if row is None:
        raise Refused(_("the alarm has just ended"), status=404)
    if is_first:
        await operations.note(room_name, who, "alarm", row["kind"], "acknowledged")
    return row


async def test(operations: "Operations", who: str) -> dict[str, Any]:
    """Have a test sent to all receivers. What comes of it is in the deliveries."""
    shown = operations.alarms
    await shown.shared.read()
    mark = token_hex(6)
    sent = await shown.shared.update(lambda book: book.test(who, mark, shown.now()))
    shown.hurry()
    return {"id": sent, "receivers": list(shown.names.values())}
