"""The small app in Flask."""

from collections.abc import Iterator

from flask import Flask, Response, request

from tests.support.shop import METHODS, PARTS, shop, stream_headers
from vwr_middleware.flask import waiting_room

closed: list[str] = []  # paths whose stream was closed


def flask_app() -> Flask:
    """A fresh app."""
    app = Flask(__name__)

    @app.route("/<path:path>", methods=METHODS)
    def page(path: str) -> Response:
        answer = shop(request.path, request.method, request.get_data(), request.environ["vwr"])
        response = Response(answer.body, answer.status, content_type=answer.kind)
        if not answer.kind:
            del response.headers["Content-Type"]
        response.headers.extend(answer.headers)
        return response

    @app.route("/tickets/stream")
    def stream() -> Response:
        return Response(_parts(), content_type="text/plain", headers=stream_headers(request.args))

    @app.route("/action", methods=["GET", "POST"])
    @waiting_room("action")
    def action() -> Response:
        return page("action")

    return app


def _parts() -> Iterator[bytes]:
    try:
        yield from PARTS
    finally:
        closed.append("/tickets/stream")
