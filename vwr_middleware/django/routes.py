"""The routes of a project's URLconf."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings as project
from django.urls import URLPattern, URLResolver
from django.urls.resolvers import LocalePrefixPattern, RoutePattern
from django.utils import translation
from django.utils.functional import Promise

from vwr_middleware.startup.unreached_paths import MANY, OR, Route, marked

_PLACEHOLDER = re.compile(r"<(?:[^>:]+:)?([^>]+)>")
#: Settings of apps for several hosts or tenants name the other URLconfs.
_URLCONFS = ("URLCONF", "URLCONFS", "HOSTCONF")
#: What a converter takes that surely takes no slash. A dot or a range may be one.
_ONE_NAME = re.compile(r"(?:\\[dw]|\[\^/\]|[\w\[\]{}()|,+*?-])+")
#: A regular expression that stands for one text, and what may follow that text.
_PLAIN = re.compile(r"\^(?P<text>(?:[\w/-]|\\[.-])*?)(?P<slash>/\?)?(?P<end>\$|\\Z)?\Z", re.ASCII)
#: The text with which one of one branch begins.
_BEGINNING = re.compile(r"\^(?P<text>(?:[\w/-]|\\[.-])*)(?![?*+{])[^|]*\Z", re.ASCII)


def routes_of(
    patterns: Sequence[Any], prefix: str = "/", marked_prefix: str = "/"
) -> Iterator[Route]:
    """The routes of these patterns, and of all that they include."""
    for pattern in patterns:
        if not isinstance(pattern, URLPattern | URLResolver):
            yield Route(prefix, marked_prefix + MANY)
            continue
        for text, marked_text in _marked(pattern.pattern, isinstance(pattern, URLPattern)):
            whole = prefix + text.removeprefix("^").removesuffix("$")
            if isinstance(pattern, URLResolver):
                yield from routes_of(pattern.url_patterns, whole, marked_prefix + marked_text)
            else:
                yield Route(whole, marked_prefix + marked_text)


def _marked(pattern: Any, is_last: bool) -> Iterator[tuple[str, str]]:
    """Each text of the pattern, and how it is marked."""
    if isinstance(pattern, LocalePrefixPattern):
        # Where no middleware chooses a language, the one that is set need not be among the others.
        codes = [project.LANGUAGE_CODE, *(code for code, _ in project.LANGUAGES)]
        yield "<language>/", f"{OR.join(codes)}/"
        if not pattern.prefix_default_language:
            yield "", ""
        return

    def has_slashes(placeholder: re.Match[str]) -> bool:
        converter = pattern.converters.get(placeholder[1])
        return converter is None or _ONE_NAME.fullmatch(converter.regex) is None

    for text in _texts(pattern):
        if isinstance(pattern, RoutePattern):
            yield text, marked(text, _PLACEHOLDER, has_slashes)
        else:
            yield text, _marked_regex(text, is_last)


def _texts(pattern: Any) -> Iterator[str]:
    """What the pattern says; one that is translated, in each language."""
    if not any(isinstance(value, Promise) for value in vars(pattern).values()):
        yield str(pattern)
        return
    for code, _ in project.LANGUAGES:
        with translation.override(code):
            text = str(pattern)
        yield text


def _marked_regex(text: str, is_last: bool) -> str:
    """A plain one as a route. Of any other only its beginning is known, where it has one."""
    found = _PLAIN.match(text)
    if found is None:
        begins = _BEGINNING.match(text)
        return f"{_unescaped(begins['text']) if begins else ''}{MANY}/"
    # Without its end, a regular expression also matches what follows.
    is_whole = found["end"] if is_last else not found["slash"]
    return _unescaped(found["text"]) + ("" if is_whole else MANY)


def _unescaped(text: str) -> str:
    return text.replace("\\", "")


def is_all_there_is() -> bool:
    """Whether no middleware is known to answer where no route leads, as that of flatpages does, or
    to take the routes of some hosts from elsewhere."""
    return not any("fallback" in name.lower() for name in project.MIDDLEWARE or ()) and not any(
        name.endswith(_URLCONFS) and name != "ROOT_URLCONF" for name in dir(project)
    )
