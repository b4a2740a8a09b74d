"""A mistake in a user's own templates is told by every way to start, and by both commands."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from django.core.checks import run_checks
from django.test import override_settings
from flask import Flask
from starlette.applications import Starlette

import tests.support.django_shop  # noqa: F401  (sets Django up)
from tests.support.asgi import call
from vwr_middleware.asgi import middleware as asgi
from vwr_middleware.cli.commands import vwr
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.flask import WaitingRoom

GIVEN: dict[str, Any] = {
    "secret_key": "a key for tests of templates",
    "store": "memory://",
    "paths": "/tickets",
}
MISTAKE = "waiting.html, line 1: UndefinedError: 'nothing' is undefined"


@pytest.fixture
def spoiled(tmp_path: Path) -> Path:
    """A folder with a page that fails when somebody has missed a turn."""
    (tmp_path / "waiting.html").write_text('{{ nothing if phase == "missed" }}')
    return tmp_path


def test_starlette_does_not_start(spoiled: Path) -> None:
    app = Starlette()
    app.add_middleware(asgi.WaitingRoomMiddleware, **GIVEN, templates=spoiled)
    (answer,) = call(app, {"type": "lifespan"}, {"type": "lifespan.startup"}).messages
    assert answer["type"] == "lifespan.startup.failed"
    assert MISTAKE in answer["message"]


def test_flask_does_not_start(spoiled: Path) -> None:
    with pytest.raises(ConfigurationError, match=MISTAKE):
        WaitingRoom(Flask(__name__), **GIVEN, templates=spoiled)


def test_django_does_not_pass_its_check(spoiled: Path) -> None:
    given = {name.upper(): value for name, value in GIVEN.items()} | {"TEMPLATES": spoiled}
    with override_settings(VWR=given):
        (told,) = (found for found in run_checks() if found.id == "vwr.E001")
    assert MISTAKE in told.msg


def shell(folder: Path, *arguments: str) -> Result:
    given = {f"VWR_{name.upper()}": value for name, value in GIVEN.items()}
    environ = {**given, "VWR_TEMPLATES": str(folder)}
    return CliRunner(env=environ).invoke(vwr, arguments)


def test_the_check_tells_it(spoiled: Path) -> None:
    done = shell(spoiled, "check")
    assert done.exit_code == 1
    assert f"problem: {spoiled}/{MISTAKE}" in done.output
    assert "can work" not in done.output


@pytest.mark.parametrize("way", [("--out", "out"), ("--port", "0")])
def test_the_preview_ends_in_a_sentence(
    spoiled: Path, way: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(spoiled)
    done = shell(spoiled, "preview", *way)
    assert isinstance(done.exception, SystemExit)
    assert done.exit_code == 1
    assert done.output.startswith("Error: the configuration has problems:\n- ")
    assert MISTAKE in done.output
    assert not (spoiled / "out").exists()
