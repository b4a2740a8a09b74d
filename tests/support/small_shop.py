"""A shop for one person at a time, on a server of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from werkzeug.wrappers import Request, Response

from tests.support.serving import serving
from vwr_middleware.settings import Settings
from vwr_middleware.stores.memory.store import MemoryStore
from vwr_middleware.wsgi import WaitingRoomMiddleware


@Request.application
def _shop(request: Request) -> Response:
    return Response("<title>Inside</title>", mimetype="text/html")


@contextmanager
def small_shop(**settings: Any) -> Iterator[tuple[str, MemoryStore]]:
    """Its address, and its store."""
    given = {"secret_key": "a key for a small shop", "store": "memory://", **settings}
    app = WaitingRoomMiddleware(_shop, Settings(paths=["/tickets"], max_active=1, **given))
    with serving(app) as url:
        yield url, app.site.store  # type: ignore[misc]
