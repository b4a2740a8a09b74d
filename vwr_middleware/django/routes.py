"""The routes of a project's URLconf."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings as project
from django.urls import URLPattern, URLResolver
from django.urls.resolvers import LocalePrefixPattern, RoutePattern

from vwr_middleware.routes import MANY, Route, marked

_PLACEHOLDER = re.compile(r"<(?:[^>:]+:)?([^>]+)>")
#: A regular expression that stands for one text, and what may follow that text.
_PLAIN = re.compile(r"\^(?P<text>[\w/-]*?)(?P<slash>/\?)?(?P<end>\$|\\Z)?\Z", re.ASCII)


def routes_of(
    patterns: Sequence[Any], prefix: str = "/", marked_prefix: str = "/"
) -> Iterator[Route]:
    """The routes of these patterns, and of all that they include."""
    for pattern in patterns:
        text = prefix + str(pattern.pattern).removeprefix("^").removesuffix("$")
        for marked_text in _marked(pattern.pattern, isinstance(pattern, URLPattern)):
            if isinstance(pattern, URLResolver):
                yield from routes_of(pattern.url_patterns, text, marked_prefix + marked_text)
            else:
                yield Route(text, marked_prefix + marked_text)


def _marked(pattern: Any, is_last: bool) -> Iterator[str]:
    if isinstance(pattern, RoutePattern):
        yield marked(str(pattern), _PLACEHOLDER, lambda found: _has_slashes(pattern, found[1]))
    elif isinstance(pattern, LocalePrefixPattern):
        yield from (f"{code}/" for code, _ in project.LANGUAGES)
        if not pattern.prefix_default_language:
            yield ""
    else:
        yield _marked_regex(str(pattern), is_last)


def _marked_regex(text: str, is_last: bool) -> str:
    """A plain one as a route. What any other leads to is not worked out: to all."""
    found = _PLAIN.match(text)
    if found is None:
        return f"{MANY}/"
    # Without its end, a regular expression also matches what follows.
    return found["text"] + ("" if found["end"] or not is_last else MANY)


def _has_slashes(pattern: RoutePattern, name: str) -> bool:
    converter = pattern.converters.get(name)
    return converter is None or re.fullmatch(converter.regex, "a/b") is not None


def has_fallback() -> bool:
    """Whether a middleware answers where no route leads, as that of flatpages does."""
    return any("fallback" in name.lower() for name in project.MIDDLEWARE or ())
