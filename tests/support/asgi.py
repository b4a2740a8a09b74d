"""Requests to an ASGI app in this process, and what comes out of it."""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from vwr_middleware.blocking import finish
from vwr_middleware.errors import ConfigurationError

NAVIGATION = {
    "accept": "text/html,application/xhtml+xml,*/*;q=0.8",
    "sec-fetch-mode": "navigate",
    "sec-fetch-dest": "document",
}


FETCH = {"accept": "*/*", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty"}


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

    # As servers do, which have been told of the error by a message.
    told = [ConfigurationError] * (scope["type"] == "lifespan")
    with suppress(*told):
        await app(scope, receive, send)
    return Answer(sent)


def started(app: Any) -> str:
    """What a server hears of the app's start: its answer, or why it failed."""
    end = {"type": "lifespan.shutdown"}
    first, *_ = call(app, {"type": "lifespan"}, {"type": "lifespan.startup"}, end).messages
    return str(first.get("message") or first["type"])


async def run(app: Any, *arguments: Any) -> None:
    """Call an app."""
    await app(*arguments)


async def nowhere(message: Any) -> None:
    """A `send` that leads nowhere."""
