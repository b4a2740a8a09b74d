"""`vwr check --app main:app` sees the settings in an app's code, and makes nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.support.servers import ROOT
from tests.support.shell import failed, said
from vwr_middleware.cli.commands import vwr

GIVEN = 'secret_key="a key of the shop itself", paths=["/tickets"], max_active=3, mode="paused"'
STARLETTE = """
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from vwr_middleware.asgi import WaitingRoomMiddleware
app = Starlette(routes=[Route("/tickets", lambda request: PlainTextResponse(""))])
"""
FLASK = """
from flask import Flask
from vwr_middleware.flask import WaitingRoom
"""
APPS = {
    "Starlette": f"{STARLETTE}app.add_middleware(WaitingRoomMiddleware, {GIVEN})",
    "FastAPI": f"""
from fastapi import FastAPI
from vwr_middleware.asgi import WaitingRoomMiddleware
from vwr_middleware.settings import Settings
app = FastAPI()
app.add_middleware(WaitingRoomMiddleware, settings=Settings({GIVEN}))
""",
    "ASGI": f"{STARLETTE}app = WaitingRoomMiddleware(app, {GIVEN})",
    "Quart": f"""
from quart import Quart
from vwr_middleware.asgi import WaitingRoomMiddleware
app = Quart(__name__)
app.asgi_app = WaitingRoomMiddleware(app.asgi_app, {GIVEN})
""",
    "Litestar": f"""
from litestar import Litestar
from vwr_middleware.asgi import WaitingRoomMiddleware
app = Litestar(logging_config=None)
app.asgi_handler = WaitingRoomMiddleware(app.asgi_handler, {GIVEN})
""",
    "WSGI": f"""
from werkzeug.middleware.proxy_fix import ProxyFix
from vwr_middleware.wsgi import WaitingRoomMiddleware
app = ProxyFix(WaitingRoomMiddleware(lambda environ, start_response: [], {GIVEN}))
""",
    "Flask": f"{FLASK}app = Flask(__name__)\nWaitingRoom(app, {GIVEN})",
    "Flask, made": f"{FLASK}def make():\n    app = Flask('x')\n    WaitingRoom(app, {GIVEN})\n"
    "    return app",
    "Django": """
from django.conf import settings
settings.configure(
    SECRET_KEY="a key of the project itself", ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__,
    MIDDLEWARE=["vwr_middleware.django.WaitingRoomMiddleware"],
    VWR={"PATHS": ["/tickets"], "MODE": "paused"},
)
urlpatterns = []
from django.core.wsgi import get_wsgi_application
app = get_wsgi_application()
""",
}


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which an app is started."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "shop_of_a_test", raising=False)
    return tmp_path


@pytest.mark.parametrize("kind", APPS)
def test_the_settings_in_the_code_are_checked(kind: str, shop: Path) -> None:
    (shop / "shop_of_a_test.py").write_text(APPS[kind])
    name = "shop_of_a_test:make()" if "made" in kind else "shop_of_a_test:app"
    if kind == "Django":  # a process has settings of Django's once
        pytest.importorskip("django")
        text = in_a_process(shop, name)
    else:
        text = said(CliRunner().invoke(vwr, ["check", "--app", name]))
    assert "room 'main': mode is paused" in text
    assert f"the store is {shop / 'vwr.sqlite3'}, a file that is not there yet" in text
    assert [file.suffix for file in shop.iterdir() if file.is_file()] == [".py"]


def in_a_process(shop: Path, name: str) -> str:
    command = [sys.executable, "-m", "vwr_middleware", "check", "--app", name]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=shop, env=env, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.parametrize(
    ("text", "name", "told"),
    [
        ("", "shop_of_a_tset:app", "there is no module 'shop_of_a_tset' here"),
        ("", "shop_of_a_test:app", "shop_of_a_test has no 'app'"),
        ("app = print", "shop_of_a_test:app", "shop_of_a_test:app has no waiting room"),
        (
            f"{STARLETTE}app.add_middleware(WaitingRoomMiddleware, paths='x')",
            "shop_of_a_test",
            "- ",
        ),
    ],
)
def test_an_app_without_a_room_or_with_a_problem_is_told(
    text: str, name: str, told: str, shop: Path
) -> None:
    (shop / "shop_of_a_test.py").write_text(text)
    assert told in failed(CliRunner().invoke(vwr, ["check", "--app", name]))
