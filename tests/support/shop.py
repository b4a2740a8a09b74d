"""A small app that knows nothing of a framework, so that it is the same behind every door."""

import json
from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Any

from vwr_middleware.web.session import Session

PARTS = [b"one ", b"two ", b"three"]
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@dataclass
class Answer:
    """What the app answers."""

    body: bytes
    kind: str = "text/plain"
    headers: tuple[tuple[str, str], ...] = ()
    status: int = 200


def shop(path: str, method: str, body: bytes, session: Session | None) -> Answer:
    """Any page of the shop."""
    page = _PAGES.get(path.removeprefix("/tickets"))
    if page is not None:
        return page(session)
    told: dict[str, Any] = {"path": path, "method": method, "body": body.decode()}
    told["session"] = session and {
        "id": session.id,
        "room": session.room,
        "position": session.position,
        "left": round(session.seconds_left),
        "is_new": session.is_new,
    }
    return Answer(json.dumps(told).encode(), "application/json")


def stream_headers(query: Container[str]) -> dict[str, str]:
    """What a stream begins with: `?last` makes it the last thing that the visitor wants."""
    return {"VWR-Session": "completed"} if "last" in query else {}


def _cached(*cache: str, **more: str) -> Callable[[Session | None], Answer]:
    fields = [("Cache-Control", value) for value in cache]
    fields += [(name.replace("_", "-"), value) for name, value in more.items()]
    return lambda session: Answer(b"page", headers=tuple(fields))


def _complete(session: Session | None) -> Answer:
    if session:
        session.complete()
    return Answer(b"thanks")


def _abandon(session: Session | None) -> Answer:
    if session:
        session.abandon()
    return Answer(b"bye")


def _break(session: Session | None) -> Answer:
    raise RuntimeError("the app has a fault")


_PAGES: dict[str, Callable[[Session | None], Answer]] = {
    "/public": _cached("public, max-age=60, s-maxage=90", Surrogate_Control="max-age=60"),
    "/private": _cached("private, max-age=5"),
    "/no-store": _cached("no-store"),
    "/cookies": _cached(Set_Cookie="app=1; Path=/"),
    "/done": _cached(VWR_Session="completed"),
    "/given-up": _cached(VWR_Session="abandoned"),
    "/done-in-public": _cached("public, max-age=60", VWR_Session="completed"),
    "/unserved": lambda session: Answer(b"", headers=(("VWR-Session", "unserved"),), status=502),
    "/complete": _complete,
    "/abandon": _abandon,
    "/broken": _break,
    "/qr.png": lambda session: Answer(b"\x89PNG", "image/png"),
    "/gone": lambda session: Answer(b"", "", status=204),
}
