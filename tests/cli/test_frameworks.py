"""`flask vwr` and `manage.py vwr`: the same command, on the project's own configuration."""

from io import StringIO
from typing import Any

import click
import pytest
from click.testing import CliRunner
from django.core.management import call_command
from django.test import override_settings
from flask.cli import FlaskGroup
from werkzeug.middleware.proxy_fix import ProxyFix

import tests.support.django_shop  # noqa: F401  (sets Django up)
from tests.support.shell import KEY, flask_app_over
from vwr_middleware.blocking import finish
from vwr_middleware.cli.in_flask import vwr as in_flask
from vwr_middleware.flask import WaitingRoom
from vwr_middleware.wsgi import WaitingRoomMiddleware


def test_flask_finds_the_command_and_the_apps_rooms(store: str) -> None:
    app = flask_app_over(store)
    WaitingRoom(app)
    done = app.test_cli_runner().invoke(in_flask, ["advance", "main", "3"])
    assert (done.exit_code, done.output) == (0, "called 3; the serving counter stands at 5\n")
    shell = FlaskGroup(create_app=lambda: app)  # what `flask` runs
    told = CliRunner().invoke(shell, ["vwr", "--help"]).output
    assert (
        "app's own configuration" in " ".join(told.split()) and "VWR_" not in told
    )  # the environment is not read
    done = CliRunner().invoke(shell, ["vwr", "advance-to", "main", "6"])
    assert (done.exit_code, done.output) == (0, "the serving counter stands at 6\n")


def test_flask_finds_the_apps_rooms_below_commands_of_the_apps_own(store: str) -> None:
    app = flask_app_over(store)
    WaitingRoom(app)

    @app.cli.group()
    @click.pass_context
    def ops(ctx: click.Context) -> None:
        ctx.obj = "what these commands keep"

    ops.add_command(in_flask)
    done = app.test_cli_runner().invoke(args=["ops", "vwr", "advance", "main", "3"])
    assert (done.exit_code, done.output) == (0, "called 3; the serving counter stands at 5\n")


def test_a_flask_app_without_a_room_is_told_so(store: str) -> None:
    done = flask_app_over(store).test_cli_runner().invoke(in_flask, ["rooms"])
    assert done.exit_code == 1 and "and WaitingRoom(app)" in done.output
    assert "from vwr_middleware.flask import WaitingRoom" in done.output


def test_flask_finds_a_middleware_that_was_put_around_the_app_by_hand(store: str) -> None:
    app = flask_app_over(store)
    room = WaitingRoomMiddleware(app.wsgi_app, secret_key=KEY, paths="/tickets", store=store)
    app.wsgi_app = room  # type: ignore[method-assign]
    done = app.test_cli_runner().invoke(in_flask, ["advance", "main", "3"])
    assert (done.exit_code, done.output) == (0, "called 3; the serving counter stands at 5\n")
    app.wsgi_app = ProxyFix(room)  # type: ignore[method-assign]
    done = app.test_cli_runner().invoke(in_flask, ["advance-to", "main", "6"])
    assert (done.exit_code, done.output) == (0, "the serving counter stands at 6\n")
    finish(room.site.close())


def django_settings(store: str) -> Any:
    given = {"SECRET_KEY": KEY, "PATHS": ["/tickets"], "STORE": store, "MAX_ACTIVE": 2}
    return override_settings(VWR=given)


def test_django_has_the_command(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    with django_settings(store):
        call_command("vwr", "advance", "main", "3", stdout=StringIO())
    assert capsys.readouterr().out == "called 3; the serving counter stands at 5\n"


def test_django_checks_its_own_configuration(
    store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with django_settings(store):
        call_command("vwr", "check")
    assert "or the store (rooms: main)" in capsys.readouterr().out
