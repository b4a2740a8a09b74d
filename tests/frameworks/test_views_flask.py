"""Views of Flask with a room of their own in apps as people write them."""

from typing import Any, ClassVar

import flask
import pytest
from flask.views import MethodView

from tests.support.bodies import BrokenBody
from tests.support.clock import Clock
from tests.support.rooms import sessions
from tests.support.transport import Counted, EnvironTransport
from tests.support.views import TOKEN, site_of_views
from tests.support.visitor import Visitor, set_cookies
from vwr_middleware.flask import current_session, waiting_room
from vwr_middleware.site.routing import Site
from vwr_middleware.wsgi import WaitingRoomMiddleware


@pytest.fixture
def site(clock: Clock) -> Site:
    return site_of_views(clock)


class Sale(MethodView):
    """A class of views."""

    decorators: ClassVar = [waiting_room("buy")]

    def get(self) -> flask.Response:
        flask.abort(flask.redirect("/elsewhere"))


def flask_visitor(site: Site, **config: Any) -> Visitor:
    app = flask.Flask(__name__)
    app.config.update(config)
    app.add_url_rule("/sale", view_func=Sale.as_view("sale"))

    @app.route("/raise/<int:status>")
    @app.route("/tickets/raise/<int:status>", endpoint="within")
    @waiting_room("buy")
    def refuse(status: int) -> str:
        if status == 200:
            return current_session.id
        flask.abort(status)

    @app.route("/later/<int:status>")
    @waiting_room("buy")
    async def later(status: int) -> str:
        flask.abort(status)

    @app.route("/crash")
    @waiting_room("buy")
    def crash() -> str:
        raise RuntimeError("on purpose")

    @app.after_request
    def cached(response: flask.Response) -> flask.Response:
        response.headers["Cache-Control"] = "public, max-age=60"
        return response

    app.wsgi_app = WaitingRoomMiddleware(app.wsgi_app, site=site)  # type: ignore[method-assign]
    return Visitor.of(EnvironTransport(app))


@pytest.mark.parametrize(
    ("path", "status"),
    [("/raise/404", 404), ("/raise/401", 401), ("/later/403", 403), ("/sale", 302)],
)
def test_what_a_view_of_flask_raises_brings_the_session_to_nobody_else(
    site: Site, path: str, status: int
) -> None:
    visitor = flask_visitor(site)
    response = visitor.opens(path)
    assert response.status_code == status
    assert TOKEN in set_cookies(response)
    assert response.headers["cache-control"] == "private, max-age=60"
    for _ in range(3):
        assert visitor.opens(path).status_code == status
    assert sessions(site.store, "buy") == ["1-1"]


def full_sale(site: Site) -> WaitingRoomMiddleware:
    """A sale whose room is full, so that the view itself stops the next one."""
    app = flask.Flask(__name__)

    @app.post("/sale")
    @waiting_room("buy")
    def sale() -> str:
        return "sold"

    ours = WaitingRoomMiddleware(app, site=site)
    for _ in range(5):
        assert Visitor.of(EnvironTransport(ours)).fetches("/sale", "POST").text == "sold"
    return ours


@pytest.mark.parametrize(
    ("size", "headers", "taken"),
    [(1000, {}, 1000), (1000, {"Expect": "100-continue"}, 0), (1_000_000, {}, 0)],
)
def test_of_a_body_that_a_view_of_flask_stops_only_a_small_one_is_taken_in(
    site: Site, size: int, headers: dict[str, str], taken: int
) -> None:
    ours, body = full_sale(site), Counted(b"x" * size)
    transport = EnvironTransport(ours, CONTENT_LENGTH=str(size), **{"wsgi.input": body})
    assert Visitor.of(transport).fetches("/sale", "POST", headers=headers).status_code == 429
    assert body.taken == taken


def test_a_body_that_breaks_off_where_a_view_of_flask_stops_it_is_no_error_of_the_app(
    site: Site,
) -> None:
    ours = full_sale(site)
    transport = EnvironTransport(ours, CONTENT_LENGTH="9", **{"wsgi.input": BrokenBody()})
    assert Visitor.of(transport).fetches("/sale", "POST").status_code == 429


def test_a_view_that_crashes_where_flask_hands_the_error_to_the_server_leaves_no_session(
    site: Site,
) -> None:
    visitor = flask_visitor(site, PROPAGATE_EXCEPTIONS=True)
    for _ in range(8):
        assert visitor.opens("/crash").status_code == 500
        assert sessions(site.store, "buy") == []
    assert not site.store_access.views["buy"].known_sessions.in_hand


def test_a_view_of_flask_at_the_path_of_another_room_brings_the_session(site: Site) -> None:
    visitor = flask_visitor(site)
    assert visitor.opens("/tickets/raise/200").text == "1-1"
    assert visitor.cookies == {TOKEN, "vwr_main_token"}
    visitor.client.cookies.delete(TOKEN)
    for _ in range(3):
        assert visitor.opens("/tickets/nothing").status_code == 404
        assert visitor.opens("/tickets/raise/404").status_code == 404
        assert TOKEN in visitor.cookies
    response = visitor.opens("/tickets/raise/200")
    assert response.text == "1-2"
    assert sessions(site.store, "buy") == ["1-1", "1-2"]
    assert response.headers.get_list("content-type") == ["text/html; charset=utf-8"]
    assert not site.store_access.views["buy"].known_sessions.in_hand


def test_a_view_that_its_own_first_request_loads_is_asked_for_once_more(site: Site) -> None:
    app = flask.Flask(__name__)

    @app.route("/late")
    def late() -> Any:
        return waiting_room("buy")(lambda: current_session.id)()

    visitor = Visitor.of(EnvironTransport(WaitingRoomMiddleware(app, site=site)))
    first = visitor.opens("/late?seat=7")
    assert (first.status_code, first.headers["location"]) == (307, "?seat=7")
    assert first.headers["cache-control"] == "private, no-store"
    assert [visitor.opens("/late?seat=7").text for _ in range(2)] == ["1-1"] * 2
