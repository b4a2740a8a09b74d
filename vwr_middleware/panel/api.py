"""The control API: what the pages do, as JSON, for programs with a key."""

import json
from collections.abc import Mapping
from typing import Any

from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, Rule

from vwr_middleware.errors import Refused, StoreUnavailable
from vwr_middleware.panel.authentication import Guard
from vwr_middleware.panel.endpoints import ENDPOINTS, Endpoint
from vwr_middleware.panel.openapi import document
from vwr_middleware.panel.operations import Operations
from vwr_middleware.panel.replies import json_reply, problem
from vwr_middleware.web.http import BODY_LIMIT, SAFE_METHODS, Reply, Request, content_type

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
            return await self._do(endpoint, values, request, operator.name)
        except Refused as refused:
            return problem(refused.status, str(refused), refused.problems)
        except StoreUnavailable:
            down = problem(503, "the store does not answer: try again in a moment")
            return down.with_headers([("Retry-After", "5")])

    async def _do(self, name: str, values: Mapping[str, str], request: Request, who: str) -> Reply:
        if name == "openapi":
            base = f"{request.mount}{request.path.removesuffix('/openapi.json')}"
            return json_reply(200, document(base))
        if values:
            self._operations.view(values["name"])  # a room that is unknown comes before a bad body
        endpoint = ENDPOINTS[name]
        given = _given(endpoint, request)
        answer = await endpoint.start(self._operations, values.values(), who, given)
        return json_reply(200, answer)


def _given(endpoint: Endpoint, request: Request) -> dict[str, Any]:
    """What was sent, as the document describes it. Raises Refused for anything else."""
    given: dict[str, Any] = {}
    if endpoint.body is not None:
        given = _read(request)
        endpoint.body.check(given)
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
