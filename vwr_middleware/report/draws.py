"""The draws of a time, each with its proof, and whether that verifies.

What was told of the seed before a draw stands in the audit log, and the seed itself follows from
the secret key. So a draw can be proven also when another line has begun since, and what was
published of it is gone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from vwr_middleware.draw.record import DrawRecord, NotVerified, read_record
from vwr_middleware.draw.seed import Seeds
from vwr_middleware.line.constants import DRAWN
from vwr_middleware.line.drawn_lanes import drawn_lanes
from vwr_middleware.settings import RoomSettings
from vwr_middleware.worker.beacon_asking import source_of
from vwr_middleware.worker.current_room import CurrentRoom

NOT_MADE = "the draw is still to be made"
NO_KEY = "the secret key, from which the seed follows, is not known here"
OF_ANOTHER = "it was the draw of another line, which was here before this one was restored"
UNTOLD = "no worker had told a fingerprint before the draw"


@dataclass(frozen=True, slots=True)
class DrawSources:
    """What is known here of the draws of one room."""

    room: CurrentRoom
    room_settings: RoomSettings
    seeds: Seeds | None  # None: the secret key is not known here
    prefix: str  # of the room's own addresses; "": it is not known here

    @property
    def file(self) -> str:
        """Where the last draw is published."""
        name = f"{self.room_settings.name}/draw.json"
        return f"{self.prefix}/{name}" if self.prefix else name


def draws_of(
    sources: DrawSources, audit: Iterable[Mapping[str, Any]], begin: float, end: float
) -> list[dict[str, Any]]:
    """The draws that were made in this time, the earliest first, and the one that is to come."""
    rows = [row for row in audit if row["what"] == "draw" and begin <= row["time"] <= end]
    found = [_made(sources, row) for row in sorted(rows, key=lambda row: float(row["time"]))]
    room = sources.room
    if room.registers and begin <= room.now <= end + 1:
        found.append(_to_come(sources))
    return found


def _made(sources: DrawSources, row: Mapping[str, Any]) -> dict[str, Any]:
    """A draw, by its row of the audit log: the generation of those who registered and what was told
    of the seed, and how many they were."""
    before, room = row["from"], sources.room
    generation = int(before["generation"])
    is_last = room.snapshot.draw >= DRAWN and generation == room.generation - 1
    told = room.snapshot.draw_told if is_last else str(before["told"])
    lanes = room.snapshot.draw_lanes if is_last else str(before.get("lanes") or "")
    commitment, _, beacon = told.partition(":")
    value = bytes.fromhex(beacon).decode() if beacon else None
    record = DrawRecord(
        room_name=sources.room_settings.name,
        generation=generation,
        count=int(row["to"]),
        lanes=drawn_lanes(lanes) if lanes else None,
        commitment=commitment,
        beacon_source=source_of(sources.room_settings, room.rules, value),
        beacon=value,
        at=room.snapshot.drawn_at if is_last else row["time"],
    )
    seed = _seed(sources, generation, commitment)
    proof = replace(record, seed=seed).as_json()
    return {
        "at": record.at,
        "is_made": True,
        "count": record.count,
        **_verdict(sources, record, seed),
        "file": sources.file if is_last else None,
        "proof": proof,
    }


def _seed(sources: DrawSources, generation: int, commitment: str) -> str:
    """The seed that was committed to; else, as it is published, that of the newest secret. "": it
    is not known here, or would be that of a draw to come: after a restore, rows tell of other rooms
    whose generations had the same numbers."""
    room = sources.room
    if sources.seeds is None:
        return ""
    found = sources.seeds.committed(room.room_id, generation, commitment) if commitment else None
    if found is None and generation >= room.generation:
        return ""
    return (found or sources.seeds.seed(room.room_id, generation)).hex()


def _verdict(sources: DrawSources, record: DrawRecord, seed: str) -> dict[str, Any]:
    if not seed:
        return {"verifies": None, "why": OF_ANOTHER if sources.seeds else NO_KEY}
    if not record.commitment:
        return {"verifies": None, "why": UNTOLD}
    try:
        read_record(replace(record, seed=seed).as_json())
    except NotVerified as error:
        return {"verifies": False, "why": str(error)}
    return {"verifies": True, "why": ""}


def _to_come(sources: DrawSources) -> dict[str, Any]:
    room, seeds = sources.room, sources.seeds
    commitment = room.snapshot.draw_told.partition(":")[0]
    if seeds and not commitment:
        commitment = seeds.commitment(room.room_id, room.generation)
    record = DrawRecord(
        room_name=sources.room_settings.name,
        generation=room.generation,
        count=room.registered,
        lanes=room.registered_lanes,
        commitment=commitment,
        beacon_source=source_of(sources.room_settings, room.rules),
        at=room.rules.get("opens_at"),
    )
    told = {"is_made": False, "count": room.registered, "verifies": None, "why": NOT_MADE}
    return {"at": record.at, **told, "file": sources.file, "proof": record.as_json()}
