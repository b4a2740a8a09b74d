"""The app's lifespan: a start-up that cannot work fails, and after shutdown the store is closed."""

import asyncio

from vwr_middleware.asgi.replies import App, Message, Receive, Send
from vwr_middleware.asgi.request import Scope
from vwr_middleware.decorated import look_at_routes
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.site import Site


async def run_lifespan(app: App, site: Site, scope: Scope, receive: Receive, send: Send) -> None:
    """Run the app's own lifespan, then close the store. An app without a lifespan works as well."""
    problem = _problem_of_loop(site) or _problem_of_views(scope.get("app") or app, site)
    if problem is not None:
        await fail(problem, receive, send)
        return

    async def send_and_close(message: Message) -> None:
        if message["type"] in ("lifespan.shutdown.complete", "lifespan.shutdown.failed"):
            await site.close()
        await send(message)

    await app(scope, receive, send_and_close)


async def fail(problem: ConfigurationError, receive: Receive, send: Send) -> None:
    """Let the server's start-up fail with this problem."""
    await receive()
    await send({"type": "lifespan.startup.failed", "message": str(problem)})


def _problem_of_loop(site: Site) -> ConfigurationError | None:
    """Whether an asynchronous store is to be asked where no asyncio runs."""
    if not site.settings.enabled or site.store.blocking:
        return None
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        text = "store: Redis needs asyncio; under trio name a file, sqlite:///path, or leave trio"
        return ConfigurationError([text])
    return None


def _problem_of_views(app: object, site: Site) -> ConfigurationError | None:
    """What is wrong with decorated views, where the app shows its routes."""
    try:
        if site.settings.enabled:
            look_at_routes(app, site.gates)
    except ConfigurationError as error:
        return error
    return None
