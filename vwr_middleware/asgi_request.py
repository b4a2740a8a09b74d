"""A request as the gate reads it, over an ASGI scope."""

from collections.abc import Iterable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]

#: Names of headers as bytes, remembered: the gate asks for the same dozen again and again.
_NAMES: dict[str, bytes] = {}


def _name(name: str) -> bytes:
    return _NAMES.setdefault(name, name.encode("latin-1"))


def _by_name(pairs: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Headers by name; several of one name joined, as HTTP says, and cookies by a semicolon."""
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

    __slots__ = ("_headers", "body", "method", "mount", "native", "path")

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
        self.body = b""
        self._headers: dict[bytes, bytes] | None = None

    def header(self, name: str) -> str:
        """One header by its lower-case name."""
        headers = self._headers
        if headers is None:
            headers = self._headers = _by_name(self.native["headers"])
        value = headers.get(_NAMES.get(name) or _name(name))
        return value.decode("latin-1") if value else ""

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
        query: bytes = self.native.get("query_string", b"")
        return query.decode("latin-1")

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


def _below(path: str, mount: str) -> bool:
    return path == mount or path.startswith(mount + "/")
