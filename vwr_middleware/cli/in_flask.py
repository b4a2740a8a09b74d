"""`flask vwr ...`: the same command, on the rooms of the app."""

import click
from flask.cli import ScriptInfo

from vwr_middleware.cli.apps import settings_of
from vwr_middleware.cli.commands import group
from vwr_middleware.settings import Settings
from vwr_middleware.startup.checks import only_looking


def _settings(shell: ScriptInfo | None) -> Settings:
    """The settings of the app that Flask's command line has found."""
    with only_looking():
        app = (shell or ScriptInfo()).load_app()
    settings = settings_of(app)
    if settings is None:
        raise click.ClickException(
            "this app has no waiting room: add one by `from vwr_middleware.flask import"
            " WaitingRoom` and WaitingRoom(app)"
        )
    return settings


vwr = group(_settings, ScriptInfo)
