"""The waiting room in front of an ASGI app: Starlette, FastAPI, Litestar, Quart, any other.

middleware.py   passes a request on, or answers it, most by its cookies alone
request.py      the request as the gate reads it
replies.py      our own replies
let_through.py  a request that is let through: its body, and the app's response
sockets.py      WebSockets that end with their session
lifespan.py     the app's start and its end, and the routes that it shows
"""

from vwr_middleware.asgi.middleware import WaitingRoomMiddleware, make_site
from vwr_middleware.asgi.request import AsgiRequest

__all__ = ["AsgiRequest", "WaitingRoomMiddleware", "make_site"]
