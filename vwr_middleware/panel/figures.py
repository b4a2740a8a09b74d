"""The numbers of a room that metrics tell, whoever reads them: Prometheus or OpenTelemetry."""

from collections.abc import Callable
from operator import attrgetter

from vwr_middleware.panel.openings import opens_in
from vwr_middleware.panel.planned import plans_in
from vwr_middleware.panel.report import longest_wait, record
from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.stock_odds import TENTHS, left_now, odds_of

#: The gauges of a room, each with its words and its value by a snapshot (None stands for 0).
GAUGES: dict[str, tuple[str, Callable[[CurrentRoom], float | None]]] = {
    "waiting": ("People in line: queue counter less serving counter", attrgetter("waiting")),
    "called": (
        "People called who have not entered yet and may still come",
        attrgetter("snapshot.called"),
    ),
    "active": ("Sessions running now", attrgetter("active")),
    "limit": ("The limit on sessions in force", attrgetter("limit")),
    "serving": ("The serving counter", attrgetter("serving")),
    "queue": ("The queue counter", attrgetter("queue")),
    "generation": ("The room's generation: one more after each reset", attrgetter("generation")),
    "admissions_per_minute": (
        "Admissions per minute, an average that decays to a third within a minute",
        lambda room: room.snapshot.flow * 60,
    ),
    "longest_wait_seconds": (
        "How long the longest-waiting person in line has waited so far",
        longest_wait,
    ),
    "longest_waited_seconds": (
        "The longest wait of those who entered in the last ten minutes",
        lambda room: round(room.snapshot.waited),
    ),
    "ranges_settled": (
        "Wait ranges that people were told, whose end came in the last 24 hours",
        lambda room: room.snapshot.record[0],
    ),
    "ranges_held": (
        "Those of them within which the visitor went in",
        lambda room: room.snapshot.record[1],
    ),
    "planned_changes": (
        "Changes of settings that are planned for a time ahead",
        lambda room: len(plans_in(room)),
    ),
    "estimates_off": (
        "1 while lately too few of these ranges hold",
        lambda room: float(record(room)["is_off"]),
    ),
}
#: The same, of rooms in which something is known of it.
SOME_GAUGES: dict[str, tuple[str, Callable[[CurrentRoom], float | None]]] = {
    "opens_in_seconds": ("How long it is until the next opening", opens_in),
    "stock_left": ("What is left to sell, as far as it is known", lambda r: left_now(r.snapshot)),
    "stock_age_seconds": (
        "How long ago that was said",
        lambda room: room.now - room.snapshot.stock_at if room.snapshot.stock_at else None,
    ),
    "stock_chance_at_end": (
        "The chance that something is left for the last in line, in tenths of 1",
        lambda room: odds.tenths / TENTHS if (odds := odds_of(room, room.queue)) else None,
    ),
}
