"""A room as one worker knows it by now: its latest snapshot, and the store's answers since then."""

from collections.abc import Mapping
from dataclasses import replace

from vwr_middleware.line.constants import REGISTERING
from vwr_middleware.line.drawn_lanes import DrawnLanes, drawn_lanes
from vwr_middleware.line.lanes import JOINED, TAIL, count_of, lane_of, remembered, taken
from vwr_middleware.line.messages import Belonging, Paper, Snapshot
from vwr_middleware.worker.stock_buyers import Sales

#: Readings for which what was worked out of them is kept: there are rarely as many rooms.
ROOMS_KEPT = 128


class CurrentRoom:
    """What a worker goes by until it reads the room again.

    `snapshot` is the reading, which never changes. Beside it stand the numbers that move before the
    next reading, since this worker hears of joins, claims and ends: `RoomView.learn` moves the
    counters and the state, `FreeSlots` moves what is free and who is at the door. Nobody else
    changes anything here.
    """

    __slots__ = (
        "active",
        "counted",
        "door",
        "door_size",
        "free",
        "generation",
        "horizon",
        "lanes",
        "limit",
        "mode",
        "now",
        "queue",
        "registers",
        "renew_below",
        "room_id",
        "rules",
        "sales",
        "serving",
        "snapshot",
        "spaced",
        "state",
        "tokens",
    )

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        # Copied, since each request asks for some of it.
        self.now, self.room_id, self.generation = (
            snapshot.now,
            snapshot.room_id,
            snapshot.generation,
        )
        self.sales: tuple[Sales, ...] = ()  # see stock_buyers.py
        self.mode, self.rules, self.limit = snapshot.mode, snapshot.rules, snapshot.limit
        self.registers = snapshot.draw == REGISTERING  # for a draw
        self.horizon, self.renew_below = snapshot.horizon, snapshot.renew_below
        self.spaced = 0.0  # how far polls from far back are spaced out: see poll_spacing.py
        # What moves.
        self.queue, self.serving, self.state = snapshot.queue, snapshot.serving, snapshot.state
        self.free, self.active, self.tokens = snapshot.free, snapshot.active, snapshot.tokens
        self.door, self.door_size = list(snapshot.door), snapshot.door_size
        self.lanes: Mapping[str, list[int]] = snapshot.lanes
        self.counted: tuple[Mapping[str, list[int]] | None, int] = (None, 0)  # who has registered

    @property
    def waiting(self) -> int:
        """The waiting room size: how many are in line and not called."""
        if layout := self.snapshot.layout:
            return taken(layout, self.lanes, self.serving, self.queue)
        return max(0, self.queue - self.serving - self.snapshot.skipped)

    @property
    def registered(self) -> int:
        """How many are registered for the draw, or were drawn."""
        if not self.registers:
            return self.snapshot.drawn
        if not self.snapshot.layout:
            return self.queue
        lanes, count = self.counted
        if lanes is not self.lanes:  # asked for with each poll
            count = self.waiting
            self.counted = self.lanes, count
        return count

    @property
    def registered_lanes(self) -> DrawnLanes | None:
        """The lanes in which they are registered, as they would be drawn now."""
        layout = self.snapshot.layout
        if not layout:
            return None
        last = layout.split(";")[-1].partition("/")[2]
        return DrawnLanes(f"{remembered(layout, self.lanes)}|0/{last}")

    def registered_in(self, lane: str) -> int:
        """How many are registered in a lane, or were drawn there."""
        if self.registers:
            return count_of(self.snapshot.layout, lane, 0, (self.lanes.get(lane) or [0])[TAIL])
        lanes = self.snapshot.draw_lanes
        return drawn_lanes(lanes).counts.get(lane, 0) if lanes else self.snapshot.drawn

    def note_joined(self, position: int) -> None:
        """Somebody has this position, in whichever lane it is."""
        lane = lane_of(self.snapshot.layout, position)
        row = self.lanes.get(lane) or [0, 0, 0]
        if position > row[TAIL]:
            self.lanes = {**self.lanes, lane: [position, *row[JOINED:]]}

    @property
    def wall(self) -> float:
        """The wall-clock time of the reading, by which rooms open and close."""
        return self.snapshot.wall

    def is_of_room(self, paper: Paper) -> bool:
        """Whether a paper is of this room, whatever its generation."""
        return paper.room_id == self.room_id

    def belonging(self, paper: Paper) -> Belonging:
        """Where a paper belongs."""
        if paper.room_id != self.room_id:
            return "replaced" if paper.room_id in self.snapshot.replaced else "foreign"
        if paper.generation == self.generation:
            return "here"
        return "later" if paper.generation > self.generation else "earlier"

    def as_snapshot(self) -> Snapshot:
        """What the store would say now, as far as this worker knows: for inlet strategies."""
        return replace(
            self.snapshot,
            queue=self.queue,
            serving=self.serving,
            state=self.state,
            free=self.free,
            active=self.active,
            tokens=self.tokens,
            door=list(self.door),
            door_size=self.door_size,
        )
