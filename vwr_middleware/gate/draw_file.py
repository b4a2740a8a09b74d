"""A room's address /vwr/<room>/draw.json: what is published of its draw, so that anybody can check
it. Before the draw that is how many have registered, and what the seed is committed to.

The same for everybody, so caches may keep it.
"""

import hashlib
import json

from vwr_middleware.draw.record import DrawRecord
from vwr_middleware.gate.room_context import RoomContext
from vwr_middleware.gate.small_pages import not_there, unserved
from vwr_middleware.line.constants import NO_DRAW
from vwr_middleware.line.drawn_lanes import drawn_lanes
from vwr_middleware.web.http import Reply, Request
from vwr_middleware.web.replies import JSON, NO_SNIFF
from vwr_middleware.worker.beacon_asking import source_of
from vwr_middleware.worker.current_room import CurrentRoom

#: The address, below the room's own.
NAME = "draw.json"
#: Seconds for which a browser or a cache in front keeps it, before the draw and after.
KEPT_BEFORE, KEPT = 1, 60


class DrawFile:
    """What is published of one room's draws."""

    def __init__(self, room_context: RoomContext) -> None:
        self._room_context, self._view = room_context, room_context.view
        self._settings, self._pages = room_context.settings, room_context.replies.pages
        self._drawn_tickets = room_context.papers.drawn_tickets
        self._made: tuple[DrawRecord, bytes] | None = None

    async def file(self, request: Request) -> Reply:
        """The file, or why there is none."""
        room = await self._room_context.store_access.fresh(self._view)
        if room is None:
            text = "the draw is not known at the moment: try again in a moment"
            return unserved(request, self._settings, self._pages, 503, text)
        if room.snapshot.draw == NO_DRAW:
            text = "this room has no draw: nothing is published"
            return not_there(request, self._settings, self._pages, text)
        record = self.before(room) if room.registers else self.after(room)
        body = self._body(record)
        headers = self._headers(request, body, KEPT if record.is_drawn else KEPT_BEFORE)
        if dict(headers)["ETag"] in request.header("if-none-match"):
            return Reply(304, b"", headers[1:])
        return Reply(200, body, headers)

    def before(self, room: CurrentRoom) -> DrawRecord:
        """What may be known while people register: nothing of the seed, nor of the beacon."""
        commitment = room.snapshot.draw_told.partition(":")[0]
        return DrawRecord(
            room_name=self._view.name,
            generation=room.generation,
            count=room.registered if self._settings.public_numbers else None,
            lanes=room.registered_lanes,
            commitment=commitment or self._drawn_tickets.told(room.room_id, room.generation),
            beacon_source=source_of(self._view.settings, room.rules),
            at=room.rules.get("opens_at"),
        )

    def after(self, room: CurrentRoom) -> DrawRecord:
        """All that decides the order. The count is public now, whatever `public_numbers` says:
        without it nobody could check anything."""
        snapshot = room.snapshot
        seed, commitment, beacon = self._drawn_tickets.opened(snapshot)
        return DrawRecord(
            room_name=self._view.name,
            generation=room.generation - 1,
            count=snapshot.drawn,
            lanes=drawn_lanes(snapshot.draw_lanes) if snapshot.draw_lanes else None,
            commitment=commitment,
            seed=seed.hex(),
            beacon_source=source_of(self._view.settings, room.rules, beacon),
            beacon=beacon,
            at=snapshot.drawn_at or None,  # of a room that was restored it may not be known
        )

    def _body(self, record: DrawRecord) -> bytes:
        if self._made is None or self._made[0] != record:
            self._made = record, json.dumps(record.as_json()).encode()
        return self._made[1]

    def _headers(self, request: Request, body: bytes, kept: int) -> tuple[tuple[str, str], ...]:
        """In all answers the same, or a cache would give one without CORS headers to others."""
        cors = tuple(pair for pair in self._room_context.replies.cors(request) if pair[0] != "Vary")
        vary = (("Vary", "Origin"),) if self._settings.cors_origins else ()
        tag = f'"{hashlib.blake2b(body, digest_size=9).hexdigest()}"'
        caching = ("Cache-Control", f"public, max-age={kept}"), ("ETag", tag)
        return (JSON, *caching, NO_SNIFF, ("X-Robots-Tag", "noindex"), *vary, *cors)
