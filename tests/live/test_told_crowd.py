"""What a live crowd is told of its wait, and how much of it came true."""

import json
import time
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from benchmarks.hold.crowd import Crowd, Plan
from benchmarks.hold.stores import NAMESPACE
from tests.support.servers import running_uvicorn

OPTIONS = ("--factory", "--no-access-log", "--log-level", "warning", "--timeout-keep-alive", "90")


@pytest.mark.crowd
@pytest.mark.timeout(900)
def test_the_record_of_a_live_crowd_is_counted(
    valkey_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Slots free about four a second, and half of those who come give up."""
    plan = Plan(people=600, per_second=60, slots=20, stay=5.0, patience=120.0)
    settings = {
        "secret_key": "for the tests of a real crowd, and nothing else",
        "store": f"{valkey_url}?socket_timeout=5",
        "namespace": NAMESPACE,
        "paths": ["/tickets"],
        "max_active": plan.slots,
        "public_record": True,
    }
    env = {"BENCHMARK_SETTINGS": json.dumps(settings)}
    with running_uvicorn("benchmarks.apps.asgi:ours", 2, env, OPTIONS) as url:
        address = urlsplit(url)
        crowd = Crowd(plan, (address.hostname or "", address.port or 0), NAMESPACE)
        told: dict[str, Any] = {}
        until = time.monotonic() + 420

        def look(_: float) -> None:
            with urlopen(f"{url}/vwr/main/status", timeout=10) as answer:
                told.update(json.load(answer).get("record") or {})

        crowd.run(lambda now: told.get("of", 0) >= 45 or time.monotonic() > until, look)
        crowd.connections.close()
    with capsys.disabled():
        print(f"\n{told['held']} of {told['of']} went in within the range that they were told")
    assert not crowd.visits.errors
    assert told["of"] >= 45
    # In the first minutes ranges are wide, and most hold.
    assert told["held"] / told["of"] >= 0.6
