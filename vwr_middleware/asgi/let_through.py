"""A request that is let through, as ASGI messages: its body on the way to the app, and the app's
response on the way to the server, which may have to bring our cookies.
"""

from collections.abc import Awaitable

from vwr_middleware.asgi.replies import closing_headers, drained
from vwr_middleware.asgi.request import AsgiRequest, Message, Receive, Send
from vwr_middleware.web.app_response import Passes, amend, ends_session
from vwr_middleware.web.http import Pass
from vwr_middleware.web.session import Measured, Session

#: The messages that begin a response, or accept or refuse a WebSocket.
STARTS = frozenset({"http.response.start", "websocket.accept", "websocket.http.response.start"})
_ENDS = frozenset({"http.response.pathsend", "http.response.zerocopysend"})


class Outgoing:
    """The response to a visitor who is inside. Unknown messages pass unchanged.

    The app gets `hand_on` for `send`. Each message to each admitted visitor passes here, so it is
    no coroutine of its own: it returns what the server's `send` returns. A second coroutine would
    take twice as long, and so would an object with `__call__`.
    """

    __slots__ = ("_adds", "_send", "_session", "is_finished")

    def __init__(self, session: Session, send: Send, verdict: Pass | None = None) -> None:
        self._session, self._send = session, send
        #: The verdict, if it adds headers to the response.
        self._adds = verdict if verdict and (verdict.cookies or verdict.extra_headers) else None
        self.is_finished = False

    def hand_on(self, message: Message) -> Awaitable[None]:
        """Hand a message on."""
        kind = message["type"]
        if kind in STARTS:
            session, headers = self._session, message.get("headers")
            if session.measured is not None:
                session.measured.responded(message.get("status", 101))
            if self._adds is not None or not isinstance(headers, list) or ends_session(headers):
                message = self._amended(message)
        elif not self.is_finished and (  # `is_end`, written out
            kind in _ENDS if kind != "http.response.body" else not message.get("more_body")
        ):
            # Now, and not when the app returns: its background tasks may take long.
            self.is_finished = True
            session = self._session
            session.keeper.finished(session)
            if session.has_ended:
                return self._send_and_settle(message)
        return self._send(message)

    async def done(self) -> None:
        """The app has returned, or failed."""
        session = self._session
        if not self.is_finished:
            session.keeper.finished(session)
        if session.has_ended:
            await session.keeper.settle(session)

    async def _send_and_settle(self, message: Message) -> None:
        await self._send(message)
        await self._session.keeper.settle(self._session)

    def _amended(self, message: Message) -> Message:
        """The head of a response to which headers are added, or that may end the session."""
        headers = list(message.get("headers") or ())  # it may be an iterator
        message = {**message, "headers": headers}
        if self._adds is None and not ends_session(headers):
            return message
        return amended(self._adds or Pass(self._session), message)


def is_end(message: Message) -> bool:
    """Whether a response ends with this message."""
    kind = message["type"]
    return kind in _ENDS if kind != "http.response.body" else not message.get("more_body")


def amended(verdict: Pass, message: Message) -> Message:
    """The head of a response as the verdict wants it."""
    lowered = [(name.lower(), value) for name, value in message.get("headers") or ()]
    return {**message, "headers": amend(verdict, lowered)}


# A response that may have to bring our cookies, as ASGI messages: see `Passes`.


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


# A request's body on its way to the wrapped app, as ASGI messages.


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
