"""Errors as problem details (RFC 9457)."""

import json
from collections.abc import Sequence
from http import HTTPStatus

from vwr_middleware.panel.templates import HEADERS
from vwr_middleware.web.http import Reply


def problem(status: int, detail: str, errors: Sequence[str] = ()) -> Reply:
    """What went wrong; `errors` name several things that are wrong at once."""
    content: dict[str, object] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if errors:
        content["errors"] = list(errors)
    body = json.dumps(content).encode()
    return Reply(status, body, (("Content-Type", "application/problem+json"), *HEADERS))
