"""A room as a service of its own, in this process: an app that is none, and doors behind one port.

Each test has a room with a clock of its own, while the proxies in front are started once. So a
header tells which room is meant; proxies pass it on, as they pass all headers.
"""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx
import uvicorn

from tests.support.in_time import in_time

T = TypeVar("T")
DOOR = "x-test-door"


async def nothing_here(scope: Any, receive: Any, send: Any) -> None:
    """What stands behind the room where the app is elsewhere."""
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b"there is no page here"})


@dataclass
class RoomService:
    """Serves the rooms of all doors that are open."""

    url: str = ""
    rooms: dict[str, Any] = field(default_factory=dict)
    loop: asyncio.AbstractEventLoop | None = None
    asked: list[str] = field(default_factory=list)  # the paths, in order

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.loop = asyncio.get_running_loop()
        self.asked.append(scope["path"])
        door = dict(scope["headers"]).get(DOOR.encode(), b"").decode()
        await self.rooms.get(door, nothing_here)(scope, receive, send)

    def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run something where the rooms are."""
        if self.loop is None:
            httpx.get(self.url)
        assert self.loop is not None

        async def done() -> T:
            return await work()

        return asyncio.run_coroutine_threadsafe(done(), self.loop).result(30)


@contextmanager
def room_service() -> Iterator[RoomService]:
    """Serve on a free port."""
    service = RoomService()
    with socket.create_server(("127.0.0.1", 0), backlog=200) as listening:
        config = uvicorn.Config(
            service, log_config=None, access_log=False, lifespan="off", proxy_headers=False
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=[[listening.dup()]])
        thread.start()
        try:
            assert in_time(lambda: server.started, 60, pause=0.01)
            service.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
            yield service
        finally:
            server.should_exit = True
            thread.join()
