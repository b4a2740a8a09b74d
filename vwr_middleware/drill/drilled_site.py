"""Requests to the site, each with its pass, and what workers tell of themselves."""

import secrets
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.loadtest.agreement import Target
from vwr_middleware.loadtest.browser import NAVIGATION, SCRIPT, told_in
from vwr_middleware.papers.agreement import DRILL, DRILL_APP, drill_pass
from vwr_middleware.site.drill_rooms import PROBE, drill_name

SECONDS_MOST = 10.0
#: How often somebody asks again, and after how many seconds, while the store has too much to do.
_AGAIN, _PAUSE = 4, 0.5
_BODY_MOST = 2_000_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, with the time of asking and of the answer by this machine's clock."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    asked: float
    answered: float

    def header(self, name: str) -> str:
        """A header by its lower-case name; several joined by a comma."""
        return ", ".join(value for known, value in self.headers if known == name)

    @property
    def mark(self) -> str:
        """Which worker has answered; "" if none of the room's."""
        return self.header(DRILL.lower()).partition(".")[0]

    @property
    def number(self) -> str:
        """This answer's own number: the same again comes from a cache."""
        return self.header(DRILL.lower()).partition(".")[2]

    @property
    def told(self) -> dict[str, Any]:
        """The JSON; empty if it is none."""
        return told_in(self.body)

    @property
    def is_busy(self) -> bool:
        """Whether the room's store had too much to do."""
        return self.mark != "" and (self.status == 503 or self.header("vwr-state") == "store-down")

    @property
    def seconds(self) -> float:
        return self.answered - self.asked

    @property
    def set_cookies(self) -> list[str]:
        return [value for name, value in self.headers if name == "set-cookie"]

    def ahead(self) -> float | None:
        """By how much the Date header is ahead of this machine's clock; None without one."""
        try:
            date = parsedate_to_datetime(self.header("date")).timestamp()
        except ValueError:
            return None
        # It is cut off to whole seconds.
        return date + 0.5 - (self.asked + self.answered) / 2


@dataclass(slots=True)
class DrilledSite:
    """The site, as it is reached from here. Each request goes by a connection of its own, so that
    it may come to any worker."""

    target: Target
    prefix: str
    room_name: str
    token: str
    ahead: float = 0.0  # the site's clock before ours
    is_page_ours: bool = False  # the copy answers at the page; else nobody may open it
    probes: list[Answer] = field(default_factory=list)

    @property
    def copy(self) -> str:
        """The address of the room's copy."""
        return f"{self.prefix}/{drill_name(self.room_name)}"

    @property
    def is_https(self) -> bool:
        return self.target.origin.startswith("https://")

    def ask(
        self, method: str, path: str, headers: Mapping[str, str], *, shows: bool = True
    ) -> Answer:
        """A request. Raises StoreUnavailable if no answer comes."""
        given = {"User-Agent": "vwr drill", **headers}
        if shows:
            given[DRILL] = drill_pass(self.token, time.time() + self.ahead, secrets.token_hex(6))
        answer = self._asked(method, path, given, None)
        for _ in range(_AGAIN):
            if not answer.is_busy:
                break
            time.sleep(_PAUSE)
            answer = self._asked(method, path, given, None)
        return answer

    def post(self, path: str, headers: Mapping[str, str], body: str) -> Answer:
        """A form, without a pass."""
        return self._asked("POST", path, {"User-Agent": "vwr drill", **headers}, body)

    def _asked(
        self, method: str, path: str, headers: Mapping[str, str], body: str | None
    ) -> Answer:
        parts = urlsplit(self.target.origin)
        connection = self._connection(parts.hostname or "", parts.port)
        asked = time.time()
        try:
            connection.request(method, path, body, dict(headers))
            response = connection.getresponse()
            content = response.read(_BODY_MOST)
            pairs = tuple((name.lower(), value) for name, value in response.getheaders())
            return Answer(response.status, pairs, content, asked, time.time())
        except (OSError, HTTPException) as error:
            raise StoreUnavailable(
                f"{self.target.origin}{path} does not answer: {error}"
            ) from error
        finally:
            connection.close()

    def _connection(self, host: str, port: int | None) -> HTTPConnection:
        if self.is_https:
            context = ssl.create_default_context()
            return HTTPSConnection(host, port, timeout=SECONDS_MOST, context=context)
        return HTTPConnection(host, port, timeout=SECONDS_MOST)

    def probe(self, headers: Mapping[str, str] | None = None) -> Answer:
        """What some worker sees of this request."""
        return self.ask("GET", f"{self.copy}/{PROBE}", {**SCRIPT, **(headers or {})})

    def empty(self) -> Answer:
        """Empty the copy: of an earlier drill, or of this one."""
        return self.ask("POST", f"{self.copy}/{PROBE}", {**SCRIPT, "Origin": self.target.origin})

    def seen(self) -> dict[str, Any]:
        """What the first worker has told that answered."""
        return self.probes[0].told if self.probes else {}


class DrillVisitor:
    """A visitor of a drill, with the cookies of a browser."""

    def __init__(self, site: DrilledSite) -> None:
        self._site = site
        self.cookies: dict[str, str] = {}
        self.is_inside = False  # when the page was last opened

    def open(self) -> Answer:
        """Open the protected page."""
        answer = self._ask("GET", self._site.target.path, NAVIGATION)
        self.is_inside = self.is_let_in_by(answer)
        return answer

    def is_let_in_by(self, answer: Answer) -> bool:
        """Whether the page came: by the copy itself, or of the app, by a proxy that asked."""
        if answer.status >= 400:
            return False
        if answer.told.get("inside") is True:
            return True
        has_token = any(name.endswith("_token") for name in self.cookies)
        return has_token and not answer.mark and not answer.header("vwr-state")

    def open_app(self) -> Answer:
        """Open the protected page of the app itself, from inside."""
        return self._ask("GET", self._site.target.path, {**NAVIGATION, DRILL_APP: "1"})

    def position(self, door: bool = False) -> Answer:
        return self._ask("GET", f"{self._site.copy}/position{'?door=1' * door}", SCRIPT)

    def claim(self) -> Answer:
        return self._post("token?go=1")

    def leave(self) -> Answer:
        return self._post("leave")

    def probe(self) -> Answer:
        """What a worker sees of this visitor."""
        return self._ask("GET", f"{self._site.copy}/{PROBE}", SCRIPT)

    def _post(self, what: str) -> Answer:
        origin = self._site.target.origin
        return self._ask("POST", f"{self._site.copy}/{what}", {**SCRIPT, "Origin": origin})

    def _ask(self, method: str, path: str, headers: Mapping[str, str]) -> Answer:
        sent = dict(headers)
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={text}" for name, text in self.cookies.items())
        answer = self._site.ask(method, path, sent)
        for text in answer.set_cookies:
            self._keep(text)
        return answer

    def _keep(self, text: str) -> None:
        found: SimpleCookie = SimpleCookie()
        try:
            found.load(text)
        except CookieError:
            return
        for name, morsel in found.items():
            if morsel["max-age"] == "0" or not morsel.value:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = morsel.value
