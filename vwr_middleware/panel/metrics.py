"""The metrics that Prometheus reads. Needs prometheus-client.

Gauges and totals come from the store. What each worker counts by itself it posts to the store too,
and here it has the worker's name as the label `worker`. So any worker can be asked.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from vwr_middleware.line.capacity import STATES
from vwr_middleware.panel.alarms import ShownAlarms
from vwr_middleware.panel.figures import GAUGES, SOME_GAUGES
from vwr_middleware.panel.report import lanes_of
from vwr_middleware.worker.store_access import StoreAccess


def exposition(
    store_access: StoreAccess,
    asked: str,
    workers: Mapping[str, Any],
    shown: ShownAlarms,
    accept: str,
) -> tuple[str, bytes]:
    """Content type and body, in the format that the scraper asks for.

    `workers` holds what each worker counts, by its name; `asked` names the worker that answers.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Rooms(store_access, asked, workers, shown))
    encode, content_type = choose_encoder(accept)
    return content_type, encode(registry)


class _Rooms(Collector):
    """Collects all metrics."""

    def __init__(
        self,
        store_access: StoreAccess,
        asked: str,
        workers: Mapping[str, Any],
        shown: ShownAlarms,
    ) -> None:
        self._store_access, self._asked, self._workers = store_access, asked, workers
        self._shown = shown
        self._rooms = [(name, view.room) for name, view in store_access.views.items() if view.room]

    def collect(self) -> Iterator[Metric]:
        """All metrics."""
        yield from self._gauges()
        yield self._states()
        yield self._totals()
        yield from self._lanes()
        yield from self._alarms()
        yield from self._of_workers()

    def _alarms(self) -> Iterator[Metric]:
        words = (
            "1 for each alarm that is on: whether somebody is on it; one of the site has no room"
        )
        labels = ["room", "alarm", "severity", "acknowledged"]
        gauge = GaugeMetricFamily("vwr_alarm", words, labels=labels)
        for row in self._shown.on():
            taken_up = "yes" if row["acknowledged_by"] else "no"
            gauge.add_metric([row["room"] or "", row["kind"], row["severity"], taken_up], 1.0)
        yield gauge
        rows = self._shown.shared.book.rows
        sent = CounterMetricFamily(
            "vwr_alarm_deliveries", "Alarms sent to a receiver, by outcome", labels=["outcome"]
        )
        for outcome in ("sent", "failed"):
            sent.add_metric([outcome], rows[outcome])
        yield sent
        due = GaugeMetricFamily("vwr_alarm_deliveries_due", "Alarms that are still to be sent")
        due.add_metric([], len(rows["due"]) + len(rows["untold"]))
        yield due

    def _gauges(self) -> Iterator[Metric]:
        for name, (words, value) in GAUGES.items():
            gauge = GaugeMetricFamily(f"vwr_room_{name}", words, labels=["room"])
            for room, snapshot in self._rooms:
                gauge.add_metric([room], max(0, value(snapshot) or 0))
            yield gauge
        for name, (words, value) in SOME_GAUGES.items():
            gauge = GaugeMetricFamily(f"vwr_room_{name}", words, labels=["room"])
            for room, snapshot in self._rooms:
                if (known := value(snapshot)) is not None:
                    gauge.add_metric([room], known)
            yield gauge

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
            "Visitors by outcome, over all generations",
            labels=["room", "outcome"],
        )
        for room, snapshot in self._rooms:
            for outcome, count in snapshot.snapshot.totals.items():
                totals.add_metric([room, outcome], count)
        return totals

    def _lanes(self) -> Iterator[Metric]:
        labels = ["room", "lane"]
        waiting = GaugeMetricFamily("vwr_lane_waiting", "People in line, by lane", labels=labels)
        joined = CounterMetricFamily("vwr_lane_joined", "People who joined a lane", labels=labels)
        entered = CounterMetricFamily("vwr_lane_entered", "Those who went in", labels=labels)
        for room, snapshot in self._rooms:
            for row in lanes_of(snapshot):
                whose = [room, row["lane"]]
                waiting.add_metric(whose, row["waiting"])
                joined.add_metric(whose, row["joined"])
                entered.add_metric(whose, row["entered"])
        yield from (waiting, joined, entered)

    def _of_workers(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("vwr_store_up", "1 while the store answers", labels=["worker"])
        is_up = not self._store_access.breaker.is_open and bool(self._rooms)
        up.add_metric([self._asked], float(is_up))
        yield up
        for name, key, words in (
            ("vwr_store_errors", "errors", "Store calls that failed or were skipped"),
            ("vwr_foreign_papers", "foreign", "Tickets and tokens of another store"),
        ):
            counter = CounterMetricFamily(name, words, labels=["worker"])
            for worker, counts in self._workers.items():
                counter.add_metric([worker], counts[key])
            yield counter
        yield self._overload()
        yield self._sign_ins()
        yield from self._decisions()

    def _overload(self) -> Metric:
        words = "1 while newcomers are told to come again, since too many come"
        gauge = GaugeMetricFamily("vwr_overload", words, labels=["worker"])
        for worker, counts in self._workers.items():
            # A worker of another release may post none.
            gauge.add_metric([worker], float(counts.get("overload", {}).get("on", False)))
        return gauge

    def _sign_ins(self) -> Metric:
        words = "Passwords tried at the panel: right, wrong, or too early after wrong ones"
        counter = CounterMetricFamily("vwr_sign_ins", words, labels=["outcome", "worker"])
        for worker, counts in self._workers.items():
            # A worker of another release may post none.
            posted = counts.get("sign_ins", {})
            for outcome in ("right", "wrong", "early"):
                counter.add_metric([outcome, worker], posted.get(outcome, 0))
        return counter

    def _decisions(self) -> Iterator[Metric]:
        decisions = CounterMetricFamily(
            "vwr_decisions", "Requests to protected paths", labels=["room", "kind", "worker"]
        )
        words = "Calls of bypass, challenge, identity, lane and stock that failed"
        failures = CounterMetricFamily(
            "vwr_function_failures", words, labels=["room", "function", "worker"]
        )
        costs = HistogramMetricFamily(
            "vwr_decision_seconds",
            "Time that the middleware takes for requests that need more than a glance",
            labels=["room", "worker"],
        )
        waits = HistogramMetricFamily(
            "vwr_wait_seconds", "Time from joining the line to entering", labels=["room", "worker"]
        )
        for worker, posted in self._workers.items():
            for room, counts in posted["rooms"].items():
                for kind, count in counts["decisions"].items():
                    decisions.add_metric([room, kind, worker], count)
                for function, count in counts.get("failed", {}).items():
                    failures.add_metric([room, function, worker], count)
                _add(costs, [room, worker], *counts["costs"])
                _add(waits, [room, worker], *counts["waits"])
        yield decisions
        yield failures
        yield costs
        yield waits


def _add(
    family: HistogramMetricFamily,
    labels: list[str],
    bounds: Sequence[float],
    counts: Sequence[int],
    total: float,
) -> None:
    words = [*map(floatToGoString, bounds), "+Inf"]
    family.add_metric(labels, list(zip(words, accumulate(counts), strict=True)), total)
