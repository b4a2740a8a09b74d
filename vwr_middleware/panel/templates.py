"""The panel's pages, styles and script."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment

from vwr_middleware.assets import asset_dir
from vwr_middleware.explain import duration
from vwr_middleware.pages.own_first import OwnFirst
from vwr_middleware.pages.templates import new_environment
from vwr_middleware.web.http import Reply
from vwr_middleware.web.static_files import StaticFile, StaticFiles

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


class Templates:
    """Renders pages. `folders` hold a user's own templates, which win over ours."""

    def __init__(self, folders: Sequence[str | Path]) -> None:
        self.own_first = OwnFirst(_environment, folders)
        self._static = _static()

    def page(self, template: str, status: int = 200, /, **values: Any) -> Reply:
        """A whole page, or a part of one."""
        body = self.own_first.made(f"panel/{template}", lambda found: found.render(**values))
        return Reply(
            status, body.encode(), (("Content-Type", "text/html; charset=utf-8"), *HEADERS)
        )

    def static(self, hashed: str) -> StaticFile | None:
        """A style sheet or script by its hashed name."""
        return self._static.get(hashed)


def names_of_ours() -> list[str]:
    """The names by which a user's own templates win over ours."""
    folder = asset_dir("templates") / "panel"
    return sorted(f"panel/{file.name}" for file in folder.iterdir())


@lru_cache(maxsize=16)
def _environment(folders: tuple[str, ...]) -> Environment:
    """Templates are compiled once for all sites of a process, and again when a file changes."""
    environment = new_environment(folders)
    environment.filters |= {
        "count": count,
        "moment": moment,
        "field_moment": field_moment,
        "clock": clock,
        "told": told,
        "duration": duration,
    }
    environment.globals["asset"] = _static().name_of
    return environment


@cache
def _static() -> StaticFiles:
    folder = asset_dir("static")
    names = ("panel.css", "panel.js", "icon.svg")
    return StaticFiles((name, (folder / name).read_bytes()) for name in names)


def count(value: float | None) -> str:
    """A number with its thousands apart; a dash for none."""
    if value is None:
        return "—"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def moment(value: float | None) -> str:
    """A time as a date, in UTC: the script turns it into the operator's own."""
    return "" if value is None else _utc(value).strftime("%Y-%m-%d %H:%M UTC")


def field_moment(value: float | None) -> str:
    """The same as a field for dates takes it."""
    return "" if value is None else _utc(value).strftime("%Y-%m-%dT%H:%M")


def clock(value: float) -> str:
    """A time of the last days."""
    return _utc(value).strftime("%d %b %H:%M:%S")


def told(value: object, name: str = "") -> str:
    """A setting's value in words."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name in ("opens_at", "closes_at") and isinstance(value, int | float):
        return moment(value)
    if isinstance(value, int | float):
        return f"{value:,.10g}" if isinstance(value, float) else f"{value:,}"
    if isinstance(value, dict):
        parts = [f"{key} {told(item)}" for key, item in value.items() if key != "kind"]
        return ", ".join([str(value.get("kind", "")).replace("_", " "), *parts])
    return str(value)


def _utc(value: float) -> datetime:
    return datetime.fromtimestamp(value, UTC)
