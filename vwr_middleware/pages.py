"""The waiting page."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What the page shows."""

    room: str
    site: str
    you: str
    state: str
    full: bool = False
    position: int | None = None
    ahead: int | None = None
    serving: int = 0
    waiting: int = 0
    wait_seconds: tuple[int, int] | None = None
    claim_by: float | None = None
    opens_at: float | None = None
    message: str = ""
    server_time: float = 0.0
    poll: float = 10.0
    next_url: str = "/"
    reload: bool = True
    stopped_method: str = ""
    store_down: bool = False
    base: str = "/vwr/main"
    static: str = "/vwr/static"
    language: str = "en"


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file."""

    body: bytes
    content_type: str
    gzipped: bytes = b""


class Pages:
    """Pages."""

    content_security_policy = "default-src 'self'; frame-ancestors 'self'"

    def __init__(self, *, folders: Sequence[str | Path] = (), site_name: str = "") -> None:
        self.folders = folders

    def waiting(self, view: View) -> bytes:
        """The page."""
        return f"<!doctype html><title>{escape(view.you)}</title><p>{view.position}".encode()

    def language(self, accept_language: str, chosen: str = "") -> str:
        """The language."""
        return "en"

    def static_file(self, name: str) -> StaticFile | None:
        """A file."""
        return None
