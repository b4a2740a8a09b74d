"""Bypasses, and functions of the app that fail, are told: as events, and in metrics."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.doors.conftest import Open
from tests.support.panel import API_KEY, GIVEN
from vwr_middleware.events import Event


def told(events: list[Event], name: str) -> list[tuple[str, str]]:
    return [(event.room, event.subject) for event in events if event.name == name]


def metrics(transport: httpx.BaseTransport) -> str:
    client = httpx.Client(transport=transport, base_url="http://shop.example")
    headers = {"Authorization": f"Bearer {API_KEY}"}
    return client.get("/vwr-admin/metrics", headers=headers).text


def test_a_bypass_is_told(open_it: Open) -> None:
    events: list[Event] = []
    given = {**GIVEN, "bypass": lambda request: "staff" in request.path}
    door = open_it(max_active=1, on_event=events.append, **given)
    assert door.visitor().opens("/tickets/staff").status_code in (200, 404)
    door.visit_at()
    assert told(events, "bypassed") == [("main", "/tickets/staff")]
    assert 'kind="bypassed",room="main"' in metrics(door.transport).replace(", ", ",")


@pytest.mark.parametrize("function", ["challenge", "identity", "bypass"])
def test_a_function_that_fails_is_told(open_it: Open, function: str) -> None:
    events: list[Event] = []
    fails: Callable[[Any], Any] = lambda request: 1 / 0  # noqa: E731
    door = open_it(max_active=1, on_event=events.append, **GIVEN, **{function: fails})
    door.visit_at()
    found = told(events, "function_failed")
    assert found and set(found) == {("main", function)}
    text = metrics(door.transport)
    assert f'vwr_function_failures_total{{function="{function}",room="main"' in text
