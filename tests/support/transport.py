"""Drive an ASGI or WSGI app from a blocking `httpx.Client`."""

import io
import sys
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from typing import Any, TypeVar
from urllib.parse import unquote_to_bytes

import httpx
from anyio.from_thread import start_blocking_portal

T = TypeVar("T")


class PortalTransport(httpx.BaseTransport):
    """An event loop in a thread of its own that lives as long as the client.

    So connections that belong to one loop (redis.asyncio) work across requests. `aclose` runs on
    that loop before it ends. The app's lifespan is not run. The body of an answer to HEAD is shown,
    where httpx by itself would drop it unseen.
    """

    def __init__(
        self, app: Any, aclose: Callable[[], Awaitable[object]] | None = None, **options: Any
    ) -> None:
        self._app, self._options = app, options
        self._aclose = aclose
        self._stack = ExitStack()
        self._portal = self._stack.enter_context(start_blocking_portal())

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        return self._portal.call(self._respond, request)

    async def _respond(self, request: httpx.Request) -> httpx.Response:
        method, request.method = request.method, "GET"

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await self._app({**scope, "method": method}, receive, send)

        inner = httpx.ASGITransport(app, **self._options)
        response = await inner.handle_async_request(request)
        request.method = method
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


class EnvironTransport(httpx.BaseTransport):
    """A WSGI server's part, by the letter: bytes of paths and headers are told in latin-1.

    (`httpx.WSGITransport` takes ASCII only.) An error of the app is a 500, as servers make it.
    """

    def __init__(self, app: Any, **environ: Any) -> None:
        self._app, self._environ = app, environ

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        environ = _environ_of(request) | self._environ
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], error: Any = None) -> Any:
            assert error or not started, "an app starts anew only to tell of an error"
            started[:] = [(status, headers)]
            return lambda data: None

        try:
            body = self._app(environ, start_response)
            try:
                content = b"".join(body)
            finally:
                getattr(body, "close", lambda: None)()
        except AssertionError:  # the validator's
            raise
        except Exception:
            return httpx.Response(500)
        status, headers = started[0]
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        return httpx.Response(int(status[:3]), headers=raw, stream=httpx.ByteStream(content))


def _environ_of(request: httpx.Request) -> dict[str, Any]:
    path, _, query = request.url.raw_path.partition(b"?")
    environ: dict[str, Any] = {
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": request.url.scheme,
        "wsgi.input": io.BytesIO(request.read()),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "RAW_URI": path.decode("latin-1"),
        "QUERY_STRING": query.decode("latin-1"),
        "SERVER_NAME": request.url.host,
        "SERVER_PORT": str(request.url.port or {"http": 80, "https": 443}[request.url.scheme]),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
    }
    for name, value in request.headers.raw:
        key = name.decode("latin-1").upper().replace("-", "_")
        prefix = "" if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else "HTTP_"
        environ[prefix + key] = value.decode("latin-1")
    return environ


class Counted(io.BytesIO):
    """A body that knows how much of it was read."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        part = super().read(size)
        self.taken += len(part)
        return part

    def readinto(self, buffer: Any, /) -> int:
        size = super().readinto(buffer)
        self.taken += size
        return size
