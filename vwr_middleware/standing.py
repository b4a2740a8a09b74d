"""Where a visitor stands, from what this worker knows: for the page, and as JSON."""

from dataclasses import dataclass
from typing import Any

from vwr_middleware import intervals
from vwr_middleware.estimates import wait_range
from vwr_middleware.line.answers import Snapshot
from vwr_middleware.line.constants import NEAR_MOST
from vwr_middleware.settings import Settings
from vwr_middleware.worker import RoomView


@dataclass(frozen=True, slots=True)
class Standing:
    """A visitor's own answer; `you` is a word such as waiting, next or may_enter."""

    you: str
    position: int | None = None
    ahead: int | None = None
    wait: tuple[int, int] | None = None  # seconds, low and high; None: not known yet
    claim_by: float | None = None  # store time
    retry_after: float = NEAR_MOST  # seconds
    watch: str = "position"  # or "status": far back, poll the public status
    store_down: bool = False
    full: bool = False

    @property
    def may_enter(self) -> bool:
        """Whether the page or client is to come now."""
        return self.you == "may_enter"


def waiting(room: Snapshot, position: int, now: float) -> Standing:
    """Somebody in line who was not called yet."""
    is_far = position > intervals.near_edge(room)
    interval = intervals.far if is_far else intervals.near
    return Standing(
        "waiting",
        position,
        max(0, position - room.serving - 1),
        wait_range(room, position),
        retry_after=interval(room, position, now),
        watch="status" if is_far else "position",
    )


def called(room: Snapshot, position: int, you: str = "next") -> Standing:
    """Somebody whose turn has come: `next` while no slot is free, `may_enter` when one is."""
    return Standing(
        you,
        position,
        0,
        (0, 0) if you == "may_enter" else None,
        claim_by=claim_by(room, position),
        retry_after=intervals.door(room, position),
    )


def claim_by(room: Snapshot, position: int) -> float | None:
    """Until when the turn of a called position is held: `claim_within` after its call."""
    within = float(room.rules["claim_within"])
    for moment, serving in room.serving_log:
        if serving >= position:
            return moment + within
    return room.now + within if position <= room.serving else None


def public_status(view: RoomView, settings: Settings) -> dict[str, Any]:
    """What everybody may know: a function of the snapshot alone, so that a cache may keep it."""
    room = view.snapshot
    if room is None:
        return {"room": view.name, "state": "queueing", "store": "down"}
    status: dict[str, Any] = {
        "room": view.name,
        "state": room.state,
        "generation": room.generation,
        "serving": room.serving,
        "waiting": room.waiting,
        "horizon": intervals.near_edge(room),
        "poll": {
            "near": round(intervals.near(room, room.serving + 1, room.now), 1),
            "far": round(intervals.far(room, room.queue, room.now), 1),
        },
        "opens_at": room.rules.get("opens_at"),
        "message": room.rules.get("message") or "",
        "server_time": round(room.now, 1),
    }
    if settings.public_numbers:
        status["issued"] = room.queue
        status["admitted_per_minute"] = round(room.flow * 60, 1)
    return status


def as_json(view: RoomView, settings: Settings, standing: Standing) -> dict[str, Any]:
    """The public status, and the visitor's own standing."""
    low_high = standing.wait
    return public_status(view, settings) | {
        "you": standing.you,
        "position": standing.position,
        "ahead": standing.ahead,
        "may_enter": standing.may_enter,
        "wait_seconds": None if low_high is None else {"low": low_high[0], "high": low_high[1]},
        "claim_by": standing.claim_by,
        "retry_after": round(standing.retry_after, 1),
        "watch": standing.watch,
    }
