"""The few fields that a visitor's form or a program's JSON sends to a room's own addresses."""

import json
from urllib.parse import parse_qsl

from vwr_middleware.web.http import Request

_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"
_FIELDS_MOST = 20


def fields_of(request: Request) -> dict[str, str] | None:
    """Names and texts, the first of each name; None for what cannot be read as such."""
    kind = request.header("content-type").partition(";")[0].strip().lower()
    if not request.body.strip() or kind not in (_FORM, _JSON):
        return {}
    try:
        if kind == _JSON:
            content = json.loads(request.body)
            return content if _is_of_texts(content) else None
        pairs = parse_qsl(
            request.body.decode("utf-8"), keep_blank_values=True, max_num_fields=_FIELDS_MOST
        )
    except (ValueError, RecursionError):
        return None
    return dict(reversed(pairs))


def _is_of_texts(content: object) -> bool:
    return isinstance(content, dict) and all(isinstance(text, str) for text in content.values())
