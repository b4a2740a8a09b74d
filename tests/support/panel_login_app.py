"""A small shop whose own login says who operates its panel, for servers to serve."""

from typing import Any

from tests.support.apps import asgi_app
from vwr_middleware.asgi import WaitingRoomMiddleware


def _who(scope: dict[str, Any]) -> str | None:
    return "Ann" if b"staff=yes" in dict(scope["headers"]).get(b"cookie", b"") else None


app = WaitingRoomMiddleware(
    asgi_app,
    secret_key="a secret that is long enough",
    paths="/tickets",
    store="memory://",
    admin_auth=_who,
)
