"""A shop whose service worker passes every request on, as those do that have an offline page."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

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
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=[0.02])
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
