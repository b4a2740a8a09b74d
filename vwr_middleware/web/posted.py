"""What is sent to our own addresses: the few fields of a query, a form or JSON."""

import json
from urllib.parse import parse_qsl

from vwr_middleware.web.http import Request

_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"
_FIELDS_MOST = 20
_LONGEST_QUERY = 8192


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
