"""Which headers go on to the app behind us, and which of its own to the visitor.

A request keeps its Host and all else that is not about the connection. What a visitor could only
have made up is replaced: where the request came from, and who is inside.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from vwr_middleware.asgi.request import Scope
from vwr_middleware.web.http import SITE_KEY
from vwr_middleware.web.session import Session

#: What is about one connection and goes no further (RFC 9110, section 7.6.1). Trailers are not
#: handed on, so nobody may announce or ask for them. `Expect` is answered by our own server.
_OF_ONE_CONNECTION = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding"}
    | {b"upgrade", b"proxy-authenticate", b"proxy-authorization", b"expect"}
)
#: CGI would take it for the setting of the same name in the environment ("httpoxy").
_DANGEROUS = frozenset({b"proxy"})
#: Who is inside, for an app that is not ours to read.
_WHO = frozenset({b"vwr-session-id", b"vwr-position", b"vwr-room"})
_ADDED = frozenset({b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host"})
#: What proxies in front of us say besides; without any, whoever sends it has made it up.
_OF_PROXIES = frozenset(
    {b"forwarded", b"x-forwarded-port", b"x-forwarded-server", b"x-forwarded-prefix"}
    | {b"x-forwarded-ssl", b"x-forwarded-scheme", b"x-real-ip"}
)

Pairs = Iterable[tuple[bytes, bytes]]


def to_upstream(scope: Scope) -> list[tuple[str, str]]:
    """The headers with which a request goes on."""
    headers, site = list(scope["headers"]), scope.get(SITE_KEY)
    trusted: int = site.settings.trusted_proxies if site else 0
    dropped = _DANGEROUS | _WHO | _ADDED | _named_by_connection(headers)
    if not trusted:
        dropped |= _OF_PROXIES
    if any(name == b"transfer-encoding" for name, _ in headers):
        dropped |= {b"content-length"}  # of two lengths, the app must not believe the other one
    # PHP and others take `_` and `-` in a name for the same.
    kept = [(name, value) for name, value in headers if name.replace(b"_", b"-") not in dropped]
    told = [*_where_from(scope, headers, trusted), *_who(scope.get("vwr"))]
    # Over HTTP/2 each cookie may have a header of its own; over HTTP/1.1 none may.
    if cookies := [_text(value) for name, value in kept if name == b"cookie"]:
        told.append(("Cookie", "; ".join(cookies)))
    others = ((name.decode("latin-1"), _text(v)) for name, v in kept if name != b"cookie")
    return [*others, *told]


def to_visitor(headers: Pairs, scope: Scope) -> list[tuple[bytes, bytes]]:
    """The headers of the app's response, or of its answer to a WebSocket, as they go on."""
    lowered = [(name.lower(), value) for name, value in headers]
    dropped = _OF_ONE_CONNECTION | _named_by_connection(lowered)
    if scope["type"] == "websocket":
        dropped |= {name for name, _ in lowered if name.startswith(b"sec-websocket-")}
    if scope.get("vwr") is None:  # else the middleware around us obeys it, and takes it out
        dropped |= {b"vwr-session"}
    return [(name, value) for name, value in lowered if name not in dropped]


def _named_by_connection(headers: Pairs) -> frozenset[bytes]:
    """What is about this connection alone, also by what the other side says."""
    named = b",".join(value for name, value in headers if name == b"connection").lower()
    # Host and length are never about the connection alone: it would only be to confuse the app.
    told = {name.strip() for name in named.split(b",")} - {b"host", b"content-length", b"cookie"}
    return _OF_ONE_CONNECTION | told


def _where_from(scope: Scope, headers: Pairs, trusted: int) -> Iterator[tuple[str, str]]:
    """Where the request came from: what trusted proxies say of it, and what we see."""
    before = {name: _said(headers, name) if trusted else "" for name in _ADDED}
    client: Any = scope.get("client")
    addresses = [before[b"x-forwarded-for"], str(client[0]) if client else ""]
    if addresses := list(filter(None, addresses)):
        yield "X-Forwarded-For", ", ".join(addresses)
    scheme = "https" if scope.get("scheme") in ("https", "wss") else "http"
    yield "X-Forwarded-Proto", before[b"x-forwarded-proto"] or scheme
    if host := before[b"x-forwarded-host"] or _said(headers, b"host"):
        yield "X-Forwarded-Host", host


def _who(session: Session | None) -> Iterator[tuple[str, str]]:
    if session is not None:
        yield "VWR-Session-Id", session.id
        yield "VWR-Position", str(session.position)
        yield "VWR-Room", session.room


def _said(headers: Pairs, wanted: bytes) -> str:
    return ", ".join(_text(value) for name, value in headers if name == wanted)


def _text(value: bytes) -> str:
    """A header's value as text, which the client sends in UTF-8."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
