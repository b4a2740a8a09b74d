"""The wrapped app's response on its way to the server, as ASGI messages."""

from vwr_middleware.asgi_replies import Message, Send
from vwr_middleware.http import Pass
from vwr_middleware.outgoing import amend, needs_amending

#: The messages with headers of a response, a refusal of a WebSocket among them.
_STARTS = frozenset({"http.response.start", "websocket.accept", "websocket.http.response.start"})
_ENDS = frozenset({"http.response.pathsend", "http.response.zerocopysend"})


class Outgoing:
    """What the app gets for `send`. Everything that is not known here passes as it is."""

    __slots__ = ("_send", "_verdict", "is_over")

    def __init__(self, verdict: Pass, send: Send) -> None:
        self._verdict, self._send = verdict, send
        self.is_over = False

    async def __call__(self, message: Message) -> None:
        """Hand a message on."""
        kind = message["type"]
        if kind in _STARTS:
            message = self._started(message)
        await self._send(message)
        ends = kind == "http.response.body" or kind in _ENDS
        if ends and not self.is_over and not message.get("more_body"):
            # Now, and not when the app returns: its background tasks may go on for long.
            self.is_over = True
            session, gate = self._verdict.session, self._verdict.gate
            if session is not None and gate is not None:
                gate.finished(session)
                if session.has_ended:
                    await gate.settle(session)

    def _started(self, message: Message) -> Message:
        """The head of the response."""
        verdict = self._verdict
        session, gate = verdict.session, verdict.gate
        if session is not None and session.began is not None and gate is not None:
            gate.responded(session, message.get("status", 101))
        headers = message.get("headers") or ()
        if not isinstance(headers, list | tuple):
            headers = list(headers)  # ASGI allows anything that can be gone through, perhaps once
            message = {**message, "headers": headers}
        if not needs_amending(verdict, headers):
            return message
        lowered = [(name.lower(), value) for name, value in headers]
        return {**message, "headers": amend(verdict, lowered)}
