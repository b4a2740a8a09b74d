"""What is read of a request's body."""

from collections.abc import Callable, Mapping
from typing import Any

from vwr_middleware.web.http import BODY_LIMIT

Environ = Mapping[str, Any]
Read = Callable[[int], bytes]


def read_body(environ: Environ, read: Read, *, ends: bool) -> bytes | None:
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


def content_length(environ: Environ) -> int | None:
    """The length as it was told; None if it was not, or if that is no number."""
    text = environ.get("CONTENT_LENGTH") or ""
    return int(text[:18]) if text.isascii() and text.isdigit() else None


def drain(environ: Environ) -> None:
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
