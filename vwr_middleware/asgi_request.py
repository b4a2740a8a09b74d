"""A request as the gate reads it, over an ASGI scope."""

from collections.abc import Hashable, Iterable, MutableMapping, Sequence
from typing import Any

from vwr_middleware.cookies import Mark
from vwr_middleware.http import LIKENESS

Scope = MutableMapping[str, Any]

#: Names of headers as bytes, remembered: the gate asks for the same dozen again and again.
_NAMES: dict[str, bytes] = {}

_LIKENESS = tuple(name.encode() for name in LIKENESS)


def _name(name: str) -> bytes:
    return _NAMES.setdefault(name, name.encode("latin-1"))


def _by_name(pairs: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Headers by name; several of one name joined, as HTTP says, and cookies by a semicolon."""
    if not isinstance(pairs, list):
        pairs = list(pairs)
    headers = dict(pairs)
    if len(headers) < len(pairs):
        headers.clear()
        for name, value in pairs:
            if name in headers:
                joint = b"; " if name == b"cookie" else b", "
                value = headers[name] + joint + value
            headers[name] = value
    return headers


class AsgiRequest:
    """A request as the gate reads it, over an ASGI scope."""

    __slots__ = ("_headers", "body", "method", "mount", "native", "path", "where")

    def __init__(self, scope: Scope) -> None:
        self.native = scope
        self.method: str = scope.get("method", "GET")
        mount: str = scope.get("root_path", "")
        path: str = scope["path"]
        if mount:
            # `path` includes `root_path`, as ASGI was clarified; some servers leave it out.
            mount = mount.rstrip("/")
            path = path[len(mount) :] or "/" if _below(path, mount) else path
        self.path, self.mount = path, mount
        #: A WebSocket's is never that of a page.
        self.where: Hashable = scope["type"], path, scope.get("raw_path"), mount
        self.body = b""
        self._headers: dict[bytes, bytes] | None = None

    def header(self, name: str) -> str:
        """One header by its lower-case name."""
        headers = self._headers
        if headers is None:
            headers = self._headers = _by_name(self.native["headers"])
        value = headers.get(_NAMES.get(name) or _name(name))
        return value.decode("latin-1") if value else ""

    def quick_cookie(self, mark: Mark) -> bytes | None:
        """What follows the first such mark in a Cookie header, up to the next semicolon."""
        headers = self.native["headers"]
        # Browsers send it late.
        for name, value in reversed(headers) if isinstance(headers, list) else headers:
            if name == b"cookie":
                at: int = value.find(mark.raw)
                if at >= 0:
                    at += mark.length
                    end: int = value.find(b";", at)
                    quick: bytes = value[at:] if end < 0 else value[at:end]
                    return quick
        return None

    def lone_ticket(self, ticket: Mark, others: Sequence[Mark]) -> bytes | None:
        """What follows the one mark of a ticket, if nothing else may bring a ticket or token."""
        headers = self._headers
        if headers is None:
            headers = self._headers = _by_name(self.native["headers"])
        cookies = headers.get(b"cookie")
        # Written out, for every poll passes here.
        if (
            cookies is None
            or b"vwr-ticket" in headers
            or b"vwr-token" in headers
            or b"authorization" in headers
        ):
            return None
        if b";" in cookies:
            return _alone(cookies, ticket, others)
        # One cookie. Whatever it says behind a ticket, such a value is none.
        return cookies[ticket.length :] if cookies.startswith(ticket.raw) else None

    def brings_none(self, marks: Sequence[Mark]) -> bool:
        """Whether no cookie has one of the marks, and no header may bring a ticket or a token."""
        headers = self._headers
        if headers is None:
            headers = self._headers = _by_name(self.native["headers"])
        if _may_bring_papers(headers):
            return False
        cookies = headers.get(b"cookie")
        return cookies is None or not any(mark.raw in cookies for mark in marks)

    @property
    def likeness(self) -> tuple[str | bytes | None, ...]:
        """Kind, scheme, and the headers of LIKENESS as they came."""
        headers = self._headers
        if headers is None:
            headers = self._headers = _by_name(self.native["headers"])
        scope = self.native
        return scope["type"], scope.get("scheme"), *map(headers.get, _LIKENESS)

    @property
    def raw_path(self) -> str:
        """The path as it was sent."""
        raw, path = self.native.get("raw_path"), self.native["path"]
        if not raw or raw == path.encode("utf-8", "surrogatepass"):
            return str(path)
        text: str = raw.decode("latin-1")
        return text.partition("?")[0]

    @property
    def query(self) -> str:
        """The query string as it was sent."""
        query: bytes | None = self.native.get("query_string")
        return query.decode("latin-1") if query else ""

    @property
    def scheme(self) -> str:
        """`http` or `https`."""
        scheme = self.native.get("scheme", "http")
        return "https" if scheme in ("https", "wss") else "http"

    @property
    def host(self) -> str:
        """The Host header in lower case."""
        return self.header("host").lower()

    @property
    def client(self) -> str:
        """The peer's address."""
        client = self.native.get("client")
        return str(client[0]) if client else ""

    @property
    def is_websocket(self) -> bool:
        """Whether this is a WebSocket handshake."""
        return bool(self.native["type"] == "websocket")


def _alone(cookies: bytes, ticket: Mark, others: Sequence[Mark]) -> bytes | None:
    """What follows the mark of a ticket, if it stands there once and none of the others does."""
    at = cookies.find(ticket.raw)
    if at < 0:
        return None
    for other in others:
        if other.raw in cookies:
            return None
    at += ticket.length
    if cookies.find(ticket.raw, at) >= 0:
        return None
    end = cookies.find(b";", at)
    return cookies[at:] if end < 0 else cookies[at:end]


def _may_bring_papers(headers: dict[bytes, bytes]) -> bool:
    return b"authorization" in headers or b"vwr-token" in headers or b"vwr-ticket" in headers


def _below(path: str, mount: str) -> bool:
    return path == mount or path.startswith(mount + "/")
