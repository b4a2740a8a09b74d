"""The little HTTP that the gate speaks: a request, and either a reply or a pass.

Adapters translate. Nothing here knows WSGI, ASGI or Django. Headers that need more than a plain
look-up are parsed by werkzeug.
"""

import json
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Literal, Protocol
from urllib.parse import parse_qsl

from vwr_middleware.web.cookie_header import CookieMark, find
from vwr_middleware.web.session import Session

#: Where adapters leave the site and the passes of a request in `scope`, `environ` or
#: `request.META`. At `vwr` the app finds its session.
SITE_KEY, PASSES_KEY = "vwr.site", "vwr.passes"

#: Methods that read what is at an address.
READS = ("GET", "HEAD")
#: Methods that change nothing, as HTTP defines them (RFC 9110, section 9.2.1).
SAFE_METHODS = frozenset({*READS, "OPTIONS", "TRACE"})
#: Nearly every request has one of these. Any other is put into capitals first, as some frameworks
#: do: `post` must not be a way around a room for POST.
USUAL_METHODS = SAFE_METHODS | {"POST", "PUT", "PATCH", "DELETE"}


class Request(Protocol):
    """What an adapter must be able to tell of a request, and what the app's functions may ask.

    Each is looked up only when it is asked for.
    """

    @property
    def method(self) -> str:
        """The method in capitals; `GET` for a WebSocket handshake."""

    @property
    def path(self) -> str:
        """The path as the wrapped app sees it: decoded, without the mount prefix."""

    @property
    def raw_path(self) -> str:
        """The path as it was sent, without the query; `path` if the server hides it."""

    @property
    def mount(self) -> str:
        """The mount prefix (`root_path`, `SCRIPT_NAME`), without a slash at its end."""

    @property
    def query(self) -> str:
        """The query string as it was sent, without the question mark."""

    @property
    def scheme(self) -> str:
        """`http` or `https`, also for a WebSocket's `ws` or `wss`."""

    @property
    def host(self) -> str:
        """The host in lower case, with its port, as the wrapped app sees it; "" if none is sent."""

    @property
    def client(self) -> str:
        """The address of the peer on the socket; "" if it is not known."""

    @property
    def is_websocket(self) -> bool:
        """Whether this is a WebSocket handshake."""

    body: bytes
    """What was read of the body, at our own addresses."""

    async def read_body(self) -> bytes | None:
        """The body, up to a little more than BODY_LIMIT; None if it cannot be read whole.

        Only for our own addresses: nobody can read it once more.
        """

    @property
    def native(self) -> object:
        """The server's or framework's own object: an ASGI scope, a WSGI environ, an HttpRequest."""

    @property
    def where(self) -> Hashable:
        """A key for all that the request line says of the path, without the query."""

    def header(self, name: str) -> str:
        """A header by its lower-case name; several of one name joined by a comma; "" if none."""

    @property
    def likeness(self) -> tuple[str | bytes | None, ...]:
        """A key for the kind of visitor: protocol, scheme, LIKENESS's headers, `brings_papers`."""

    @property
    def cookies(self) -> str | bytes | None:
        """The Cookie header as it came, several joined into one; None if there is none."""

    def cookies_with(self, mark: CookieMark, /) -> str | bytes | None:
        """The Cookie header (of several, the one) that contains this mark, or None."""

    @property
    def brings_papers(self) -> bool:
        """Whether there is a header of PAPERS."""


#: Headers in which programs bring a ticket or a token.
PAPERS = ("vwr-ticket", "vwr-token", "authorization")

#: The headers, cookies aside, that tell the kind of visitor; first those that all browsers send.
OF_BROWSERS = (
    *("host", "user-agent", "accept", "accept-language"),
    *("sec-fetch-mode", "sec-fetch-dest"),
)
#: Headers in which a proxy names the address that the visitor has requested.
ORIGINALS = ("x-original-uri", "x-original-url", "x-forwarded-uri")
#: Headers in which a proxy that asks first names the method, and no other proxy does.
ORIGINAL_METHODS = ("x-original-method", "x-forwarded-method")
LIKENESS = (
    *(*OF_BROWSERS, "origin", "x-forwarded-host", "x-forwarded-proto"),
    *("purpose", "sec-purpose", "x-sec-purpose", "x-purpose", "hx-preloaded"),
    *ORIGINALS,
    *ORIGINAL_METHODS,
)

#: Bytes of a body that our own endpoints read at most; for more they answer 413.
BODY_LIMIT = 64 * 1024


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie to set; an empty value with `max_age` 0 removes it."""

    name: str
    value: str
    max_age: int  # seconds
    path: str = "/"
    domain: str | None = None
    secure: bool = False
    same_site: Literal["Lax", "None", "Strict"] = "Lax"
    partitioned: bool = False
    http_only: bool = True

    def header(self) -> str:
        """The value of its Set-Cookie header."""
        parts = [f"{self.name}={self.value}", f"Max-Age={self.max_age}", f"Path={self.path}"]
        if self.domain:
            parts.append(f"Domain={self.domain}")
        if self.secure:
            parts.append("Secure")
        if self.http_only:
            parts.append("HttpOnly")
        parts.append(f"SameSite={self.same_site}")
        if self.partitioned:
            parts.append("Partitioned")
        return "; ".join(parts)


def set_cookies(cookies: Iterable[Cookie]) -> list[str]:
    """The values of these cookies' Set-Cookie headers."""
    return [cookie.header() for cookie in cookies]


@dataclass(slots=True)  # not frozen: making a frozen one takes three times as long
class Reply:
    """An answer of our own: the wrapped app never hears of the request."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    #: Whether to say `Connection: close`: the request's body is not read to its end.
    close: bool = False

    @property
    def may_have_body(self) -> bool:
        """Whether HTTP allows a body, and so a length, with this status."""
        return self.status not in (204, 304)

    def with_headers(self, more: Iterable[tuple[str, str]]) -> "Reply":
        return Reply(self.status, self.body, (*self.headers, *more), self.close)

    def closing(self) -> "Reply":
        """The same reply, after which the connection is closed."""
        return Reply(self.status, self.body, self.headers, close=True)


@dataclass(slots=True)
class Pass:
    """The request goes on to the wrapped app.

    `session` is what the app finds at `scope["vwr"]` (None on unprotected paths). `cookies` and
    `extra_headers` are added to the app's response, which is private then. A response that a cache
    may share gets them only if there are cookies, and not `may_wait`; otherwise a later response
    brings them. `is_unheard`: the session has just begun, and the visitor has no ticket, so it is
    lost if these cookies do not arrive.
    """

    session: Session | None = None
    cookies: tuple[Cookie, ...] = ()
    may_wait: bool = False
    extra_headers: tuple[tuple[str, str], ...] = ()
    is_unheard: bool = False


# What is sent to our own addresses: the few fields of a query, a form or JSON.


_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"
_FIELDS_MOST = 20
_LONGEST_QUERY = 8192


def cookie_texts(request: Request, mark: CookieMark) -> list[str]:
    """The values of all cookies of this name, in order. A page of a subdomain may have set one that
    stands before the genuine one."""
    if not mark.is_in(request.cookies):
        return []
    return find(request.header("cookie"), mark.name)


def asked(request: Request) -> list[tuple[str, str]]:
    """Names and texts of the query. Of a very long one only the beginning is read."""
    return parse_qsl(request.query[:_LONGEST_QUERY])


def content_type(request: Request) -> str:
    """The content type of the request's body, without parameters; "" if there is none."""
    return request.header("content-type").partition(";")[0].strip().lower()


def fields_of(request: Request) -> dict[str, str] | None:
    """The fields of the body by name, the first of several with one name. None: unreadable."""
    kind = content_type(request)
    if not request.body.strip() or kind not in (_FORM, _JSON):
        return {}
    try:
        if kind == _JSON:
            content = json.loads(request.body)
            json.dumps(content, ensure_ascii=False).encode()  # half a surrogate pair is no text
            return content if _is_of_texts(content) else None
        pairs = parse_qsl(
            request.body.decode("utf-8"), keep_blank_values=True, max_num_fields=_FIELDS_MOST
        )
    except (ValueError, RecursionError):
        return None
    return dict(reversed(pairs))


def _is_of_texts(content: object) -> bool:
    return isinstance(content, dict) and all(isinstance(text, str) for text in content.values())
