"""The middleware and the dependency: what passes, and what the others are answered."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, FastAPI

from tests.support.clock import Clock
from tests.support.issuer import Issuer
from tests.support.servers import ROOT
from tests.support.transport import EnvironTransport, PortalTransport
from vwr_middleware.verify import VerifiedSession, Verifier, asgi, wsgi
from vwr_middleware.verify.fastapi import verified_session


def asgi_app(verifier: Verifier) -> httpx.BaseTransport:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        body = scope["vwr"].id.encode() if "vwr" in scope else b"open"
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})

    return PortalTransport(asgi.RequireAccessToken(app, verifier, open_paths=["/health"]))


def wsgi_app(verifier: Verifier) -> httpx.BaseTransport:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [environ["vwr"].id.encode() if "vwr" in environ else b"open"]

    return EnvironTransport(wsgi.RequireAccessToken(app, verifier, open_paths=["/health"]))


def fastapi_app(verifier: Verifier) -> httpx.BaseTransport:
    app = FastAPI()
    Session = Annotated[VerifiedSession, Depends(verified_session(verifier))]

    @app.get("/{path:path}")
    @app.head("/{path:path}")
    async def page(path: str, session: Session) -> str:
        return session.id

    return PortalTransport(app)


APPS = {"asgi": asgi_app, "wsgi": wsgi_app, "fastapi": fastapi_app}
Open = Callable[..., httpx.Client]


@pytest.fixture(params=APPS)
def open_it(request: pytest.FixtureRequest, issuer: Issuer, clock: Clock) -> Iterator[Open]:
    """Opens an app of each kind, with a verifier of these options."""
    clients: list[httpx.Client] = []

    def make(**options: Any) -> httpx.Client:
        transport = APPS[request.param](issuer.verifier(clock, **options))
        clients.append(httpx.Client(transport=transport, base_url="http://api.example"))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


def test_whoever_has_a_token_comes_through(open_it: Open, issuer: Issuer, clock: Clock) -> None:
    client, token = open_it(), issuer.token(clock)
    for headers in (
        {"VWR-Token": token},
        {"vwr-token": f" {token} "},
        {"Authorization": f"Bearer {token}"},
        {"Authorization": f"bEARER {token}"},
        {"Cookie": f"a=b; vwr_main_token={token}; c=d"},
        {"Cookie": f"__Host-vwr_main_token={token}"},
        {"Cookie": f"vwr_main_token=tossed; vwr_main_token={token}"},
        # The app's own login, and our cookie beside it.
        {"Authorization": "Bearer of-the-app", "Cookie": f"vwr_main_token={token}"},
        {"Authorization": "Basic dTpw", "Cookie": f"vwr_main_token={token}"},
    ):
        answer = client.get("/", headers=headers)
        assert (answer.status_code, answer.text.strip('"')) == (200, "3-7"), headers


def test_all_others_are_answered_as_rfc_6750_says(
    open_it: Open, issuer: Issuer, clock: Clock
) -> None:
    client, token = open_it(room_url=f"{issuer.url}/vwr/main"), issuer.token(clock)
    expired = issuer.token(clock, seconds=-60)
    bad = re.compile(r'Bearer realm="main", error="(\w+)", error_description="[^"\\]+"')
    for headers, status, error in (
        ({}, 401, ""),
        ({"Cookie": "vwr_other_token=x; vwr_main=y"}, 401, ""),
        ({"Authorization": "Basic dTpw"}, 401, ""),
        ({"Authorization": "Bearer"}, 401, "invalid_token"),
        ({"Authorization": "Bearer of-the-app"}, 401, "invalid_token"),
        ({"VWR-Token": expired}, 401, "invalid_token"),
        ({"VWR-Token": f"{token}x"}, 401, "invalid_token"),
        ({"VWR-Token": ""}, 401, "invalid_token"),
        ({"VWR-Token": "x" * 10_000}, 401, "invalid_token"),
        ({"VWR-Token": f"{token}, {token}"}, 400, "invalid_request"),
        ({"Authorization": f"Bearer {token}, Bearer {token}"}, 400, "invalid_request"),
        # A good cookie does not help a bad header, which says what was meant.
        ({"VWR-Token": "x", "Cookie": f"vwr_main_token={token}"}, 401, "invalid_token"),
    ):
        for method in ("GET", "HEAD"):
            answer = client.request(method, "/", headers=headers)
            told = answer.headers["www-authenticate"]
            assert answer.status_code == status, headers
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["vwr-waiting-room"] == f"{issuer.url}/vwr/main/"
            found = bad.fullmatch(told)
            assert (found[1] if found else told) == (error or 'Bearer realm="main"'), headers
            assert answer.headers["content-type"] == "application/json"
        # A server drops the body of an answer to HEAD; FastAPI leaves it to that.
        assert answer.content == b"" or "detail" in answer.json()
    assert len(issuer.asked) == 2


def test_two_headers_of_one_name_are_a_bad_request(
    open_it: Open, issuer: Issuer, clock: Clock, request: pytest.FixtureRequest
) -> None:
    client, token = open_it(), issuer.token(clock)
    is_joined = "wsgi" in request.node.name  # as its servers do
    for name, value in (("VWR-Token", token), ("Authorization", f"Bearer {token}")):
        two = [(name, f"{value},{value}")] if is_joined else [(name, value), (name, value)]
        answer = client.get("/", headers=two)
        assert answer.status_code == 400
        assert 'error="invalid_request"' in answer.headers["www-authenticate"]


def test_while_there_are_no_keys_all_are_told_to_come_back(
    open_it: Open, issuer: Issuer, clock: Clock
) -> None:
    issuer.instead[""] = 500, b""
    answer = open_it().get("/", headers={"VWR-Token": issuer.token(clock)})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert "www-authenticate" not in answer.headers


def test_an_open_path_needs_no_token(issuer: Issuer, clock: Clock) -> None:
    for kind in ("asgi", "wsgi"):
        transport = APPS[kind](issuer.verifier(clock))
        with httpx.Client(transport=transport, base_url="http://api.example") as client:
            assert client.get("/health").text == "open"
            for path in ("/health/", "/healthy", "/HEALTH", "//health"):
                assert client.get(path).status_code == 401, path


@pytest.mark.anyio
@pytest.mark.parametrize("denies", [True, False])
async def test_a_web_socket_needs_a_token(issuer: Issuer, clock: Clock, denies: bool) -> None:
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept", "session": scope["vwr"].id})

    async def send(message: Any) -> None:
        seen.append(message)

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    inner = asgi.RequireAccessToken(app, issuer.verifier(clock))
    extensions: dict[str, Any] = {"websocket.http.response": {}} if denies else {}
    scope: dict[str, Any] = {"type": "websocket", "path": "/", "extensions": extensions}
    token = issuer.token(clock).encode()
    await inner({**scope, "headers": [(b"vwr-token", token)]}, receive, send)
    assert seen == [{"type": "websocket.accept", "session": "3-7"}]
    seen.clear()
    await inner({**scope, "headers": []}, receive, send)
    if denies:
        assert [each["type"] for each in seen] == [
            "websocket.http.response.start",
            "websocket.http.response.body",
        ]
        assert seen[0]["status"] == 401
        assert (b"www-authenticate", b'Bearer realm="main"') in seen[0]["headers"]
    else:
        assert seen == [{"type": "websocket.close", "code": 1008, "reason": "missing"}]


@pytest.mark.anyio
async def test_the_lifespan_is_the_apps(issuer: Issuer, clock: Clock) -> None:
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    async def nothing(*message: Any) -> Any:
        raise AssertionError("the middleware has no part in it")

    await asgi.RequireAccessToken(app, issuer.verifier(clock))(
        {"type": "lifespan"}, nothing, nothing
    )
    assert seen == ["lifespan"]


def test_a_verifier_loads_no_framework_and_little_of_the_room() -> None:
    names = ("verify", "verify.asgi", "verify.wsgi")
    lines = [*(f"import vwr_middleware.{name}" for name in names), "print(*sys.modules)"]
    command = [sys.executable, "-c", "\n".join(["import sys", *lines])]
    loaded = set(subprocess.check_output(command, cwd=ROOT, text=True).split())
    others = {"werkzeug", "jinja2", "itsdangerous", "starlette", "fastapi", "anyio", "httpx"}
    assert {name.partition(".")[0] for name in loaded} & others == set()
    ours = {name for name in loaded if name.startswith("vwr_middleware.")}
    assert {name.split(".")[1] for name in ours} == {
        *("blocking", "errors", "keys", "line", "papers", "verify", "web")
    }
    assert len(ours) < 25
