"""An app on another server behind the room, for a server to import."""

import os

from vwr_middleware.asgi import WaitingRoomMiddleware
from vwr_middleware.serve.upstream import proxying

app = WaitingRoomMiddleware(
    proxying(os.environ["UPSTREAM"]),
    secret_key="a key for tests, long enough",
    store="memory://",
    paths="/shop",
    max_active=50,
)
