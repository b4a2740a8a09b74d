"""The shape of what is needed in a hurry, in the control API, as JSON Schema."""

from typing import Any

from vwr_middleware.panel.changes import KINDS
from vwr_middleware.panel.schemas import (
    ANY,
    BOOLEAN,
    NUMBER,
    TEXT,
    WHOLE,
    list_of,
    object_of,
    or_none,
)

COCKPIT_SCHEMAS: dict[str, Any] = {
    "Cockpit": {
        "description": "What is needed in a hurry. `since` and `by`: the mode in force; `number`:"
        " that of the latest change, which undoing it takes; `forecast`: if it goes on as in the"
        " last minutes; `checks`: what to look at before it opens",
        **object_of(
            mode=KINDS["mode"].schema,
            state=TEXT,
            since=or_none(NUMBER),
            by=TEXT,
            most=WHOLE,
            number=WHOLE,
            last_change=or_none(
                object_of(
                    number=WHOLE,
                    at=NUMBER,
                    who=TEXT,
                    changes=list_of(object_of(**{"what": TEXT, "from": ANY, "to": ANY})),
                )
            ),
            workers=object_of(heard=WHOLE, overloaded=WHOLE),
            forecast=list_of(
                object_of(
                    what={"enum": ["line_empty", "line_full", "room_full"]},
                    at=NUMBER,
                    seconds=WHOLE,
                )
            ),
            opens_in=or_none(WHOLE),
            checks=list_of(object_of(what=TEXT, ok=BOOLEAN, told=TEXT)),
        ),
    },
}
