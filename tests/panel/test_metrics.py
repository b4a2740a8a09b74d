"""What Prometheus reads."""

import json
import re
import sys
from collections import Counter
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from tests.panel.conftest import Open
from tests.support.clock import Clock
from tests.support.doors import Door
from tests.support.lost import at_door
from tests.support.panel import API_KEY, GIVEN, PAGE, Operator, api, fill, signed_in
from tests.support.rush import is_overloaded
from tests.support.servers import ROOT
from vwr_middleware.worker.shared_counts import Histogram

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def samples_of(door: Door) -> list[Sample]:
    """Every sample."""
    client = Operator.at(door).client
    answer = client.get("/vwr-admin/metrics", headers={"Authorization": f"Bearer {API_KEY}"})
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.text)
    return [sample for family in families for sample in family.samples]


def read(door: Door) -> Samples:
    """Every sample of a lone worker by name and labels."""
    return {
        (sample.name, tuple((k, v) for k, v in sorted(sample.labels.items()) if k != "worker")): (
            sample.value
        )
        for sample in samples_of(door)
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
    for _ in range(6):
        door.refresh()
        waiting.opens("/tickets")
    samples = read(door)
    assert of_room(samples, "vwr_wait_seconds_count") == 1
    assert 40 <= of_room(samples, "vwr_wait_seconds_sum") <= 50
    assert of_room(samples, "vwr_wait_seconds_bucket", le="30.0") == 0
    assert of_room(samples, "vwr_wait_seconds_bucket", le="60.0") == 1


def test_an_outage_of_the_store_shows(door: Door) -> None:
    door.store.is_off = True
    assert read(door)["vwr_store_up", ()] == 0, "it was never seen"
    door.store.is_off = False
    door.refresh(20)
    door.visit_at()
    samples = read(door)
    assert samples["vwr_store_up", ()] == 1
    for name in ("waiting", "longest_wait_seconds"):
        assert of_room(samples, f"vwr_room_{name}") == 0, "nobody waits"
    door.store.is_off = True
    door.refresh()
    door.visit_at()
    samples = read(door)
    assert samples["vwr_store_up", ()] == 0
    assert samples["vwr_store_errors_total", ()] >= 1


@pytest.fixture
def workers(open_it: Open, tmp_path: Path) -> list[Door]:
    """Two workers of that room."""
    url = f"sqlite:///{tmp_path / 'vwr.sqlite3'}"
    return [open_it(url=url, max_active=2, **GIVEN) for _ in range(2)]


def tell_each_other(workers: list[Door]) -> None:
    """So much time passes that each has posted what it counts, behind a refresh."""
    for door in workers * 6:
        door.refresh()
        door.visitor().fetches("/vwr/main/status")


def test_whichever_worker_is_asked_tells_what_all_of_them_count(workers: list[Door]) -> None:
    one, other = workers
    inside = one.visit_at()
    other.visit_at()
    other.visit_at(), one.visit_at()
    inside.opens("/tickets"), inside.opens("/tickets")
    other.store.is_off = True
    other.refresh()
    other.visit_at()
    other.store.is_off = False
    tell_each_other(workers)
    for door in workers:
        samples = summed(door)
        assert samples["vwr_decisions_total", "entered"] == 2
        assert samples["vwr_decisions_total", "waiting"] == 2
        assert samples["vwr_decisions_total", "admitted"] == 2
        assert samples["vwr_decision_seconds_count", ""] >= 5
        assert samples["vwr_store_errors_total", ""] >= 1
        assert workers_of(door, "vwr_store_errors_total") == 2
        assert workers_of(door, "vwr_store_up") == 1


def workers_of(door: Door, name: str) -> int:
    """How many workers such samples name."""
    return len({sample.labels["worker"] for sample in samples_of(door) if sample.name == name})


def summed(door: Door) -> Counter[tuple[str, str]]:
    """Samples by name and kind, summed over the workers."""
    sums: Counter[tuple[str, str]] = Counter()
    for sample in samples_of(door):
        sums[sample.name, sample.labels.get("kind", "")] += int(sample.value)
    return sums


def test_a_claim_by_a_client_is_counted_and_its_wait_measured(door: Door, clock: Clock) -> None:
    inside = door.visit_at()
    door.visit_at()
    client = door.visitor()
    assert client.sends("/vwr/main/tickets").status_code == 201
    clock.pass_by(40)
    assert client.sends("/vwr/main/token").status_code == 202
    inside.fetches("/vwr/main/leave", "POST")
    for _ in range(9):
        door.refresh()
        client.position()
        if client.sends("/vwr/main/token").status_code == 200:
            break
    assert client.sends("/vwr/main/token").status_code == 200
    door.refresh()
    samples = read(door)
    assert of_room(samples, "vwr_decisions_total", kind="entered") == 3
    assert of_room(samples, "vwr_wait_seconds_count") == 1
    assert 40 <= of_room(samples, "vwr_wait_seconds_sum") <= 55
    assert of_room(samples, "vwr_decisions_total", kind="waiting") >= 2
    assert 40 <= of_room(samples, "vwr_room_longest_waited_seconds") <= 55


def test_how_long_those_in_line_have_waited_is_told(door: Door, clock: Clock) -> None:
    door.visit_at().opens(), door.visit_at().opens()
    waiting = door.visit_at()
    clock.pass_by(70)
    waiting.position()
    door.refresh()
    assert 70 <= of_room(read(door), "vwr_room_longest_wait_seconds") <= 75


def test_a_rush_shows_on_every_worker_and_for_how_long(workers: list[Door], clock: Clock) -> None:
    one, other = workers
    one.visit_at(), one.visit_at()
    is_overloaded(one)
    assert one.visitor().opens().headers["vwr-state"] == "overload"
    tell_each_other(workers)
    assert sorted(summed(other)["vwr_overload", kind] for kind in [""]) == [1.0]
    assert summed(other)["vwr_decisions_total", "overload"] == 1
    assert api(other).get("/rooms/main").json()["overloaded_workers"] == 1
    assert "More newcomers come than a worker can give places to" in signed_in(other).open().text
    clock.pass_by(60)
    one.site.store_access.overload.look(clock())
    tell_each_other(workers)
    assert api(other).get("/rooms/main").json()["overloaded_workers"] == 0


def test_two_stores_of_one_room_show_on_every_worker(open_it: Open, workers: list[Door]) -> None:
    one, other = workers
    one.visit_at(), other.visit_at()
    assert summed(one)["vwr_foreign_papers_total", ""] == 0
    at_door(one, open_it(**GIVEN).visit_at()).opens()
    assert summed(one)["vwr_foreign_papers_total", ""] >= 1
    tell_each_other(workers)
    assert api(other).get("/rooms/main").json()["two_stores"] is True
    assert "two stores serve this room" in signed_in(other).open().text


def test_metrics_are_for_keys_and_operators_only(door: Door) -> None:
    other_room = Operator.at(door)
    assert other_room.open("/metrics").status_code == 401
    assert signed_in(door).open("/metrics").status_code == 200
    assert other_room.client.post("/vwr-admin/metrics", headers=PAGE).status_code == 405


def test_without_the_package_the_fix_is_told(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    monkeypatch.delitem(sys.modules, "vwr_middleware.panel.metrics", raising=False)
    answer = signed_in(door).open("/metrics")
    assert answer.status_code == 404 and "vwr-middleware[metrics]" in answer.json()["detail"]


def test_a_histogram_counts_each_value_once() -> None:
    histogram = Histogram((1, 10))
    for value in (0.5, 1, 5, 100):
        histogram.observe(value)
    assert histogram.counts == [2, 1, 1] and histogram.total == 106.5


def test_the_example_dashboard_asks_for_metrics_that_there_are(open_it: Open) -> None:
    door = open_it(stock=lambda: 1 // 0, **GIVEN)
    fill(door)
    api(door).patch("rooms/main/settings", json={"stock_left": 3})
    door.refresh()
    names = {name for name, _ in read(door)}
    board = json.loads((ROOT / "examples/grafana/waiting-rooms.json").read_text())
    asked = {
        name
        for panel in board["panels"]
        for target in panel["targets"]
        for name in re.findall(r"vwr_\w+", target["expr"])
    }
    assert len(asked) >= 10 and asked <= names
    assert {"vwr_room_stock_left", "vwr_function_failures_total"} <= asked
