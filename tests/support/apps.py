"""The smallest apps, for servers to serve."""

import os
from collections.abc import Iterable
from typing import Any


async def asgi_app(scope: Any, receive: Any, send: Any) -> None:
    """Answers every request with the number of its process."""
    if scope["type"] != "http":
        raise RuntimeError("only HTTP is served here")
    headers = [(b"content-type", b"text/plain"), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": str(os.getpid()).encode()})


def wsgi_app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answers every request with the number of its process."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
