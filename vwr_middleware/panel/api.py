"""The control API: what the pages do, as JSON, for programs with a key, and the document that
describes it.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, Rule

from vwr_middleware import __version__
from vwr_middleware.errors import Refused, StoreUnavailable
from vwr_middleware.panel.alarm_schemas import ALARM_SCHEMAS
from vwr_middleware.panel.alarms import room_of
from vwr_middleware.panel.authentication import Guard
from vwr_middleware.panel.changes import NAMES
from vwr_middleware.panel.cockpit_schemas import COCKPIT_SCHEMAS
from vwr_middleware.panel.endpoints import ENDPOINTS, Endpoint
from vwr_middleware.panel.lane_schemas import LANE_SCHEMAS
from vwr_middleware.panel.operations import KEY_LONGEST, Operations
from vwr_middleware.panel.operators import Operator, acting_as, seen_of
from vwr_middleware.panel.replies import json_reply, problem
from vwr_middleware.panel.schedule_schemas import SCHEDULE_SCHEMAS
from vwr_middleware.panel.schemas import SCHEMAS, ref
from vwr_middleware.web.http import BODY_LIMIT, SAFE_METHODS, Reply, Request, asked, content_type

# The OpenAPI document of the control API.


#: What stands in paths.
_NAMES = {
    "name": {"type": "string", "pattern": "^[a-z0-9-]{1,32}$"},
    "session": {"type": "string", "pattern": "^[0-9]+-[0-9]+$"},
    "setting": {"enum": list(NAMES)},
    "alarm": {"type": "string", "pattern": "^[a-z0-9_.-]{1,80}$"},
    "message": {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,31}$"},
    "opens_at": {"type": "string", "description": "Seconds since 1970, or with its UTC offset"},
    "change": {"type": "string", "pattern": "^[0-9a-f]{1,20}$"},
    "batch": {"type": "string", "pattern": "^[0-9a-f]{8}$"},
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
        "webhooks": {
            "alarm": _webhook(
                "An alarm begins or ends, somebody is on it, or a test", "AlarmEvent"
            ),
            "room": _webhook("Something else has happened in a room", "RoomEvent"),
        },
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": SCHEMAS | ALARM_SCHEMAS | COCKPIT_SCHEMAS | LANE_SCHEMAS | SCHEDULE_SCHEMAS,
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


def _webhook(summary: str, schema: str) -> dict[str, Any]:
    """What the receivers of `alarm_webhooks` are sent."""
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    return {
        "post": {
            "summary": summary,
            "security": [],
            "parameters": [
                {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
                for name in names
            ],
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": ref(schema)}},
            },
            "responses": {"2XX": {"description": "It was taken, and is not sent again"}},
        }
    }


_ALWAYS = {
    401: "No valid key",
    403: "The role of whoever asks does not allow it",
    404: "Not found",
    405: "Method not allowed",
    503: "Store unavailable",
}
_OF_A_BODY = {400: "Malformed JSON", 413: "Body too large", 415: "Not application/json"}
_OF_A_CHANGE = {422: "Invalid: nothing was changed"}
_OF_A_QUERY = {422: "Invalid"}
_OF_A_CONFLICT = {409: "Not possible in the room's present state"}


def _call_of(endpoint: Endpoint) -> dict[str, Any]:
    is_read = endpoint.method == "GET"
    statuses = {
        **_ALWAYS,
        **({} if endpoint.body is None else _OF_A_BODY),
        **({} if is_read else _OF_A_CHANGE),
        **(_OF_A_QUERY if endpoint.query else {}),
        **(_OF_A_CONFLICT if endpoint.conflicts else {}),
    }
    call = _call(endpoint.summary, endpoint.answer, statuses)
    if endpoint.query:
        call["parameters"] = [
            {"name": name, "in": "query", "description": words, "schema": {"type": "string"}}
            for name, words in endpoint.query.items()
        ]
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


# The control API: what the pages do, as JSON, for programs with a key.


_AS_A_RULE = str.maketrans("{}", "<>")
ROUTES = Map(
    [
        Rule("/openapi.json", endpoint="openapi", methods=["GET"]),
        *(
            Rule(each.path.translate(_AS_A_RULE), endpoint=name, methods=[each.method])
            for name, each in ENDPOINTS.items()
        ),
    ],
    redirect_defaults=False,
    merge_slashes=False,
)


class Api:
    """Answers below the API's path. Changes need a key; whoever is signed in may read."""

    def __init__(self, operations: Operations, guard: Guard) -> None:
        self._operations, self._guard = operations, guard

    async def answer(self, path: str, request: Request) -> Reply:
        """The answer, whatever was asked."""
        is_safe = request.method in SAFE_METHODS
        operator = await self._guard.reader(request) if is_safe else self._guard.by_key(request)
        if operator is None:
            unknown = problem(401, "send a key from admin_api_key as a bearer token")
            return unknown.with_headers([("WWW-Authenticate", 'Bearer realm="vwr-admin"')])
        try:
            endpoint, values = ROUTES.bind("panel").match(path or "/", request.method)
        except MethodNotAllowed as error:
            allowed = ", ".join(sorted({*(error.valid_methods or ())} - {"HEAD"}))
            reply = problem(405, f"method not allowed: use {allowed}")
            return reply.with_headers([("Allow", allowed)])
        except NotFound:
            return problem(404, "there is no such endpoint in the API")
        try:
            return await self._do(endpoint, values, request, operator)
        except Refused as refused:
            return problem(refused.status, str(refused), refused.problems)
        except StoreUnavailable:
            down = problem(503, "the store does not answer: try again in a moment")
            return down.with_headers([("Retry-After", "5")])

    async def _do(
        self, name: str, values: Mapping[str, str], request: Request, operator: Operator
    ) -> Reply:
        if name == "openapi":
            base = f"{request.mount}{request.path.removesuffix('/openapi.json')}"
            return json_reply(200, document(base))
        if "name" in values:
            operator = operator.within(
                values["name"]
            )  # first: the other says which rooms there are
            self._operations.view(values["name"])  # a room that is unknown comes before a bad body
        elif room_name := room_of(values.get("alarm", "")):
            operator = operator.within(room_name)
        endpoint = ENDPOINTS[name]
        operator.need(endpoint.role(name))
        given = _given(endpoint, request)
        with acting_as(operator):
            answer = await endpoint.start(self._operations, values.values(), operator.name, given)
        return json_reply(200, answer if values else seen_of(answer, operator))


def _given(endpoint: Endpoint, request: Request) -> dict[str, Any]:
    """What was sent, as the document describes it. Raises Refused for anything else."""
    given: dict[str, Any] = {}
    if endpoint.body is not None:
        given = _read(request)
        endpoint.body.check(given)
    if endpoint.query:
        given |= {name: text for name, text in asked(request) if name in endpoint.query}
    if endpoint.once:
        given["key"] = request.header("idempotency-key").strip().strip('"')
    return given


def _read(request: Request) -> dict[str, Any]:
    if len(request.body) > BODY_LIMIT:
        raise Refused("the body is too large", status=413)
    if content_type(request) != "application/json":
        raise Refused("send JSON, with Content-Type: application/json", status=415)
    try:
        content = json.loads(request.body)
        json.dumps(content, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except (ValueError, RecursionError) as error:
        raise Refused("the body is not JSON", status=400) from error
    if not isinstance(content, dict):
        raise Refused("the body must be a JSON object")
    return content
