"""The waiting room in front of a WSGI app: Flask, Bottle, Pyramid, any other."""

from vwr_middleware.wsgi.middleware import WaitingRoomMiddleware, make_site, reply_headers

__all__ = ["WaitingRoomMiddleware", "make_site", "reply_headers"]
