"""The OpenAPI document of the control API."""

import re
from collections.abc import Mapping
from typing import Any

from vwr_middleware import __version__
from vwr_middleware.panel.changes import NAMES
from vwr_middleware.panel.endpoints import ENDPOINTS, Endpoint
from vwr_middleware.panel.operations import KEY_LONGEST
from vwr_middleware.panel.schemas import SCHEMAS, ref

#: What stands in paths.
_NAMES = {
    "name": {"type": "string", "pattern": "^[a-z0-9-]{1,32}$"},
    "session": {"type": "string", "pattern": "^[0-9]+-[0-9]+$"},
    "setting": {"enum": list(NAMES)},
}
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
    paths: dict[str, Any] = {
        "/openapi.json": {"get": _call("Get this document", {"type": "object"}, _ALWAYS)}
    }
    for endpoint in ENDPOINTS.values():
        parameters = [
            {"name": name, "in": "path", "required": True, "schema": _NAMES[name]}
            for name in re.findall(r"{(\w+)}", endpoint.path)
        ]
        calls = paths.setdefault(endpoint.path, {"parameters": parameters} if parameters else {})
        calls[endpoint.method.lower()] = _call_of(endpoint)
    return paths


_ALWAYS = {
    401: "No valid key",
    404: "Not found",
    405: "Method not allowed",
    503: "Store unavailable",
}
_OF_A_BODY = {400: "Malformed JSON", 413: "Body too large", 415: "Not application/json"}
_OF_A_CHANGE = {422: "Invalid: nothing was changed"}
_OF_A_CONFLICT = {409: "Not possible in the room's present state"}


def _call_of(endpoint: Endpoint) -> dict[str, Any]:
    is_read = endpoint.method == "GET"
    statuses = {
        **_ALWAYS,
        **({} if endpoint.body is None else _OF_A_BODY),
        **({} if is_read else _OF_A_CHANGE),
        **(_OF_A_CONFLICT if endpoint.conflicts else {}),
    }
    call = _call(endpoint.summary, endpoint.answer, statuses)
    if not is_read:
        call["parameters"] = [_KEY, _OPERATOR] if endpoint.once else [_OPERATOR]
    if endpoint.body is not None:
        content = {"application/json": {"schema": endpoint.body.schema}}
        call["requestBody"] = {"required": True, "content": content}
    return call


def _call(summary: str, schema: Mapping[str, Any], statuses: Mapping[int, str]) -> dict[str, Any]:
    problem = {"application/problem+json": {"schema": ref("Problem")}}
    responses: dict[str, Any] = {
        "200": {"description": "Done", "content": {"application/json": {"schema": schema}}}
    }
    for status, words in sorted(statuses.items()):
        responses[str(status)] = {"description": words, "content": problem}
    return {"summary": summary, "responses": responses}
