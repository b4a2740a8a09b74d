"""What receivers are told of an event: the body of a webhook, and words for a chat."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from vwr_middleware.alarms.kinds import ROOM_TYPES, sentence

#: How a chat or mail begins that tells of an event; of a room's other events: a note.
_HEADS = {
    "alarm.began": {"info": "Note", "warning": "Warning", "critical": "Alarm"},
    "alarm.ended": "Over",
    "alarm.acknowledged": "Somebody is on it",
    "alarm.test": "Test",
}


def told(event: Mapping[str, Any]) -> str:
    """What happened, in a sentence."""
    value, who = event.get("value", ""), event.get("by", "")
    return sentence(event["type"], event["kind"], event["room"], value, who)


def body_of(event: Mapping[str, Any], site: str) -> bytes:
    """The body of a webhook: panel/alarm_schemas.py has its schema."""
    data = (_of_room if event["type"] in ROOM_TYPES else _of_alarm)(event, site)
    whole = {"type": event["type"], "timestamp": moment(event["at"]), "data": data}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


def _of_alarm(event: Mapping[str, Any], site: str) -> dict[str, Any]:
    return {
        "alarm": event["kind"],
        "room": event["room"] or None,
        "site": site,
        "severity": event["severity"],
        "number": event["number"],
        "text": told(event),
        "value": event.get("value", ""),
        "since": moment(event.get("since")),
        "began": moment(event.get("began")),
        "ended": moment(event.get("ended")),
        "acknowledged_by": event.get("by") if event["type"] != "alarm.test" else None,
    }


def _of_room(event: Mapping[str, Any], site: str) -> dict[str, Any]:
    return {
        "event": event["kind"],
        "room": event["room"],
        "site": site,
        "number": event["number"],
        "text": told(event),
        "subject": event["subject"],
        "by": event["by"] or None,
        "changes": event["changes"],
    }


def words_of(event: Mapping[str, Any], site: str) -> tuple[str, str]:
    """The title and the text of a mail or a message in a chat."""
    head = _HEADS.get(event["type"], "Note")
    if isinstance(head, dict):
        head = head[event["severity"]]
    room = f" {event['room']}" if event["room"] else ""
    kind = str(event["kind"]).replace("_", " ")
    text = [told(event), f"{site}, {moment(event['at'])}"]
    return f"{head}:{room} {kind}", "\n".join(text)


def moment(at: float | None) -> str | None:
    """A time as the Standard Webhooks have it."""
    if not at:
        return None
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
