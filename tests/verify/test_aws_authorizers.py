"""The Lambda authorizers of `examples/aws`, asked as API Gateway asks."""

import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.support import aws_events as aws
from tests.support.clock import Clock
from tests.support.issuer import Issuer
from tests.support.servers import ROOT
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.verify import RoomUnreachable

FOLDER = ROOT / "examples" / "aws"
STAGE = "arn:aws:execute-api:us-east-1:123456789012:abcdef123/test"
#: How each of API Gateway's kinds of authorizers asks, which handler answers, and what it makes of
#: one that lets nobody in.
KINDS: dict[str, tuple[str, Callable[[aws.Pairs], aws.Event], str]] = {
    "REST, REQUEST": ("request", aws.asks_with_request, "401"),
    "HTTP, 1.0": ("request", aws.asks_with_version_1, "403"),
    "HTTP, 2.0": ("policy", aws.asks_with_version_2, "403"),
    "HTTP, 2.0, simple": ("simple", aws.asks_with_version_2, "403"),
}


def handlers(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"aws_{name}", FOLDER / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def authorizer(issuer: Issuer, clock: Clock) -> Any:
    """The module, as a container has it after its first call."""
    module = handlers("authorizer")
    verifier = issuer.verifier(clock, room_url="")
    module.verifier = lambda: verifier  # type: ignore[attr-defined]
    return module


def gateway(answer: Callable[[], Any]) -> tuple[str, dict[str, str]]:
    """What API Gateway makes of an answer: a status, or 200 with the context that it hands on. It
    takes no answer of another shape, and in a context nothing but texts, numbers and booleans."""
    try:
        told = answer()
    except Exception as error:
        return ("401" if str(error) == "Unauthorized" else "500"), {}
    json.dumps(told)
    assert all(isinstance(value, str | int | float | bool) for value in told["context"].values())
    if "isAuthorized" in told:
        return ("200" if told["isAuthorized"] is True else "403"), told["context"]
    assert set(told) == {"principalId", "policyDocument", "context"}
    (statement,) = told["policyDocument"]["Statement"]
    assert told["policyDocument"]["Version"] == "2012-10-17"
    assert (statement["Action"], statement["Resource"]) == ("execute-api:Invoke", f"{STAGE}/*")
    return ("200" if statement["Effect"] == "Allow" else "403"), told["context"]


@pytest.fixture(params=KINDS)
def ask(authorizer: Any, request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Asks an authorizer of each kind with some headers."""
    handler, event, _ = KINDS[request.param]
    answer = getattr(authorizer, handler)
    return lambda *headers: gateway(partial(answer, event(list(headers)), None))


@pytest.fixture
def refusal(request: pytest.FixtureRequest) -> str:
    """What a client gets that is not let in."""
    return KINDS[request.node.callspec.params["ask"]][2]


def test_whoever_has_a_token_comes_through(ask: Any, issuer: Issuer, clock: Clock) -> None:
    token = issuer.token(clock)
    for header in (
        ("VWR-Token", token),
        ("vwr-token", token),
        ("VWR-TOKEN", token),
        ("Authorization", f"Bearer {token}"),
        ("authorization", f"bearer {token}"),
        ("Cookie", f"a=b; vwr_main_token={token}"),
    ):
        assert ask(header) == (
            "200",
            {
                "queue_position": "7",
                "session_id": "3-7",
                "room": "main",
                "expires_at": str(int(clock()) + 600),
            },
        )


def test_all_others_stay_out(ask: Any, refusal: str, issuer: Issuer, clock: Clock) -> None:
    token = issuer.token(clock)
    head, payload, signature = token.split(".")
    of_other_room = Issuer(issuer.url, room="other").token(clock)
    for headers in (
        [],
        [("Cookie", "vwr_other_token=x")],
        [("VWR-Token", "")],
        [("VWR-Token", token), ("VWR-Token", token)],
        [("VWR-Token", f"{token},{token}")],
        [("VWR-Token", issuer.token(clock, seconds=-60))],
        [("VWR-Token", of_other_room)],
        [("VWR-Token", f"eyJhbGciOiJub25lIiwidHlwIjoidndyK2p3dCJ9.{payload}.")],
        [("VWR-Token", f"{head}.{payload}.{'A' * len(signature)}")],
        [("VWR-Token", "x" * 20_000)],
        [("Authorization", "Bearer")],
        [("Authorization", f"Basic {token}")],
    ):
        status, context = ask(*headers)
        assert status == refusal, headers
        assert "session_id" not in context


def test_a_token_authorizer_takes_the_token_with_or_without_bearer(
    authorizer: Any, issuer: Issuer, clock: Clock
) -> None:
    token = issuer.token(clock)
    for text in (token, f"Bearer {token}", f"bearer {token}"):
        event = aws.asks_with_token(text)
        assert authorizer.token(event, None)["principalId"] == "3-7"
        assert gateway(partial(authorizer.token, event, None))[0] == "200"
    for text in ("", "allow", "Bearer", "Bearer ", f"{token},{token}", f"Basic {token}"):
        event = aws.asks_with_token(text)
        assert gateway(partial(authorizer.token, event, None))[0] == "401", text


def test_an_event_without_headers_lets_nobody_in(authorizer: Any) -> None:
    # The console's own test sends such events.
    nothing: tuple[Any, ...] = (None, {})
    for empty in nothing:
        rest = aws.asks_with_request([]) | {"headers": empty, "multiValueHeaders": empty}
        assert gateway(partial(authorizer.request, rest, None))[0] == "401"
        http = aws.asks_with_version_2([]) | {"headers": empty, "cookies": None}
        http["requestContext"] = {}
        assert gateway(partial(authorizer.simple, http, None))[0] == "403"
    rest = aws.asks_with_request([]) | {"multiValueHeaders": {"VWR-Token": None}}
    assert gateway(partial(authorizer.request, rest, None))[0] == "401"


def test_while_the_keys_cannot_be_had_nobody_comes_in(
    authorizer: Any, issuer: Issuer, clock: Clock
) -> None:
    issuer.instead[""] = 500, b""
    event = aws.asks_with_version_2([("VWR-Token", issuer.token(clock))])
    with pytest.raises(RoomUnreachable):
        authorizer.simple(event, None)


def test_the_visitors_address_goes_to_a_room_that_is_asked(authorizer: Any) -> None:
    for kind in (aws.asks_with_request, aws.asks_with_version_1, aws.asks_with_version_2):
        assert authorizer.address_of(kind([])) == "192.0.2.1"
    assert authorizer.address_of(aws.asks_with_token("x")) == ""


def test_the_functions_environment_sets_the_verifier_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VWR_ROOM", "main")
    monkeypatch.setenv("VWR_ROOM_URL", "")
    with pytest.raises(ConfigurationError, match="a verifier needs keys"):
        handlers("authorizer").verifier()
    monkeypatch.setenv("VWR_ISSUER", "https://shop.example")
    options = handlers("authorizer").verifier()._options
    assert (options.room, options.issuer, options.room_url) == ("main", "https://shop.example", "")


def test_what_stands_behind_says_who_came() -> None:
    show = handlers("backend").show
    told = show({"requestContext": {"authorizer": {"queue_position": "7"}}}, None)
    assert (told["statusCode"], json.loads(told["body"])) == (200, {"queue_position": "7"})
    assert show({}, None)["body"] == "{}"


def test_the_template_names_handlers_that_are_there() -> None:
    named = re.findall(r"Handler: (\w+)\.(\w+)", (FOLDER / "template.yaml").read_text())
    assert {name for _, name in named} == {"token", "request", "simple", "show"}
    assert all(callable(getattr(handlers(module), name)) for module, name in named)


@pytest.mark.outside
def test_the_template_is_one_that_cloudformation_takes(tmp_path: Path) -> None:
    # With one beside it that is not, so that it shows that anything is looked at.
    template, wrong = FOLDER / "template.yaml", tmp_path / "wrong.yaml"
    wrong.write_text(template.read_text().replace("ClientIdList", "Clients"))
    lint = [str(Path(sys.executable).with_name("cfn-lint")), "--format", "parseable"]
    done = subprocess.run([*lint, str(template), str(wrong)], capture_output=True, text=True)
    assert "'Clients' was unexpected" in done.stdout, done.stderr
    assert {line.partition(":")[0] for line in done.stdout.splitlines()} == {str(wrong)}
