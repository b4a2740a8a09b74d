"""A request's body on its way to the wrapped app, under WSGI."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeVar

from vwr_middleware.web.session import Measured, Session
from vwr_middleware.wsgi.request import Environ

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
