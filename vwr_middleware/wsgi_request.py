"""A WSGI request as the gate reads it."""

from functools import lru_cache
from typing import Any
from urllib.parse import quote

Environ = dict[str, Any]


class WsgiRequest:
    """A request as the gate reads it, over a WSGI environ."""

    __slots__ = ("body", "environ", "method", "mount", "path")

    is_websocket = False

    def __init__(self, environ: Environ) -> None:
        self.environ = environ
        self.method: str = environ["REQUEST_METHOD"]
        self.path = decoded(environ.get("PATH_INFO", "")) or "/"
        self.mount = decoded(environ.get("SCRIPT_NAME", "")).rstrip("/")
        self.body = b""

    @property
    def native(self) -> object:
        """The environ."""
        return self.environ

    def header(self, name: str) -> str:
        """One header by its lower-case name."""
        value: str = self.environ.get(_key(name), "")
        return value

    @property
    def raw_path(self) -> str:
        """The path as it was sent; where the server hides it, as it must have been."""
        raw: str = self.environ.get("RAW_URI") or self.environ.get("REQUEST_URI") or ""
        return raw.partition("?")[0] or self._path_again()

    def _path_again(self) -> str:
        path: str = self.environ.get("PATH_INFO", "") or "/"
        return path if path == self.path else quote(path.encode("latin-1"))

    @property
    def query(self) -> str:
        """The query string as it was sent."""
        query: str = self.environ.get("QUERY_STRING", "")
        return query

    @property
    def scheme(self) -> str:
        """`http` or `https`."""
        return "https" if self.environ.get("wsgi.url_scheme") == "https" else "http"

    @property
    def host(self) -> str:
        """The Host header in lower case."""
        return self.header("host").lower()

    @property
    def client(self) -> str:
        """The peer's address."""
        return self.environ.get("REMOTE_ADDR") or ""


@lru_cache(maxsize=256)
def _key(name: str) -> str:
    key = name.upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"


def decoded(text: str) -> str:
    """Text of an environ, where UTF-8 is told in latin-1.

    Bytes that are no UTF-8 are left out, as Bottle does; the raw path shows them to whoever
    replaces them.
    """
    return text if text.isascii() else text.encode("latin-1").decode("utf-8", "ignore")
