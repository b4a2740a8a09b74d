"""The same figures as the metrics, and spans, through the API of OpenTelemetry.

They go to whichever providers the app has set up; without any they go nowhere. Figures are read
when the app's exporter asks, from what this worker has read last: no store is asked for them. There
are spans of trips to the store and of decisions for which a glance was not enough. So a visitor who
is inside, and a poll, cost what they cost without it.
"""

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Mapping
from functools import partial
from inspect import signature
from typing import Any

from opentelemetry.metrics import CallbackOptions, Observation, get_meter
from opentelemetry.trace import Tracer, get_tracer

from vwr_middleware.alarms.alarms import Alarms
from vwr_middleware.line.capacity import STATES
from vwr_middleware.panel.alarms import ShownAlarms
from vwr_middleware.panel.figures import GAUGES, SOME_GAUGES
from vwr_middleware.stores import Store
from vwr_middleware.web.http import Pass, Reply, Request
from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.shared_counts import SharedCounts, kind_of
from vwr_middleware.worker.store_access import StoreAccess

_NAME = "vwr_middleware"

Answer = Callable[[Request], Coroutine[Any, Any, Pass | Reply]]
_Found = Iterable[Observation]

#: The trips to a store: its methods, but for those that end it or say what it is.
_TRIPS = frozenset(
    name
    for name in vars(Store)
    if not name.startswith("_") and name not in ("blocking", "patience", "close")
)
#: Those that are about one room, which is named first. Others name addresses, sign-ins and codes.
_OF_ROOMS = frozenset(
    name for name in _TRIPS if "room_name" in signature(getattr(Store, name)).parameters
)


class Tracing:
    """Spans of one site."""

    def __init__(self) -> None:
        self._tracer = get_tracer(_NAME)

    def store(self, store: Store) -> Store:
        """The store, each trip to which is a span."""
        traced: Any = _TracedStore(store, self._tracer)
        found: Store = traced
        return found

    def decisions(self, room_name: str, answer: Answer) -> Answer:
        """The answers of a room's gate where a glance was not enough, each as a span."""
        tracer = self._tracer

        async def traced(request: Request) -> Pass | Reply:
            with tracer.start_as_current_span("vwr.decision") as span:
                verdict = await answer(request)
                span.set_attributes({"vwr.room": room_name, "vwr.decision": kind_of(verdict)})
                return verdict

        return traced

    def observe(self, store_access: StoreAccess, counts: SharedCounts, alarms: Alarms) -> None:
        """Have a site's figures read by whoever exports metrics."""
        figures, meter = (
            _Figures(store_access, counts, ShownAlarms(store_access, alarms)),
            get_meter(_NAME),
        )
        for name, (words, value) in {**GAUGES, **SOME_GAUGES}.items():
            is_known_always = name in GAUGES
            callback = partial(figures.gauge, value, is_known_always)
            meter.create_observable_gauge(f"vwr.room.{name}", [callback], description=words)
        for name, callback_of, words in (
            ("vwr.room.state", figures.states, "1 for the state that the room is in"),
            ("vwr.store.up", figures.store_up, "1 while the store answers this worker"),
            ("vwr.overload", figures.overload, "1 while newcomers are told to come again"),
            ("vwr.alarm", figures.alarms, "1 for each alarm that is on"),
            ("vwr.alarm.deliveries.due", figures.due, "Alarms that are still to be sent"),
        ):
            meter.create_observable_gauge(name, [callback_of], description=words)
        for name, counter_of, words in (
            ("vwr.room.visitors", figures.visitors, "Visitors by outcome, over all generations"),
            ("vwr.store.errors", figures.store_errors, "Store calls that failed or were skipped"),
            ("vwr.foreign_papers", figures.foreign, "Tickets and tokens of another store"),
            ("vwr.sign_ins", figures.sign_ins, "Passwords tried at the panel"),
            ("vwr.decisions", figures.decisions, "Requests to protected paths"),
            (
                "vwr.function_failures",
                figures.failures,
                "Calls of functions of the app that failed",
            ),
            ("vwr.alarm.deliveries", figures.deliveries, "Alarms sent to a receiver, by outcome"),
            ("vwr.decision.count", partial(figures.measured, "costs", True), "Decisions measured"),
            (
                "vwr.decision.seconds",
                partial(figures.measured, "costs", False),
                "Their time, summed",
            ),
            ("vwr.wait.count", partial(figures.measured, "waits", True), "Waits measured"),
            ("vwr.wait.seconds", partial(figures.measured, "waits", False), "Their time, summed"),
        ):
            meter.create_observable_counter(name, [counter_of], description=words)


class _TracedStore:
    """A store as it is, but that each trip is a span. It passes for one of the store's own kind."""

    def __init__(self, store: Store, tracer: Tracer) -> None:
        self.__dict__["_store"], self.__dict__["_tracer"] = store, tracer

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return type(self._store)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.__dict__["_store"], name)
        if name not in _TRIPS:
            return found
        traced = self.__dict__[name] = partial(_trip, self.__dict__["_tracer"], name, found)
        return traced


async def _trip(
    tracer: Tracer, name: str, method: Callable[..., Awaitable[Any]], /, *args: Any, **kwargs: Any
) -> Any:
    with tracer.start_as_current_span(f"vwr.store.{name}") as span:
        if name in _OF_ROOMS:  # and nothing of a visitor
            span.set_attribute("vwr.room", args[0])
        return await method(*args, **kwargs)


class _Figures:
    """What each instrument observes."""

    def __init__(self, store_access: StoreAccess, counts: SharedCounts, shown: ShownAlarms) -> None:
        self._store_access, self._counts, self._shown = store_access, counts, shown

    def _rooms(self) -> Iterator[tuple[str, CurrentRoom]]:
        for name, view in self._store_access.views.items():
            if view.room is not None:
                yield name, view.room

    def gauge(
        self,
        value: Callable[[CurrentRoom], float | None],
        is_known_always: bool,
        options: CallbackOptions,
    ) -> _Found:
        for name, room in self._rooms():
            if (found := value(room)) is not None or is_known_always:
                yield Observation(max(0, found or 0), {"room": name})

    def states(self, options: CallbackOptions) -> _Found:
        for name, room in self._rooms():
            for state in STATES:
                yield Observation(int(room.state == state), {"room": name, "state": state})

    def visitors(self, options: CallbackOptions) -> _Found:
        for name, room in self._rooms():
            for outcome, count in room.snapshot.totals.items():
                yield Observation(count, {"room": name, "outcome": outcome})

    def store_up(self, options: CallbackOptions) -> _Found:
        yield Observation(int(not self._store_access.breaker.is_open and any(self._rooms())))

    def alarms(self, options: CallbackOptions) -> _Found:
        for row in self._shown.on():
            taken_up = "yes" if row["acknowledged_by"] else "no"
            told = {"alarm": row["kind"], "severity": row["severity"], "acknowledged": taken_up}
            yield Observation(1, {"room": row["room"] or "", **told})

    def due(self, options: CallbackOptions) -> _Found:
        rows = self._shown.shared.book.rows
        yield Observation(len(rows["due"]) + len(rows["untold"]))

    def deliveries(self, options: CallbackOptions) -> _Found:
        for outcome in ("sent", "failed"):
            yield Observation(self._shown.shared.book.rows[outcome], {"outcome": outcome})

    # What this worker counts by itself.

    def overload(self, options: CallbackOptions) -> _Found:
        yield Observation(int(self._counts.own()["overload"].get("on", False)))

    def store_errors(self, options: CallbackOptions) -> _Found:
        yield Observation(self._counts.own()["errors"])

    def foreign(self, options: CallbackOptions) -> _Found:
        yield Observation(self._counts.own()["foreign"])

    def sign_ins(self, options: CallbackOptions) -> _Found:
        posted = self._counts.own()["sign_ins"]
        for outcome in ("right", "wrong", "early"):
            yield Observation(posted.get(outcome, 0), {"outcome": outcome})

    def _own_rooms(self) -> Iterable[tuple[str, Mapping[str, Any]]]:
        rooms: Mapping[str, Mapping[str, Any]] = self._counts.own()["rooms"]
        return rooms.items()

    def decisions(self, options: CallbackOptions) -> _Found:
        for room, counts in self._own_rooms():
            for kind, count in counts["decisions"].items():
                yield Observation(count, {"room": room, "kind": kind})

    def failures(self, options: CallbackOptions) -> _Found:
        for room, counts in self._own_rooms():
            for function, count in counts["failed"].items():
                yield Observation(count, {"room": room, "function": function})

    def measured(self, what: str, is_count: bool, options: CallbackOptions) -> _Found:
        for room, counts in self._own_rooms():
            _, each, total = counts[what]
            yield Observation(sum(each) if is_count else total, {"room": room})
