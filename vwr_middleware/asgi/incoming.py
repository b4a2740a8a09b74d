"""A request's body on its way to the wrapped app, as ASGI messages."""

from vwr_middleware.asgi.replies import Message, Receive
from vwr_middleware.web.session import Session


class Incoming:
    """The body of a request whose answer is measured. The app gets `take` for `receive`."""

    __slots__ = ("_is_read", "_receive", "_session", "_waiting")

    def __init__(self, session: Session, receive: Receive) -> None:
        self._session, self._receive, self._is_read = session, receive, False
        self._waiting = 0  # tasks of the app: one may look for a hang-up while another reads

    async def take(self) -> Message:
        """Take a message in."""
        if self._is_read:  # then the app only waits for the visitor to hang up
            return await self._receive()
        session = self._session
        self._waiting += 1
        if self._waiting == 1:
            session.gate.waits(session)
        try:
            message = await self._receive()
        finally:
            self._waiting -= 1
            if not self._waiting:
                session.gate.goes_on(session)
        self._is_read = not message.get("more_body", False)
        if message["type"] == "http.disconnect":  # many apps fail then, by which is nothing wrong
            session.gate.responded(session, 0)
        return message


def timed(session: Session, receive: Receive) -> Receive:
    """What the app gets for `receive`: while its load is measured, the time that it waits there
    does not count."""
    return receive if session.began is None else Incoming(session, receive).take
