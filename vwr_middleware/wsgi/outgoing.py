"""The wrapped app's response on its way to the server, under WSGI."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from vwr_middleware.blocking import finish
from vwr_middleware.web.http import Pass
from vwr_middleware.web.outgoing import amend_text, ends_session
from vwr_middleware.web.passes import Passes
from vwr_middleware.web.session import Session
from vwr_middleware.wsgi.request import Environ

StartResponse = Callable[..., Any]
Headers = list[tuple[str, str]]


class Outgoing:
    """The app's response to a request that was let through, and the body that the server sends.

    The request is over when the body was sent to its end, or when the server closes it. (Test
    clients seldom close, and a session may have only so many requests in hand.) Every request of
    every admitted visitor passes here, so one object does everything, with few calls between its
    methods.
    """

    __slots__ = ("_adds", "_is_over", "_session", "_start_response", "body")

    def __init__(self, session: Session, adds: Pass | None, start_response: StartResponse) -> None:
        self._session, self._start_response, self._is_over = session, start_response, False
        self._adds = adds  # the verdict, where headers of ours are added to the response
        self.body: Iterable[bytes] = ()

    def start(self, status: str, headers: Headers, exc_info: Any = None) -> Any:
        """The app's `start_response`."""
        session = self._session
        if session.measured is not None:
            session.measured.responded(int(status[:3]))
        if self._adds is not None or ends_session(headers):
            headers = amend_text(self._adds or Pass(session), headers)
        if exc_info is None:
            return self._start_response(status, headers)
        return self._start_response(status, headers, exc_info)

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self.body
        finally:
            self._over()

    def close(self) -> None:
        """The server is done with the body."""
        try:
            close = getattr(self.body, "close", None)
            if close is not None:
                close()
        finally:
            self._over()

    def _over(self) -> None:
        if not self._is_over:
            self._is_over = True
            done(self._session)


class WatchedOutgoing(Outgoing):
    """The same where the response may have to bring our cookies: see `Passes`."""

    __slots__ = ("_passes",)

    def __init__(self, passes: Passes, start_response: StartResponse) -> None:
        self._passes, self._start_response, self.body = passes, start_response, ()

    def start(self, status: str, headers: Headers, exc_info: Any = None) -> Any:
        """The app's `start_response`."""
        headers = self._passes.answered(int(status[:3]), headers, amend_text)
        write = self._start_response(status, headers, *([exc_info] if exc_info else ()))

        def write_and_note(data: bytes) -> object:
            self._passes.is_sent = True
            return write(data)

        return write_and_note

    def __iter__(self) -> Iterator[bytes]:
        return self._passes.watched(self.body)

    def _over(self) -> None:
        finish(self._passes.over())


def done(session: Session) -> None:
    """A request that was let through has been answered."""
    session.gate.finished(session)
    if session.has_ended:
        finish(session.gate.settle(session))


def is_whole(body: Iterable[bytes], environ: Environ) -> bool:
    """Whether the whole body is there. Then the server gets it as it is, to send it in its own
    way."""
    wrapper = environ.get("wsgi.file_wrapper")
    is_file = isinstance(wrapper, type) and isinstance(body, wrapper)
    return is_file or isinstance(body, list | tuple)
