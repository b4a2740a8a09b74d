"""Servers that say nothing, or say it late."""

import asyncio
import socket
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager


@contextmanager
def silent_server() -> Iterator[int]:
    """It takes connections and never answers; yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@asynccontextmanager
async def way_to(
    ports: list[int], late: float = 0, *, first_only: bool = False
) -> AsyncIterator[int]:
    """A port that leads to the first of these servers, for each connection as it is by then.

    The server's answers, or only the first of each connection, come so many seconds late.
    """
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        there, to_there = await asyncio.open_connection("127.0.0.1", ports[0])
        tasks.add(asyncio.create_task(_carry(reader, to_there, 0, 0)))
        tasks.add(asyncio.create_task(_carry(there, writer, late, 0 if first_only else late)))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _carry(reader: StreamReader, writer: StreamWriter, first: float, then: float) -> None:
    try:
        pause = first
        while part := await reader.read(65_536):
            await asyncio.sleep(pause)
            pause = then
            writer.write(part)
    finally:
        writer.close()
