"""The panel's replies: pages, JSON, errors as problem details, styles and script, and the headers
that all of them have.
"""

import json
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from jinja2 import Environment

from vwr_middleware.pages.languages import Language
from vwr_middleware.pages.templates import OwnFirst, new_environment
from vwr_middleware.panel import alarms, language, words
from vwr_middleware.panel.stock import odds_in_words
from vwr_middleware.panel.visitor_times import step_word
from vwr_middleware.web.http import Reply
from vwr_middleware.web.static_files import StaticFile, StaticFiles, asset_dir

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
    ("Cache-Control", "private, no-store"),
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


# The panel's pages, styles and script.


class Templates:
    """Renders pages. `folders` hold a user's own templates, which win over ours. `languages` are
    those that an operator may choose."""

    def __init__(self, folders: Sequence[str | Path], languages: Iterable[Language] = ()) -> None:
        self.own_first = OwnFirst(_environment, folders)
        self._languages = tuple(languages)
        self._static = _static()

    def page(self, template: str, status: int = 200, /, **values: Any) -> Reply:
        """A whole page, or a part of one."""
        values |= {"languages": self._languages}
        body = self.own_first.made(f"panel/{template}", lambda found: found.render(values))
        return reply(status, body.encode(), "text/html; charset=utf-8")

    def static(self, hashed: str) -> StaticFile | None:
        """A style sheet or script by its hashed name."""
        return self._static.get(hashed)


@lru_cache(maxsize=16)
def _environment(folders: tuple[str, ...]) -> Environment:
    """The environment of these folders, one for all sites of a process."""
    environment = new_environment(folders)
    environment.filters |= {
        "by_itself": words.by_itself,
        "by_whom": words.by_whom,
        "clock": words.clock,
        "outcome": words.outcome,
        "outcome_of_delivery": alarms.outcome_in_words,
        "count": words.count,
        "percent": language.percent,
        "duration": words.duration,
        "state_word": words.state_word,
        "step_word": step_word,
        "what_word": words.what_word,
        "you_word": words.you_word,
        "severity_word": words.severity_word,
        "field_moment": words.field_moment,
        "moment": words.moment,
        "told": words.in_words,
        "odds": odds_in_words,
        "short": words.short,
    }
    environment.globals |= {
        "_": language._,
        "asset": _static().name_of,
        "marked": language.marked,
        "bold": language.bold,
        "code": language.code,
        "script_texts": language.script_texts,
        "several": language.several,
        "spoken": language.spoken,
    }
    return environment


_OF_OVERVIEW = ("overview.css", "colleagues.js", "wall.js")


@cache
def _static() -> StaticFiles:
    folder = asset_dir("static")
    names = ("panel.css", "panel.js", "charts.js", "icon.svg", "icon-alarm.svg", *_OF_OVERVIEW)
    return StaticFiles((name, (folder / name).read_bytes()) for name in names)
