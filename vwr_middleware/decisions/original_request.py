"""The request that a proxy asks about, as the gate reads it. web/http.py says what its properties
are.

All but its address and method is in the headers of the question: cookies, Accept, languages. The
proxy that asks is trusted, so what it says of the visitor counts, as if `trusted_proxies` were one
at least.
"""

import re
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from vwr_middleware.decisions.dialects import ADDRESSES, Dialect
from vwr_middleware.decisions.permission import KEY_HEADER
from vwr_middleware.web.cookie_header import CookieMark
from vwr_middleware.web.http import LIKENESS, ORIGINAL_METHODS, USUAL_METHODS, Request
from vwr_middleware.web.request_kinds import is_navigation

#: Addresses that one question may name at most.
ADDRESSES_MOST = 8
#: What no address has in it. A proxy that passes such a one on may read it in its own way.
_CONTROL = re.compile(r"[\x00-\x20\x7f]")
_METHOD = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,32}")
_ORIGIN = re.compile(r"\A(?:(https?|wss?)://([^/?#]*))(?=[/?#]|\Z)", re.IGNORECASE)
_FORWARDED = frozenset({"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"})
#: Headers of the question that are not of the request.
_OF_QUESTION = frozenset({*ADDRESSES, *ORIGINAL_METHODS, KEY_HEADER})
#: What a script's request says: it takes no place and is shown no page.
_OF_SCRIPT = {"accept": "", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty"}
_SECURE = ("https", "wss")


class Unclear(Exception):
    """A question that does not say what it is about, with what is wrong: the proxy's fault."""


class Odd(Exception):
    """A question about an address that no browser sends: the visitor's fault."""


@dataclass(frozen=True, slots=True)
class Address:
    """An address that a visitor may have requested."""

    path: str  # decoded, without the mount prefix
    raw_path: str
    query: str
    scheme: str = ""
    host: str = ""


class OriginalRequest:
    """The request that a proxy asks about, at one of the addresses that the question names."""

    __slots__ = (
        *("_asked", "_dialect", "_hidden", "_is_https", "_told", "_trusted", "address", "body"),
        *("client", "cookies", "host", "is_websocket", "method", "mount", "path", "raw_path"),
    )

    def __init__(
        self, asked: Request, dialect: Dialect, address: Address, method: str, trusted: int
    ) -> None:
        self._asked, self._dialect, self._trusted = asked, dialect, trusted
        self.address, self.body = address, b""
        self.path, self.raw_path, self.mount = address.path, address.raw_path, asked.mount
        self.method, self.cookies = method, asked.cookies
        #: Over HTTP/2 a handshake has no Upgrade, and proxies send none when they ask.
        self.is_websocket = bool(asked.header("sec-websocket-version"))
        told = address.host or (dialect.host and _host(asked, dialect.host))
        self._told = told or asked.header("host")
        self.host = self._told.lower()
        self._hidden: dict[str, str] = {}
        self.client = "" if trusted else _nearest(asked.header("x-forwarded-for")) or asked.client

    def hide_page(self) -> None:
        """Let it look like a script's request, which takes no place: the proxy shows no page."""
        if is_navigation(self):
            self._hidden = {**_OF_SCRIPT, "upgrade-insecure-requests": ""}

    @property
    def query(self) -> str:
        return self.address.query

    @property
    def scheme(self) -> str:
        told = _nearest(self._asked.header("x-forwarded-proto")).lower()
        told = self.address.scheme or told or self._asked.scheme
        return "https" if told in _SECURE else "http"

    async def read_body(self) -> bytes | None:
        return b""  # proxies keep it

    @property
    def native(self) -> object:
        return self._asked.native

    @property
    def where(self) -> Hashable:
        return self.path, self.raw_path, self.mount, self.is_websocket

    def header(self, name: str) -> str:
        if name in self._hidden:
            return self._hidden[name]
        if name == "host":
            return self._told
        if name in _OF_QUESTION or (name in _FORWARDED and not self._trusted):
            return ""
        return self._asked.header(name)

    @property
    def likeness(self) -> tuple[str | bytes | None, ...]:
        papers = "papers" if self.brings_papers else None
        return "original", self.scheme, papers, *map(self.header, LIKENESS)

    def cookies_with(self, mark: CookieMark) -> str | bytes | None:
        return self._asked.cookies_with(mark)

    @property
    def brings_papers(self) -> bool:
        return self._asked.brings_papers


def originals(asked: Request, dialect: Dialect, rest: str, trusted: int) -> list[OriginalRequest]:
    """The request that a question is about, once for each address that it may be read to name.

    The first is the one that this proxy writes. `rest`: the rest of the address at which it asks.
    Raises Unclear and Odd.
    """
    method = _method(asked, dialect)
    texts = dict.fromkeys(_texts(asked, dialect, rest))
    if len(texts) > ADDRESSES_MOST:
        raise Odd
    return [
        OriginalRequest(asked, dialect, address_of(text, asked.mount), method, trusted)
        for text in texts
    ]


def _method(asked: Request, dialect: Dialect) -> str:
    if not dialect.method:
        return asked.method
    method = asked.header(dialect.method)
    if not _METHOD.fullmatch(method):
        raise Unclear(f"no method in the header {dialect.method.title()}")
    return method if method in USUAL_METHODS else method.upper()


def _texts(asked: Request, dialect: Dialect, rest: str) -> Iterator[str]:
    """The addresses that a question names, each as it was sent."""
    own = asked.header(dialect.address) if dialect.address else rest
    if not _is_address(own):
        where = f"the header {dialect.address.title()}" if dialect.address else "its path"
        raise Unclear(f"no address in {where}")
    yield from _each(own) if dialect.address else [own]
    for name in ADDRESSES:
        if name != dialect.address and (other := asked.header(name)):
            yield from filter(_is_address, _each(other))


def _each(header: str) -> Iterator[str]:
    """The addresses in a header: servers join several of one name by a comma. An address may have
    one in it too, so the whole is one reading."""
    yield header
    if "," in header:
        yield from filter(_is_address, map(str.strip, header.split(",", ADDRESSES_MOST)))


def _is_address(text: str) -> bool:
    return text.startswith("/") or text == "*" or _ORIGIN.match(text) is not None


def address_of(text: str, mount: str) -> Address:
    """An address as it was sent. Raises Odd for one with control characters.

    All of a header is latin-1, so each of its characters is one byte.
    """
    if _CONTROL.search(text) and not _is_several(text):
        raise Odd
    scheme = host = ""
    if origin := _ORIGIN.match(text):
        scheme, host = origin[1].lower(), origin[2]
        text = text[origin.end() :] or "/"
    raw, _, query = text.partition("?")
    path = raw
    if "%" in raw or not raw.isascii():
        path = unquote_to_bytes(raw.encode("latin-1", "replace")).decode("utf-8", "replace")
    if mount and f"{path}/".startswith(f"{mount}/"):
        path = path[len(mount) :] or "/"
    return Address(path, raw, query, scheme, host)


def _is_several(text: str) -> bool:
    """Whether these are several headers in one, as a server joins them: by a comma and a space."""
    return not _CONTROL.search(text.replace(", ", ","))


def _host(asked: Request, name: str) -> str:
    """The host. Of several Host headers none is the proxy's own, and the app may take any."""
    return asked.header(name) if name == "host" else _nearest(asked.header(name))


def _nearest(header: str) -> str:
    """The value that the proxy which asks has added, or has put in place of all others."""
    return header.rpartition(",")[2].strip()
