"""Visitors of an ASGI app in this process: no server, no event loop, a clock that is told."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.clock import Clock
from vwr_middleware.asgi import WaitingRoomMiddleware
from vwr_middleware.blocking import finish
from vwr_middleware.events import Event
from vwr_middleware.settings import Settings
from vwr_middleware.site import Site
from vwr_middleware.stores import Store
from vwr_middleware.stores.memory import MemoryStore

SECRET = "a secret of the tests, long enough"
NAVIGATION = {
    "accept": "text/html,application/xhtml+xml,*/*;q=0.8",
    "sec-fetch-mode": "navigate",
    "sec-fetch-dest": "document",
}
FETCH = {"accept": "*/*", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty"}
Pairs = list[tuple[bytes, bytes]]


@dataclass
class Answer:
    """What came out of an app."""

    messages: list[dict[str, Any]]

    @property
    def status(self) -> int:
        """The status, of a denied WebSocket too."""
        found = [m["status"] for m in self.messages if "status" in m]
        assert len(found) == 1, self.messages
        status: int = found[0]
        return status

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """All headers, of an accepted WebSocket too."""
        return [
            (name.decode("latin-1").lower(), value.decode("latin-1"))
            for message in self.messages
            for name, value in message.get("headers", ())
        ]

    def all(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value for known, value in self.pairs if known == name.lower()]

    def header(self, name: str) -> str:
        """The one value of a header, or an empty string."""
        values = self.all(name)
        assert len(values) < 2, values
        return values[0] if values else ""

    @property
    def body(self) -> bytes:
        """The body."""
        return b"".join(m.get("body", b"") for m in self.messages if m["type"].endswith(".body"))

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def has_passed(self) -> bool:
        """Whether the app answered."""
        return self.body == b"the shop"

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that it sets; an empty value removes one."""
        bare = [value.partition(";")[0].partition("=") for value in self.all("set-cookie")]
        return {name: value for name, _, value in bare}


@dataclass
class Shop:
    """The wrapped app. It answers alike, and keeps the scopes that reached it."""

    headers: list[tuple[str, str]] = field(default_factory=list)
    scopes: list[dict[str, Any]] = field(default_factory=list)
    on_request: Callable[[dict[str, Any]], object] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scopes.append(scope)
        if self.on_request:
            self.on_request(scope)
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
            return
        headers = [(n.encode("latin-1"), v.encode("latin-1")) for n, v in self.headers]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"the shop"})


def scope_of(
    path: str,
    headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
    method: str = "GET",
    **more: Any,
) -> dict[str, Any]:
    """The scope of a request as uvicorn makes it."""
    bare, _, query = path.partition("?")
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": bare,
        "raw_path": bare.encode("utf-8", "surrogatepass"),
        "query_string": query.encode("latin-1", "replace"),
        "root_path": "",
        "headers": [(n.encode("latin-1"), v.encode("latin-1")) for n, v in pairs],
        "client": ("203.0.113.7", 50000),
        "server": ("127.0.0.1", 80),
        "extensions": {},
        **more,
    }


def call(app: Any, scope: dict[str, Any], *received: dict[str, Any]) -> Answer:
    """One request to an app that never waits for anything."""
    return finish(acall(app, scope, *received))


async def acall(app: Any, scope: dict[str, Any], *received: dict[str, Any]) -> Answer:
    """One request to an app."""
    sent: list[dict[str, Any]] = []
    waiting = list(received)

    async def receive() -> dict[str, Any]:
        if waiting:
            return waiting.pop(0)
        if scope["type"] == "websocket":
            return {"type": "websocket.connect"}
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return Answer(sent)


@dataclass(repr=False)
class House:
    """A shop behind a waiting room, with everything that a test may want to look at."""

    clock: Clock
    app: Any
    store: Store
    site: Site
    middleware: WaitingRoomMiddleware
    events: list[Event]

    def visitor(self, **headers: str) -> "Visitor":
        """A fresh visitor, whose every request carries these headers (`_` for `-`)."""
        return Visitor(self, {name.replace("_", "-"): v for name, v in headers.items()})

    def told(self, name: str) -> list[str]:
        """The subjects of all events of this name."""
        return [event.subject for event in self.events if event.name == name]

    @property
    def issued(self) -> int:
        """The queue counter."""
        issued: int = self.visitor().get("/vwr/main/status").json["issued"]
        return issued

    def pass_by(self, seconds: float) -> None:
        """Let time pass, half a second at a time, with a worker that goes on refreshing."""
        whole = self.clock.now + seconds
        while self.clock.now < whole:
            self.clock.now = min(whole, self.clock.now + 0.5)
            self.visitor().get("/vwr/main/status")


def make_house(
    clock: Clock,
    app: Any = None,
    store: Store | None = None,
    monotonic: Callable[[], float] | None = None,
    **settings: Any,
) -> House:
    """One worker over a store (its own in memory, unless another is given)."""
    events: list[Event] = []
    app = app or Shop()
    store = store or MemoryStore(clock)
    given = {"secret_key": SECRET, "on_event": events.append, "store": "memory://", **settings}
    if "rooms" not in given:
        given = {"paths": "/tickets", **given}
    site = Site(Settings(**given), store, monotonic or clock, clock)
    return House(clock, app, store, site, WaitingRoomMiddleware(app, site=site), events)


@dataclass
class Visitor:
    """A browser or program with a cookie jar."""

    house: House
    headers: dict[str, str]
    jar: dict[str, str] = field(default_factory=dict)

    def get(self, path: str = "/tickets", **headers: str) -> Answer:
        """A request by script."""
        return self.ask("GET", path, FETCH, headers)

    def open(self, path: str = "/tickets", **headers: str) -> Answer:
        """A page is opened."""
        return self.ask("GET", path, NAVIGATION, headers)

    def post(self, path: str, body: bytes = b"", **headers: str) -> Answer:
        """A request by script that changes something."""
        return self.ask("POST", path, FETCH, headers, body)

    def ask(
        self,
        method: str,
        path: str,
        kind: Mapping[str, str],
        headers: Mapping[str, str],
        body: bytes = b"",
        **more: Any,
    ) -> Answer:
        """Any request; cookies are kept."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        given = {"host": "shop.example", **kind, **self.headers, **named}
        if self.jar and "cookie" not in given:
            given["cookie"] = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        message = {"type": "http.request", "body": body, "more_body": False}
        answer = call(self.house.middleware, scope_of(path, given, method, **more), message)
        self.keep(answer)
        return answer

    def connect(self, path: str = "/tickets/live", denies: bool = True, **headers: str) -> Answer:
        """A WebSocket handshake; `denies`: the server can answer it with a response."""
        given = {"host": "shop.example", **headers}
        if self.jar:
            given["cookie"] = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        extensions: dict[str, Any] = {"websocket.http.response": {}} if denies else {}
        scope = scope_of(path, given, type="websocket", scheme="ws", extensions=extensions)
        del scope["method"]
        answer = call(self.house.middleware, scope)
        self.keep(answer)
        return answer

    def keep(self, answer: Answer) -> None:
        """Keep the cookies of an answer."""
        for name, value in answer.cookies.items():
            if value:
                self.jar[name] = value
            else:
                self.jar.pop(name, None)


def inside(house: House) -> Visitor:
    """Somebody who has just been let in and has come back once."""
    visitor = house.visitor()
    assert visitor.open().has_passed
    assert visitor.open().has_passed
    return visitor
