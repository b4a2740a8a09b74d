"""`flask vwr ...`: the same command, on the rooms of the app."""

import click
from flask.cli import ScriptInfo

from vwr_middleware.cli.commands import group
from vwr_middleware.client import WaitingRooms
from vwr_middleware.settings import Settings


def _settings() -> Settings:
    """Those of the app that Flask's command line has found."""
    app = _script_info().load_app()
    rooms: WaitingRooms | None = app.extensions.get("vwr")
    if rooms is None:
        raise click.ClickException("this app has no waiting room: WaitingRoom(app) makes one")
    return rooms.settings


def _script_info() -> ScriptInfo:
    context = click.get_current_context()
    found = context.meta.get("vwr.outer")
    if isinstance(found, ScriptInfo):
        return found
    return context.find_object(ScriptInfo) or ScriptInfo()


vwr = group(_settings)
