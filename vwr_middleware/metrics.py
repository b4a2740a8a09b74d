"""The metrics that Prometheus reads. Needs prometheus-client.

Gauges and totals come from the store, so that it does not matter which worker is asked. What a
worker counts by itself carries its process id as the label `worker`.
"""

import os
from collections.abc import Iterator
from itertools import accumulate
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from vwr_middleware.tally import Histogram

if TYPE_CHECKING:
    from vwr_middleware.site import Site

STATES = ("open", "queueing", "paused", "scheduled", "closed", "off")
_GAUGES = {
    "waiting": "People in line: queue counter less serving counter",
    "called": "Called and not entered yet",
    "active": "Sessions running now",
    "limit": "Sessions at once, in force",
    "serving": "The serving counter",
    "queue": "The queue counter",
    "generation": "The room's generation: one more after each reset",
}


def exposition(site: "Site", accept: str) -> tuple[str, bytes]:
    """Content type and body, in the format that the scraper asks for."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Rooms(site))
    encode, content_type = choose_encoder(accept)
    return content_type, encode(registry)


class _Rooms(Collector):
    """Everything that one worker can tell."""

    def __init__(self, site: "Site") -> None:
        self._site = site
        self._rooms = [
            (name, view.snapshot) for name, view in site.desk.views.items() if view.snapshot
        ]

    def collect(self) -> Iterator[Metric]:
        """All metrics."""
        yield from self._gauges()
        yield self._states()
        yield self._totals()
        yield from self._of_worker()

    def _gauges(self) -> Iterator[Metric]:
        for name, words in _GAUGES.items():
            gauge = GaugeMetricFamily(f"vwr_room_{name}", words, labels=["room"])
            for room, snapshot in self._rooms:
                gauge.add_metric([room], max(0, getattr(snapshot, name)))
            yield gauge
        flow = GaugeMetricFamily(
            "vwr_room_admissions_per_minute", "Measured over a minute", labels=["room"]
        )
        for room, snapshot in self._rooms:
            flow.add_metric([room], snapshot.flow * 60)
        yield flow

    def _states(self) -> Metric:
        states = GaugeMetricFamily(
            "vwr_room_state", "1 for the state that the room is in", labels=["room", "state"]
        )
        for room, snapshot in self._rooms:
            for state in STATES:
                states.add_metric([room, state], float(snapshot.state == state))
        return states

    def _totals(self) -> Metric:
        totals = CounterMetricFamily(
            "vwr_room_visitors",
            "Visitors by what became of them, over all generations",
            labels=["room", "outcome"],
        )
        for room, snapshot in self._rooms:
            for outcome, count in snapshot.totals.items():
                totals.add_metric([room, outcome], count)
        return totals

    def _of_worker(self) -> Iterator[Metric]:
        worker, desk = str(os.getpid()), self._site.desk
        up = GaugeMetricFamily("vwr_store_up", "1 while the store answers", labels=["worker"])
        up.add_metric([worker], float(not desk.breaker.is_open and bool(self._rooms)))
        yield up
        errors = CounterMetricFamily(
            "vwr_store_errors", "Calls that failed or were not tried", labels=["worker"]
        )
        errors.add_metric([worker], desk.breaker.errors)
        yield errors
        foreign = CounterMetricFamily(
            "vwr_foreign_papers", "Tickets and tokens of another store", labels=["worker"]
        )
        foreign.add_metric([worker], desk.herald.foreign)
        yield foreign
        yield from self._decisions(worker)

    def _decisions(self, worker: str) -> Iterator[Metric]:
        decisions = CounterMetricFamily(
            "vwr_decisions", "Requests to protected paths", labels=["room", "kind", "worker"]
        )
        costs = HistogramMetricFamily(
            "vwr_decision_seconds",
            "What the middleware takes for a request that a glance does not settle",
            labels=["room", "worker"],
        )
        waits = HistogramMetricFamily(
            "vwr_wait_seconds", "From joining the line to entering", labels=["room", "worker"]
        )
        for room, gate in self._site.gates.items():
            tally = gate.tally
            kinds = dict(tally.decisions)
            kinds["admitted"] = kinds.get("admitted", 0) + tally.glanced
            for kind, count in kinds.items():
                decisions.add_metric([room, kind, worker], count)
            _add(costs, [room, worker], tally.costs)
            _add(waits, [room, worker], tally.waits)
        yield decisions
        yield costs
        yield waits


def _add(family: HistogramMetricFamily, labels: list[str], histogram: Histogram) -> None:
    bounds = [*map(floatToGoString, histogram.bounds), "+Inf"]
    counts = accumulate(histogram.counts)
    family.add_metric(labels, list(zip(bounds, counts, strict=True)), histogram.total)
