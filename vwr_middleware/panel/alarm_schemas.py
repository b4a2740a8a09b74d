"""The shapes of alarms, in the control API and in webhooks, as JSON Schema."""

from typing import Any

from vwr_middleware.alarms.kinds import KINDS, ROOM_EVENTS, ROOM_TYPES, SEVERITIES, TYPES
from vwr_middleware.panel.schemas import NUMBER, TEXT, WHOLE, list_of, object_of, or_none, ref

_KIND = {"enum": list(KINDS)}
_SEVERITY = {"enum": list(SEVERITIES)}
_MOMENT = {"type": "string", "format": "date-time"}
#: A setting's value; what is long or has parts is text, cut off.
_VALUE = {"type": ["string", "number", "boolean", "null"]}
_ROOM = {"description": "null: it is about the whole site", **or_none(TEXT)}

ALARM_SCHEMAS: dict[str, Any] = {
    "Alarm": {
        "description": "An alarm. Times are seconds since 1970",
        **object_of(
            alarm={**TEXT, "description": "By what it is named while it is on"},
            kind=_KIND,
            room=_ROOM,
            severity=_SEVERITY,
            text=TEXT,
            value=TEXT,
            since={**NUMBER, "description": "Since when there is a reason for it"},
            began={**NUMBER, "description": "When it was told"},
            ended=or_none(NUMBER),
            acknowledged_by=or_none(TEXT),
            acknowledged=or_none(NUMBER),
        ),
    },
    "Delivery": {
        "description": "A try to tell a receiver of an event",
        **object_of(
            time=NUMBER,
            id={**TEXT, "description": "The header webhook-id"},
            type={"enum": [*TYPES, *ROOM_TYPES]},
            kind=TEXT,
            room=_ROOM,
            receiver=TEXT,
            tries=WHOLE,
            outcome={"enum": ["sent", "tried again later", "given up"]},
            status={**WHOLE, "description": "What was answered; 0: nothing, or it is no webhook"},
            problem=TEXT,
        ),
    },
    "Alarms": {
        "description": "All that is known of alarms. `past`, the latest first, has those that are"
        " over; `due` is how much is still to be sent",
        **object_of(
            alarms=list_of(ref("Alarm")),
            past=list_of(ref("Alarm")),
            receivers=list_of(object_of(mark=TEXT, name=TEXT, problem=TEXT)),
            deliveries=list_of(ref("Delivery")),
            due=WHOLE,
            sent=WHOLE,
            failed=WHOLE,
        ),
    },
    "RoomEvent": {
        "description": "What receivers are sent of what else happens in a room, if `alarm_events`"
        " names it",
        **object_of(
            type={"enum": list(ROOM_TYPES)},
            timestamp=_MOMENT,
            data=object_of(
                event={"enum": list(ROOM_EVENTS), "description": "Its name for `on_event`"},
                room=TEXT,
                site={**TEXT, "description": "The setting `namespace`"},
                number={**WHOLE, "description": "It grows, together with those of alarms"},
                text={**TEXT, "description": "What happened, in a sentence"},
                subject={**TEXT, "description": "As for `on_event`"},
                by={**or_none(TEXT), "description": "The operator; null: nobody"},
                changes={
                    "description": "The settings that were changed, of settings_changed",
                    **list_of(object_of(what=TEXT, **{"from": _VALUE, "to": _VALUE})),
                },
            ),
        ),
    },
    "AlarmEvent": {
        "description": "What a webhook is sent, in the form of the Standard Webhooks",
        **object_of(
            type={"enum": list(TYPES)},
            timestamp=_MOMENT,
            data=object_of(
                alarm={"enum": [*KINDS, "test"]},
                room=_ROOM,
                site={**TEXT, "description": "The setting `namespace`"},
                severity=_SEVERITY,
                number={
                    **WHOLE,
                    "description": "It is the same in each event of one alarm. Those of"
                    " store_down have numbers of their own; 0: a test",
                },
                text={**TEXT, "description": "What happened, in a sentence"},
                value={**TEXT, "description": "How much it is, in words"},
                since=or_none(_MOMENT),
                began=or_none(_MOMENT),
                ended=or_none(_MOMENT),
                acknowledged_by=or_none(TEXT),
            ),
        ),
    },
}
