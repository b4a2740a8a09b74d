"""The shapes of openings and planned changes in the control API, as JSON Schema, and whether a body
fits."""

from collections.abc import Mapping
from typing import Any

from vwr_middleware.errors import Refused
from vwr_middleware.panel.changes import NAMES
from vwr_middleware.panel.schemas import (
    ANY,
    BOOLEAN,
    NUMBER,
    TEXT,
    WHOLE,
    Body,
    Schema,
    list_of,
    object_of,
    or_none,
    ref,
)
from vwr_middleware.settings.opening_kinds import SCHEMA as OPENINGS

SCHEDULE_SCHEMAS: dict[str, Any] = {
    "Opening": {
        "description": "An opening of a room. `is`: over, open, next or later. `keeps_line`: those"
        " in line from before keep their places. `draws`: places by lot. `settings`: its own",
        **object_of(
            number=WHOLE,
            **{"is": {"enum": ["over", "open", "next", "later"]}},
            opens_at=or_none(NUMBER),
            closes_at=or_none(NUMBER),
            joins_from=or_none(NUMBER),
            keeps_line=BOOLEAN,
            draws=BOOLEAN,
            settings={"type": "object"},
        ),
    },
    "NewOpening": OPENINGS["items"],
    "Planned": {
        "description": "A change of settings that happens by itself `at` a time, `in` so many"
        " seconds",
        **object_of(
            id=TEXT,
            at=NUMBER,
            **{"in": NUMBER},
            settings={"type": "object", "properties": dict.fromkeys(NAMES, ANY)},
            unset=list_of(TEXT),
            who=TEXT,
            planned_at=NUMBER,
        ),
    },
    "Plan": {
        "type": "object",
        "properties": {
            "at": {
                "description": "When: seconds since 1970, or a time with its UTC offset",
                "type": ["number", "string"],
            },
            "settings": ref("Changes"),
            "unset": {
                "description": "Settings that return to their configured values",
                **list_of(TEXT),
            },
        },
        "required": ["at"],
        "additionalProperties": False,
    },
}


class OpeningBody(Body):
    """An opening of a room."""

    @property
    def schema(self) -> Schema:
        """All that an opening may have."""
        return ref("NewOpening")

    def check(self, content: Mapping[str, Any]) -> None:
        """Left to settings/opening_kinds.py, which knows what it may be."""


class PlanBody(Body):
    """A change of settings at a time."""

    @property
    def schema(self) -> Schema:
        """When, and what changes."""
        return ref("Plan")

    def check(self, content: Mapping[str, Any]) -> None:
        """Raise Refused for another shape. What settings may be is left to changes.py."""
        problems = [
            f"{name} is not a field of this request"
            for name in content
            if name not in ("at", "settings", "unset")
        ]
        if "at" not in content:
            problems.append("at is missing: it must be a time")
        if not isinstance(content.get("settings", {}), Mapping):
            problems.append('settings must be an object, like {"max_active": 600}')
        names = content.get("unset", [])
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            problems.append('unset must be a list of names, like ["max_active"]')
        if problems:
            raise Refused(*problems)
