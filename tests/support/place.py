"""A site whose one room looks as a test wants it, and the place of somebody in it."""

from dataclasses import replace
from typing import Any

from tests.support.asgi import NAVIGATION
from tests.support.clock import Clock
from tests.support.house import SECRET
from tests.support.requests import PlainRequest
from vwr_middleware.blocking import finish
from vwr_middleware.papers.tickets import Ticket
from vwr_middleware.settings import Settings
from vwr_middleware.site.routing import Site
from vwr_middleware.stores.memory.store import MemoryStore
from vwr_middleware.web.http import Pass, Reply
from vwr_middleware.web.replies import Ready
from vwr_middleware.worker.current_room import CurrentRoom


class Place:
    """A site whose one room looks as a test wants it, and somebody's place in it."""

    def __init__(self, **settings: Any) -> None:
        self.clock = Clock()
        options = {"secret_key": SECRET, "store": "memory://", "paths": ["/tickets"]}
        self.site = Site(
            Settings(**options | settings), MemoryStore(self.clock), self.clock, self.clock
        )
        self.gate = self.site.gates["main"]

    def reads(self, **changes: Any) -> CurrentRoom:
        """The worker reads the room anew, and finds it so."""
        room = finish(self.gate.store_access.newest(self.gate.view))
        assert room is not None
        room.snapshot = replace(room.snapshot, **changes)
        for name in room.__slots__:
            if name in changes:
                setattr(room, name, changes[name])
        return room

    def request(self, path: str, position: int, **more: Any) -> PlainRequest:
        """Somebody in line asks."""
        room = self.gate.view.room
        assert room is not None
        ticket = Ticket(room.room_id, room.generation, position, int(room.now))
        headers = {
            **NAVIGATION,
            "host": "shop.example",
            "cookie": f"a=b; vwr_main={self.gate.papers.tickets.sign(ticket)}",
            **more.pop("headers", {}),
        }
        return PlainRequest(path, headers, raw_path=path, **more)

    def glance(self, request: PlainRequest) -> Pass | Reply | None:
        """The answer at a glance."""
        return self.site.way(request).glance(request)

    def answer(self, request: PlainRequest) -> Pass | Reply:
        """The answer to a closer look."""
        return finish(self.site.way(request).answer(request))

    def both_ways(self, request: PlainRequest) -> tuple[Reply, Reply]:
        """What the short way says, and what the long way says."""
        short, long = self.glance(request), self.answer(request)
        assert isinstance(short, Ready)
        assert isinstance(long, Reply)
        assert not isinstance(long, Ready)
        return short, long
