"""What a visitor's browser or program sends, and what it reads in the answers.

How requests travel is another's part (`Send`): Locust's client, or an app in the same process.
"""

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

#: What a browser says of itself when somebody follows a link, and when a page's script asks.
NAVIGATION = {
    "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
    "Accept-Language": "en",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
    "Upgrade-Insecure-Requests": "1",
}
SCRIPT = {"Accept": "*/*", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}
PROGRAM = {"Accept": "application/json"}
REDIRECTS_MOST = 5
#: Files of one page that are loaded at most.
FILES_MOST = 40

_REDIRECTS = (301, 302, 303, 307, 308)
_DATA = re.compile(r"<script[^>]*\bid=[\"']?vwr-data\b[^>]*>(.*?)</script>", re.DOTALL)
_REFRESH = re.compile(
    r"http-equiv=[\"']?refresh[\"']?\s+content=[\"'](\d+)(?:\s*;\s*url=([^\"']*))?", re.IGNORECASE
)
_FILES = re.compile(
    r"<(?:script|img)\b[^>]*?\bsrc=[\"']?([^\"'\s>]+)"
    r"|<link\b(?=[^>]*\brel=[\"']?(?:stylesheet|icon))[^>]*?\bhref=[\"']?([^\"'\s>]+)",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"\w_token=([\w-]+)\.([\w-]+)\.([\w-]+)")


def told_in(body: bytes) -> dict[str, Any]:
    """The JSON object in a body; empty if there is none."""
    try:
        content = json.loads(body)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. A status of 0: nothing did."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)  # names in lower case
    body: bytes = b""
    cookies: tuple[str, ...] = ()  # the Set-Cookie headers
    url: str = ""

    @property
    def state(self) -> str:
        """What the room says of the visitor; "" where the app has answered."""
        word = self.headers.get("vwr-state", "")
        return "" if word == "admitted" else word

    @property
    def told(self) -> dict[str, Any]:
        """The JSON; empty if it is none."""
        return told_in(self.body)

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def is_error(self) -> bool:
        """Whether no visitor should get it: it is not the room's, and no page either."""
        return not self.state and not 200 <= self.status < 400

    def page_data(self) -> dict[str, Any]:
        """What the waiting page tells its script: the standing, and `base`."""
        found = _DATA.search(self.text)
        try:
            words, data = json.loads(found[1]) if found else ({}, {})
            return {**data, "base": words.get("base", "")}
        except (ValueError, TypeError, AttributeError):
            return {}

    def refresh(self) -> tuple[float, str] | None:
        """In how many seconds the page loads which address, where no script runs."""
        found = _REFRESH.search(self.text)
        return (float(found[1]), unescape(found[2] or "")) if found else None

    def place_of_token(self) -> tuple[int, int] | None:
        """Generation and position of the access token that it sets."""
        for cookie in self.cookies:
            if found := _TOKEN.search(cookie):
                try:
                    told = json.loads(base64.urlsafe_b64decode(found[2] + "=="))
                    return int(told["gen"]), int(told["pos"])
                except (ValueError, KeyError, TypeError):
                    continue
        return None


#: Sends a request to an address of the origin: method, address, headers, and what it is called in
#: the figures. An answer that is an error counts as one there, unless its status is in `fine`.
Send = Callable[[str, str, Mapping[str, str], str, tuple[int, ...]], Answer]


class Browser:
    """A browser with the files that it has loaded already. Its cookies are the sender's part."""

    def __init__(self, origin: str, send: Send) -> None:
        self._origin, self._send = origin, send
        self._loaded: set[str] = set()

    def open(self, path: str, name: str) -> Answer:
        """Open a page and load its files. Redirects are followed on this site only: then the
        answer is the one that leads elsewhere."""
        answer = self._send("GET", path, NAVIGATION, name, ())
        for _ in range(REDIRECTS_MOST):
            where = self._same_site(answer)
            if where is None:
                break
            answer = self._send("GET", where, NAVIGATION, name, ())
        if answer.headers.get("content-type", "").startswith("text/html"):
            self._load_files(answer, path)
        return answer

    def ask(self, path: str, name: str) -> Answer:
        """A question of the page's script."""
        return self._send("GET", path, self._by_script(), name, ())

    def post(self, path: str, name: str, fine: tuple[int, ...] = ()) -> Answer:
        """Something that the page's script changes."""
        return self._send("POST", path, {**self._by_script(), "Origin": self._origin}, name, fine)

    def _by_script(self) -> dict[str, str]:
        return {**SCRIPT, "Sec-Fetch-Site": "same-origin"}

    def _same_site(self, answer: Answer) -> str | None:
        """Where a redirect leads, if that is on this site."""
        if answer.status not in _REDIRECTS:
            return None
        where = urljoin(self._origin + (answer.url or "/"), answer.headers.get("location", ""))
        return self._within(where)

    def _within(self, url: str) -> str | None:
        """The address of a URL on this site; None for another's."""
        try:
            parts = urlsplit(url)
        except ValueError:
            return None
        if f"{parts.scheme}://{parts.netloc}" != self._origin:
            return None
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def _load_files(self, page: Answer, path: str) -> None:
        """Style sheets, scripts and pictures of this site, each once: browsers keep them."""
        base = self._origin + (page.url or path)
        found = (unescape(script or sheet) for script, sheet in _FILES.findall(page.text))
        for url in list(dict.fromkeys(found))[:FILES_MOST]:
            where = self._within(urljoin(base, url))
            if where is not None and where not in self._loaded:
                self._loaded.add(where)
                self._send("GET", where, {"Accept": "*/*", "Sec-Fetch-Dest": "style"}, "a file", ())
