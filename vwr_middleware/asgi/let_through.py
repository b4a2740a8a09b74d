"""The wrapped app's response on its way to the server, as ASGI messages."""

from collections.abc import Awaitable

from vwr_middleware.asgi.request import Message, Send
from vwr_middleware.web.app_response import amend, ends_session
from vwr_middleware.web.http import Pass
from vwr_middleware.web.session import Session

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
