"""What one worker knows of a room's draw: by its latest reading, and by tickets that people bring.

A ticket of somebody who comes after the draw says how many were drawn. So even if the store has
lost the draw, and with it every worker that had read of it, the next one counts as many. In a room
with lanes a ticket says it of the lane of its position.
"""

from dataclasses import dataclass, field
from typing import Any

from vwr_middleware.line.constants import DRAWN, STRIDE
from vwr_middleware.line.drawn_lanes import drawn_lanes
from vwr_middleware.worker.current_room import CurrentRoom


@dataclass(slots=True)
class KnownDraw:
    """What tickets of the latest generation tell of its draw."""

    generation: int = 0
    #: How many were drawn, by where the position is among those of a hundred: lanes repeat so.
    told: dict[int, int] = field(default_factory=dict)

    def note(self, generation: int, position: int, drawn: int) -> None:
        """Note what a ticket says."""
        if generation > self.generation:
            self.generation, self.told = generation, {}
        if generation == self.generation:
            at = position % STRIDE
            self.told[at] = max(drawn, self.told.get(at, 0))

    def seen(self, room: CurrentRoom, generation: int) -> dict[str, Any]:
        """What is known of the draw of a generation, as fields of a `Seen`."""
        told = self.told if self.generation == generation else {}
        drawn = max(told.values(), default=0)
        if generation != room.generation:
            return {"draw": DRAWN, "drawn": drawn} if drawn else {}
        snapshot = room.snapshot
        if not snapshot.draw:
            return {}
        if snapshot.draw_lanes:
            lanes = self._lanes(snapshot.draw_lanes) if told else snapshot.draw_lanes
            drawn = drawn_lanes(lanes).count
        else:
            lanes, drawn = "", max(snapshot.drawn, drawn)
        return {
            **{"draw": snapshot.draw, "drawn": drawn, "drawn_at": snapshot.drawn_at},
            **{"draw_told": snapshot.draw_told, "draw_lanes": lanes},
        }

    def _lanes(self, word: str) -> str:
        lanes, counts = drawn_lanes(word), dict[str, int]()
        for at, drawn in self.told.items():
            lane, _ = lanes.by_shares(at or STRIDE)
            counts[lane] = max(drawn, counts.get(lane, 0))
        return lanes.with_counts(counts)


def waits_to_read(room: CurrentRoom, generation: int) -> bool:
    """Whether a ticket of a later generation tells too little of it: the people who register here
    in lanes were drawn since, and how many of each lane only the store can tell."""
    return room.registers and bool(room.snapshot.layout) and generation == room.generation + 1
