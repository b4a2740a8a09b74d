"""WebSockets that are closed when their session is over, where the room is set so."""

import asyncio
import logging
from asyncio import AbstractEventLoop, Future, Task
from contextlib import suppress
from typing import Any

from vwr_middleware.asgi.request import App, Message, Receive, Scope, Send
from vwr_middleware.web.session import Watch

#: The code with which such a WebSocket is closed: of the range for applications, after HTTP's 401.
SESSION_IS_OVER = 4401
#: Seconds between two looks at all open WebSockets.
EVERY = 1.0

log = logging.getLogger("vwr_middleware")


class Socket:
    """One open WebSocket. The app gets `take` for `receive`, and `hand_on` for `send`."""

    def __init__(self, watch: Watch, receive: Receive, send: Send) -> None:
        self.watch = watch
        self._receive, self._send = receive, send
        self._coming: Future[Message] | None = None
        self._loop = asyncio.get_running_loop()
        self._closing: Task[None] | None = None
        #: Done once we close it.
        self.over: Future[None] = self._loop.create_future()

    async def take(self) -> Message:
        """Take a message in. The app may give up waiting, and nothing is lost."""
        if self._coming is None:
            self._coming = asyncio.ensure_future(self._receive())
        either: set[Future[Any]] = {self._coming, self.over}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if self.over.done():
            return {"type": "websocket.disconnect", "code": SESSION_IS_OVER}
        coming, self._coming = self._coming, None
        return coming.result()

    async def hand_on(self, message: Message) -> None:
        """Hand a message on. After the end it fails, as servers do whose visitor is gone: an app
        that only sends hears of the end by nothing else, and would go on for ever."""
        if not self.over.done():
            await self._send(message)
        elif message["type"] != "websocket.close":
            raise OSError("this WebSocket is closed: its session is over")

    def close(self) -> None:
        """Let the app know, and begin to close it: a server may wait long for the other side."""
        self.over.set_result(None)
        self._closing = self._loop.create_task(self._close())

    async def _close(self) -> None:
        message = {"type": "websocket.close", "code": SESSION_IS_OVER, "reason": "session over"}
        with suppress(Exception):  # the connection may be lost
            await self._send(message)

    async def leave(self) -> None:
        """The app is done with it."""
        if self._coming is not None:
            self._coming.cancel()
        if self._closing is not None:
            await self._closing


class Sockets:
    """The open WebSockets of one process. One task looks after all: timers for each would cost."""

    def __init__(self) -> None:
        self._open: set[Socket] = set()
        self._task: Task[None] | None = None

    async def run(self, app: App, scope: Scope, watch: Watch, receive: Receive, send: Send) -> None:
        """The wrapped app, with a WebSocket that ends with its session."""
        socket = Socket(watch, receive, send)
        self._open.add(socket)
        self._look_after(asyncio.get_running_loop())
        try:
            await app(scope, socket.take, socket.hand_on)
        except Exception:
            if not socket.over.done():  # else it failed since it could not go on
                raise
        finally:
            self._open.discard(socket)
            if not self._open and self._task is not None:
                self._task.cancel()
                self._task = None
            await socket.leave()

    def _look_after(self, loop: AbstractEventLoop) -> None:
        if self._task is None or self._task.done() or self._task.get_loop() is not loop:
            self._task = loop.create_task(self._go_round())

    async def _go_round(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            for socket in tuple(self._open):
                try:
                    is_over = not socket.over.done() and await socket.watch.is_over()
                    if is_over and socket in self._open:  # the app may be done with it meanwhile
                        socket.close()
                except Exception:  # the others are looked after
                    log.exception("the session of a WebSocket could not be checked")
