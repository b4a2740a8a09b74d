"""A shop of two pages behind a waiting room, for a crowd of real visitors."""

import os
from typing import Any

from vwr_middleware.asgi import WaitingRoomMiddleware


async def shop(scope: Any, receive: Any, send: Any) -> None:
    """Any path is a page; `/shop/done` ends the visit."""
    if scope["type"] != "http":
        raise RuntimeError("only HTTP is served here")
    headers = [(b"content-type", b"text/plain")]
    if scope["path"] == "/shop/done":
        headers.append((b"vwr-session", b"completed"))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"a shop"})


app = WaitingRoomMiddleware(
    shop,
    secret_key="for the tests of a real crowd, and nothing else",
    store=os.environ.get("CROWD_STORE", "memory://"),
    paths=["/shop"],
    max_active=int(os.environ.get("CROWD_MAX_ACTIVE", "50")),
)
