"""The OpenAPI document of the control API, and the fields that its requests take."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vwr_middleware import __version__
from vwr_middleware.panel.changes import NAMES
from vwr_middleware.panel.operations import KEY_LONGEST
from vwr_middleware.panel.schemas import SCHEMAS, WHOLE, list_of, object_of, ref
from vwr_middleware.settings.kinds import LARGEST_COUNT


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a request's body."""

    schema: Mapping[str, Any]
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


def _whole(low: int, required: bool = False) -> Field:
    schema = {"type": "integer", "minimum": low, "maximum": LARGEST_COUNT}
    return Field(schema, f"a whole number from {low} to {LARGEST_COUNT}", required)


_FLAG = Field({"type": "boolean", "default": False}, "true or false")
_CONFIRM = Field({"type": "string", "maxLength": 32}, "the room's name", True)

#: The bodies of the requests that take one, by endpoint. `change` takes settings instead.
BODIES: dict[str, dict[str, Field]] = {
    "advance": {"count": _whole(1, True), "present_only": _FLAG, "keep_rest": _FLAG},
    "serve": {"serving": _whole(0, True)},
    "change": {},
    "reset": {"confirm": _CONFIRM, "end_sessions": _FLAG},
    "restore": {
        "confirm": _CONFIRM,
        "room_id": Field({"type": "string", "maxLength": 16}, "16 hexadecimal digits"),
        "generation": _whole(1),
        "queue": _whole(0),
        "serving": _whole(0),
        "active": _whole(0),
    },
    "explain": {
        "ticket": Field({"type": "string", "maxLength": 200}, "a ticket, or a session like 3-17"),
        "position": _whole(1),
    },
}

_ROOM = {
    "name": "name",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": "^[a-z0-9-]{1,32}$"},
}
_SESSION = _ROOM | {"name": "session", "schema": {"type": "string", "pattern": "^[0-9]+-[0-9]+$"}}
_SETTING = _ROOM | {"name": "setting", "schema": {"enum": list(NAMES)}}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "A repeated call with the same key does nothing, and returns the first result.",
    "schema": {"type": "string", "maxLength": KEY_LONGEST},
}
_OPERATOR = {
    "name": "VWR-Operator",
    "in": "header",
    "description": "Who makes the change, for the audit log.",
    "schema": {"type": "string"},
}


def document(base: str) -> dict[str, Any]:
    """The whole document. `base` is the API's own path."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Waiting room control API",
            "version": __version__,
            "description": "Watches and steers waiting rooms while they run.",
        },
        "servers": [{"url": base}],
        "security": [{"key": []}],
        "paths": _paths(),
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": SCHEMAS,
        },
    }


def _paths() -> dict[str, Any]:
    room = "/rooms/{name}"
    return {
        "/openapi.json": {"get": _call("Get this document", {"type": "object"})},
        "/rooms": {
            "get": _call(
                "List all rooms with a few numbers each", object_of(rooms=list_of(ref("Overview")))
            )
        },
        room: _in_room(get=_call("Get a room's numbers and settings", ref("Room"))),
        f"{room}/history": _in_room(
            get=_listed("Get the numbers of the last hour", "history", "Moment")
        ),
        f"{room}/audit": _in_room(get=_listed("Get the audit log", "audit", "Change")),
        f"{room}/sessions": _in_room(get=_listed("List running sessions", "sessions", "Session")),
        f"{room}/sessions/{{session}}": _in_room(
            _SESSION,
            delete=_call("Revoke a session", object_of(revoked={"type": "string"}), refuses=True),
        ),
        f"{room}/advance": _in_room(
            post=_call(
                "Call more by hand", object_of(called=WHOLE, serving=WHOLE), "advance", header=_KEY
            )
        ),
        f"{room}/serving": _in_room(
            put=_call("Set the serving counter", object_of(serving=WHOLE), "serve")
        ),
        f"{room}/pause": _in_room(post=_settled("Pause: call nobody and let nobody in")),
        f"{room}/resume": _in_room(
            post=_settled("Resume the mode before the pause", conflicts=True)
        ),
        f"{room}/settings": _in_room(patch=_settled("Change settings", body="change")),
        f"{room}/settings/{{setting}}": _in_room(
            _SETTING, delete=_settled("Revert a setting to the configured value")
        ),
        f"{room}/reset": _in_room(
            post=_call("Begin a new generation", object_of(generation=WHOLE), "reset")
        ),
        f"{room}/restore": _in_room(
            get=_listed("List lost rooms of this name", "lost", "Lost"),
            post=_call("Restore a lost room", ref("Restored"), "restore", conflicts=True),
        ),
        f"{room}/explain": _in_room(
            post=_call("Explain where a visitor stands, and why", ref("Explanation"), "explain")
        ),
    }


def _in_room(*parameters: Mapping[str, Any], **calls: Any) -> dict[str, Any]:
    return {"parameters": [_ROOM, *parameters], **calls}


def _listed(summary: str, name: str, item: str) -> dict[str, Any]:
    return _call(summary, object_of(**{name: list_of(ref(item))}))


def _settled(summary: str, body: str = "", *, conflicts: bool = False) -> dict[str, Any]:
    schema = object_of(settings=ref("Settings"))
    return _call(summary, schema, body, refuses=True, conflicts=conflicts)


def _call(
    summary: str,
    schema: Mapping[str, Any],
    body: str = "",
    *,
    header: Mapping[str, Any] | None = None,
    refuses: bool = False,
    conflicts: bool = False,
) -> dict[str, Any]:
    """A call. `refuses`: what is asked may make no sense; `conflicts`: or fit only some states."""
    statuses = {
        401: "No valid key",
        404: "Not found",
        405: "Method not allowed",
        503: "Store unavailable",
    }
    if body:
        statuses |= {400: "Malformed JSON", 413: "Body too large", 415: "Not application/json"}
    if body or refuses:
        statuses[422] = "Invalid: nothing was changed"
    if conflicts:
        statuses[409] = "Not possible in the room's present state"
    problem = {"application/problem+json": {"schema": ref("Problem")}}
    responses: dict[str, Any] = {
        "200": {"description": "Done", "content": {"application/json": {"schema": schema}}}
    }
    for status, words in sorted(statuses.items()):
        responses[str(status)] = {"description": words, "content": problem}
    call: dict[str, Any] = {"summary": summary, "responses": responses}
    headers = [header] if header else []
    if body or refuses:
        headers.append(_OPERATOR)
    if headers:
        call["parameters"] = headers
    if body:
        content = {"application/json": {"schema": _body(body)}}
        call["requestBody"] = {"required": True, "content": content}
    return call


def _body(endpoint: str) -> Mapping[str, Any]:
    if endpoint == "change":
        return ref("Changes")
    fields = BODIES[endpoint]
    return {
        "type": "object",
        "properties": {name: field.schema for name, field in fields.items()},
        "required": [name for name, field in fields.items() if field.required],
        "additionalProperties": False,
    }
