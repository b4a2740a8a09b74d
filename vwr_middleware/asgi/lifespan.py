"""The app's lifespan: a start-up that cannot work fails, and after shutdown the store is closed.
Its routes are looked at then.
"""

import asyncio
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import NoReturn

from vwr_middleware.asgi.request import App, Message, Receive, Scope, Send
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.site.decorated_views import look_at_view
from vwr_middleware.site.routing import Site
from vwr_middleware.startup.unreached_paths import MANY, Route, marked, warn_of_astray

# The routes that a Starlette or FastAPI app shows.


_PLACEHOLDER = re.compile(r"\{\w+(?::(\w+))?\}")


def routes_of(app: object, prefix: str = "", around: tuple[object, ...] = ()) -> Iterator[Route]:
    """The routes of an app or of a router that stands at this prefix; none where it shows none.
    `around`: the routers that it is within."""
    router = getattr(app, "router", app)
    if any(router is each for each in around):
        yield _anything_below(prefix)
        return
    around = (*around, router)
    routes = getattr(router, "routes", None)
    for route in routes if isinstance(routes, list) else ():
        path = f"{prefix}{getattr(route, 'path', None) or ''}"
        if hasattr(route, "endpoint"):
            yield _route(path, view=route.endpoint)
        else:
            yield from _within(route, path, around)
    if _answers_all_else(app, router):
        yield _anything_below(prefix)


def _within(route: object, prefix: str, around: tuple[object, ...]) -> Iterator[Route]:
    """What is mounted or included by this route; anything, where it does not show its routes."""
    included = getattr(route, "original_router", None)  # FastAPI's `include_router`
    if included is None:
        # What a mount has around its app hides the routes, which the mount itself then shows.
        app = getattr(route, "app", None)
        found = list(routes_of(app, prefix, around)) or list(routes_of(route, prefix, around))
        yield from found or [_anything_below(prefix)]
        return
    within = getattr(getattr(route, "include_context", None), "prefix", None)
    if within is None:
        yield _anything_below(prefix)
    else:
        yield from routes_of(included, f"{prefix}{within}", around)


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


# The app's lifespan: a start-up that cannot work fails, and after shutdown the store is closed.


async def run_lifespan(app: App, site: Site, scope: Scope, receive: Receive, send: Send) -> None:
    """Run the app's own lifespan, then close the store. An app without a lifespan works as well."""
    outermost = scope.get("app") or app
    problem = _problem_of_loop(site) or _problem_of_views(outermost, site)
    if problem is not None:
        await fail(problem, receive, send)

    async def send_and_close(message: Message) -> None:
        if message["type"] == "lifespan.startup.complete":  # apps add routes while they start, too
            warn_of_astray(site.settings, routes_of(outermost))
        if message["type"] in ("lifespan.shutdown.complete", "lifespan.shutdown.failed"):
            await site.close()
        await send(message)

    await app(scope, receive, send_and_close)


async def fail(problem: ConfigurationError, receive: Receive, send: Send) -> NoReturn:
    """Let the server's start-up fail with this problem.

    Servers take it from the message. Test clients take it from the error alone: without one they
    go on as if the app had started, and wait for the end of its shutdown for ever.
    """
    await receive()
    await send({"type": "lifespan.startup.failed", "message": str(problem)})
    raise problem


def _problem_of_loop(site: Site) -> ConfigurationError | None:
    """What needs asyncio, where none runs."""
    with suppress(RuntimeError):
        asyncio.get_running_loop()
        return None
    problems = []
    if not site.store.blocking:
        problems.append(
            "store: Redis needs asyncio: under trio use a file, sqlite:///path, or run under"
            " asyncio"
        )
    if any(room.close_websockets for room in site.settings.rooms):
        problems.append("close_websockets needs asyncio: remove it, or run under asyncio")
    return ConfigurationError(problems) if problems and site.settings.enabled else None


def _problem_of_views(app: object, site: Site) -> ConfigurationError | None:
    """What is wrong with decorated views, where the app shows its routes."""
    try:
        if site.settings.enabled:
            for route in routes_of(app):
                look_at_view(route.text, route.view, site.settings)
    except ConfigurationError as error:
        return error
    except Exception:  # an app's routes may be anything, also what is made later
        return None
    return None
