"""A room's own addresses: /vwr/<room>/ and what lies below it."""

import hashlib
import json
from collections.abc import Awaitable, Callable
from math import ceil
from typing import Any
from urllib.parse import parse_qs

from vwr_middleware import standing as stand
from vwr_middleware.cors import cors_headers, may_post, preflight_headers
from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.gate import Gate
from vwr_middleware.http import BODY_LIMIT, Cookie, Reply, Request
from vwr_middleware.line.answers import Snapshot, Turn
from vwr_middleware.next_url import checked
from vwr_middleware.replies import JSON, PRIVATE, cookie_headers, json_reply
from vwr_middleware.standing import Standing
from vwr_middleware.tickets import Ticket
from vwr_middleware.turns import after_knock
from vwr_middleware.visit import Visit

#: The page's addresses and the methods that each takes.
METHODS = {
    "": ("GET", "HEAD"),
    "status": ("GET", "HEAD"),
    "position": ("GET", "HEAD"),
    "tickets": ("POST",),
    "token": ("POST",),
    "leave": ("POST",),
}
_STORE_DOWN_RETRY = 5.0


class Endpoints:
    """Answers for one room. Bad input gets a 4xx, and costs neither a number nor a place."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self._status_of: tuple[str, bytes, str] = ("", b"", "")
        self._answers: dict[str, Callable[[Request], Awaitable[Reply]]] = {
            "": self._page,
            "status": self._status,
            "position": self._position,
            "tickets": self._tickets,
            "token": self._token,
            "leave": self._leave,
        }

    async def answer(self, name: str, request: Request) -> Reply:
        """The answer of the address `name` below the room."""
        allowed = METHODS.get(name)
        if allowed is None:
            return problem(404, "there is no such address in this room")
        if request.method == "OPTIONS":
            headers = preflight_headers(request, self.gate.counter.settings.cors_origins)
            return Reply(204, b"", (("Allow", ", ".join((*allowed, "OPTIONS"))), *headers))
        if request.method not in allowed:
            reply = problem(405, f"this address takes {' and '.join(allowed)}")
            return reply.with_headers([("Allow", ", ".join((*allowed, "OPTIONS")))])
        if request.method == "POST":
            refused = self._refuse_post(request)
            if refused is not None:
                return refused
        return await self._answers[name](request)

    def _refuse_post(self, request: Request) -> Reply | None:
        origin = self._visit(request).origin
        if not may_post(request, origin, self.gate.counter.settings.cors_origins):
            return problem(403, "requests from other sites are not taken: see cors_origins")
        if len(request.body) > BODY_LIMIT:
            return problem(413, "the body is too large: send none", close=True)
        kind = request.header("content-type").partition(";")[0].strip().lower()
        if kind == "application/json" and request.body.strip():
            try:
                json.loads(request.body)
            except (ValueError, RecursionError):
                return problem(400, "the body is not JSON: send none, or {}")
        return None

    def _visit(self, request: Request) -> Visit:
        visit = Visit(request, self.gate.counter.settings, self.gate.first_path, is_own_page=True)
        query = parse_qs(request.query[:8192], max_num_fields=20) if request.query else {}
        visit.next_url = checked(query.get("next", [""])[0], visit.wanted())
        return visit

    # The page.

    async def _page(self, request: Request) -> Reply:
        """The waiting page itself; whoever may enter is sent on to `next`."""
        visit = self._visit(request)
        verdict = await self.gate.decide(visit)
        if isinstance(verdict, Reply):
            return verdict
        if verdict.session is not None:
            self.gate.inside.finished(verdict.session)
        headers = (("Location", visit.wanted()), *PRIVATE, *cookie_headers(verdict.cookies))
        return Reply(303, b"", headers)

    # What everybody may read.

    async def _status(self, request: Request) -> Reply:
        """The public status."""
        await self.gate.desk.fresh(self.gate.view)
        return self._status_now(request)

    def glance_status(self, request: Request) -> Reply | None:
        """The public status, if the snapshot may be used as it is."""
        if request.method != "GET" or not self.gate.desk.keep_fresh(self.gate.view):
            return None
        return self._status_now(request)

    def _status_now(self, request: Request) -> Reply:
        """Made once per snapshot."""
        view, settings = self.gate.view, self.gate.counter.settings
        text = stand.status_text(view, settings)
        if self._status_of[0] is not text:
            body = text.encode()
            etag = f'"{hashlib.blake2b(body, digest_size=9).hexdigest()}"'
            self._status_of = (text, body, etag)
        _, body, etag = self._status_of
        headers = (
            ("Content-Type", "application/json"),
            ("Cache-Control", "public, max-age=1" if view.snapshot else "no-store"),
            ("ETag", etag),
            *cors_headers(request, settings.cors_origins),
        )
        if etag in request.header("if-none-match"):
            return Reply(304, b"", headers[1:])
        return Reply(200, body, headers)

    # What is the visitor's own.

    def glance_position(self, request: Request) -> Reply | None:
        """The answer to the poll of somebody who is not called yet: no store in reach."""
        view, desk = self.gate.view, self.gate.desk
        room = view.snapshot
        if room is None or request.method != "GET" or not desk.keep_fresh(view):
            return None
        papers = self.gate.papers
        ticket = papers.ticket(request)
        if ticket is None or ticket.position <= room.serving or papers.token(request) is not None:
            return None
        if (ticket.room_id, ticket.generation) != (room.room_id, room.generation):
            return None
        if "door=1" in request.query:
            return None
        view.note_genuine(ticket.generation, ticket.position)
        return self._json(request, 200, self.gate.turns.wait(room, ticket.position))

    async def _position(self, request: Request) -> Reply:
        """The visitor's own standing. Never changes anything but who is known as present."""
        desk, view = self.gate.desk, self.gate.view
        room = await desk.fresh(view)
        if room is None:
            return self._json(request, 200, _down(self.gate.papers.ticket(request)))
        standing = self._with_token(request, room)
        if standing is not None:
            return self._json(request, 200, standing)
        ticket = self.gate.papers.ticket(request)
        if ticket is None or ticket.room_id != room.room_id:
            return self._json(request, 200, Standing("none"))
        if ticket.generation != room.generation:
            room = await desk.newest(view) or room
        if ticket.generation != room.generation:
            return self._json(request, 200, Standing("reset"))
        at_door, hidden = "door=1" in request.query, "hidden=1" in request.query
        try:
            standing = await self.gate.turns.poll(room, ticket.position, at_door, hidden)
        except StoreUnavailable:
            standing = _down(ticket)
        return self._json(request, 200, standing)

    def _with_token(self, request: Request, room: Snapshot) -> Standing | None:
        token = self.gate.papers.token(request)
        if token is None or token.room_id != room.room_id:
            return None
        if token.session_id in self.gate.view.ended:
            return Standing("ended")
        left = token.expires_at - self.gate.desk.now(self.gate.view)
        return Standing("admitted", token.position, 0) if left > 0 else None

    # What changes something.

    async def _tickets(self, request: Request) -> Reply:
        """Join as an API client. Whoever has a place keeps it."""
        gate, visit = self.gate, self._visit(request)
        room = await gate.desk.fresh(gate.view)
        if room is None:
            return self._unavailable(request)
        ticket = gate.papers.ticket(request)
        if ticket and (ticket.room_id, ticket.generation) == (room.room_id, room.generation):
            standing = stand.waiting(room, ticket.position, gate.desk.now(gate.view))
            return self._joined(request, visit, gate.papers.tickets.sign(ticket), standing, 200)
        if room.state == "closed":
            return self._json(request, 503, Standing("none", retry_after=60.0))
        if not gate.outside.allows_join(visit):
            return self._json(request, 429, Standing("none", retry_after=60.0))
        try:
            turn = await gate.desk.join(gate.view, "t")
        except StoreUnavailable:
            return self._unavailable(request)
        if not turn.position:
            return self._json(request, 503, Standing("none", retry_after=30.0, full=True))
        standing = stand.waiting(room, turn.position, turn.now)
        return self._joined(request, visit, gate.counter.ticket_of(turn), standing, 201)

    def _joined(
        self, request: Request, visit: Visit, text: str, standing: Standing, status: int
    ) -> Reply:
        cookie = self.gate.papers.jar.ticket(text, visit.origin.is_secure)
        return self._json(request, status, standing, {"ticket": text}, (cookie,))

    async def _token(self, request: Request) -> Reply:
        """Claim: exchange a ticket whose turn has come for an access token."""
        gate, visit = self.gate, self._visit(request)
        room = await gate.desk.fresh(gate.view)
        if room is None:
            return self._unavailable(request)
        ticket = gate.papers.ticket(request)
        if ticket is None or ticket.room_id != room.room_id:
            given = request.header("vwr-ticket")
            status, text = (400, "that is no ticket") if given else (401, "there is no ticket")
            return problem(status, f"{text} of this room: join at ../tickets").with_headers(
                cors_headers(request, gate.counter.settings.cors_origins)
            )
        if gate.turns.is_behind(room, ticket.generation, ticket.position):
            room = await gate.desk.newest(gate.view) or room
        if ticket.generation != room.generation:
            return self._json(request, 410, Standing("reset"))
        return await self._claim(request, visit, room, ticket)

    async def _claim(self, request: Request, visit: Visit, room: Snapshot, ticket: Ticket) -> Reply:
        was_told = "go=1" in request.query
        try:
            turn = await self.gate.turns.claim(room, ticket.position, was_told)
        except StoreUnavailable:
            return self._unavailable(request)
        if isinstance(turn, Standing):
            return self._json(request, 202, turn)
        if turn.verdict == "entered":
            return self._entered(request, visit, turn)
        status = {"spent": 409, "missed": 410, "reset": 410, "unknown": 400}.get(turn.verdict, 202)
        return self._json(request, status, after_knock(room, turn))

    def _entered(self, request: Request, visit: Visit, turn: Turn) -> Reply:
        token, text = self.gate.counter.mint(turn)
        left = token.expires_at - turn.now
        jar, secure = self.gate.papers.jar, visit.origin.is_secure
        content = {
            "token": text,
            "token_type": "Bearer",
            "expires_in": int(left),
            "session": token.session_id,
            "position": token.position,
        }
        cookies = (jar.token(text, left, secure), jar.no_ticket(secure))
        headers = (
            *cookie_headers(cookies),
            *cors_headers(request, self.gate.counter.settings.cors_origins),
        )
        return json_reply(200, content, headers)

    async def _leave(self, request: Request) -> Reply:
        """Give the place up, or the session."""
        gate, visit = self.gate, self._visit(request)
        room = await gate.desk.fresh(gate.view)
        ticket, token = gate.papers.ticket(request), gate.papers.token(request)
        try:
            if token is not None and room is not None and token.room_id == room.room_id:
                await gate.desk.end(gate.view, token.session_id, "abandoned")
            if ticket is not None and room is not None and ticket.room_id == room.room_id:
                await gate.desk.leave(gate.view, ticket.generation, ticket.position)
        except StoreUnavailable:
            return self._unavailable(request)
        jar, secure = gate.papers.jar, visit.origin.is_secure
        cookies = (jar.no_ticket(secure), jar.no_token(secure))
        if visit.is_navigation:
            return gate.counter.replies.standing(visit, Standing("left"), cookies, status=200)
        return self._json(request, 200, Standing("left"), {}, cookies)

    def _json(
        self,
        request: Request,
        status: int,
        standing: Standing,
        more: dict[str, Any] | None = None,
        cookies: tuple[Cookie, ...] = (),
    ) -> Reply:
        content = stand.as_json(self.gate.view, self.gate.counter.settings, standing, more)
        origins = self.gate.counter.settings.cors_origins
        headers: tuple[tuple[str, str], ...] = (
            JSON,
            *PRIVATE,
            ("Retry-After", str(ceil(standing.retry_after))),
            ("VWR-State", standing.you),
        )
        if origins:
            headers += cors_headers(request, origins)
        if cookies:
            headers += tuple(cookie_headers(cookies))
        return Reply(status, content, headers)

    def _unavailable(self, request: Request) -> Reply:
        standing = Standing("none", retry_after=_STORE_DOWN_RETRY, store_down=True)
        return self._json(request, 503, standing)


def _down(ticket: Ticket | None) -> Standing:
    """The store is away: whoever has a ticket keeps the place."""
    you, position = ("waiting", ticket.position) if ticket else ("none", None)
    return Standing(you, position, retry_after=_STORE_DOWN_RETRY, store_down=True)


def problem(status: int, text: str, close: bool = False) -> Reply:
    """A clear error for a program."""
    reply = json_reply(status, {"error": text})
    return Reply(reply.status, reply.body, reply.headers, close)
