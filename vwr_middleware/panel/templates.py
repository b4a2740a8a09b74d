"""The panel's pages, styles and script."""

from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment

from vwr_middleware.pages.templates import OwnFirst, new_environment
from vwr_middleware.panel import words
from vwr_middleware.panel.replies import reply
from vwr_middleware.web.http import Reply
from vwr_middleware.web.static_files import StaticFile, StaticFiles, asset_dir


class Templates:
    """Renders pages. `folders` hold a user's own templates, which win over ours."""

    def __init__(self, folders: Sequence[str | Path]) -> None:
        self.own_first = OwnFirst(_environment, folders)
        self._static = _static()

    def page(self, template: str, status: int = 200, /, **values: Any) -> Reply:
        """A whole page, or a part of one."""
        body = self.own_first.made(f"panel/{template}", lambda found: found.render(**values))
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
        "clock": words.clock,
        "count": words.count,
        "duration": words.duration,
        "field_moment": words.field_moment,
        "moment": words.moment,
        "told": words.in_words,
    }
    environment.globals["asset"] = _static().name_of
    return environment


@cache
def _static() -> StaticFiles:
    folder = asset_dir("static")
    names = ("panel.css", "panel.js", "icon.svg")
    return StaticFiles((name, (folder / name).read_bytes()) for name in names)
