"""Visitors of an ASGI app behind a room, in this process: no server, and a clock that is told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.asgi import FETCH, NAVIGATION, Answer, acall, call, scope_of
from tests.support.clock import Clock
from vwr_middleware.asgi import WaitingRoomMiddleware
from vwr_middleware.blocking import finish
from vwr_middleware.events import Event
from vwr_middleware.settings import Settings
from vwr_middleware.site.routing import Site
from vwr_middleware.stores import Store
from vwr_middleware.stores.memory.store import MemoryStore

SECRET = "a secret of the tests, long enough"


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

    def at(self, house: House) -> "Visitor":
        """The same browser at another house."""
        return Visitor(house, self.headers, dict(self.jar))

    def get(self, path: str = "/tickets", **headers: str) -> Answer:
        """A request by script."""
        return self.ask("GET", path, FETCH, headers)

    def open(self, path: str = "/tickets", **headers: str) -> Answer:
        """A page is opened."""
        return self.ask("GET", path, NAVIGATION, headers)

    def post(self, path: str, body: bytes = b"", **headers: str) -> Answer:
        """A request by script that changes something."""
        return self.ask("POST", path, FETCH, headers, body)

    def ask(self, *given: Any, **more: Any) -> Answer:
        """Any request, as `asks` takes it."""
        return finish(self.asks(*given, **more))

    async def asks(
        self,
        method: str,
        path: str,
        kind: Mapping[str, str],
        headers: Mapping[str, str],
        body: bytes = b"",
        **more: Any,
    ) -> Answer:
        """Any request, which the store may keep waiting; cookies are kept."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        given = {"host": "shop.example", **kind, **self.headers, **named}
        if self.jar and "cookie" not in given:
            given["cookie"] = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        message = {"type": "http.request", "body": body, "more_body": False}
        scope = scope_of(path, given, method, **more)
        answer = await acall(self.house.middleware, scope, message)
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


def waiting(house: House) -> Visitor:
    """Somebody who has just taken a place in line."""
    visitor = house.visitor()
    assert visitor.open().status == 202
    return visitor
