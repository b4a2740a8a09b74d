"""The waiting room in front of a WSGI app: Flask, Bottle, Pyramid, any other.

middleware.py   passes a request on, or answers it
request.py      the request as the gate reads it, and its body
let_through.py  a request that is let through: its body, and the app's response
"""

from vwr_middleware.wsgi.middleware import WaitingRoomMiddleware, make_site, reply_headers

__all__ = ["WaitingRoomMiddleware", "make_site", "reply_headers"]
