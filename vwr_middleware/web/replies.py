"""Replies that know no room: JSON, redirects, files, errors; the headers that they share, made once
for many visitors.
"""

import json
from collections.abc import Iterable
from typing import Any

from vwr_middleware.web.http import Cookie, Reply, Request, set_cookies
from vwr_middleware.web.request_kinds import takes_gzip
from vwr_middleware.web.static_files import StaticFile

JSON = ("Content-Type", "application/json")
HTML = ("Content-Type", "text/html; charset=utf-8")
#: In every answer of our own.
NO_SNIFF = ("X-Content-Type-Options", "nosniff")
#: In every page, redirect and file. In JSON it would say nothing, and each header costs polls time.
REFERRER = ("Referrer-Policy", "same-origin")
#: In every answer of our own, static files, the public status and public keys aside. A CDN that
#: knows no `no-store` obeys `private`; and a cache that obeys neither still tells visitors apart.
PRIVATE = (
    ("Cache-Control", "private, no-store"),
    (
        "Vary",
        "Cookie, Accept, Sec-Fetch-Mode, Sec-Fetch-Dest, Authorization, VWR-Ticket, VWR-Token",
    ),
    NO_SNIFF,
)

Headers = Iterable[tuple[str, str]]


def json_reply(status: int, content: Any, headers: Headers = ()) -> Reply:
    """A private JSON answer: with some content, or with bytes that are JSON already."""
    if not isinstance(content, bytes):
        content = json.dumps(content, separators=(",", ":")).encode()
    return Reply(status, content, (JSON, *PRIVATE, *headers))


def problem(status: int, text: str, headers: Headers = ()) -> Reply:
    """A clear error for a program."""
    return json_reply(status, {"error": text}, headers)


def broken_off() -> Reply:
    """The answer to a request whose body cannot be read whole, so that it takes no place in line.

    Either the client hung up in the middle, or the server does not say where the body ends.
    """
    return problem(400, "the body cannot be read to its end: send no body, or its Content-Length")


def see_other(path: str, headers: Headers = ()) -> Reply:
    """Sends a browser on, by a GET, to a path of this origin."""
    return Reply(303, b"", (("Location", path), *PRIVATE, REFERRER, *headers))


def file_reply(file: StaticFile, request: Request) -> Reply:
    """A style sheet or script, compressed for clients that take that."""
    headers = (
        ("Content-Type", file.content_type),
        ("Cache-Control", file.cache_control),
        ("Vary", "Accept-Encoding"),
        NO_SNIFF,
        REFERRER,
    )
    if file.gzipped and takes_gzip(request):
        return Reply(200, file.gzipped, (*headers, ("Content-Encoding", "gzip")))
    return Reply(200, file.body, headers)


def cookie_headers(cookies: Iterable[Cookie]) -> list[tuple[str, str]]:
    return [("Set-Cookie", text) for text in set_cookies(cookies)]


# Replies whose head is made once for many visitors.
#
# Encoding the four headers of a poll's answer costs as much as all else that we do for the poll. So
# they are encoded once for all polls.


Header = tuple[str, str]


class Head:
    """The status and headers that many replies have in common."""

    __slots__ = ("encoded", "headers", "status")

    def __init__(self, status: int, headers: Iterable[Header]) -> None:
        self.status, self.headers = status, tuple(headers)
        self.encoded = tuple(map(encode, self.headers))


class Ready(Reply):
    """A reply to a GET, never one that closes the connection: an adapter may send it at once."""

    __slots__ = ("_more", "head")

    def __init__(self, head: Head, body: bytes, more: tuple[Header, ...] = ()) -> None:
        self.head, self.body, self._more = head, body, more
        self.status, self.close = head.status, False
        self.headers = (*head.headers, *more) if more else head.headers

    def encoded(self) -> list[tuple[bytes, bytes]]:
        """The headers with the body's length, as ASGI wants them, in a new list."""
        length = (b"content-length", b"%d" % len(self.body))
        if not self._more:
            return [*self.head.encoded, length]
        return [*self.head.encoded, *map(encode, self._more), length]


def encode(header: Header) -> tuple[bytes, bytes]:
    """A header as ASGI wants it."""
    return header[0].lower().encode("latin-1"), header[1].encode("latin-1")
