"""Replies whose head is made once for many visitors.

Encoding the four headers of a poll's answer costs as much as all else that we do for the poll. So
they are encoded once for all polls.
"""

from collections.abc import Iterable

from vwr_middleware.web.http import Reply

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
