"""Views that answer every method at every path, behind several rooms, as servers import them."""

import json
from typing import Any

from vwr_middleware import asgi, wsgi
from vwr_middleware.asgi.request import Receive, Scope, Send

SPA = "https://spa.example"


def settings() -> dict[str, Any]:
    """A room with space, one that lets nobody in, and two with a challenge."""
    return {
        "secret_key": "a key for servers that is long enough",
        "store": "memory://",
        "admin_password": "a long enough password",
        "cors_origins": [SPA],
        "rooms": [
            {"name": "easy", "paths": "/easy", "max_active": 1000},
            {"name": "hard", "paths": "/tickets", "mode": "paused"},
            {"name": "proved", "paths": "/proved", "challenge": lambda request: "/captcha"},
            {
                "name": "rest",
                "paths": "/",
                "exclude": ["/captcha", "/open"],
                "challenge": lambda request: "/captcha",
            },
        ],
    }


def wsgi_view(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "application/json")])
    session = environ["vwr"]
    seen = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
    return [json.dumps({"seen": seen, "room": session and session.room}).encode()]


async def asgi_view(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] != "http":
        raise RuntimeError("this app knows no lifespan")
    session = scope["vwr"]
    body = json.dumps({"seen": scope["path"], "room": session and session.room}).encode()
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


wsgi_app = wsgi.WaitingRoomMiddleware(wsgi_view, **settings())
asgi_app = asgi.WaitingRoomMiddleware(asgi_view, **settings())
