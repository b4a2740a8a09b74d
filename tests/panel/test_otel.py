"""OpenTelemetry: the figures of the metrics and spans, by the app's own providers."""

import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from functools import cache
from typing import Any

import pytest
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.panel.conftest import Open
from tests.support.doors import Door
from tests.support.panel import API_KEY, GIVEN
from vwr_middleware.errors import WaitingRoomError
from vwr_middleware.line.messages import Place
from vwr_middleware.stores.line_store import LocalStore

READER, SPANS = InMemoryMetricReader(), InMemorySpanExporter()


@pytest.fixture(autouse=True)
def providers() -> None:
    """As an app sets them up."""
    _set_up()


@cache
def _set_up() -> None:
    metrics.set_meter_provider(MeterProvider([READER]))
    traces = TracerProvider()
    traces.add_span_processor(SimpleSpanProcessor(SPANS))
    trace.set_tracer_provider(traces)


@pytest.fixture(params=["wsgi", "asgi"])
def door(request: pytest.FixtureRequest, open_it: Open) -> Iterator[Door]:
    yield open_it(request.param, max_active=1, otel=True, **GIVEN)


def observed(name: str, **wanted: str) -> list[float]:
    data: Any = READER.get_metrics_data()
    return [
        point.value
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
        if metric.name == name
        for point in metric.data.data_points
        if wanted.items() <= point.attributes.items()
    ]


def spans() -> list[str]:
    found = [span.name for span in SPANS.get_finished_spans()]
    SPANS.clear()
    return found


def test_figures_are_those_of_the_metrics(door: Door) -> None:
    door.confirmed(), door.visit_at(), door.visit_at()
    door.refresh()
    headers = {"Authorization": f"Bearer {API_KEY}"}
    text = door.visitor().client.get("/vwr-admin/metrics", headers=headers).text
    for line in text.splitlines():
        if line.startswith("vwr_room_") and "{room=" in line and "," not in line:
            name, _, value = line.partition("{")
            told = observed("vwr.room." + name.removeprefix("vwr_room_"), room="main")
            assert float(value.split()[-1]) in told, line
    assert 2 in observed("vwr.room.waiting") and 1 in observed("vwr.room.active")
    assert 1 in observed("vwr.store.up")
    assert sum(observed("vwr.decisions", kind="waiting")) >= 2
    assert 1 in observed("vwr.room.state", state="queueing")


def test_spans_are_of_trips_and_decisions_and_none_of_whoever_is_inside_or_polls(
    door: Door,
) -> None:
    inside, waiting = door.confirmed(), door.visit_at()
    found = spans()
    assert {"vwr.store.refresh", "vwr.store.join", "vwr.decision"} <= set(found)
    for _ in range(3):
        inside.opens()
        waiting.fetches("/vwr/main/position")
    assert spans() == []
    door.visit_at()
    told = [span for span in SPANS.get_finished_spans() if span.name == "vwr.decision"]
    assert [span.attributes for span in told] == [{"vwr.room": "main", "vwr.decision": "waiting"}]
    SPANS.clear()


def test_a_span_tells_no_address_and_nothing_that_is_good_once(door: Door) -> None:
    store = door.site.store
    steps: list[Callable[[], Coroutine[Any, Any, object]]] = [
        lambda: store.attempt("192.0.2.7"),
        lambda: store.use_once("code of somebody", door.clock() + 60),
        lambda: store.leave("main", Place(1, 1)),
    ]
    for step in steps:
        with suppress(WaitingRoomError):
            door.ask(step)
    told = {span.name: span.attributes for span in SPANS.get_finished_spans()}
    SPANS.clear()
    assert told["vwr.store.attempt"] == told["vwr.store.use_once"] == {}
    assert told["vwr.store.leave"] == {"vwr.room": "main"}


def test_a_trip_that_fails_is_a_span_with_its_error(door: Door) -> None:
    spans()
    door.store.is_off = True
    door.refresh(2.5)
    door.visit_at()
    failed = [span for span in SPANS.get_finished_spans() if not span.status.is_ok]
    assert failed and any(event.name == "exception" for event in failed[0].events)
    SPANS.clear()


def test_a_traced_store_passes_for_its_kind(door: Door) -> None:
    assert isinstance(door.site.store, LocalStore) == isinstance(door.store, LocalStore)


def test_without_the_setting_nothing_of_it_is_imported() -> None:
    code = (
        "import sys; from vwr_middleware.wsgi import WaitingRoomMiddleware as M;"
        "M(lambda e, s: [], secret_key='a secret of the tests, long enough', paths='/a',"
        " store='memory://'); names = {n.partition('.')[0] for n in sys.modules};"
        "print(sorted(names & {'opentelemetry', 'apprise', 'requests'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "[]\n", done.stderr
