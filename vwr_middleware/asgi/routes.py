"""The routes that a Starlette or FastAPI app shows."""

import re
from collections.abc import Iterator

from vwr_middleware.routes import Route, below, marked

_PLACEHOLDER = re.compile(r"\{\w+(?::(\w+))?\}")


def routes_of(app: object, prefix: str = "") -> Iterator[Route]:
    """The routes of an app or of a router that stands at this prefix; none where it shows none."""
    router = getattr(app, "router", app)
    routes = getattr(router, "routes", None)
    for route in routes if isinstance(routes, list) else ():
        path = getattr(route, "path", None)
        if hasattr(route, "endpoint"):
            text = f"{prefix}{path}"
            yield Route(text, marked(text, _PLACEHOLDER, _has_slashes))
        else:
            yield from _below(route, f"{prefix}{path or ''}")
    if getattr(router, "_low_priority_routes", None):  # FastAPI's, for single-page apps
        yield below(prefix)


def _below(route: object, prefix: str) -> Iterator[Route]:
    """What is mounted or included by this route; anything, where it does not show its routes."""
    included = getattr(route, "original_router", None)  # FastAPI's `include_router`
    if included is not None:
        within = getattr(getattr(route, "include_context", None), "prefix", None)
        found = list(routes_of(included, f"{prefix}{within}")) if within is not None else []
    else:
        found = list(routes_of(route, prefix))
    yield from found or [below(prefix)]


def _has_slashes(placeholder: re.Match[str]) -> bool:
    # A converter that is registered by the app may take slashes too.
    return placeholder[1] not in (None, "str", "int", "float", "uuid")
