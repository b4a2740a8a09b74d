"""A WSGI app on a server of its own, within the test's process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from wsgiref.types import WSGIApplication

from werkzeug.serving import make_server


@contextmanager
def serving(app: WSGIApplication, port: int = 0) -> Iterator[str]:
    """Its address; on any free port unless one is given."""
    server = make_server("127.0.0.1", port, app, threaded=True)
    # It notices so soon that it is to stop.
    thread = threading.Thread(target=server.serve_forever, args=[0.02])
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
