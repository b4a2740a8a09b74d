"""A request's body on its way to the wrapped app, as ASGI messages."""

from vwr_middleware.asgi.request import Message, Receive
from vwr_middleware.web.session import Measured


class Incoming:
    """The body of a request whose answer is measured: the time that the app waits for it does not
    count. The app gets `take` for `receive`."""

    __slots__ = ("_is_read", "_measured", "_receive", "_waiting")

    def __init__(self, measured: Measured, receive: Receive) -> None:
        self._measured, self._receive, self._is_read = measured, receive, False
        self._waiting = 0  # tasks of the app: one may look for a hang-up while another reads

    async def take(self) -> Message:
        """Take a message in."""
        if self._is_read:  # then the app only waits for the visitor to hang up
            return await self._receive()
        self._waiting += 1
        if self._waiting == 1:
            self._measured.waits()
        try:
            message = await self._receive()
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._measured.goes_on()
        self._is_read = not message.get("more_body", False)
        if message["type"] == "http.disconnect":  # many apps fail then, by which is nothing wrong
            self._measured.responded(0)
        return message
