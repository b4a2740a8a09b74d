"""The waiting room in front of an ASGI app: Starlette, FastAPI, Litestar, Quart, any other.

    middleware.py   passes a request on, or answers it
    request.py      the request as the gate reads it; at_sight.py: answers by its cookies alone
    replies.py      our own replies

A request that is let through:
    incoming.py     its body, on the way to the app
    let_through.py     the app's response; passes.py: one that may have to bring our cookies
    sockets.py      WebSockets that end with their session

The app itself:
    lifespan.py     its start and its end; routes.py: the routes that it shows
"""

from vwr_middleware.asgi.middleware import WaitingRoomMiddleware, make_site
from vwr_middleware.asgi.request import AsgiRequest

__all__ = ["AsgiRequest", "WaitingRoomMiddleware", "make_site"]
