"""What only Flask has: the extension, its configuration, the proxy of the session."""

from typing import Any

import pytest
from flask import Blueprint, Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix

from tests.support.visitor import PAGE
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.flask import WaitingRoom, current_session, waiting_room
from vwr_middleware.settings import Settings
from vwr_middleware.web.remembered import error_once, warn_once

KEY = "a key of Flask's own, long"
OLD = "the key of last year, long"


def shop(**config: Any) -> Flask:
    app = Flask(__name__)
    app.config.update({"VWR_PATHS": "/tickets", "VWR_STORE": "memory://", **config})

    @app.get("/tickets")
    def tickets() -> dict[str, Any]:
        return {"position": current_session.position if current_session else None}  # type: ignore[truthy-bool]

    @app.get("/tickets/done")
    def done() -> str:
        current_session.complete()
        return "thanks"

    @app.post("/webhook/<session>")
    def webhook(session: str) -> dict[str, bool]:
        return {"ended": app.extensions["vwr"]["main"].complete(session)}

    @app.get("/open")
    def home() -> str:
        return "in" if current_session else "out"  # type: ignore[truthy-bool]

    return app


def opens(client: FlaskClient, path: str = "/tickets") -> Any:
    return client.get(path, headers=PAGE)


def test_the_extension_takes_its_settings_and_key_from_the_apps_configuration() -> None:
    app = shop(SECRET_KEY=KEY, VWR_MAX_ACTIVE=1)
    WaitingRoom(app)
    assert opens(app.test_client()).json == {"position": 1}
    assert opens(app.test_client()).status_code == 202
    assert opens(app.test_client(), "/open").text == "out"


def test_an_app_that_the_extension_was_not_put_around_has_no_rooms() -> None:
    room = WaitingRoom(max_active=1)
    with shop().app_context(), pytest.raises(ConfigurationError, match=r"call room\.init_app"):
        room["main"]


def test_the_extension_can_be_made_before_the_app() -> None:
    room = WaitingRoom(max_active=1)
    app = shop(SECRET_KEY=KEY)
    room.init_app(app)
    assert opens(app.test_client()).status_code == 200
    assert opens(app.test_client()).status_code == 202
    with app.app_context():
        assert room["main"].complete("1-1") is True


def test_what_is_given_wins_over_the_configuration() -> None:
    app = shop(SECRET_KEY=KEY, VWR_MAX_ACTIVE=50)
    WaitingRoom(app, max_active=1)
    assert opens(app.test_client()).status_code == 200
    assert opens(app.test_client()).status_code == 202


def test_settings_may_be_made_by_hand() -> None:
    app = shop()
    WaitingRoom(app, settings=Settings(secret_key=KEY, paths="/tickets", store="memory://"))
    assert opens(app.test_client()).status_code == 200


def test_fallback_keys_still_verify(tmp_path: Any) -> None:
    store = f"sqlite:///{tmp_path / 'rooms.sqlite3'}"
    before = shop(SECRET_KEY=OLD, VWR_STORE=store)
    WaitingRoom(before)
    browser = before.test_client()
    opens(browser)
    opens(browser)
    cookie = browser.get_cookie("vwr_main_token")
    assert cookie
    after = shop(SECRET_KEY=KEY, SECRET_KEY_FALLBACKS=[OLD], VWR_STORE=store)
    WaitingRoom(after)
    new_browser = after.test_client()
    new_browser.set_cookie("vwr_main_token", cookie.value)
    assert opens(new_browser).json == {"position": 1}


def test_a_key_of_our_own_wins_over_the_apps() -> None:
    app = shop(SECRET_KEY="short", VWR_SECRET_KEY=KEY)
    WaitingRoom(app)
    assert opens(app.test_client()).status_code == 200


def test_a_key_of_bytes_is_a_key() -> None:
    app = shop(SECRET_KEY=bytes(range(200, 232)))
    WaitingRoom(app)
    assert opens(app.test_client()).status_code == 200


def test_a_prefix_that_a_proxy_tells_is_part_of_our_addresses() -> None:
    app = shop(SECRET_KEY=KEY, VWR_MAX_ACTIVE=1)
    WaitingRoom(app)
    app.wsgi_app = ProxyFix(app.wsgi_app, x_prefix=1)  # type: ignore[method-assign]
    told = {**PAGE, "X-Forwarded-Prefix": "/shop"}
    assert app.test_client().get("/tickets", headers=told).status_code == 200
    page = app.test_client().get("/tickets", headers=told)
    assert page.status_code == 202
    assert "/shop/vwr/main/leave?next=/shop/tickets" in page.text


def test_a_prefix_that_the_app_itself_takes_off_stands_in_the_settings() -> None:
    ours = {"VWR_PATHS": "/shop/tickets", "VWR_PREFIX": "/shop/vwr", "VWR_MAX_ACTIVE": 1}
    app = shop(SECRET_KEY=KEY, **ours)
    app.wsgi_app = DispatcherMiddleware(NotFound(), {"/shop": app.wsgi_app})  # type: ignore[method-assign]
    WaitingRoom(app)
    assert opens(app.test_client(), "/shop/tickets").json == {"position": 1}
    page = opens(app.test_client(), "/shop/tickets")
    assert page.status_code == 202
    assert "/shop/vwr/main/leave?next=/shop/tickets" in page.text
    assert opens(app.test_client(), "/shop/vwr/main/status").json["waiting"] == 1


class ByAHeader:
    """Takes off the prefix that a header names, as many apps do."""

    def __init__(self, app: Any) -> None:
        self.app = app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        prefix = environ.get("HTTP_X_SCRIPT_NAME", "")
        environ["SCRIPT_NAME"] = prefix
        environ["PATH_INFO"] = environ["PATH_INFO"].removeprefix(prefix)
        return self.app(environ, start_response)


@pytest.mark.parametrize(("path", "made_up"), [("/x/tickets", "/x"), ("/open/tickets", "/open")])
def test_a_prefix_that_a_visitor_makes_up_is_no_way_around_where_the_guide_puts_its_reader(
    path: str, made_up: str
) -> None:
    app = shop(SECRET_KEY=KEY, VWR_PATHS="/", VWR_EXCLUDE=["/open", "/x"], VWR_MODE="queue")
    WaitingRoom(app)
    app.wsgi_app = ByAHeader(app.wsgi_app)  # type: ignore[method-assign]
    told = {**PAGE, "X-Script-Name": made_up}
    assert app.test_client().get(path, headers=told).status_code == 202
    assert opens(app.test_client(), "/open").text == "out"


def test_every_problem_is_told_when_the_app_is_made() -> None:
    with pytest.raises(ConfigurationError) as caught:
        WaitingRoom(shop(VWR_MAX_ACTIV=3))
    told = str(caught.value)
    assert "max_activ is not a setting: did you mean max_active?" in told
    assert "secret_key is missing" in told


def test_a_view_and_a_webhook_end_a_session() -> None:
    app = shop(SECRET_KEY=KEY, VWR_MAX_ACTIVE=1)
    WaitingRoom(app)
    first = app.test_client()
    opens(first)
    assert opens(first, "/tickets/done").text == "thanks"
    assert opens(first).headers["VWR-State"] == "ended"
    second = app.test_client()
    assert opens(second).json == {"position": 2}
    assert second.post("/webhook/1-2").json == {"ended": True}
    assert second.post("/webhook/1-2").json == {"ended": False}
    assert opens(second).headers["VWR-State"] == "ended"


def test_the_rooms_of_an_app_can_be_gone_through() -> None:
    app, switched_off = shop(SECRET_KEY=KEY), shop(VWR_ENABLED=False)
    rooms = WaitingRoom()
    for each in (app, switched_off):
        rooms.init_app(each)
    with app.app_context():
        assert list(rooms) == ["main"]
    with switched_off.app_context():  # any name is good there, so it must not be asked by number
        assert "main" in list(rooms)


def test_a_route_that_is_added_later_is_what_it_says() -> None:
    app = shop(SECRET_KEY=KEY)
    WaitingRoom(app)
    later = Blueprint("later", __name__)

    @app.post("/tickets/buy")
    def buy() -> str:
        return "sold"

    @later.put("/tickets/seat", defaults={"number": 7})
    def seat(number: int) -> str:
        return f"seat {number}"

    app.register_blueprint(later)
    client = app.test_client()
    assert client.post("/tickets/buy", headers=PAGE).text == "sold"
    assert client.put("/tickets/seat", headers=PAGE).text == "seat 7"
    assert opens(client, "/tickets/buy").status_code == 405


def decorated(room: str) -> Any:
    @waiting_room(room)
    def view() -> str:
        return "in"

    return view


ROOMS = [{"NAME": "main", "PATHS": ["/tickets"]}, {"NAME": "action", "PATHS": []}]


@pytest.mark.parametrize("is_before", [True, False])
@pytest.mark.parametrize("in_blueprint", [True, False])
def test_decorators_that_cannot_work_are_told_when_the_app_is_made(
    is_before: bool, in_blueprint: bool, caplog: pytest.LogCaptureFixture
) -> None:
    error_once.cache_clear()
    warn_once.cache_clear()
    app = Flask(__name__)
    app.config.update(SECRET_KEY=KEY, VWR_STORE="memory://", VWR_ROOMS=ROOMS)
    room = WaitingRoom()
    if not is_before:
        room.init_app(app)

    def add(route: str, view: Any) -> None:
        part = Blueprint(f"part{len(route)}", __name__) if in_blueprint else app
        part.add_url_rule(route, f"view{len(route)}", view)
        if isinstance(part, Blueprint):
            app.register_blueprint(part)

    add("/buy", decorated("action"))
    assert "people wait twice" not in caplog.text
    add("/tickets/<int:number>", decorated("action"))
    if is_before:
        room.init_app(app)
    assert "/tickets/<int:number>, which room 'main' already protects" in caplog.text
    with pytest.raises(ConfigurationError, match=r"'nowhere'\) names no room: .* main, action"):
        add("/nowhere", decorated("nowhere"))
        if is_before:
            WaitingRoom(app)


def test_a_view_may_name_a_room_that_is_not_there_while_all_is_switched_off() -> None:
    app = shop(VWR_ENABLED=False)
    app.add_url_rule("/before", "before", decorated("nowhere"))
    WaitingRoom(app)
    app.add_url_rule("/after", "after", decorated("nowhere"))
    assert [opens(app.test_client(), path).text for path in ("/before", "/after")] == ["in"] * 2


def test_a_test_client_that_closes_nothing_is_no_crowd() -> None:
    app = shop(SECRET_KEY=KEY, VWR_MAX_ACTIVE=1)
    WaitingRoom(app)
    client = app.test_client()
    for _ in range(50):
        assert client.get("/tickets", headers=PAGE).status_code == 200
