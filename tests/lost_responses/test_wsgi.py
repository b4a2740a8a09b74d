"""WSGI, where a server holds the head back until the first part of the body comes."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any
from wsgiref.validate import validator

import flask
import pytest

from tests.support.faults import fault
from tests.support.rooms import sessions
from tests.support.transport import EnvironTransport
from tests.support.visitor import Visitor
from vwr_middleware.site.routing import Site
from vwr_middleware.wsgi import middleware as wsgi


def flask_visitor(site: Site, page: Callable[[], Any], **config: Any) -> Visitor:
    """Somebody at a Flask app with this page."""
    app = flask.Flask(__name__)
    app.config.update(config)
    app.add_url_rule("/tickets", view_func=page, endpoint="page")
    app.wsgi_app = wsgi.WaitingRoomMiddleware(app.wsgi_app, site=site)  # type: ignore[method-assign]
    return Visitor.of(EnvironTransport(validator(app)))


@fault("The app fails on the request that lets somebody in")
def test_one_browser_does_not_fill_the_room_where_flask_hands_its_error_to_the_server(
    site: Site,
) -> None:
    def page() -> str:
        raise RuntimeError("the database has no connection left")

    visitor = flask_visitor(site, page, PROPAGATE_EXCEPTIONS=True)
    for _ in range(8):
        assert visitor.opens().status_code == 500
        assert sessions(site.store) == []


def test_the_error_page_of_flask_brings_the_session(site: Site) -> None:
    def page() -> str:
        raise RuntimeError("the database has no connection left")

    visitor = flask_visitor(site, page)
    for _ in range(8):
        assert visitor.opens().status_code == 500
        assert sessions(site.store) == ["1-1"]


@pytest.mark.parametrize(("first", "left"), [([], []), ([b""], []), ([b"one"], ["1-1"])])
def test_a_stream_that_breaks_off_has_brought_its_session_if_any_part_was_sent(
    site: Site, first: list[bytes], left: list[str]
) -> None:
    def parts() -> Iterator[bytes]:
        yield from first
        raise RuntimeError("no more")

    visitor = flask_visitor(site, lambda: flask.Response(parts()))
    assert visitor.opens().status_code == 500
    assert sessions(site.store) == left
    assert not site.store_access.views["main"].known_sessions.in_hand


def test_an_app_that_writes_before_it_fails_has_brought_its_session(site: Site) -> None:
    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])(b"one")
        raise RuntimeError("no more")

    ours = wsgi.WaitingRoomMiddleware(app, site=site)
    assert Visitor.of(EnvironTransport(validator(ours))).opens().status_code == 500
    assert sessions(site.store) == ["1-1"]
    assert not site.store_access.views["main"].known_sessions.in_hand
