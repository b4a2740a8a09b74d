"""Web Push to a push service that others wrote (npm's web-push-testing): it checks the signature by
the key of the subscription, and decrypts as a browser would."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.notices.test_telling import NOTICES, PUSH, called, line_of_two, sends
from tests.support.clock import Clock
from tests.support.house import make_house
from tests.support.npm import npm_packages
from tests.support.push_receiver import certificate_in
from tests.support.servers import ROOT

pytestmark = pytest.mark.outside


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a push service."""
    packages, certificate = npm_packages("web-push-testing@1.2.2"), certificate_in(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    script = ROOT / "tests" / "support" / "push_service.mjs"
    command = ["node", str(script), str(packages), str(certificate)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield f"https://localhost:{int(process.stdout.readline())}"
        finally:
            process.terminate()


def asks(url: str, body: dict[str, Any] | None = None) -> Any:
    with httpx.Client(verify=False) as client:  # the certificate is its own
        answer = client.post(url, json=body or {})
    assert answer.status_code == 200, answer.text
    return answer.json()["data"] if body else None


@pytest.mark.parametrize("is_gone", [False, True])
def test_a_service_of_others_takes_and_reads_what_we_push(
    clock: Clock, service: str, is_gone: bool
) -> None:
    services = [service.removeprefix("https://")]
    house = make_house(clock, max_active=1, push_services=services, **PUSH)
    first, second = line_of_two(house)
    key = second.get(NOTICES).json["push_key"]
    made = asks(f"{service}/subscribe", {"applicationServerKey": key})
    body = json.dumps({"endpoint": made["endpoint"], **made["keys"]}).encode()
    told = second.post(NOTICES, body, content_type="application/json").json
    assert told == {"subscribed": True, "you": "waiting"}
    if is_gone:
        asks(f"{service}/expire-subscription/{made['clientHash']}")
    called(house, first)
    sends(house)
    came = asks(f"{service}/get-notifications", {"clientHash": made["clientHash"]})["messages"]
    assert [json.loads(each)["title"] for each in came] == ([] if is_gone else ["Sie sind dran"])
