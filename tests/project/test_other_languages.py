"""The examples for apps that are not Python: they end sessions and verify tokens as they say."""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from tests.support.servers import ROOT
from tests.support.serving import serving_asgi
from tests.support.visitor import TOKEN, visitor_at
from vwr_middleware.asgi import WaitingRoomMiddleware

pytestmark = pytest.mark.outside

FOLDER = ROOT / "examples" / "other_languages"
API_KEY = "a key for the programs of others"

#: How each language is told to do something with each of some texts, and to print what came of it.
PROGRAMS = {
    "php": ["php", "-r"],
    "node": ["node", "--input-type=module", "-e"],
    "ruby": ["ruby", "-e"],
}
CODE = {
    "php": "require 'FILE.php'; array_shift($argv);"
    " echo json_encode(array_map('Vwr\\NAME', $argv));",
    "node": "import * as vwr from 'FILE.mjs'; const all = []; for (const text of"
    " process.argv.slice(1)) all.push(await vwr.NAME(text)); console.log(JSON.stringify(all))",
    "ruby": "require 'FILE.rb'; puts JSON.generate(ARGV.map { |text| Vwr.NAME(text) })",
}

Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A room whose tokens others can verify."""

    async def page(request: Any) -> PlainTextResponse:
        return PlainTextResponse(request.scope["vwr"].id)

    app = WaitingRoomMiddleware(
        Starlette(routes=[Route("/shop", page)]),
        secret_key="a key for other languages",
        store=f"sqlite:///{tmp_path_factory.mktemp('room') / 'vwr.sqlite3'}",
        paths="/shop",
        max_active=1,
        token_algorithm="ES256",
        admin_api_key=API_KEY,
    )
    with serving_asgi(app) as base:
        yield base


@pytest.fixture(params=PROGRAMS)
def ask(url: str, request: pytest.FixtureRequest) -> Ask:
    """Calls a function of the example with a text."""
    program, code = PROGRAMS[request.param], CODE[request.param]
    if shutil.which(program[0]) is None:
        pytest.skip(f"{program[0]} is not installed")
    env = {**os.environ, "VWR_URL": url, "VWR_ADMIN_API_KEY": API_KEY}

    def run(name: str, *texts: str) -> Any:
        told = code.replace("FILE", str(FOLDER / "vwr")).replace("NAME", name)
        command = [*program, told, "--", *texts]
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def changed(token: str, **claims: Any) -> str:
    """The token with other claims, and the signature that it had."""
    head, body, signature = token.split(".")
    said = json.loads(base64.urlsafe_b64decode(body + "=="))
    again = base64.urlsafe_b64encode(json.dumps(said | claims).encode()).decode().rstrip("=")
    return f"{head}.{again}.{signature}"


def unsigned(token: str) -> str:
    """The token of somebody who hopes that nobody looks at the algorithm."""
    head = base64.urlsafe_b64encode(b'{"alg":"none","typ":"vwr+jwt"}').decode().rstrip("=")
    return f"{head}.{token.split('.')[1]}."


def test_a_session_is_ended_and_its_token_verified(url: str, ask: Ask) -> None:
    with visitor_at(url) as visitor:
        session = visitor.opens("/shop").text
        token = visitor.client.cookies[TOKEN]
        made_up = changed(token, pos=1000), unsigned(token), f"{token}x", "a.b.c", "a"
        claims, *others = ask("claims", token, *made_up)
        assert (claims["sid"], claims["pos"]) == (session, int(session.partition("-")[2]))
        assert others == [None] * len(made_up)
        assert ask("complete", session, session) == [True, False]
        assert visitor.opens("/shop").headers["vwr-state"] == "ended"


def test_the_shell_does_both(url: str, tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    env = {**os.environ, "VWR_URL": url, "VWR_ADMIN_API_KEY": API_KEY}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = ["sh", str(FOLDER / "vwr.sh"), *arguments]
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)

    with visitor_at(url) as visitor:
        session = visitor.opens("/shop").text
        token = visitor.client.cookies[TOKEN]
        assert run("check", token).returncode == 0
        assert json.loads(run("complete", session).stdout)["was_running"] is True
        assert run("check", token).returncode != 0
        assert visitor.opens("/shop").headers["vwr-state"] == "ended"
        assert run("complete", "nonsense").returncode != 0
