"""The smallest apps, for servers to serve."""

from collections.abc import Iterable
from typing import Any


async def asgi_app(scope: Any, receive: Any, send: Any) -> None:
    """Answers every request."""
    if scope["type"] != "http":
        raise RuntimeError("only HTTP is served here")
    headers = [(b"content-type", b"text/plain")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"an app"})


def wsgi_app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """The same for servers of the other kind."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"an app"]
