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


def noted(folder: Path) -> list[str]:
    """What the check says of templates that can work."""
    done = shell(folder, "check")
    assert done.exit_code == 0
    told = ("warning: templates", "warning: waiting.html")
    return [line for line in done.output.splitlines() if line.startswith(told)]


def test_a_folder_of_which_nothing_is_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "wating.html").write_text('{% extends "ours/waiting.html" %}')
    (told,) = noted(tmp_path)
    assert told.startswith(
        f"warning: templates: nothing in {tmp_path} is used: name the folder that holds"
    )
    (tmp_path / "static").mkdir()
    assert noted(tmp_path) == []


@pytest.mark.parametrize(
    ("page", "is_told"),
    [
        ("<h1>You are in line</h1>{{ ahead }}", True),
        ('<script src="{{ asset("waiting.js") }}"></script>', False),
        ("<META HTTP-EQUIV=refresh content=30>", False),
        ('{% extends "ours/waiting.html" %}', False),
    ],
)
def test_a_page_that_leads_nobody_in_is_told(tmp_path: Path, page: str, is_told: bool) -> None:
    (tmp_path / "waiting.html").write_text(page)
    assert ["nobody ever gets in" in told for told in noted(tmp_path)] == [True] * is_told
