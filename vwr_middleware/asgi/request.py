"""A request as the gate reads it, over an ASGI scope. web/http.py says what its properties are."""

import sys
from collections.abc import Awaitable, Callable, Hashable, MutableMapping, Sequence
from operator import itemgetter
from typing import Any

from vwr_middleware.web.cookie_header import CookieMark
from vwr_middleware.web.http import BODY_LIMIT, LIKENESS, OF_BROWSERS, PAPERS, USUAL_METHODS

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_LIKENESS = tuple(name.encode() for name in LIKENESS)
_OF_BROWSERS = tuple(name.encode() for name in OF_BROWSERS)
_those_of_browsers = itemgetter(*_OF_BROWSERS)
_PAPERS = frozenset(name.encode() for name in PAPERS)
#: Headers that hardly any request has.
_RARE = _PAPERS.union(_LIKENESS).difference(_OF_BROWSERS)


def where_of(scope: Scope) -> Hashable:
    """All that a scope says of its path."""
    return scope["type"], scope["path"], scope.get("raw_path"), scope.get("root_path")


def is_http_1(scope: Scope) -> bool:
    """Whether a request came over HTTP/1.0 or 1.1, as far as the server says."""
    return not scope.get("http_version", "1.1").startswith(("2", "3"))


def headers_of(pairs: Sequence[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Headers by name; several of one name joined, as HTTP says, and cookies by a semicolon."""
    headers = dict(pairs)
    if len(headers) == len(pairs):
        return headers
    headers.clear()
    several: dict[bytes, list[bytes]] = {}
    for name, value in pairs:
        if name not in headers:
            headers[name] = value
        elif name in several:
            several[name].append(value)
        else:
            several[name] = [headers[name], value]
    # Joined at the end: some servers take 200,000 of one name, and to add each to a text that
    # grows would take seconds.
    for name, values in several.items():
        joint = b"; " if name == b"cookie" else b", "  # over HTTP/2 there may be one a cookie
        headers[name] = joint.join(values)
    return headers


class AsgiRequest:
    """A request as the gate reads it, over an ASGI scope."""

    __slots__ = ("_split", "body", "cookies", "headers", "method", "native", "receive", "where")

    receive: Receive  # only where an answer of ours may have to read, or to drain, the body

    def __init__(self, scope: Scope, where: Hashable = None) -> None:
        self.native = scope
        #: A key of the path. A WebSocket never has the key of a page.
        self.where = where_of(scope) if where is None else where
        self.headers = headers = headers_of(scope["headers"])
        self.cookies = headers.get(b"cookie")
        #: A WebSocket's handshake is a GET, though its scope does not say so.
        method: str = scope.get("method", "GET")
        self.method = method if method in USUAL_METHODS else method.upper()
        self.body = b""
        self._split: tuple[str, str] | None = None

    @property
    def path(self) -> str:
        return (self._split or self._split_path())[0]

    @property
    def mount(self) -> str:
        return (self._split or self._split_path())[1]

    def _split_path(self) -> tuple[str, str]:
        path: str = self.native["path"]
        mount: str = self.native.get("root_path", "")
        if mount:
            # `path` should include `root_path`, but some servers leave it out.
            mount = mount.rstrip("/")
            if f"{path}/".startswith(f"{mount}/"):
                path = path[len(mount) :] or "/"
            elif "litestar" in sys.modules:  # its apps take away all up to it, wherever it stands
                path = "/" + path.split(self.native["root_path"], 1)[-1].lstrip("/")
        self._split = path, mount
        return self._split

    async def read_body(self) -> bytes | None:
        body = b""
        while len(body) <= BODY_LIMIT:
            message = await self.receive()
            if message["type"] != "http.request":
                return None
            body += message.get("body", b"")
            if not message.get("more_body", False):
                break
        return body

    def header(self, name: str) -> str:
        value = self.headers.get(name.encode())
        return value.decode("latin-1") if value else ""

    def cookies_with(self, mark: CookieMark) -> bytes | None:
        """The Cookie header that contains this mark: HTTP/2 may have one for each cookie."""
        if self.cookies is None or mark.raw not in self.cookies:
            return None
        for name, value in self.native["headers"]:
            if name == b"cookie" and mark.raw in value:
                found: bytes = value
                return found
        return None

    @property
    def brings_papers(self) -> bool:
        return not _PAPERS.isdisjoint(self.headers)

    @property
    def likeness(self) -> tuple[str | bytes | None, ...]:
        scope, headers = self.native, self.headers
        if _RARE.isdisjoint(headers):  # nearly always, and then all of the others are there
            try:
                return scope["type"], scope.get("scheme"), *_those_of_browsers(headers)
            except KeyError:
                pass
        papers = "papers" if self.brings_papers else None
        return scope["type"], scope.get("scheme"), papers, *map(headers.get, _LIKENESS)

    @property
    def raw_path(self) -> str:
        raw, path = self.native.get("raw_path"), self.native["path"]
        if not raw or raw == path.encode("utf-8", "surrogatepass"):
            return str(path)
        text: str = raw.decode("latin-1")
        return text.partition("?")[0]

    @property
    def query(self) -> str:
        query: bytes | None = self.native.get("query_string")
        return query.decode("latin-1") if query else ""

    @property
    def scheme(self) -> str:
        scheme = self.native.get("scheme", "http")
        return "https" if scheme in ("https", "wss") else "http"

    @property
    def host(self) -> str:
        return self.header("host").lower()

    @property
    def client(self) -> str:
        client = self.native.get("client")
        return str(client[0]) if client else ""

    @property
    def is_head(self) -> bool:
        """Whether the server sends no body. To servers only HEAD in capitals is one."""
        return bool(self.native.get("method") == "HEAD")

    @property
    def is_websocket(self) -> bool:
        return bool(self.native["type"] == "websocket")
