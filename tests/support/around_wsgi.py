"""A WSGI app behind a room in memory, and somebody who visits it as a server hands requests on."""

from collections.abc import Iterable
from typing import Any
from wsgiref.validate import validator

from tests.support.transport import EnvironTransport
from tests.support.visitor import Visitor
from vwr_middleware.wsgi import WaitingRoomMiddleware

KEY = "a key for tests, long enough"


def around(app: Any, **settings: Any) -> WaitingRoomMiddleware:
    """The room around an app."""
    given = {"secret_key": KEY, "store": "memory://", "paths": "/tickets", **settings}
    return WaitingRoomMiddleware(app, **given)


def visitor(app: Any, **environ: Any) -> Visitor:
    """Somebody with a browser, at a server that keeps to the letter of the standard."""
    return Visitor.of(EnvironTransport(validator(app), **environ))


def plain(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """An app that answers with the path."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["PATH_INFO"].encode("latin-1")]
