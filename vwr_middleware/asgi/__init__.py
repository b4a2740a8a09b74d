"""The waiting room in front of an ASGI app: Starlette, FastAPI, Litestar, Quart, any other."""

from vwr_middleware.asgi.middleware import WaitingRoomMiddleware, make_site
from vwr_middleware.asgi.request import AsgiRequest

__all__ = ["AsgiRequest", "WaitingRoomMiddleware", "make_site"]
