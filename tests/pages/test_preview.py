"""`vwr preview`: files and a server, in the user's own look, from every shell."""

import json
import re
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from django.test import override_settings

import tests.support.django_shop  # noqa: F401  (sets Django up)
from tests.support.servers import free_port, running
from tests.support.shell import flask_app_over
from tests.support.silence import silent_server
from vwr_middleware.cli.commands import vwr
from vwr_middleware.cli.in_flask import vwr as in_flask
from vwr_middleware.django.management.commands.vwr import Command
from vwr_middleware.flask import WaitingRoom
from vwr_middleware.gate.previews import as_json
from vwr_middleware.pages.preview import STATES, preview

KEY = "a key for the tests of the preview"


def files(folder: Path, *arguments: str, **env: str) -> dict[str, str]:
    """What is written into the folder, by name."""
    done = CliRunner(env=env).invoke(vwr, ["preview", "--out", str(folder), *arguments])
    assert done.exit_code == 0, done.output
    return {path.name: path.read_text() for path in folder.glob("*.html")}


def test_every_state_is_written_with_all_that_it_needs(tmp_path: Path) -> None:
    pages = files(tmp_path)
    assert set(pages) == {f"{state}.en.html" for state in STATES}
    assert "You missed your turn" in pages["missed.en.html"]
    for page in pages.values():
        for name in re.findall(r'(?:href|src)="static/([^"]+)"', page):
            assert (tmp_path / "static" / name).is_file()
        assert "<script src" not in page, "there is nobody whom it could ask"
        assert "<style>#track{--at:.6}</style>" in page, "so the track stands somewhere by itself"


def test_one_state_in_some_languages_in_ones_own_look(tmp_path: Path) -> None:
    mine = '{% extends "ours/waiting.html" %}{% block footer %}<p>Call 555</p>{% endblock %}'
    (tmp_path / "waiting.html").write_text(mine)
    pages = files(
        tmp_path / "out",
        *("--state", "paused", "--language", "de", "--language", "ja"),
        VWR_SECRET_KEY=KEY,
        VWR_PATHS="/tickets",
        VWR_STORE=f"sqlite:///{tmp_path / 'vwr.sqlite3'}",
        VWR_SITE_NAME="City Theatre",
        VWR_TEMPLATES=str(tmp_path),
        VWR_COLORS=json.dumps({"accent": "#8a1538"}),
    )
    assert set(pages) == {"paused.de.html", "paused.ja.html"}
    assert "City Theatre" in pages["paused.de.html"]
    assert "Call 555" in pages["paused.ja.html"]
    assert any("#8a1538" in css.read_text() for css in (tmp_path / "out/static").glob("theme.*"))
    assert not (tmp_path / "vwr.sqlite3").exists(), "no store is touched"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--state", "nowhere"], "'nowhere' is not one of"),
        (["--language", "xx", "--out", "out"], "there is no language xx: use one of ar, de"),
        (["--port", "99999"], "99999 is not in the range"),
    ],
)
def test_what_there_is_not_is_said(arguments: list[str], said: str) -> None:
    done = CliRunner().invoke(vwr, ["preview", *arguments])
    assert done.exit_code == 2
    assert said in done.output


def test_a_language_that_there_is_not_is_said_where_the_pages_are_served() -> None:
    with silent_server() as taken:  # so that nothing is served
        done = CliRunner().invoke(vwr, ["preview", "--language", "xx", "--port", str(taken)])
    assert done.exit_code == 2
    assert "there is no language xx: use one of ar, de" in done.output


def test_a_mistake_in_ones_own_page_is_said(tmp_path: Path) -> None:
    (tmp_path / "waiting.html").write_text("{{ nothing }}")
    env = {"VWR_SECRET_KEY": KEY, "VWR_PATHS": "/tickets", "VWR_TEMPLATES": str(tmp_path)}
    done = CliRunner(env=env).invoke(vwr, ["preview", "--out", str(tmp_path / "out")])
    assert done.exit_code == 1
    assert f"{tmp_path}/waiting.html, line 1: UndefinedError: 'nothing' is undefined" in done.output


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = CliRunner().invoke(vwr, ["preview", "--out", str(tmp_path / "file" / "previews")])
    assert done.exit_code == 1
    assert f"{tmp_path / 'file'}" in done.output and "Not a directory" in done.output


def test_it_is_served_to_this_machine(tmp_path: Path) -> None:
    port, store = free_port(), tmp_path / "vwr.sqlite3"
    env = {"VWR_SECRET_KEY": KEY, "VWR_PATHS": "/", "VWR_STORE": f"sqlite:///{store}"}
    env["VWR_ENABLED"] = "false"
    command = ["vwr_middleware", "preview", "--port", str(port), "--state", "near"]
    with running(command, port, env) as url, httpx.Client(base_url=url, trust_env=False) as client:
        first = client.get("/", follow_redirects=True)
        assert first.url.path == "/vwr/preview/near/"
        assert "<dd id=ahead>15</div>" in first.text, "it comes nearer with the first poll"
        assert client.get("/vwr/preview/near/position").json()["ahead"] == 6
        taken = CliRunner().invoke(vwr, ["preview", "--port", str(port)])
        assert taken.exit_code == 1
        assert f"Port {port} is in use" in taken.output
    assert not store.exists(), "its numbers are made up"


def test_flask_and_django_have_it_with_their_own_settings(tmp_path: Path) -> None:
    app = flask_app_over("memory://")
    app.config["VWR_SITE_NAME"] = "Flask's own"
    WaitingRoom(app)
    arguments = ["preview", "--state", "waiting", "--out", str(tmp_path)]
    assert app.test_cli_runner().invoke(in_flask, arguments).exit_code == 0
    assert "Flask&#39;s own" in (tmp_path / "waiting.en.html").read_text()
    given = {"SECRET_KEY": KEY, "PATHS": ["/tickets"], "SITE_NAME": "The one of Django"}
    with override_settings(VWR=given), pytest.raises(SystemExit) as ended:
        Command().run_from_argv(["manage.py", "vwr", *arguments])
    assert ended.value.code == 0
    assert "The one of Django" in (tmp_path / "waiting.en.html").read_text()


def test_an_app_has_it_with_the_settings_in_its_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "shop_of_a_preview.py").write_text(
        "from vwr_middleware.wsgi import WaitingRoomMiddleware\n"
        f"app = WaitingRoomMiddleware(print, secret_key={KEY!r}, paths='/', title='Hamlet')\n"
    )
    pages = files(tmp_path / "out", "--state", "waiting", "--app", "shop_of_a_preview:app")
    assert "<b id=title>Hamlet</b>" in pages["waiting.en.html"]


@pytest.mark.parametrize("state", STATES)
def test_the_script_hears_what_the_page_shows(state: str) -> None:
    view, told = preview(state), as_json(preview(state))
    here = view.you, view.position, view.ahead
    assert (told["you"], told.get("position"), told.get("ahead")) == here
    assert told["may_enter"] is False, "a preview leads nowhere"


def test_files_are_in_the_look_of_the_first_room(tmp_path: Path) -> None:
    rooms = [{"name": "vip", "paths": "/vip", "title": "Hamlet", "theme": {"header": ["#7a5200"]}}]
    pages = files(tmp_path, "--state", "waiting", VWR_SECRET_KEY=KEY, VWR_ROOMS=json.dumps(rooms))
    assert "Hamlet" in pages["waiting.en.html"]
    assert any("#7a5200" in css.read_text() for css in (tmp_path / "static").glob("theme.vip.*"))
