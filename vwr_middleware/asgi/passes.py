"""A response that may have to bring our cookies, as ASGI messages: see `Passes`."""

from collections.abc import Awaitable

from vwr_middleware.asgi.let_through import STARTS, amended, is_end
from vwr_middleware.asgi.replies import closing_headers, drained
from vwr_middleware.asgi.request import AsgiRequest, Message, Receive, Send
from vwr_middleware.web.app_response import Passes
from vwr_middleware.web.http import Pass


class WatchedPasses(Passes):
    """The passes of a request. The app gets `take` for `receive`, and `hand_on` for `send`."""

    __slots__ = ("_is_read", "_receive", "_refused", "_send")

    def __init__(self, receive: Receive, send: Send, *passes: Pass) -> None:
        super().__init__(*passes)
        self._receive, self._send = receive, send
        self._is_read = False  # the body, to its end
        self._refused: AsgiRequest | None = None

    def refuse_body(self, request: AsgiRequest) -> None:
        """A decorated view's room has stopped the request: the rest of its body is not needed."""
        self._refused = request

    async def take(self) -> Message:
        """Take a message in."""
        message = await self._receive()
        self._is_read = not message.get("more_body", False)
        return message

    def hand_on(self, message: Message) -> Awaitable[None]:
        """Hand a message on."""
        if message["type"] in STARTS:
            self.is_sent = True
            return self._send(self._amended(message))
        if (self or self._refused) and is_end(message):
            # Now, and not when the app returns: its background tasks may take long.
            return self._send_and_settle(message)
        return self._send(message)

    def _amended(self, message: Message) -> Message:
        message = self.answered(message.get("status", 101), message, amended)
        if self._refused and not self._is_read:
            headers = message.get("headers") or ()
            message = {**message, "headers": [*headers, *closing_headers(self._refused)]}
        return message

    async def _send_and_settle(self, message: Message) -> None:
        self.finished()
        if self._refused and not self._is_read:
            message = await drained(message, self._refused, self._receive, self._send)
        await self._send(message)
        await self.done()
