"""A request as the gate reads it, over a WSGI environ. web/http.py says what its properties are."""

from collections.abc import Callable, Hashable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from vwr_middleware.web.cookie_header import CookieMark
from vwr_middleware.web.http import BODY_LIMIT, LIKENESS, PAPERS, USUAL_METHODS

# What is read of a request's body.


AnyEnviron = Mapping[str, Any]
Read = Callable[[int], bytes]


def read_body(environ: AnyEnviron, read: Read, *, ends: bool) -> bytes | None:
    """The body, up to a little more than our own endpoints take; None if it cannot be read whole.

    `ends`: `read` stops at the end of the body by itself, whatever Content-Length says.
    """
    length = content_length(environ)
    if length is None:
        is_lost = environ.get("HTTP_TRANSFER_ENCODING") and not ends
        if is_lost or environ.get("CONTENT_LENGTH"):  # there is a body of unknown length
            return None
        return _read(read, BODY_LIMIT + 1) if ends else b""
    length = min(length, BODY_LIMIT + 1)
    body = _read(read, length)
    return body if body is not None and len(body) == length else None


def content_length(environ: AnyEnviron) -> int | None:
    """The length as it was told; None if it was not, or if that is no number."""
    text = environ.get("CONTENT_LENGTH") or ""
    return int(text[:18]) if text.isascii() and text.isdigit() else None


def drain(environ: AnyEnviron) -> None:
    """Read a small body that is not needed.

    Many servers close the connection with the body unread, which resets it before the browser has
    read the answer. (WSGI apps may not send `Connection: close` themselves.)
    """
    length = content_length(environ) or 0
    if length <= BODY_LIMIT and not environ.get("HTTP_EXPECT"):
        _read(environ["wsgi.input"].read, length)


def _read(read: Read, most: int) -> bytes | None:
    """So many bytes, fewer if there are no more; None if the body was broken off."""
    body = b""
    try:
        while len(body) < most and (part := read(most - len(body))):
            body += part
    except Exception:  # each server has its own error for it
        return None
    return body


# A request as the gate reads it, over a WSGI environ. web/http.py says what its properties are.


Environ = dict[str, Any]


@lru_cache(maxsize=256)
def _key(name: str) -> str:
    key = name.upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"


_LIKENESS = tuple(_key(name) for name in LIKENESS)
_TICKET, _TOKEN, _AUTHORIZATION = map(_key, PAPERS)


class WsgiRequest:
    """A request as the gate reads it, over a WSGI environ."""

    __slots__ = ("body", "cookies", "environ", "method", "mount", "path")

    is_websocket = False

    def __init__(self, environ: Environ) -> None:
        self.environ = environ
        method: str = environ["REQUEST_METHOD"]
        self.method = method if method in USUAL_METHODS else method.upper()
        path, mount = environ.get("PATH_INFO"), environ.get("SCRIPT_NAME")
        self.path = (path if path.isascii() else decoded(path)) if path else "/"
        self.mount = decoded(mount).rstrip("/") if mount else ""
        self.cookies: str | None = environ.get("HTTP_COOKIE")
        self.body = b""

    async def read_body(self) -> bytes | None:
        ends = bool(self.environ.get("wsgi.input_terminated"))
        return read_body(self.environ, self.environ["wsgi.input"].read, ends=ends)

    @property
    def native(self) -> object:
        return self.environ

    def header(self, name: str) -> str:
        value: str = self.environ.get(_key(name), "")
        return value

    def cookies_with(self, mark: CookieMark) -> str | None:
        return self.cookies if self.cookies and mark.text in self.cookies else None

    @property
    def brings_papers(self) -> bool:
        environ = self.environ
        return _TICKET in environ or _TOKEN in environ or _AUTHORIZATION in environ

    @property
    def likeness(self) -> tuple[str | bytes | None, ...]:
        papers = "papers" if self.brings_papers else None
        return self.scheme, papers, *map(self.environ.get, _LIKENESS)

    @property
    def where(self) -> Hashable:
        raw = self.environ.get("RAW_URI")
        if not raw or "?" in raw:
            raw = self.raw_path
        return self.path, raw, self.mount

    @property
    def raw_path(self) -> str:
        """The path as it was sent; if the server hides it, encoded again."""
        environ = self.environ
        raw: str = environ.get("RAW_URI") or environ.get("REQUEST_URI") or ""
        if "?" in raw:
            raw = raw.partition("?")[0]
        return raw or self._path_again()

    def _path_again(self) -> str:
        path: str = self.environ.get("PATH_INFO", "") or "/"
        return path if path == self.path else quote(path.encode("latin-1"))

    @property
    def query(self) -> str:
        query: str = self.environ.get("QUERY_STRING", "")
        return query

    @property
    def scheme(self) -> str:
        return "https" if self.environ.get("wsgi.url_scheme") == "https" else "http"

    @property
    def host(self) -> str:
        """The Host header in lower case; if there is none, what an app takes for it (PEP 3333)."""
        return (self.header("host") or self.environ.get("SERVER_NAME", "")).lower()

    @property
    def client(self) -> str:
        return self.environ.get("REMOTE_ADDR") or ""


def decoded(text: str) -> str:
    """Text of an environ, in which each byte of UTF-8 is one character of latin-1.

    Bytes that are no UTF-8 are replaced, as nearly all frameworks do. That Bottle leaves them out
    is one of the readings of the path.
    """
    return text if text.isascii() else text.encode("latin-1").decode("utf-8", "replace")
