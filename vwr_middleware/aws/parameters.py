"""What a call takes, from the query of a GET or the JSON of a POST, and whether it is there."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from vwr_middleware.aws.answers import by_gateway
from vwr_middleware.settings.kinds import is_text
from vwr_middleware.web.http import BODY_LIMIT, Request, content_type

#: Characters of a query at most.
_LONGEST = 8192


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a call takes: texts and numbers that it must have."""

    texts: Sequence[str] = ("event_id",)
    numbers: Sequence[str] = ()
    json_only: bool = False  # a body that says to be something else is refused


def of_query(wanted: Parameters, request: Request) -> Mapping[str, Any]:
    """The parameters of a GET. Of one that comes several times nobody can tell which is meant, so
    it is empty, which is no event and no request."""
    pairs = parse_qsl(request.query[:_LONGEST], keep_blank_values=True)
    given = dict(pairs)
    missing = [name for name in wanted.texts if name not in given]
    if missing:
        raise by_gateway(400, f"Missing required request parameters: [{', '.join(missing)}]")
    counts = Counter(name for name, _ in pairs)
    return {name: text if counts[name] == 1 else "" for name, text in given.items()}


def of_body(wanted: Parameters, request: Request) -> Mapping[str, Any]:
    """The parameters of a POST. Whatever else it has is left to the call."""
    if len(request.body) > BODY_LIMIT:
        raise by_gateway(413, "Request Too Long")
    if wanted.json_only and content_type(request) not in ("", "application/json"):
        raise by_gateway(415, "Unsupported Media Type")
    try:
        content = json.loads(request.body, object_pairs_hook=_each_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise by_gateway(400, "Invalid request body") from error
    if not isinstance(content, dict) or not _has_all(content, wanted):
        raise by_gateway(400, "Invalid request body")
    return content


def _has_all(content: Mapping[str, Any], wanted: Parameters) -> bool:
    has_texts = all(is_text(content.get(name)) for name in wanted.texts)
    return has_texts and all(is_number(content.get(name)) for name in wanted.numbers)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name comes twice")
    return found


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number in JSON")


def is_number(value: object) -> bool:
    """Whether it is a number of JSON. Python takes true for 1."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def whole(value: Any) -> int | None:
    """A number as a whole number, if it is one: JSON may write 5 as 5.0."""
    try:
        return int(value) if is_number(value) and int(value) == value else None
    except (OverflowError, ValueError):  # infinite
        return None
