"""The control API: what the pages do, as JSON, for programs with a key."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, RequestRedirect, Rule

from vwr_middleware.errors import Refused, StoreUnavailable
from vwr_middleware.panel import report
from vwr_middleware.panel.guard import Guard
from vwr_middleware.panel.openapi import BODIES, document
from vwr_middleware.panel.operations import Operations
from vwr_middleware.panel.replies import json_reply, problem
from vwr_middleware.web.http import BODY_LIMIT, SAFE_METHODS, Reply, Request
from vwr_middleware.web.posted import content_type

ROUTES = Map(
    [
        Rule("/openapi.json", endpoint="openapi", methods=["GET"]),
        Rule("/rooms", endpoint="rooms", methods=["GET"]),
        Rule("/rooms/<name>", endpoint="room", methods=["GET"]),
        Rule("/rooms/<name>/history", endpoint="history", methods=["GET"]),
        Rule("/rooms/<name>/audit", endpoint="audit", methods=["GET"]),
        Rule("/rooms/<name>/sessions", endpoint="sessions", methods=["GET"]),
        Rule("/rooms/<name>/sessions/<session>", endpoint="revoke", methods=["DELETE"]),
        Rule("/rooms/<name>/advance", endpoint="advance", methods=["POST"]),
        Rule("/rooms/<name>/serving", endpoint="serve", methods=["PUT"]),
        Rule("/rooms/<name>/pause", endpoint="pause", methods=["POST"]),
        Rule("/rooms/<name>/resume", endpoint="resume", methods=["POST"]),
        Rule("/rooms/<name>/settings", endpoint="change", methods=["PATCH"]),
        Rule("/rooms/<name>/settings/<setting>", endpoint="unset", methods=["DELETE"]),
        Rule("/rooms/<name>/reset", endpoint="reset", methods=["POST"]),
        Rule("/rooms/<name>/restore", endpoint="lost", methods=["GET"]),
        Rule("/rooms/<name>/restore", endpoint="restore", methods=["POST"]),
        Rule("/rooms/<name>/explain", endpoint="explain", methods=["POST"]),
    ],
    redirect_defaults=False,
    merge_slashes=False,
)

Given = Mapping[str, Any]


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
        except (NotFound, RequestRedirect):
            return problem(404, "there is no such endpoint in the API")
        try:
            return await self._do(endpoint, values, request, operator.name)
        except Refused as refused:
            return problem(refused.status, str(refused), refused.problems)
        except StoreUnavailable:
            down = problem(503, "the store does not answer: try again in a moment")
            return down.with_headers([("Retry-After", "5")])

    async def _do(
        self, endpoint: str, values: Mapping[str, str], request: Request, who: str
    ) -> Reply:
        if endpoint == "openapi":
            base = f"{request.mount}{request.path.removesuffix('/openapi.json')}"
            return json_reply(200, document(base))
        if endpoint == "rooms":
            return json_reply(200, await self._operations.overviews())
        name = values["name"]
        self._operations.view(name)
        given = _given(endpoint, request)
        make: Callable[..., Awaitable[Any]] = getattr(self, f"_{endpoint}")
        rest = {key: value for key, value in values.items() if key != "name"}
        if endpoint == "advance":
            rest["key"] = request.header("idempotency-key").strip().strip('"')
        return json_reply(200, await make(name, given, who, **rest))

    # Reading.

    async def _room(self, name: str, given: Given, who: str) -> Any:
        return await self._operations.status(name)

    async def _history(self, name: str, given: Given, who: str) -> Any:
        return {"history": report.history_rows(await self._operations.record(name))}

    async def _audit(self, name: str, given: Given, who: str) -> Any:
        return {"audit": report.audit_rows(await self._operations.record(name))}

    async def _sessions(self, name: str, given: Given, who: str) -> Any:
        return {"sessions": report.session_rows(await self._operations.record(name), 1000)}

    async def _lost(self, name: str, given: Given, who: str) -> Any:
        return await self._operations.lost(name)

    async def _explain(self, name: str, given: Given, who: str) -> Any:
        return await self._operations.explain(name, **given)

    # Steering.

    async def _advance(self, name: str, given: Given, who: str, key: str) -> Any:
        return await self._operations.advance(name, who, **given, key=key)

    async def _serve(self, name: str, given: Given, who: str) -> Any:
        return await self._operations.serve(name, who, **given)

    async def _pause(self, name: str, given: Given, who: str) -> Any:
        return await self._operations.pause(name, who)

    async def _resume(self, name: str, given: Given, who: str) -> Any:
        return await self._operations.resume(name, who)

    async def _change(self, name: str, given: Given, who: str) -> Any:
        return await self._operations.change(name, who, **given)

    async def _unset(self, name: str, given: Given, who: str, setting: str) -> Any:
        return await self._operations.unset(name, setting, who)

    async def _reset(self, name: str, given: Given, who: str) -> Any:
        return await self._operations.reset(name, who, **given)

    async def _restore(self, name: str, given: Given, who: str) -> Any:
        return await self._operations.restore(name, who, **given)

    async def _revoke(self, name: str, given: Given, who: str, session: str) -> Any:
        return await self._operations.revoke(name, session, who)


def _given(endpoint: str, request: Request) -> Given:
    """The body as the document describes it. Raises Refused for any other."""
    fields = BODIES.get(endpoint)
    if fields is None:
        return {}
    content = _read(request)
    if endpoint == "change":
        return content
    problems = [f"{name} is not a field of this request" for name in content if name not in fields]
    for name, field in fields.items():
        if name in content and not field.fits(content[name]):
            problems.append(f"{name} must be {field.words}")
        if field.required and name not in content:
            problems.append(f"{name} is missing: it must be {field.words}")
    if problems:
        raise Refused(*problems)
    return content


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
