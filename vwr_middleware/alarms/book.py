"""The book of alarms: which are on, which were, what is still to be sent and what was sent.

It is one text that all workers share in the store (`Store.exchange`): whoever changes it names the
version that it has read, so each change is made once, whichever worker makes it. An alarm begins
once and ends once, and what is to be sent of it is written down in the same step. Sending is lent
to one worker at a time. If nothing comes back in time it is lent again: what was sent may come
twice, with the same id.

Everything in it is bounded. No secret is in it: a receiver is known by its mark and a plain name.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from vwr_middleware.alarms.conditions import Finding
from vwr_middleware.alarms.kinds import KINDS, ROOM_TYPES
from vwr_middleware.alarms.room_events import RoomEvent, RoomLook, events_since

#: Rows that are kept at most: alarms that are over, deliveries to make, deliveries that were made.
PAST_MOST, DUE_MOST, LOG_MOST = 100, 100, 100
UNTOLD_MOST = 50
#: Seconds for which a delivery is lent to a worker.
LEASE = 60.0
#: Seconds after which a delivery is tried again, by how often it was tried.
AGAIN = (5.0, 20.0, 60.0, 180.0, 600.0, 1800.0)
AGAIN_MOST = 1800.0
#: From so many tries in vain on, a receiver counts as out of reach.
IN_VAIN = 3
#: Seconds after which what concerns nobody any more is forgotten: a delivery to a receiver that no
#: worker knows, an alarm of a room that none has, a receiver that was out of reach.
FORGOTTEN = 86_400.0
WORDS_MOST = 200


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event to one receiver, by one worker."""

    id: str
    receiver: str  # its mark
    event: Mapping[str, Any]
    tries: int  # this one included


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What came of a try. `again_in`: seconds that the receiver asked for."""

    id: str
    receiver: str
    is_done: bool
    problem: str = ""
    status: int = 0
    again_in: float = 0.0
    is_final: bool = False  # it is gone: it wants nothing more, not even later


def key_of(kind: str, room_name: str) -> str:
    """By what an alarm is known while it is on, and in addresses: `main.paused`, `store_down`."""
    return f"{room_name}.{kind}" if room_name else kind


def id_of(mark: str, number: int, type_: str) -> str:
    """The id of a message, the same from whichever worker it comes."""
    digest = blake2b(f"{mark} {number} {type_}".encode(), digest_size=16)
    return f"msg_{digest.hexdigest()}"


def event_of(mark: str, type_: str, row: Mapping[str, Any], now: float) -> dict[str, Any]:
    """What is told of an alarm. Outages of the store are counted apart: while it is away no worker
    can ask for a number, and each knows which one comes next."""
    counts = f"{mark} {row['kind']}" if row["kind"] == "store_down" else mark
    return {"id": id_of(counts, row["number"], type_), "type": type_, "at": now, **row}


def _empty() -> dict[str, Any]:
    return {
        "mark": "",  # of this book: no two give the same ids
        "number": 0,  # alarms so far
        "outages": 0,  # outages of the store so far
        "on": {},
        "past": [],
        "ended": {},  # when each alarm ended last
        "untold": [],  # events that are still to be written down for each receiver
        "due": [],
        "log": [],
        "failing": {},  # receivers that are out of reach
        "gone": {},  # when a receiver said that it wants nothing more
        "rooms": {},  # how far the events of each room are told: see room_events.py
        "sent": 0,
        "failed": 0,
    }


def _done_without(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Take out what there is no room for: a test before all else, so that whoever sends tests again
    and again pushes no alarm out, then what else happens in rooms, and of these the oldest."""
    row = min(rows, key=lambda row: _worth(row.get("event", row)["type"]))
    rows.remove(row)
    return row


def _worth(type_: str) -> int:
    return 0 if type_ == "alarm.test" else 1 if type_ in ROOM_TYPES else 2


@dataclass(slots=True)
class AlarmBook:
    """The book as one worker has read it. What changes it is tried on a copy."""

    version: int = 0
    rows: dict[str, Any] = field(default_factory=_empty)

    @classmethod
    def read(cls, version: int, text: str) -> "AlarmBook":
        try:
            found = json.loads(text) if text else {}
        except ValueError:
            found = {}
        return cls(version, {**_empty(), **(found if isinstance(found, dict) else {})})

    def text(self) -> str:
        return json.dumps(self.rows, ensure_ascii=False, separators=(",", ":"))

    # What is on.

    @property
    def on(self) -> dict[str, dict[str, Any]]:
        """The alarms that are on, by their keys."""
        found: dict[str, dict[str, Any]] = self.rows["on"]
        return found

    def kinds_on(self, room_name: str) -> list[str]:
        """The kinds that are on in a room; "" stands for the site."""
        return [row["kind"] for row in self.on.values() if row["room"] == room_name]

    def takes(self, found: Finding) -> bool:
        """Whether a finding changes anything: it may be older than what is written already."""
        key = key_of(found.kind, found.room_name)
        if found.begins:
            return key not in self.on and found.at > self.rows["ended"].get(key, 0.0)
        return key in self.on and found.at > self.on[key]["began"]

    def note(self, found: Finding) -> bool:
        """Write down what a worker has found out. False if others had."""
        if not self.takes(found):
            return False
        if found.begins:
            self._begin(found)
        else:
            self._end(key_of(found.kind, found.room_name), found.at)
        return True

    def _begin(self, found: Finding) -> None:
        self.rows["number"] += 1
        row = {
            "number": self.rows["number"],
            "kind": found.kind,
            "room": found.room_name,
            "severity": KINDS[found.kind].severity,
            "value": found.value[:WORDS_MOST],
            "since": found.since,
            "began": found.at,
        }
        self.on[key_of(found.kind, found.room_name)] = row
        self.tell("alarm.began", row, found.at)

    def _end(self, key: str, now: float) -> None:
        row = self.on.pop(key) | {"ended": now}
        self.rows["ended"][key] = now
        self.rows["past"] = [*self.rows["past"], row][-PAST_MOST:]
        self.tell("alarm.ended", row, now)

    def acknowledge(self, key: str, who: str, now: float) -> bool:
        """Somebody is on it: the alarm is silent until it ends. False: somebody was before."""
        row = self.on[key]
        if row.get("by"):
            return False
        row |= {"by": who, "acknowledged": now}
        self.tell("alarm.acknowledged", row, now)
        return True

    def outage(self, row: Mapping[str, Any], now: float) -> bool:
        """Write down that the store was away, now that it is back. False if others had."""
        lately = (past for past in self.rows["past"] if past["kind"] == row["kind"])
        if any(past["ended"] >= row["began"] for past in lately):
            return False
        self.rows["outages"] = max(self.rows["outages"] + 1, row["number"])
        ended = {**row, "ended": now}
        self.rows["past"] = [*self.rows["past"], ended][-PAST_MOST:]
        self.tell("alarm.ended", ended, now)
        return True

    def follow(self, look: RoomLook, wanted: Collection[str]) -> list[RoomEvent]:
        """Write down what has happened in a room, and have what is wanted of it sent. Returns what
        nobody had told before."""
        rooms = self.rows["rooms"]
        events, rooms[look.room_name] = events_since(rooms.get(look.room_name), look)
        for event in events:
            if event.name in wanted:
                self.rows["number"] += 1
                row = event.as_row(self.rows["number"])
                self.tell(f"room.{event.name}", row, event.at)
        return events

    def forget_rooms(self, known: Collection[str], now: float) -> None:
        """Drop alarms of rooms that nobody has had for a day."""
        for key, row in list(self.on.items()):
            if row["room"] and row["room"] not in known and now - row["began"] > FORGOTTEN:
                del self.on[key]
        for name, row in list(self.rows["rooms"].items()):
            if name not in known and now - row["read"] > FORGOTTEN:
                del self.rows["rooms"][name]

    # What is to be sent.

    def tell(self, type_: str, row: Mapping[str, Any], now: float) -> None:
        """Have an event sent to all receivers. A worker that knows them writes down to whom."""
        event = event_of(self.rows["mark"], type_, row, now)
        self._put(event)

    def test(self, who: str, mark: str, now: float) -> str:
        """Have a test sent to all receivers. Returns its id."""
        event = {
            "id": id_of(mark, 0, "alarm.test"),
            "type": "alarm.test",
            "at": now,
            **{"number": 0, "kind": "test", "room": "", "severity": "info", "by": who},
        }
        self._put(event)
        return str(event["id"])

    def _put(self, event: dict[str, Any]) -> None:
        self.rows["untold"] = [*self.rows["untold"], event]
        while len(self.rows["untold"]) > UNTOLD_MOST:
            _done_without(self.rows["untold"])

    def address(self, receivers: Mapping[str, str]) -> bool:
        """Write each event down for each receiver (its name by its mark). Whether any was there."""
        events, self.rows["untold"] = self.rows["untold"], []
        for event in events:
            for mark in receivers:
                if self._is_told(mark, event):
                    row = {"receiver": mark, "event": event, "tries": 0, "at": event["at"]}
                    self.rows["due"].append(row)
        while len(self.rows["due"]) > DUE_MOST:
            first = _done_without(self.rows["due"])
            self._log(first, first["event"]["at"], "too many others were to be sent", is_done=False)
        return bool(events)

    def _is_told(self, mark: str, event: Mapping[str, Any]) -> bool:
        """That one is out of reach is told to the others only. One that is gone gets tests alone:
        by taking one it is a receiver again."""
        if mark in self.rows["gone"]:
            return bool(event["type"] == "alarm.test")
        return event["kind"] != "undelivered" or mark not in self.rows["failing"]

    def is_due(self, receivers: Collection[str], now: float) -> bool:
        """Whether something is to be sent to one of these by now."""
        return any(row["at"] <= now and row["receiver"] in receivers for row in self.rows["due"])

    def take(self, receivers: Collection[str], now: float, most: int) -> list[Delivery]:
        """Lend what is due to a worker, up to so many for each receiver."""
        self._drop_stale(now)
        taken: list[Delivery] = []
        for row in self.rows["due"]:
            mark = row["receiver"]
            if row["at"] > now or mark not in receivers:
                continue
            if sum(delivery.receiver == mark for delivery in taken) < most:
                row["tries"] += 1
                row["at"] = now + LEASE
                event = row["event"]
                taken.append(Delivery(event["id"], mark, event, row["tries"]))
        return taken

    def _drop_stale(self, now: float) -> None:
        """Give up what was lent for the last time and never came back, and what nobody takes."""
        stay = []
        for row in self.rows["due"]:
            if row["at"] <= now and row["tries"] > len(AGAIN):
                self._give_up(row, now, "no answer", 0)
            elif now - row["event"]["at"] > FORGOTTEN:
                self._log(row, now, "no worker knows this receiver", is_done=False)
            else:
                stay.append(row)
        self.rows["due"] = stay

    def report(self, reports: Iterable[DeliveryReport], now: float) -> None:
        """Write down what came of what was lent."""
        for report in reports:
            row = self._lent(report)
            if report.is_final:
                self._is_gone(report, now)
            if row is None:
                continue  # another worker had it too, and was faster
            if report.is_done:
                self.rows["due"].remove(row)
                self.rows["sent"] += 1
                self.rows["failing"].pop(report.receiver, None)
                self.rows["gone"].pop(report.receiver, None)
                self._log(row, now, "", is_done=True, status=report.status)
            elif report.is_final or row["tries"] > len(AGAIN):
                self.rows["due"].remove(row)
                self._give_up(row, now, report.problem, report.status)
            else:
                wait = max(AGAIN[row["tries"] - 1], report.again_in)
                row["at"] = now + min(wait, AGAIN_MOST)
                self._log(row, now, report.problem, is_done=False, status=report.status, again=True)
                if row["tries"] >= IN_VAIN:
                    self._fails(report.receiver, now, report.problem)

    def _lent(self, report: DeliveryReport) -> dict[str, Any] | None:
        asked = report.id, report.receiver
        found = (row for row in self.rows["due"] if (row["event"]["id"], row["receiver"]) == asked)
        return next(found, None)

    def _is_gone(self, report: DeliveryReport, now: float) -> None:
        """A receiver wants nothing more: what else was to be sent to it is not."""
        self.rows["gone"][report.receiver] = now
        self._fails(report.receiver, now, report.problem)
        for row in list(self.rows["due"]):
            is_other = row["event"]["id"] != report.id
            if row["receiver"] == report.receiver and is_other:
                self.rows["due"].remove(row)
                self._give_up(row, now, report.problem, 0)

    def _give_up(self, row: Mapping[str, Any], now: float, problem: str, status: int) -> None:
        self.rows["failed"] += 1
        self._log(row, now, problem, is_done=False, status=status)
        self._fails(row["receiver"], now, problem)

    def _fails(self, mark: str, now: float, problem: str) -> None:
        before = self.rows["failing"].get(mark, {"since": now})
        self.rows["failing"][mark] = before | {"at": now, "problem": problem[:WORDS_MOST]}

    def forget_receivers(self, known: Collection[str], now: float) -> None:
        """Drop what is known of receivers that failed, and that nobody has had for a day."""
        failing = self.rows["failing"]
        for mark in [m for m, row in failing.items() if now - row["at"] > FORGOTTEN]:
            if mark not in known:
                del failing[mark]
                self.rows["gone"].pop(mark, None)

    def _log(
        self,
        row: Mapping[str, Any],
        now: float,
        problem: str,
        *,
        is_done: bool,
        status: int = 0,
        again: bool = False,
    ) -> None:
        event = row["event"]
        how = "sent" if is_done else "tried again later" if again else "given up"
        entry = {
            "time": now,
            "id": event["id"],
            "type": event["type"],
            "kind": event["kind"],
            "room": event["room"],
            "receiver": row["receiver"],
            "tries": row["tries"],
            "outcome": how,
            "status": status,
            "problem": problem[:WORDS_MOST],
        }
        self.rows["log"] = [*self.rows["log"], entry][-LOG_MOST:]
