"""A room that only pretends: it serves the real page, and answers its polls as a test tells it."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from tests.support.serving import serving
from vwr_middleware.pages.announcements import NO_MESSAGE, Announcement
from vwr_middleware.pages.pages import Pages
from vwr_middleware.pages.view import View

BASE, STATIC, WANTED = "/vwr/main", "/vwr/static", "/tickets"


@dataclass
class PretendRoom:
    """What the next answers say. Every poll is noted in `calls`."""

    pages: Pages = field(default_factory=Pages)
    url: str = ""
    view: View = field(
        default_factory=lambda: View(
            room="main",
            site="Example Tickets",
            you="waiting",
            state="queueing",
            position=1600,
            ahead=400,
            serving=1199,
            waiting=2100,
            behind=500,
            wait_seconds=(600, 900),
            server_time=time.time(),
            next_url=WANTED,
            base=BASE,
            static=STATIC,
        )
    )
    #: What it says from the first answer on after the next page.
    then: dict[str, Any] = field(default_factory=dict)
    #: Seconds until the page is told to ask again.
    poll: float = 0.1
    #: The same for those who read the public numbers alone, if it is another.
    far: float | None = None
    each: float = 0.0
    generation: int = 1
    watch: str = "position"
    horizon: int = 1000
    #: What the public status says of what is left, if it says anything.
    stock: dict[str, Any] | None = None
    #: Answer polls with this status and no JSON.
    broken: int = 0
    #: The claim is refused for as long as this is set.
    refuses: bool = False
    #: The visitor has a token that works, or a cookie for it.
    is_inside: bool = False
    keeps_token: bool = True
    #: So many calls of the app are told that there are too many at once.
    crowded: int = 0
    #: So many calls of the app are told to wait, though the visitor be in.
    forgets: int = 0
    #: Pages that refuse to be shown in a frame: "inside" or "all".
    unframed: str = ""
    #: Where newcomers must go before they get a place.
    challenge: str = ""
    #: Addresses that the server does not know, by how they begin.
    missing: str = "/nothing is missing"
    #: Seconds left of the session, once they are few.
    expires: int | None = None
    calls: list[str] = field(default_factory=list)

    def set(self, **changes: Any) -> None:
        """Change what the room says."""
        self.view = replace(self.view, **changes)

    def count(self, path: str) -> int:
        """How often a path was asked for."""
        return sum(call.partition("?")[0] == path for call in self.calls)

    def answer(self, request: Request) -> Response:
        """One request."""
        query = request.query_string.decode()
        self.calls.append(request.path + (f"?{query}" if query else ""))
        if request.path.startswith(self.missing):
            return Response("not here", 404)
        if request.path.startswith(STATIC):
            return self._static(request.path.removeprefix(STATIC + "/"))
        if request.path == WANTED or request.path == f"{BASE}/":
            return self._page(request)
        if request.path == self.challenge:
            return Response("<title>Prove it</title>", mimetype="text/html")
        if request.path == "/app":
            script = f'<script src="{STATIC}/vwr.js"></script>'
            return Response(f"<title>App</title>{script}", mimetype="text/html")
        if request.path == "/api":
            return self._api(request)
        if self.broken:
            return Response("out of order", self.broken)
        answers: dict[str, Callable[[], Response]] = {
            f"{BASE}/position": lambda: self._json(self._own()),
            f"{BASE}/status": lambda: self._json(self._public()),
            f"{BASE}/token": self._token,
            f"{BASE}/leave": self._leave,
            f"{BASE}/tickets": self._tickets,
            **{f"{BASE}/message/{code}": partial(self._message, code) for code in self.pages.words},
        }
        found = answers.get(request.path)
        return found() if found else Response("the site's own 404", 404)

    def _page(self, request: Request) -> Response:
        if self.is_inside and self.keeps_token:
            inside = "<title>Inside</title><h1>Choose your seats</h1>"
            return self._framed(Response(inside, mimetype="text/html"), "inside")
        if self.challenge and self.view.you != "waiting":
            return redirect(self.challenge, 303)
        chosen = request.args.get("lang") or request.cookies.get("vwr_lang", "")
        language = self.pages.languages.best(request.headers.get("Accept-Language", ""), chosen)
        view = replace(
            self.view,
            language=language,
            next_url=request.args.get("next", self.view.next_url),
            reload=request.path == WANTED and request.method == "GET",
            stopped_method=self._stopped_method(request),
            refresh=request.args.get("refresh") != "off",
            generation=self.generation,
            server_time=time.time(),
        )
        response = Response(self.pages.waiting(view), 202, mimetype="text/html")
        response.headers["Content-Security-Policy"] = self.pages.content_security_policy
        response.headers["Cache-Control"] = "no-store"
        self.set(**self.then)
        self.then = {}
        return self._framed(response, "waiting")

    def _stopped_method(self, request: Request) -> str:
        is_stopped = request.method == "POST" or "stopped" in request.args
        return "POST" if is_stopped else self.view.stopped_method

    def _framed(self, response: Response, page: str) -> Response:
        if self.unframed in ("all", page):
            # As well as what the page itself says; X-Frame-Options would yield to that.
            response.headers.add("Content-Security-Policy", "frame-ancestors 'none'")
        return response

    def _api(self, request: Request) -> Response:
        if self.crowded:
            self.crowded -= 1
            response = self._json(self._own(), 429)
            told = {"VWR-State": "admitted", "VWR-Waiting-Room": f"{BASE}/", "Retry-After": "3"}
            response.headers.update(told)
            return response
        self.forgets -= self.is_inside
        if self.is_inside and self.forgets < 0:
            told = {"method": request.method, "body": request.get_data(as_text=True)}
            response = self._json(told)
            if self.expires is not None:
                response.headers["VWR-Session-Expires"] = str(self.expires)
            return response
        response = self._json(self._own(), 429)
        response.headers["VWR-Waiting-Room"] = f"{BASE}/?next=/app"
        return response

    def _message(self, language: str) -> Response:
        announcement = self.view.announcement
        return self._json(announcement.as_json(language) if announcement else {**NO_MESSAGE})

    def announce(self, announcement: Announcement) -> None:
        """Say a message in full."""
        self.set(message=announcement.message, announcement=announcement)

    def _static(self, name: str) -> Response:
        file = self.pages.static_file(name)
        if file is None:
            return Response("no such file", 404)
        return Response(file.body, content_type=file.content_type)

    def _public(self) -> dict[str, Any]:
        view = self.view
        return {
            "room": view.room,
            "state": view.state,
            "generation": self.generation,
            "serving": view.serving,
            "waiting": view.waiting,
            "horizon": self.horizon,
            "poll": {"near": self.poll, "far": self.far or self.poll, "each": self.each},
            "opens_at": view.opens_at,
            "opening": view.opening,
            "joins_from": view.joins_from,
            "message": view.message,
            "went_in_lately": view.went_in_lately,
            "message_id": view.announcement.shown_id if view.announcement else "",
            "server_time": time.time(),
            **({"stock": self.stock} if self.stock else {}),
        }

    def _own(self) -> dict[str, Any]:
        view, wait = self.view, self.view.wait_seconds
        store = {"store": "down"} if view.store_down else {}
        return (
            self._public()
            | store
            | {
                "you": "admitted" if self.is_inside and self.keeps_token else view.you,
                "position": view.position,
                "ahead": view.ahead,
                "may_enter": view.you == "may_enter",
                "wait_seconds": wait and {"low": wait[0], "high": wait[1]},
                "wait_reason": view.wait_reason,
                "behind": view.behind,
                "odds": view.odds and {"likely": view.odds[0], "chance": view.odds[1] / 10},
                "claim_by": view.claim_by,
                **({"why": view.why} if view.why else {}),
                "retry_after": self.poll,
                "watch": self.watch,
            }
        )

    def _token(self) -> Response:
        if self.view.you == "reset":
            return self._json(self._own(), 410)
        if self.refuses:
            return self._json(self._own() | {"you": "next", "may_enter": False}, 202)
        self.is_inside = True
        return self._json({"token": "t", "token_type": "Bearer", "expires_in": 60})

    def _leave(self) -> Response:
        self.set(you="left", position=None, ahead=None, wait_seconds=None)
        return self._json(self._own())

    def _tickets(self) -> Response:
        if self.challenge:
            return self._json({"error": "first", "challenge": self.challenge}, 403)
        if self.view.full:
            return self._json(self._own(), 503)
        if (self.view.you, self.view.state) == ("reset", "closed"):
            return self._json(self._own() | {"you": "none"}, 503)
        self.set(you="waiting", why="", position=2000, ahead=800)
        return self._json(self._own() | {"ticket": "t"}, 201)

    def _json(self, content: dict[str, Any], status: int = 200) -> Response:
        return Response(json.dumps(content), status, mimetype="application/json")


@contextmanager
def pretend_room() -> Iterator[PretendRoom]:
    """A room that answers at `room.url`."""
    room = PretendRoom()
    app = Request.application(room.answer)
    with serving(app) as room.url:
        yield room
