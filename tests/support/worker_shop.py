"""A shop whose service worker passes every request on, as those do that have an offline page."""

from collections.abc import Iterator
from contextlib import contextmanager

from werkzeug.wrappers import Request, Response

from tests.support.serving import serving
from vwr_middleware.wsgi import WaitingRoomMiddleware

WORKER = """
addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => event.respondWith(fetch(event.request)));
"""
#: What the shop's start page does, until the worker has taken over.
REGISTER = """new Promise((done) => {
    navigator.serviceWorker.oncontrollerchange = () => done(true);
    navigator.serviceWorker.register("/worker.js");
})"""


@Request.application
def _shop(request: Request) -> Response:
    if request.path == "/worker.js":
        return Response(WORKER, mimetype="text/javascript")
    title = "Inside" if request.path == "/tickets" else "Home"
    return Response(f"<title>{title}</title>", mimetype="text/html")


@contextmanager
def shop_with_a_service_worker() -> Iterator[str]:
    """Its address. It is for one person at a time."""
    key, store = "a key for a shop's worker", "memory://"
    app = WaitingRoomMiddleware(
        _shop, secret_key=key, store=store, paths=["/tickets"], max_active=1
    )
    with serving(app) as url:
        yield url
