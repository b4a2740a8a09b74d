"""The Flask app, bare and behind each middleware; every function makes one app."""

from flask import Flask

from benchmarks.apps.asgi import PAGE, settings


def bare() -> Flask:
    app = Flask(__name__)

    @app.get("/tickets")
    @app.get("/about")
    def page() -> str:
        return PAGE

    return app


def by_hand() -> Flask:
    from benchmarks.apps.by_hand_wsgi import WaitingRoom

    app = bare()
    app.wsgi_app = WaitingRoom(app.wsgi_app, **settings())  # type: ignore[method-assign]
    return app


def ready_made() -> Flask:
    from benchmarks.apps.ready_made import ReadyMadeWsgi

    app = bare()
    app.wsgi_app = ReadyMadeWsgi(app.wsgi_app)  # type: ignore[method-assign]
    return app


def ours() -> Flask:
    from vwr_middleware.wsgi import WaitingRoomMiddleware

    app = bare()
    app.wsgi_app = WaitingRoomMiddleware(  # type: ignore[method-assign]
        app.wsgi_app, **settings()
    )
    return app
