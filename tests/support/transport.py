"""Drive an ASGI app from a blocking `httpx.Client`."""

from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from typing import Any, TypeVar

import httpx
from anyio.from_thread import start_blocking_portal

T = TypeVar("T")


class PortalTransport(httpx.BaseTransport):
    """An event loop in a thread of its own that lives as long as the client.

    So connections that belong to one loop (redis.asyncio) work across requests. `aclose` runs on
    that loop before it ends. The app's lifespan is not run.
    """

    def __init__(
        self, app: Any, aclose: Callable[[], Awaitable[object]] | None = None, **options: Any
    ) -> None:
        self._inner = httpx.ASGITransport(app, **options)
        self._aclose = aclose
        self._stack = ExitStack()
        self._portal = self._stack.enter_context(start_blocking_portal())

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        return self._portal.call(self._respond, request)

    async def _respond(self, request: httpx.Request) -> httpx.Response:
        response = await self._inner.handle_async_request(request)
        assert isinstance(response.stream, httpx.AsyncByteStream)
        body = b"".join([part async for part in response.stream])
        return httpx.Response(
            response.status_code, headers=response.headers, stream=httpx.ByteStream(body)
        )

    def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run something on the app's event loop."""
        return self._portal.call(work)

    def close(self) -> None:
        with self._stack:
            if self._aclose:
                self._portal.call(self._aclose)
