"""What we send to servers of others, who are believed no more than visitors are.

Their answer is its status: nothing of its body is read, no redirect is followed, no cookie kept.
Its head has so many seconds, all of it together. So a server whose answer never ends, or comes byte
by byte, holds no thread.
"""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.cookiejar import DefaultCookiePolicy
from typing import Any, NamedTuple

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

#: What comes of a server that is away, or no such server.
AWAY = (requests.RequestException, OSError, ValueError)
#: Seconds for connecting, for each part of an answer's head, and for all of them.
_PATIENCE, _HEAD_WITHIN = (5.0, 10.0), 15.0


class OutgoingResult(NamedTuple):
    """How somebody has answered."""

    status: int
    #: After how many seconds they want to be asked again; 0: they do not say.
    again_in: float


class OutgoingRequests:
    """Sends by POST. One may be used by several threads."""

    def __init__(self) -> None:
        self._session = requests.Session()
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in _POOLS:
            self._session.mount(f"{scheme}://", _InTime())

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> OutgoingResult:
        """Send it. Raises one of `AWAY`."""
        with self._session.post(
            url,
            data=body,
            headers=headers,
            timeout=_PATIENCE,
            allow_redirects=False,
            stream=True,
        ) as answer:
            if _is_surely_empty(answer):
                answer.raw.drain_conn()  # nothing comes, and the connection can be used again
            wished = answer.headers.get("Retry-After", "")
            again_in = float(wished) if wished.isascii() and wished.isdigit() else 0.0
            return OutgoingResult(answer.status_code, again_in)


def _is_surely_empty(answer: requests.Response) -> bool:
    """Whether no body comes, not even in chunks: these count, whatever else is said."""
    told = answer.headers
    return told.get("Content-Length") == "0" and "Transfer-Encoding" not in told


@contextmanager
def _in_time(connection: HTTPConnection) -> Iterator[None]:
    """Within, the other may speak. Raises TimeoutError if it has not come to an end in time."""
    late = threading.Event()
    timer = threading.Timer(_HEAD_WITHIN, _hang_up, [connection.sock, late])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
    if late.is_set():  # what came until then may look whole
        raise TimeoutError


def _hang_up(sock: Any, late: threading.Event) -> None:
    late.set()
    # Of a connection through a proxy with TLS of its own, the socket within. As a plain one, since
    # a thread is reading from it.
    with suppress(OSError):
        socket.socket.shutdown(getattr(sock, "socket", sock), socket.SHUT_RDWR)


class _HTTP(HTTPConnection):
    def getresponse(self) -> Any:
        with _in_time(self):
            return super().getresponse()


class _HTTPS(HTTPSConnection):
    def getresponse(self) -> Any:
        with _in_time(self):
            return super().getresponse()


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _HTTP


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _HTTPS


_POOLS = {"http": _HTTPPool, "https": _HTTPSPool}


class _InTime(HTTPAdapter):
    """Makes such connections, also through a proxy; SOCKS has connections of its own."""

    def init_poolmanager(self, *given: Any, **named: Any) -> None:
        super().init_poolmanager(*given, **named)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **named: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **named)
        if not proxy.lower().startswith("socks"):
            manager.pool_classes_by_scheme = _POOLS
        return manager
