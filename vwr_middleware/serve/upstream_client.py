"""The way to the app behind us: its address, the connections to it, and what is answered in its
place where there is none. HTTP itself is aiohttp's.
"""

import asyncio
import logging
from typing import Any
from urllib.parse import quote, urlsplit

import aiohttp
from yarl import URL

from vwr_middleware.asgi.replies import send_reply
from vwr_middleware.asgi.request import AsgiRequest, Scope, Send
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.gate.small_pages import unserved
from vwr_middleware.serve.options import problem_of_upstream
from vwr_middleware.site.routing import Site
from vwr_middleware.web.http import SITE_KEY, Reply
from vwr_middleware.web.replies import problem

log = logging.getLogger("vwr_middleware")

#: Bytes of one header of the app's, or of its status line, at most.
LONGEST_HEADER = 64 * 1024
#: Only with these is a kept connection used. The app may close one at any moment; then the request
#: is sent once more, which may be done only where that changes nothing.
_REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS"})
#: aiohttp would add these where the visitor sends none.
_NOT_ADDED = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")
#: Seconds for which a connection is kept for the next request.
_KEPT_FOR = 15.0

NO_ANSWER = "the app behind the waiting room does not answer: try again"
#: What is raised where the app does not answer.
AWAY = (TimeoutError, aiohttp.ClientError, OSError)


def checked(upstream: str) -> URL:
    """The address of a server. Raises ConfigurationError for one that cannot work."""
    if problem := problem_of_upstream(upstream):
        raise ConfigurationError([problem])
    parts = urlsplit(upstream)
    return URL.build(scheme=parts.scheme, authority=parts.netloc)


class UpstreamClient:
    """Asks one server. Its connections belong to the event loop in which it is first used."""

    def __init__(self, upstream: str, connect_within: float, answer_within: float) -> None:
        self.origin, self.answer_within = checked(upstream), answer_within
        self._connect_within = connect_within
        self._kept: aiohttp.ClientSession | None = None
        self._single: aiohttp.ClientSession | None = None
        self._is_away = False

    def url(self, scope: Scope) -> URL:
        """The address of a request at the app: the path byte by byte as the visitor sent it."""
        raw: bytes = scope.get("raw_path") or quote(scope["path"], safe="/%:@!$&'()*+,;=~").encode()
        path, _, _ = raw.partition(b"?")  # some servers leave the query in
        return URL.build(
            scheme=self.origin.scheme,
            authority=self.origin.raw_authority,
            path=_written(path),
            query_string=_written(scope.get("query_string") or b""),
            encoded=True,
        )

    async def ask(self, scope: Scope, headers: list[tuple[str, str]], body: Any) -> Any:
        """The app's response, of which the head has come. Raises one of AWAY, or ValueError for
        a request that cannot be written."""
        method: str = scope["method"]
        session = self._pooled() if method in _REPEATABLE and body is None else self.single()
        return await session.request(
            *(method, self.url(scope)), headers=headers, data=body, allow_redirects=False
        )

    def _pooled(self) -> aiohttp.ClientSession:
        if self._kept is None:
            self._kept = self._session(keepalive_timeout=_KEPT_FOR)
        return self._kept

    def single(self) -> aiohttp.ClientSession:
        """For requests each of which gets a connection of its own."""
        if self._single is None:
            self._single = self._session(force_close=True)
        return self._single

    def _session(self, **options: Any) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, **options),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._connect_within),
            skip_auto_headers=_NOT_ADDED,
            auto_decompress=False,
            max_line_size=LONGEST_HEADER,
            max_field_size=LONGEST_HEADER,
        )

    async def close(self) -> None:
        """Close all connections."""
        for session in (self._kept, self._single):
            if session is not None:
                await session.close()
        self._kept = self._single = None

    def is_there(self) -> None:
        """Note that the app has answered."""
        if self._is_away:
            self._is_away = False
            log.info("upstream: %s answers again", self.origin)

    def is_away(self, error: Exception) -> int:
        """Note that the app has not answered; returns the status that says so. Logged once."""
        if not self._is_away:
            self._is_away = True
            why = str(error) or type(error).__name__
            log.error("upstream: %s does not answer, so visitors get a 502: %s", self.origin, why)
        return 504 if isinstance(error, TimeoutError) else 502


async def answer_instead(
    status: int, request: AsgiRequest, send: Send, text: str = NO_ANSWER
) -> None:
    """Say in the app's place why it does not answer. The visitor's entry does not count."""
    site: Site | None = request.native.get(SITE_KEY)
    reply = unserved(request, site.settings, site.pages, status, text) if site else None
    reply = reply or problem(status, text)
    if request.native.get("vwr") is not None:
        reply = reply.with_headers([("VWR-Session", "unserved")])
    await send_reply(_closing_if_unread(reply, request), request, send)


def _closing_if_unread(reply: Reply, request: AsgiRequest) -> Reply:
    return reply.closing() if has_body(request.native) else reply


def has_body(scope: Scope) -> bool:
    """Whether a body comes with a request, as far as its headers tell."""
    length = chunked = False
    for name, value in scope["headers"]:
        length = length or (name == b"content-length" and value.strip() not in (b"", b"0"))
        chunked = chunked or name == b"transfer-encoding"
    return length or chunked


def _written(part: bytes) -> str:
    """A part of an address as text from which the client makes the same bytes again."""
    try:
        return part.decode()
    except UnicodeDecodeError:
        return quote(part, safe="/%:@!$&'()*+,;=~?")


async def until_one_ends(*work: asyncio.Future[None]) -> set[asyncio.Future[None]]:
    """Wait until one of two tasks has ended, and end the other. Those that ended by themselves."""
    try:
        done, _ = await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)
    return done
