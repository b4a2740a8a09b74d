"""`flask vwr ...`: the same command, on the rooms of the app."""

import click
from flask.cli import ScriptInfo

from vwr_middleware.cli.commands import group
from vwr_middleware.client import WaitingRooms
from vwr_middleware.settings import Settings
from vwr_middleware.site import Site

#: No app has more middlewares around it than this.
_LAYERS_MOST = 20


def _settings(shell: ScriptInfo | None) -> Settings:
    """The settings of the app that Flask's command line has found."""
    app = (shell or ScriptInfo()).load_app()
    rooms: WaitingRooms | None = app.extensions.get("vwr")
    if rooms is not None:
        return rooms.settings
    site = _site_around(app.wsgi_app)
    if site is None:
        raise click.ClickException(
            "this app has no waiting room: add one by `from vwr_middleware.flask import"
            " WaitingRoom` and WaitingRoom(app)"
        )
    return site.settings


def _site_around(layer: object) -> Site | None:
    """That of our middleware, where it was put around `app.wsgi_app` by hand, among others."""
    for _ in range(_LAYERS_MOST):
        site = getattr(layer, "site", None)
        if isinstance(site, Site):
            return site
        layer = getattr(layer, "app", None) or getattr(layer, "wsgi_app", None)
    return None


vwr = group(_settings, ScriptInfo)
