"""A waiting page as bytes, and how a browser would read it."""

import json
from html.parser import HTMLParser
from typing import Any

from vwr_middleware.pages.view import View

VIEW = View(
    room="main",
    site="shop.example",
    you="waiting",
    state="queueing",
    generation=1,
    position=12_345,
    ahead=1234,
    serving=11_110,
    waiting=5000,
    behind=3765,
    wait_seconds=(600, 900),
    server_time=1_000_000_000.0,
    next_url="/tickets?seat=7&row=a",
)


class Reader(HTMLParser):
    """Collects what a browser would see: elements, and the text of each id."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self._open: list[str] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        if tag not in ("base", "meta", "link", "input", "img"):
            self._open.append(attributes.get("id") or "")

    def handle_endtag(self, tag: str) -> None:
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for name in filter(None, self._open):
            self.texts[name] = self.texts.get(name, "") + data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.texts["vwr-data"])[1]
        return found
