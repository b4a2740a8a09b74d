"""What Prometheus reads."""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.clock import Clock
from tests.support.doors import Door, open_door
from tests.support.panel import API_KEY, GIVEN, PAGE, Operator, api, signed_in
from tests.support.servers import ROOT
from vwr_middleware.tally import Histogram

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@pytest.fixture
def door(clock: Clock) -> Iterator[Door]:
    with ExitStack() as stack:
        yield open_door("wsgi", "memory://", clock, stack, max_active=2, **GIVEN)


def read(door: Door) -> Samples:
    """Every sample by name and labels; which worker it was does not matter here."""
    client = Operator.at(door).client
    answer = client.get("/vwr-admin/metrics", headers={"Authorization": f"Bearer {API_KEY}"})
    assert answer.status_code == 200
    return {
        (sample.name, tuple((k, v) for k, v in sorted(sample.labels.items()) if k != "worker")): (
            sample.value
        )
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def of_room(samples: Samples, name: str, **labels: str) -> float:
    return samples[name, tuple(sorted({"room": "main", **labels}.items()))]


def test_the_rooms_numbers_are_the_stores(door: Door) -> None:
    for _ in range(5):
        door.visit_at()
    door.refresh()
    samples = read(door)
    assert of_room(samples, "vwr_room_waiting") == 3
    assert of_room(samples, "vwr_room_active") == 2
    assert of_room(samples, "vwr_room_limit") == 2
    assert of_room(samples, "vwr_room_queue") == 5
    assert of_room(samples, "vwr_room_state", state="queueing") == 1
    assert of_room(samples, "vwr_room_state", state="paused") == 0
    assert of_room(samples, "vwr_room_visitors_total", outcome="claimed") == 2


def test_decisions_are_counted_by_kind(door: Door) -> None:
    inside = door.visit_at()
    for _ in range(3):
        inside.opens("/tickets")
    door.visit_at()
    waiting = door.visit_at()
    waiting.opens("/tickets")
    samples = read(door)
    assert of_room(samples, "vwr_decisions_total", kind="entered") == 2
    assert of_room(samples, "vwr_decisions_total", kind="admitted") == 3
    assert of_room(samples, "vwr_decisions_total", kind="waiting") == 2
    assert of_room(samples, "vwr_decision_seconds_count") >= 4


def test_a_wait_is_measured_from_joining_to_entering(door: Door, clock: Clock) -> None:
    door.visit_at(), door.visit_at()
    waiting = door.visit_at()
    clock.pass_by(40)
    api(door).patch("/rooms/main/settings", json={"max_active": 5})
    door.refresh()
    assert waiting.opens("/tickets").status_code in (200, 202)
    for _ in range(5):
        door.refresh()
        waiting.opens("/tickets")
    samples = read(door)
    assert of_room(samples, "vwr_wait_seconds_count") == 1
    assert 40 <= of_room(samples, "vwr_wait_seconds_sum") <= 50
    assert of_room(samples, "vwr_wait_seconds_bucket", le="30.0") == 0
    assert of_room(samples, "vwr_wait_seconds_bucket", le="60.0") == 1


def test_an_outage_of_the_store_shows(door: Door) -> None:
    door.visit_at()
    assert read(door)["vwr_store_up", ()] == 1
    door.store.is_off = True
    door.refresh()
    door.visit_at()
    samples = read(door)
    assert samples["vwr_store_up", ()] == 0
    assert samples["vwr_store_errors_total", ()] >= 1


def test_metrics_are_for_keys_and_operators_only(door: Door) -> None:
    stranger = Operator.at(door)
    assert stranger.open("/metrics").status_code == 401
    assert signed_in(door).open("/metrics").status_code == 200
    assert stranger.client.post("/vwr-admin/metrics", headers=PAGE).status_code == 405


def test_without_the_package_the_fix_is_told(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    monkeypatch.delitem(sys.modules, "vwr_middleware.metrics", raising=False)
    answer = signed_in(door).open("/metrics")
    assert answer.status_code == 404 and "vwr-middleware[metrics]" in answer.json()["detail"]


def test_a_histogram_counts_each_value_once() -> None:
    histogram = Histogram((1, 10))
    for value in (0.5, 1, 5, 100):
        histogram.observe(value)
    assert histogram.counts == [2, 1, 1] and histogram.total == 106.5


def test_the_example_dashboard_asks_for_metrics_that_there_are(door: Door) -> None:
    door.visit_at()
    names = {name for name, _ in read(door)}
    board = json.loads((ROOT / "examples/grafana/waiting-rooms.json").read_text())
    asked = {
        name
        for panel in board["panels"]
        for target in panel["targets"]
        for name in re.findall(r"vwr_\w+", target["expr"])
    }
    assert len(asked) >= 10 and asked <= names
