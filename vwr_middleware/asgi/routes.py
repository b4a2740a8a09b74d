"""The routes that a Starlette or FastAPI app shows."""

import re
from collections.abc import Iterator

from vwr_middleware.startup.unreached_paths import MANY, Route, marked

_PLACEHOLDER = re.compile(r"\{\w+(?::(\w+))?\}")


def routes_of(app: object, prefix: str = "") -> Iterator[Route]:
    """The routes of an app or of a router that stands at this prefix; none where it shows none."""
    router = getattr(app, "router", app)
    routes = getattr(router, "routes", None)
    for route in routes if isinstance(routes, list) else ():
        path = f"{prefix}{getattr(route, 'path', None) or ''}"
        if hasattr(route, "endpoint"):
            yield _route(path, view=route.endpoint)
        else:
            yield from _within(route, path)
    if _answers_all_else(app, router):
        yield _anything_below(prefix)


def _within(route: object, prefix: str) -> Iterator[Route]:
    """What is mounted or included by this route; anything, where it does not show its routes."""
    included = getattr(route, "original_router", None)  # FastAPI's `include_router`
    if included is None:
        # What a mount has around its app hides the routes, which the mount itself then shows.
        app = getattr(route, "app", None)
        found = list(routes_of(app, prefix)) or list(routes_of(route, prefix))
        yield from found or [_anything_below(prefix)]
        return
    within = getattr(getattr(route, "include_context", None), "prefix", None)
    if within is None:
        yield _anything_below(prefix)
    else:
        yield from routes_of(included, f"{prefix}{within}")


def _answers_all_else(app: object, router: object) -> bool:
    """Whether something may answer where no route leads, as for single-page apps."""
    return bool(
        getattr(router, "_low_priority_routes", None)  # FastAPI's `frontend`
        or getattr(router, "default", None) != getattr(router, "not_found", None)
        or 404 in (getattr(app, "exception_handlers", None) or ())
    )


def _route(text: str, end: str = "", view: object = None) -> Route:
    return Route(text, marked(text, _PLACEHOLDER, _has_slashes) + end, view)


def _anything_below(prefix: str) -> Route:
    return _route(prefix, f"/{MANY}")


def _has_slashes(placeholder: re.Match[str]) -> bool:
    # A converter that is registered by the app may take slashes too.
    return placeholder[1] not in (None, "str", "int", "float", "uuid")
