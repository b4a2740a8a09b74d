"""The panel's replies: the headers that all of them have, JSON, and errors as problem details."""

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from vwr_middleware.web.http import Reply

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
#: On every answer of the panel but its static files.
HEADERS = (
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", POLICY),
    ("X-Frame-Options", "DENY"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Robots-Tag", "noindex, nofollow"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Vary", "Cookie, Accept, Authorization"),
)


def reply(status: int, body: bytes, kind: str) -> Reply:
    """A reply with a body of this content type."""
    return Reply(status, body, (("Content-Type", kind), *HEADERS))


def json_reply(status: int, content: Any, kind: str = "application/json") -> Reply:
    """A reply with this content as JSON."""
    return reply(status, json.dumps(content).encode(), kind)


def problem(status: int, detail: str, errors: Sequence[str] = ()) -> Reply:
    """What went wrong (RFC 9457); `errors` name several things that are wrong at once."""
    content: dict[str, object] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if errors:
        content["errors"] = list(errors)
    return json_reply(status, content, "application/problem+json")
