"""The waiting room in front of a WSGI app: Flask, Bottle, Pyramid, any other.

    middleware.py   passes a request on, or answers it
    request.py      the request as the gate reads it; bodies.py: what is read of its body

A request that is let through:
    incoming.py     its body, on the way to the app
    let_through.py     the app's response
"""

from vwr_middleware.wsgi.middleware import WaitingRoomMiddleware, make_site, reply_headers

__all__ = ["WaitingRoomMiddleware", "make_site", "reply_headers"]
