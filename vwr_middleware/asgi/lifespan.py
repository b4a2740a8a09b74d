"""The app's lifespan: a start-up that cannot work fails, and after shutdown the store is closed."""

import asyncio
from contextlib import suppress
from typing import NoReturn

from vwr_middleware.asgi.request import App, Message, Receive, Scope, Send
from vwr_middleware.asgi.routes import routes_of
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.site.decorated_views import look_at_view
from vwr_middleware.site.routing import Site
from vwr_middleware.startup.unreached_paths import warn_of_astray


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
