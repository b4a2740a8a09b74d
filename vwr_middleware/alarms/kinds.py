"""The kinds of alarms: what each says, how grave it is, and from where on it is told."""

from collections.abc import Mapping
from dataclasses import dataclass

#: How grave an alarm is, the least first.
SEVERITIES = ("info", "warning", "critical")


@dataclass(frozen=True, slots=True)
class AlarmKind:
    """`began` and `ended` are sentences with `{room}`, and `began` with `{value}`."""

    severity: str
    usual: float  # from where on it is told, unless a room's `alarms` says something else
    began: str
    ended: str
    unit: str = ""  # of the threshold: people, seconds, or a part of a whole; "": it has none
    calm: float = 0.0  # seconds for which it must be over before that is told
    of_site: bool = False


KINDS: Mapping[str, AlarmKind] = {
    "line_formed": AlarmKind(
        "info",
        10,
        "A line has formed for {room}: {value} waiting.",
        "Nobody waits in line for {room} any more.",
        "people",
        calm=60,
    ),
    "nobody_enters": AlarmKind(
        "critical",
        120,
        "Nobody has entered {room} for {value}, although people wait.",
        "People enter {room} again, or nobody waits any more.",
        "seconds",
    ),
    "paused": AlarmKind(
        "warning",
        900,
        "{room} has been paused for {value}.",
        "{room} is not paused any more.",
        "seconds",
    ),
    "estimates_off": AlarmKind(
        "warning",
        1,
        "Of the waits that people in line for {room} were told lately, only {value} held.",
        "The waits that people in line for {room} are told hold again.",
    ),
    "nearly_full": AlarmKind(
        "warning",
        0.9,
        "The line of {room} is nearly full: {value} wait. Beyond that nobody gets a place.",
        "The line of {room} has space again.",
        "part",
        calm=60,
    ),
    "stock_gone": AlarmKind(
        "info",
        1,
        "Nothing is left to sell in {room}.",
        "Something is left to sell in {room} again, or it is not known any more.",
    ),
    "store_down": AlarmKind(
        "critical",
        10,
        "The store has not answered for {value}. Places are kept, and visitors who are inside"
        " notice nothing.",
        "The store answers again.",
        "seconds",
        of_site=True,
    ),
    "undelivered": AlarmKind(
        "warning",
        1,
        "Alarms do not arrive: {value}.",
        "Alarms arrive again.",
        of_site=True,
    ),
}

OF_ROOMS = tuple(name for name, kind in KINDS.items() if not kind.of_site)

#: What a receiver is told of alarms.
TYPES = ("alarm.began", "alarm.ended", "alarm.acknowledged", "alarm.test")
#: What else happens in a room (room_events.py), by the names of the events for `on_event`.
ROOM_EVENTS: Mapping[str, str] = {
    "opening_soon": "{room} opens in {value}.",
    "opening_began": "The time has come at which {room} opens.",
    "opening_over": "The opening of {room} is over.",
    "drawn": "{room} has opened with a draw: {value} people have their places by lot.",
    "mode_changed": "{who} has set the mode of {room} to {value}.",
    "settings_changed": "{who} has changed {room}: {value}.",
    "reset": "{who} has begun a new line in {room}.",
}
ROOM_TYPES = tuple(f"room.{name}" for name in ROOM_EVENTS)


def sentence(type_: str, kind: str, room_name: str, value: str, who: str) -> str:
    """What happened, in words."""
    if type_ == "alarm.test":
        return f"This is a test by {who}: alarms of your waiting rooms arrive here."
    if type_ in ROOM_TYPES:
        return ROOM_EVENTS[kind].format(room=room_name, value=value, who=who or "Somebody")
    its = KINDS[kind]
    began = its.began.format(room=room_name, value=value)
    if type_ == "alarm.acknowledged":
        return f"{who} is on it: {began}"
    return began if type_ == "alarm.began" else its.ended.format(room=room_name)
