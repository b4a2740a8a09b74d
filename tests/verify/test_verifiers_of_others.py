"""Libraries and gateways that others wrote take our tokens, and no others; and so do we."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
import yaml

from tests.support.asking_proxies import PROGRAMS
from tests.support.haproxy import HAPROXY, haproxy
from tests.support.nginx import NGINX, nginx
from tests.support.readme import DOCS, snippets
from tests.support.servers import ROOT, end, free_port, has_begun_to_accept
from tests.support.verifying_room import (
    NODE,
    NODE_PACKAGES,
    SECRET,
    VerifyingRoom,
    verifying_room,
)
from vwr_middleware.verify import TokenRefused, Verifier

pytestmark = pytest.mark.outside
ALGORITHMS = ("RS256", "ES256", "EdDSA")
#: The session's id in a token, for a token; None if it is not taken.
Takes = Callable[[str], str | None]


@pytest.fixture(scope="module")
def rooms() -> Iterator[Callable[[str], VerifyingRoom]]:
    """A room for each algorithm, opened when it is needed."""
    with ExitStack() as stack:
        opened: dict[str, VerifyingRoom] = {}

        def room_for(algorithm: str) -> VerifyingRoom:
            if algorithm not in opened:
                opened[algorithm] = stack.enter_context(verifying_room(algorithm))
            return opened[algorithm]

        yield room_for


@pytest.fixture(params=ALGORITHMS)
def room(rooms: Any, request: pytest.FixtureRequest) -> VerifyingRoom:
    found: VerifyingRoom = rooms(request.param)
    return found


@pytest.fixture(params=[name for name in ALGORITHMS if name != "EdDSA"])
def room_without_eddsa(rooms: Any, request: pytest.FixtureRequest) -> VerifyingRoom:
    found: VerifyingRoom = rooms(request.param)
    return found


def holds_it(room: VerifyingRoom, takes: Takes) -> None:
    """What is good is taken, and nothing else."""
    claims = jwt.decode(room.token, options={"verify_signature": False})
    assert takes(room.token) == claims["sid"]
    taken = {why: takes(token) for why, token in room.bad_tokens.items()}
    assert {why: session for why, session in taken.items() if session} == {}


def must_be_there(found: object, name: str) -> None:
    if not found and "CI" not in os.environ:
        pytest.skip(f"{name} is not installed")


# Ours, which is held to the same.


def test_our_own(room: VerifyingRoom) -> None:
    verifier = Verifier(issuer=room.url, room="main", allow_http=True, timeout=20)

    def takes(token: str) -> str | None:
        try:
            return verifier.verify(token).id
        except TokenRefused:
            return None

    holds_it(room, takes)


# Libraries.


def test_pyjwt(room: VerifyingRoom) -> None:
    keys = jwt.PyJWKClient(room.keys_url)

    def takes(token: str) -> str | None:
        try:
            key = keys.get_signing_key_from_jwt(token)
            meant: dict[str, Any] = {"issuer": room.url, "audience": "main"}
            claims = jwt.decode(token, key, algorithms=[room.algorithm], leeway=5, **meant)
        except jwt.PyJWTError:
            return None
        return str(claims["sid"])

    holds_it(room, takes)


# RFC 9864 calls EdDSA by the curve's name, and joserfc warns of the old one.
@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
def test_joserfc(room: VerifyingRoom) -> None:
    from joserfc import jwt as rfc
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    keys = KeySet.import_key_set({"keys": room.keys})  # type: ignore[typeddict-item]
    wanted = rfc.JWTClaimsRegistry(
        leeway=5,
        iss={"essential": True, "value": room.url},
        aud={"essential": True, "value": "main"},
        exp={"essential": True},
    )

    def takes(token: str) -> str | None:
        try:
            decoded = rfc.decode(token, keys, algorithms=[room.algorithm])
            wanted.validate(decoded.claims)
        except (JoseError, ValueError):
            return None
        return str(decoded.claims["sid"])

    holds_it(room, takes)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_authlib(room: VerifyingRoom) -> None:
    from authlib.jose import JsonWebKey, JsonWebToken
    from authlib.jose.errors import JoseError

    keys = JsonWebKey.import_key_set({"keys": room.keys})
    wanted = {
        "iss": {"essential": True, "value": room.url},
        "aud": {"essential": True, "value": "main"},
    }

    def takes(token: str) -> str | None:
        try:
            claims = JsonWebToken([room.algorithm]).decode(token, keys, claims_options=wanted)
            claims.validate(leeway=5)
        except (JoseError, ValueError):
            return None
        return str(claims["sid"])

    holds_it(room, takes)


JOSE = """
const { createRemoteJWKSet, jwtVerify } = require(process.argv[1] + '/jose');
const [keys, issuer, algorithm] = process.argv.slice(2, 5);
const set = createRemoteJWKSet(new URL(keys));
const audience = 'main', typ = 'vwr+jwt', clockTolerance = 5;
const meant = { issuer, audience, typ, clockTolerance, algorithms: [algorithm] };
(async () => {
  const sessions = [];
  for (const token of process.argv.slice(5)) {
    sessions.push(await jwtVerify(token, set, meant).then((it) => it.payload.sid, () => null));
  }
  console.log(JSON.stringify(sessions));
})();
"""


def test_jose_for_node(room: VerifyingRoom) -> None:
    must_be_there(NODE and Path(NODE_PACKAGES, "jose").exists(), "jose")
    bad = room.bad_tokens
    command = [str(NODE), "-e", JOSE, NODE_PACKAGES, room.keys_url, room.url, room.algorithm]
    told = subprocess.check_output([*command, room.token, *bad.values()], text=True, timeout=60)
    sessions = dict(zip([room.token, *bad.values()], json.loads(told), strict=True))
    holds_it(room, sessions.__getitem__)


# Gateways, by the settings that docs/gateways.md has.


def through(base: str) -> Takes:
    """Whether a gateway lets requests through that bring a token in its header, or as a cookie."""

    def takes(token: str) -> str | None:
        ways = {"VWR-Token": token}, {"Cookie": f"a=b; vwr_main_token={token}"}
        answers = [httpx.get(f"{base}/api/seats", headers=headers, timeout=30) for headers in ways]
        (status,) = {answer.status_code for answer in answers}
        assert status in (200, 400, 401, 403, 431), status
        if status != 200:
            return None
        (body,) = {answer.text for answer in answers}
        claims = jwt.decode(token, options={"verify_signature": False})
        assert body == "an app"
        return str(claims["sid"])

    assert httpx.get(f"{base}/api/seats", timeout=30).status_code == 401
    return takes


def test_haproxy(room_without_eddsa: VerifyingRoom, tmp_path: Path) -> None:
    room = room_without_eddsa
    must_be_there(HAPROXY, "HAProxy")
    write: dict[str, Any] = {}
    exec(room.settings("HAProxy", "python"), write)
    names = write["write_keys"](folder=tmp_path)
    name = jwt.get_unverified_header(room.token)["kid"]
    assert name in names
    rules = room.settings("HAProxy", "haproxy").replace(
        "/etc/haproxy/vwr/KID", f"{tmp_path}/{name}"
    )
    rules = rules.replace('"RS256"', f'"{room.algorithm}"')
    with haproxy(rules, room.url.removeprefix("http://"), tmp_path) as base:
        holds_it(room, through(base))


def test_envoy(room: VerifyingRoom, tmp_path: Path) -> None:
    envoy = PROGRAMS["envoy"].program
    if envoy is None:
        pytest.skip("Envoy is not installed")
    port = free_port()
    host, _, behind = room.url.removeprefix("http://").rpartition(":")
    where = {"address": {"socket_address": {"address": host, "port_value": int(behind)}}}
    cluster = {
        "name": "vwr_room",
        "connect_timeout": "5s",
        "load_assignment": {
            "cluster_name": "vwr_room",
            "endpoints": [{"lb_endpoints": [{"endpoint": where}]}],
        },
    }
    manager = {
        "@type": "type.googleapis.com/envoy.extensions.filters.network"
        ".http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "site",
        "route_config": {
            "virtual_hosts": [
                {
                    "name": "site",
                    "domains": ["*"],
                    "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "vwr_room"}}],
                }
            ]
        },
        **yaml.safe_load(room.settings("Envoy", "yaml").replace("timeout: 3s", "timeout: 30s")),
    }
    listener = {
        "name": "site",
        "address": {"socket_address": {"address": "127.0.0.1", "port_value": port}},
        "filter_chains": [
            {
                "filters": [
                    {
                        "name": "envoy.filters.network.http_connection_manager",
                        "typed_config": manager,
                    }
                ]
            }
        ],
    }
    resources = {"static_resources": {"listeners": [listener], "clusters": [cluster]}}
    (tmp_path / "envoy.json").write_text(json.dumps(resources))
    command = [envoy, "-c", str(tmp_path / "envoy.json"), "--use-dynamic-base-id"]
    command += ["-l", "error", "--concurrency", "1"]
    process = subprocess.Popen(command, start_new_session=True)
    try:
        assert has_begun_to_accept(process, port)
        holds_it(room, through(f"http://127.0.0.1:{port}"))
    finally:
        end(process)


NGINX_SCRIPT = Path("/usr/lib/nginx/modules/ngx_http_js_module.so")


def test_nginx(
    room_without_eddsa: VerifyingRoom, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    room = room_without_eddsa
    must_be_there(NGINX and NGINX_SCRIPT.exists(), "nginx with its JavaScript module")
    outside = room.settings("nginx", "nginx").replace("/etc/nginx/", str(ROOT / "examples/nginx"))
    inside = room.settings("nginx", "nginx", 1).replace("http://127.0.0.1:8080", room.url)
    with nginx(inside, tmp_path, outside, modules=[NGINX_SCRIPT]) as base:
        unknown = room.bad_tokens["of another secret"]
        caplog.clear()
        holds_it(room, through(base))
        for _ in range(20):  # names that somebody makes up lead to no fetch of their own
            answer = httpx.get(f"{base}/api/", headers={"VWR-Token": unknown}, timeout=30)
            assert answer.status_code == 401
        assert len([each for each in caplog.messages if "/.well-known/jwks.json" in each]) == 1


def test_the_script_of_nginx_says_what_the_documents_say() -> None:
    script = (ROOT / "examples/nginx/verify.js").read_text()
    head = "\n".join(line.lstrip("/ ") for line in script.splitlines() if line.startswith("//"))
    text = (DOCS / "gateways.md").read_text()
    for settings in snippets(text, "nginx"):
        assert [line for line in settings.splitlines() if line.strip() not in head] == []


def test_istio_is_told_the_same_as_envoy(rooms: Any) -> None:
    room = rooms("ES256")
    envoy = yaml.safe_load(room.settings("Envoy", "yaml"))["http_filters"][0]["typed_config"]
    provider = envoy["providers"]["room"]
    asks, allows = yaml.safe_load_all(room.settings("Istio", "yaml"))
    (rule,) = asks["spec"]["jwtRules"]
    assert rule == {
        "issuer": provider["issuer"],
        "audiences": provider["audiences"],
        "jwksUri": provider["remote_jwks"]["http_uri"]["uri"],
        "fromHeaders": [{"name": each["name"]} for each in provider["from_headers"]],
        "fromCookies": provider["from_cookies"],
    }
    (source,) = allows["spec"]["rules"][0]["from"]
    claims = jwt.decode(room.token, options={"verify_signature": False})
    (principal,) = source["source"]["requestPrincipals"]
    assert fnmatchcase(f"{claims['iss']}/{claims['sub']}", principal)
    assert asks["spec"]["selector"] == allows["spec"]["selector"]


# Those that cannot be run here: the steps that their documentation tells, played.


def test_kongs_plugin_as_it_is_documented(rooms: Any) -> None:
    room = rooms("ES256")
    (key,) = httpx.get(f"{room.url}/vwr/main/jwks.json").json()["keys"]
    text = room.settings("Kong", "yaml").replace("KID", key["kid"])
    pem = "\n".join(" " * 6 + line for line in room.pem.splitlines())
    settings = yaml.safe_load(text.replace("      PEM", pem))
    plugin = settings["services"][0]["plugins"][0]["config"]
    credentials = {each["key"]: each for each in settings["consumers"][0]["jwt_secrets"]}

    def takes(token: str) -> str | None:
        try:
            named: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
            named = jwt.get_unverified_header(token) | named  # claims count before the header
            credential = credentials[named[plugin["key_claim_name"]]]
            if jwt.get_unverified_header(token)["alg"] != credential["algorithm"]:
                return None
            pem, algorithms = credential["rsa_public_key"], [credential["algorithm"]]
            verifies: Any = {"verify_aud": False, "require": plugin["claims_to_verify"]}
            claims = jwt.decode(token, pem, algorithms=algorithms, options=verifies)
        except (jwt.PyJWTError, KeyError):
            return None
        return str(claims["sid"])

    bad = dict(room.bad_tokens)
    assert takes(bad.pop("of another issuer")), "the page says that Kong does not look at it"
    assert {why for why, token in bad.items() if takes(token)} == set()
    assert takes(room.token)
    assert SECRET not in text
