"""A request that is let through: its body on the way to the app, and the app's response."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, TypeVar

from vwr_middleware.blocking import finish
from vwr_middleware.web.app_response import Passes, amend_text, ends_session
from vwr_middleware.web.http import PASSES_KEY, Pass
from vwr_middleware.web.session import Measured, Session, responded
from vwr_middleware.wsgi.request import Environ

StartResponse = Callable[..., Any]
Headers = list[tuple[str, str]]


class Outgoing:
    """The app's response to a request that was let through, and the body that the server sends.

    The request is done when the body was sent to its end, or when the server closes it. (Test
    clients seldom close, and a session may have only so many requests in hand.) Every request of
    every admitted visitor passes here, so one object does everything, with few calls between its
    methods.
    """

    __slots__ = ("_adds", "_is_done", "_session", "_start_response", "body")

    def __init__(
        self, session: Session, start_response: StartResponse, verdict: Pass | None = None
    ) -> None:
        self._session, self._start_response, self._is_done = session, start_response, False
        #: The verdict, if it adds headers to the response.
        self._adds = verdict if verdict and (verdict.cookies or verdict.extra_headers) else None
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
            self.done()

    def close(self) -> None:
        """The server is done with the body."""
        try:
            close = getattr(self.body, "close", None)
            if close is not None:
                close()
        finally:
            self.done()

    def failed(self) -> None:
        """The app has raised an exception."""
        responded(self._session, 500)

    def done(self) -> None:
        """The request has been answered. Calling it again does nothing."""
        if self._is_done:
            return
        self._is_done = True
        session = self._session
        session.keeper.finished(session)
        if session.has_ended:
            finish(session.keeper.settle(session))


class WatchedOutgoing(Outgoing):
    """The same where the response may have to bring our cookies: see `Passes`."""

    __slots__ = ("_passes",)

    def __init__(self, environ: Environ, start_response: StartResponse, *passes: Pass) -> None:
        self._start_response, self.body = start_response, ()
        self._passes = environ[PASSES_KEY] = Passes(*passes)

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

    def failed(self) -> None:
        self._passes.failed()
        self._passes.lost()

    def done(self) -> None:
        finish(self._passes.done())


# A request's body on its way to the wrapped app, under WSGI.


T = TypeVar("T")


class Incoming:
    """The body of a request whose answer is measured: to read it is to wait for the visitor."""

    def __init__(self, measured: Measured, stream: Any) -> None:
        self._measured, self._stream = measured, stream

    def _read(self, read: Callable[..., T], *given: Any) -> T:
        self._measured.waits()
        try:
            return read(*given)
        except Exception:  # the visitor has hung up, and the app fails by it
            self._measured.responded(0)
            raise
        finally:
            self._measured.goes_on()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # a copy that is being made has no `_stream` yet
            raise AttributeError(name)
        # Not every server's input has `readinto`, and apps look whether it does.
        found = getattr(self._stream, name)
        return partial(self._read, found) if name.startswith("read") else found

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")


def give(environ: Environ, session: Session) -> None:
    """Let the app find its session. While its load is measured, the time does not count in which it
    reads the body."""
    environ["vwr"] = session
    if session.measured is not None:
        environ["wsgi.input"] = Incoming(session.measured, environ["wsgi.input"])
