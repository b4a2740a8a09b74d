"""The small app in Flask."""

from collections.abc import Iterator

from flask import Flask, Response, abort, request, stream_with_context

from tests.support.shop import METHODS, PARTS, shop, stream_headers
from vwr_middleware.flask import current_session, waiting_room

closed: list[str] = []  # paths whose stream was closed


def page(path: str = "") -> Response:
    answer = shop(request.path, request.method, request.get_data(), request.environ["vwr"])
    response = Response(answer.body, answer.status, content_type=answer.kind)
    if not answer.kind:
        del response.headers["Content-Type"]
    response.headers.extend(answer.headers)
    return response


def stream() -> Response:
    return Response(_parts(), content_type="text/plain", headers=stream_headers(request.args))


def _parts() -> Iterator[bytes]:
    try:
        yield from PARTS
    finally:
        closed.append("/tickets/stream")


@waiting_room("action")
def action() -> Response:
    return page()


@waiting_room("action")
def last() -> Response:
    return Response("thanks", headers=stream_headers({"last"}))


@waiting_room("action")
def gone() -> Response:
    abort(404)


@waiting_room("action")
def broken() -> Response:
    raise RuntimeError("the view has a fault")


@waiting_room("action")
def seat(number: str) -> str:
    return number


@waiting_room("action")
def stream_of_action() -> Response:
    parts = stream_with_context(part + current_session.id.encode() for part in _parts())
    return Response(parts, content_type="text/plain", headers=stream_headers(request.args))


def flask_app() -> Flask:
    """A fresh app."""
    app = Flask(__name__)
    app.add_url_rule("/<path:path>", view_func=page, methods=METHODS)
    app.add_url_rule("/tickets/stream", view_func=stream)
    app.add_url_rule("/action", view_func=action, methods=["GET", "POST"])
    app.add_url_rule("/action/within", view_func=action)
    app.add_url_rule("/action/within/last", view_func=last)
    app.add_url_rule("/action/gone", view_func=gone)
    app.add_url_rule("/action/broken", view_func=broken)
    app.add_url_rule("/action/seat/<number>", view_func=seat)
    app.add_url_rule("/tickets/seat/<number>", view_func=seat)
    app.add_url_rule("/action/stream", view_func=stream_of_action)
    return app
