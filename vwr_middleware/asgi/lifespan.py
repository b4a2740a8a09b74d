"""The app's lifespan as it passes by: what cannot work ends the start, and the store is closed."""

from vwr_middleware.asgi.replies import App, Message, Receive, Send
from vwr_middleware.asgi.request import Scope
from vwr_middleware.decorated import look_at_routes
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.site import Site


async def run_lifespan(app: App, site: Site, scope: Scope, receive: Receive, send: Send) -> None:
    """The app's own; the store is closed after the app's shutdown. Nothing depends on it."""
    problem = _problem_of_views(scope.get("app") or app, site)
    if problem is not None:
        await fail(problem, receive, send)
        return

    async def send_and_close(message: Message) -> None:
        if message["type"] in ("lifespan.shutdown.complete", "lifespan.shutdown.failed"):
            await site.close()
        await send(message)

    await app(scope, receive, send_and_close)


async def fail(problem: ConfigurationError, receive: Receive, send: Send) -> None:
    """Refuse to start."""
    await receive()
    await send({"type": "lifespan.startup.failed", "message": str(problem)})


def _problem_of_views(app: object, site: Site) -> ConfigurationError | None:
    """What is wrong with decorated views, where the app shows its routes."""
    try:
        if site.settings.enabled:
            look_at_routes(app, site.gates)
    except ConfigurationError as error:
        return error
    return None
