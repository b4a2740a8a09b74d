"""The shapes of what the control API answers and takes, as JSON Schema, and whether a body fits."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vwr_middleware.errors import Refused
from vwr_middleware.line.constants import MINUTE_FIELDS, WAIT_CLASSES
from vwr_middleware.line.outcomes import OUTCOMES
from vwr_middleware.line.state import TOTALS
from vwr_middleware.panel.changes import KINDS, NAMES
from vwr_middleware.settings.kinds import LARGEST_COUNT
from vwr_middleware.settings.message_kinds import SCHEMA as MESSAGE

Schema = Mapping[str, Any]

WHOLE: Schema = {"type": "integer", "minimum": 0}
NUMBER: Schema = {"type": "number"}
TEXT: Schema = {"type": "string"}
BOOLEAN: Schema = {"type": "boolean"}
ANY: Schema = {}


def ref(name: str) -> dict[str, Any]:
    """A shape by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def list_of(schema: Schema) -> dict[str, Any]:
    """A list."""
    return {"type": "array", "items": schema}


def object_of(**properties: Schema) -> dict[str, Any]:
    """An object with all of these."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def or_none(schema: Schema) -> dict[str, Any]:
    """The same, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


_WAIT = or_none(object_of(low=WHOLE, high=WHOLE))

_STOCK = or_none(
    object_of(
        left={"description": "What was said last", **or_none(WHOLE)},
        left_now={
            "description": "The same less what was bought since; null if it is too old to count",
            **or_none(WHOLE),
        },
        said_by={"enum": ["app", "operator"]},
        age={"description": "Seconds since it was said", **or_none(NUMBER)},
        problem={**TEXT, "description": "What is wrong with the app's answer"},
        buyers={"description": "Of those inside, the part that buys", **or_none(NUMBER)},
        units={**NUMBER, "description": "Units that one buyer takes on average"},
        last_in_line={
            "description": "Whether it will reach the last in line",
            **or_none(object_of(likely=TEXT, chance=NUMBER)),
        },
    )
)

_OVERVIEW = {
    "type": "object",
    "description": "A room. Until the store has answered, little of this is there.",
    "properties": {
        "room": TEXT,
        "state": TEXT,
        "store": {"enum": ["ok", "down"]},
        "age": {**NUMBER, "description": "Seconds since the store was last read"},
        "two_stores": BOOLEAN,
        "overloaded_workers": {
            **WHOLE,
            "description": "Workers that tell newcomers to come again, since too many come",
        },
        "mode": KINDS["mode"].schema,
        "generation": WHOLE,
        "serving": WHOLE,
        "issued": WHOLE,
        "waiting": WHOLE,
        "present": WHOLE,
        "called": WHOLE,
        "at_the_door": WHOLE,
        "credit": {**WHOLE, "description": "Calls kept by `keep_rest` for later arrivals"},
        "active": WHOLE,
        "unconfirmed": WHOLE,
        "limit": WHOLE,
        "limit_reason": TEXT,
        "held_back": {
            **TEXT,
            "description": "Why a strategy calls nobody, even if slots are free",
        },
        "lanes": list_of(ref("Lane")),
        "per_minute": or_none(NUMBER),
        "admitted_per_minute": NUMBER,
        "longest_wait": {
            "description": "Seconds that the longest-waiting person in line has waited so far",
            **or_none(NUMBER),
        },
        "longest_waited": {
            "description": "Longest wait, in seconds, of those who entered in the last ten minutes",
            **or_none(NUMBER),
        },
        "last_in_line": {
            "description": "Wait, in seconds, that the last in line is told to expect",
            **_WAIT,
        },
        "record": {
            "description": "Ranges that people were told and whose end is known: in the last day, "
            "and in the last three quarters of an hour; and whether too few of these held",
            **object_of(
                **dict.fromkeys(("settled", "held", "settled_lately", "held_lately"), WHOLE),
                is_off=BOOLEAN,
            ),
        },
        "alarms": list_of(ref("Alarm")),
        "stock": {"description": "What is left to sell; null if nobody says it", **_STOCK},
        "totals": object_of(**dict.fromkeys(TOTALS, WHOLE)),
        "message": or_none(TEXT),
        "announcement": or_none(ref("Message")),
        "opens_at": or_none(NUMBER),
        "closes_at": or_none(NUMBER),
        "server_time": NUMBER,
    },
    "required": ["room", "state", "store"],
}

SCHEMAS: dict[str, Any] = {
    "Overview": _OVERVIEW,
    "Room": {
        "allOf": [
            ref("Overview"),
            object_of(
                planned=list_of(ref("Planned")),
                openings=list_of(ref("Opening")),
                settings=list_of(
                    object_of(
                        name={"enum": list(NAMES)}, value=ANY, configured=ANY, overridden=BOOLEAN
                    )
                ),
            ),
        ]
    },
    "Settings": {
        "type": "object",
        "description": "The settings in force",
        "properties": dict.fromkeys(NAMES, ANY),
    },
    "Changes": {
        "type": "object",
        "properties": {name: kind.schema for name, kind in KINDS.items()},
        "minProperties": 1,
        "additionalProperties": False,
    },
    "Message": MESSAGE,
    "Prepared": {
        "description": "A message that is kept by a name. `configured`: the configuration has one",
        **object_of(name=TEXT, message=ref("Message"), configured=BOOLEAN),
    },
    "Moment": object_of(
        time=NUMBER, waiting=WHOLE, active=WHOLE, claimed=WHOLE, limit=or_none(WHOLE)
    ),
    "Minute": {
        "description": "What a minute brought, or a longer step. `inside` and `waiting` are the"
        " most; `limit`, `mode` and `per_minute` those in force as it ended; the rest are sums."
        " `waits`: how many entered after a wait of up to each of"
        f" {', '.join(map(str, WAIT_CLASSES))} seconds, and longer",
        **object_of(
            at=NUMBER,
            seconds=NUMBER,
            **dict.fromkeys(("waiting", "inside", "limit"), WHOLE),
            mode=TEXT,
            per_minute=or_none(NUMBER),
            **{name: {"type": "integer"} for name in MINUTE_FIELDS[5:]},
            waits=list_of(WHOLE),
        ),
    },
    "Report": {
        "description": "What a time was like. Lengths of time are in seconds",
        **object_of(
            **{"room": TEXT, "from": NUMBER, "until": NUMBER, "made_at": NUMBER, "step": WHOLE},
            anything=BOOLEAN,
            going_on=or_none(object_of(waiting=WHOLE, inside=WHOLE)),
            people={"type": "object", "additionalProperties": WHOLE},
            waits={"type": "object"},
            most={"type": "object"},
            estimates=or_none(object_of(told=WHOLE, held=WHOLE, part=NUMBER)),
            shadow=or_none({"type": "object"}),
            slots_in_use=or_none(NUMBER),
            changes=list_of(
                object_of(
                    **{
                        "at": NUMBER,
                        "who": TEXT,
                        "what": TEXT,
                        "from": ANY,
                        "to": ANY,
                        "told": TEXT,
                    }
                )
            ),
            outages=list_of(object_of(**{"from": NUMBER, "until": NUMBER, "seconds": NUMBER})),
            clock_corrections=list_of(object_of(at=NUMBER, seconds=NUMBER)),
            unknown=list_of(object_of(**{"from": NUMBER, "until": NUMBER})),
            steps=list_of({"type": "object"}),
            lanes=list_of(ref("LaneReport")),
            draws=list_of(ref("DrawProof")),
        ),
    },
    "DrawProof": {
        "description": "A draw of this time, or one that is to come. `proof` is what draw.json says"
        " of it, `file` where that is published, null once another line has begun. `verifies` is"
        " null where it cannot be known, for the reason in `why`",
        **object_of(
            at=or_none(NUMBER),
            is_made=BOOLEAN,
            count=WHOLE,
            verifies=or_none(BOOLEAN),
            why=TEXT,
            file=or_none(TEXT),
            proof={"type": "object"},
        ),
    },
    "Change": object_of(**{"time": NUMBER, "who": TEXT, "what": TEXT, "from": ANY, "to": ANY}),
    "Session": object_of(session=TEXT, until=NUMBER, unconfirmed=BOOLEAN, addresses=WHOLE),
    "Outcome": object_of(session=TEXT, time=NUMBER, how={"enum": list(OUTCOMES)}),
    "Lost": {
        "description": "A lost room as it would be restored, and what its tickets and tokens tell",
        **object_of(
            room_id=TEXT,
            **dict.fromkeys(("generation", "queue", "serving", "active", "drawn"), WHOLE),
            **dict.fromkeys(("commitment", "beacon", "beacon_from", "lanes"), or_none(TEXT)),
            **dict.fromkeys(("highest_ticket", "highest_token", "papers"), WHOLE),
            seconds_ago=NUMBER,
            people=WHOLE,
            joined_since=WHOLE,
        ),
    },
    "Restored": {
        "description": "The room now. `restored` is false if the store held that room already",
        **object_of(
            restored=BOOLEAN,
            room_id=TEXT,
            **dict.fromkeys(("generation", "queue", "serving", "active"), WHOLE),
        ),
    },
    "Explanation": object_of(
        position=WHOLE,
        generation=WHOLE,
        you=TEXT,
        ahead=or_none(WHOLE),
        wait=_WAIT,
        addresses=WHOLE,
        sentences=list_of(TEXT),
        times=list_of(
            object_of(
                step={"enum": ["joined", "called", "door", "entered", "left"]},
                at=or_none(NUMBER),
                within=NUMBER,
                told=TEXT,
            )
        ),
    ),
    "Problem": {
        "type": "object",
        "properties": {
            "type": TEXT,
            "title": TEXT,
            "status": WHOLE,
            "detail": TEXT,
            "errors": list_of(TEXT),
        },
        "required": ["type", "title", "status", "detail"],
    },
}


# What is sent to the control API: the fields of a request's body, and whether they fit.


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a request's body."""

    schema: Schema
    words: str
    required: bool = False

    def fits(self, value: object) -> bool:
        """Whether a value is of the right type; whether it makes sense is checked later."""
        if self.schema["type"] == "boolean":
            return isinstance(value, bool)
        if self.schema["type"] == "string":
            return isinstance(value, str) and len(value) <= self.schema["maxLength"]
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        return is_whole and self.schema["minimum"] <= value <= self.schema["maximum"]


def whole(low: int, required: bool = False) -> Field:
    """A whole number that is not below this one."""
    schema = {"type": "integer", "minimum": low, "maximum": LARGEST_COUNT}
    return Field(schema, f"a whole number from {low} to {LARGEST_COUNT}", required)


def text(longest: int, words: str, required: bool = False) -> Field:
    """A text of so many characters at most; `words` say which."""
    return Field({"type": "string", "maxLength": longest}, words, required)


FLAG = Field({"type": "boolean", "default": False}, "true or false")
CONFIRM = text(32, "the room's name", True)


@dataclass(frozen=True, slots=True)
class Body:
    """A JSON object that an endpoint takes: its fields by their names."""

    fields: Mapping[str, Field]

    @property
    def schema(self) -> Schema:
        """The object's shape."""
        return {
            "type": "object",
            "properties": {name: field.schema for name, field in self.fields.items()},
            "required": [name for name, field in self.fields.items() if field.required],
            "additionalProperties": False,
        }

    def check(self, content: Mapping[str, Any]) -> None:
        """Raise Refused for an object that has not these fields, with every problem."""
        problems = [
            f"{name} is not a field of this request" for name in content if name not in self.fields
        ]
        for name, field in self.fields.items():
            if name in content and not field.fits(content[name]):
                problems.append(f"{name} must be {field.words}")
            if field.required and name not in content:
                problems.append(f"{name} is missing: it must be {field.words}")
        if problems:
            raise Refused(*problems)


class MessageBody(Body):
    """A message in full."""

    @property
    def schema(self) -> Schema:
        """All that a message may have."""
        return ref("Message")

    def check(self, content: Mapping[str, Any]) -> None:
        """Left to settings/message_kinds.py, which knows what it may be."""


class SettingsBody(Body):
    """Settings and their values."""

    @property
    def schema(self) -> Schema:
        """All settings that can be changed."""
        return ref("Changes")

    def check(self, content: Mapping[str, Any]) -> None:
        """Left to changes.py, which knows what a setting may be."""
