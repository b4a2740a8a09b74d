"""The ASGI app that serves this API: by itself, mounted in another app, or in front of one."""

from collections.abc import Hashable
from typing import Any

from vwr_middleware.asgi.middleware import make_site
from vwr_middleware.asgi.replies import send_reply
from vwr_middleware.asgi.request import App, AsgiRequest, Receive, Scope, Send
from vwr_middleware.aws.api import Api
from vwr_middleware.aws.public_numbers import PublicNumber
from vwr_middleware.settings import Settings, chosen
from vwr_middleware.site.routing import Site
from vwr_middleware.web.http import SAFE_METHODS
from vwr_middleware.web.remembered import Kept
from vwr_middleware.web.replies import Ready, broken_off


class AwsApi:
    """AWS's API over our rooms, to be mounted where its paths are to begin.

    Settings are keyword arguments, as for the middleware, or a Settings object. Where the
    middleware is in the same process, give its `site`, so that both know the same of the rooms.
    `otherwise` is the app that answers all other paths.

    Raises ConfigurationError with every problem when it is made.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        site: Site | None = None,
        otherwise: App | None = None,
        **kwargs: Any,
    ) -> None:
        settings = chosen(kwargs, settings, site and site.settings)
        self._is_ours = site is None
        self.site = site or make_site(settings)
        self._api, self._otherwise = Api(self.site), otherwise
        self._polls: Kept[Hashable, PublicNumber] = Kept()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a call, or hand the request on."""
        if scope["type"] == "http":
            ready = self._glance(scope)
            if ready is not None:
                # `send_reply` for such a reply, written out: a crowd passes here.
                headers = ready.encoded()
                await send({"type": "http.response.start", "status": 200, "headers": headers})
                return await send({"type": "http.response.body", "body": ready.body})
            request = AsgiRequest(scope)
            if self._otherwise is None or self._api.has(request):
                return await self._answer(request, receive, send)
        if self._otherwise is not None:
            await self._otherwise(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 1000})

    def _glance(self, scope: Scope) -> Ready | None:
        """The answer to a poll of a public number, known by its path and query."""
        number = self._polls.get(_asked(scope)) if scope["method"] == "GET" else None
        return number.glance() if number is not None else None

    async def _answer(self, request: AsgiRequest, receive: Receive, send: Send) -> None:
        request.receive = receive
        if request.method not in SAFE_METHODS:
            body = await request.read_body()
            if body is None:
                return await send_reply(broken_off(), request, send)
            request.body = body
        if (number := self._api.public_number(request)) is not None:
            self._polls.keep(_asked(request.native), number, len(request.path + request.query))
        await send_reply(await self._api.answer(request), request, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        """A lifespan of its own. Apps that mount it may run none, and it needs none."""
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        if self._is_ours:
            await self.site.close()
        await send({"type": "lifespan.shutdown.complete"})


def _asked(scope: Scope) -> Hashable:
    """All that the request line says."""
    where = scope["path"], scope.get("raw_path"), scope.get("root_path")
    return *where, scope.get("query_string")
