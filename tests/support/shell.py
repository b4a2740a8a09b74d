"""Apps and panels for the tests of `vwr`, and what the command said."""

from collections.abc import Iterator
from contextlib import contextmanager

from click.testing import Result
from flask import Flask

from tests.support.apps import wsgi_app
from tests.support.panel import GIVEN
from tests.support.serving import serving
from vwr_middleware.blocking import finish
from vwr_middleware.settings import Settings
from vwr_middleware.wsgi import WaitingRoomMiddleware

KEY = "a key for the tests of the shell"
SETTINGS = {"VWR_SECRET_KEY": KEY, "VWR_PATHS": "/tickets", "VWR_MAX_ACTIVE": "2"}


def flask_app_over(store: str) -> Flask:
    """A Flask app that is configured for that store."""
    app = Flask(__name__)
    app.config.update(VWR_SECRET_KEY=KEY, VWR_PATHS=["/tickets"], VWR_STORE=store)
    return app


@contextmanager
def panel_over(store: str) -> Iterator[str]:
    """A panel over that store, on a server of its own."""
    settings = Settings(secret_key=KEY, paths="/tickets", max_active=2, store=store, **GIVEN)
    app = WaitingRoomMiddleware(wsgi_app, settings)
    try:
        with serving(app) as url:
            yield f"{url}/vwr-admin"
    finally:
        finish(app.site.close())


def said(result: Result) -> str:
    """What was printed by a command that went well."""
    assert result.exit_code == 0, result.output
    return result.output


def failed(result: Result) -> str:
    """What was printed by a command that failed in order, as one line."""
    assert result.exit_code in (1, 2) and "Traceback" not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return " ".join(result.output.split())
