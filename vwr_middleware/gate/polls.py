"""What can be read of a room: the public status, and a visitor's own position."""

import hashlib
import json

from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.gate import standing as stand
from vwr_middleware.gate.gate import Gate
from vwr_middleware.gate.standing import LOCKED, RETRY_CALLED, WORTHLESS, Standing, down
from vwr_middleware.gate.visit import Visit
from vwr_middleware.gate.visitor_papers import VisitorPapers
from vwr_middleware.pages.announcements import NO_MESSAGE, announced
from vwr_middleware.papers.tickets import Ticket
from vwr_middleware.web.http import Cookie, Reply, Request
from vwr_middleware.web.replies import JSON, NO_SNIFF, PRIVATE, Head, Headers, Ready
from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.sharing import FRESH


class Polls:
    """Answers polls, nearly all of them from the worker's snapshot."""

    def __init__(self, gate: Gate) -> None:
        self._gate, self._replies = gate, gate.room_context.replies
        self._view, self._store_access, self._papers = gate.view, gate.store_access, gate.papers
        self._settings = gate.room_context.settings
        self._status_text, self._etag, self._status = "", "", Ready(Head(200, ()), b"")
        self._readings, self._waiting = gate.short_way.readings, Head(200, (JSON, *PRIVATE))
        self._waits, self._monotonic = (
            gate.short_way.ticket_cache.waits,
            gate.store_access.monotonic,
        )
        self._breaker = gate.store_access.breaker

    # What everybody may read.

    def glance_status(self, request: Request) -> Reply | None:
        """The public status, if the snapshot is fresh enough."""
        if request.method != "GET" or not self._store_access.keep_fresh(self._view):
            return None
        return self._status_now(request)

    def plain_status(self, cookies: object) -> Ready | None:
        """The same for a plain GET: see `AnswerPlain` in ways.py."""
        return self._made_status() if self._store_access.keep_fresh(self._view) else None

    async def status(self, request: Request) -> Reply:
        """The public status."""
        await self._store_access.fresh(self._view)
        return self._status_now(request)

    def _status_now(self, request: Request) -> Reply:
        ready = self._made_status()
        cors = tuple(pair for pair in self._replies.cors(request) if pair[0] != "Vary")
        if self._etag in request.header("if-none-match"):
            return Reply(304, b"", (*ready.headers[1:], *cors))
        return Ready(ready.head, ready.body, cors) if cors else ready

    def _made_status(self) -> Ready:
        """Made once per snapshot."""
        text = stand.status_text(self._view, self._settings)
        if self._status_text is not text:
            body = text.encode()
            self._etag = f'"{hashlib.blake2b(body, digest_size=9).hexdigest()}"'
            self._status_text = text
            self._status = Ready(Head(200, self._public_headers(self._etag)), body)
        return self._status

    def _public_headers(self, etag: str) -> Headers:
        """The headers of what everybody may read."""
        caching = "public, max-age=1" if self._view.room else "no-store"
        # In all answers, or a cache would give one without CORS headers to another origin.
        vary = (("Vary", "Origin"),) if self._settings.cors_origins else ()
        return (JSON, ("Cache-Control", caching), ("ETag", etag), NO_SNIFF, *vary)

    async def message(self, language: str, request: Request) -> Reply:
        """The operator's message in full, in one language. Pages ask for it when it has changed."""
        room = await self._store_access.fresh(self._view)
        announcement = announced(room.rules) if room else None
        told = announcement.as_json(language) if announcement else NO_MESSAGE
        body = json.dumps(told).encode()
        headers = self._public_headers(f'"{hashlib.blake2b(body, digest_size=9).hexdigest()}"')
        cors = tuple(pair for pair in self._replies.cors(request) if pair[0] != "Vary")
        return Reply(200, body, (*headers, *cors))

    # What is the visitor's own.

    def glance_position(self, request: Request) -> Reply | None:
        """The answer to a poll of somebody who is not called yet. It never asks the store."""
        if request.method != "GET" or "door=1" in request.query or request.brings_papers:
            return None
        if self._breaker.is_open:
            return self._while_down(request)
        ready = self.plain_position(request.cookies)
        if ready is None or not self._settings.cors_origins:
            return ready
        return Ready(ready.head, ready.body, tuple(self._replies.cors(request)))

    def plain_position(self, cookies: str | bytes | None) -> Ready | None:
        """The same for a plain GET: see `AnswerPlain`. All who wait pass here, so it is fast."""
        view = self._view
        room, age = view.room, self._monotonic() - view.read_at
        if not cookies or room is None or self._breaker.is_open:
            return None
        if age > FRESH and not self._store_access.keep_fresh(view):
            return None
        position = self._waits(cookies, room)
        if not position:
            return None
        return Ready(self._waiting, self._readings.poll(room, position, room.now + age))

    def _while_down(self, request: Request) -> Reply | None:
        """The same while the store is away: the answer says that the place is kept."""
        room, cookies = self._view.room, request.cookies
        if not cookies or room is None or not self._store_access.keep_fresh(self._view):
            return None
        if not self._waits(cookies, room):
            return None
        ticket = VisitorPapers(self._papers, request).ticket()
        return self._replies.position(request, down(ticket))

    async def position(self, request: Request) -> Reply:
        """The visitor's own standing. It changes only who is known as present or at the door."""
        visit, room = (
            self._gate.room_context.visit(request),
            await self._store_access.fresh(self._view),
        )
        standing = self._with_token(visit, room) if room else None
        if standing is None:
            standing = await self._with_tickets(visit, room)
        return self._replies.position(request, standing, self._set_again(visit))

    def _set_again(self, visit: Visit) -> tuple[Cookie, ...]:
        """The cookies of a kept ticket that is good again, since its room was restored; or of the
        ticket that one from before the draw is worth."""
        papers = visit.papers
        ticket = papers.ticket()
        if ticket is not None and papers.is_of_before(ticket):
            return self._gate.room_context.ticket_cookies(visit, ticket)
        if ticket is None or not papers.is_kept(ticket):
            return ()
        self._store_access.room_identity.meet_all(self._view, papers.strange_tickets())
        return self._gate.room_context.ticket_cookies(visit, ticket)

    def _with_token(self, visit: Visit, room: CurrentRoom) -> Standing | None:
        token = visit.papers.token()
        if token is None or not room.is_of_room(token):
            return None
        if token.session_id in self._view.ended:
            has_newer = self._gate.inside.has_newer_place(visit, token)
            return None if has_newer else Standing("ended")
        left = token.expires_at - self._store_access.now(self._view)
        return Standing("admitted", token.position, 0, seconds_left=left) if left > 0 else None

    async def _with_tickets(self, visit: Visit, room: CurrentRoom | None) -> Standing:
        """The standing by the first ticket that is worth something, if there are several."""
        ticket = visit.papers.ticket()
        if ticket is None:
            return await self._with_lapsed(visit, room)
        while True:
            standing = await self._standing(visit, room, ticket)
            is_worthless = standing.you in WORTHLESS
            other = visit.papers.instead_of(ticket) if is_worthless else None
            if other is None:
                return standing
            ticket = other

    async def _with_lapsed(self, visit: Visit, room: CurrentRoom | None) -> Standing:
        """The standing of somebody without a ticket.

        A claim may lapse before the page has gone in, if its reload got no answer. Then there is
        only the token, and the place is still called. Whoever was told that the session runs in
        another network is also told when it has run out.
        """
        lapsed = self._gate.room_context.lapsed(visit)
        if room is not None and lapsed is None and visit.papers.token_bound_elsewhere():
            return LOCKED if self._gate.room_context.is_locked_out(visit) else Standing("ended")
        return await self._standing(visit, room, lapsed, has_lapsed=True)

    def _elsewhere(self, room: CurrentRoom, ticket: Ticket) -> Standing | None:
        """The standing of a ticket without a place in the present line; None if it has one.

        If it is of a room that the store does not hold, an operator may still bring that back.
        """
        line = self._gate.turns.line_of(room, ticket)
        if ticket.is_given_up and room.is_of_room(ticket):
            return Standing("left")
        if line == "later":
            return down(ticket)
        if line == "none" and not ticket.is_given_up:
            return Standing("interrupted")
        return None if line == "here" else self._of_before(room, ticket)

    def _of_before(self, room: CurrentRoom, ticket: Ticket) -> Standing:
        """The standing of a ticket of an earlier line."""
        return stand.of_before(room, ticket, self._store_access.now(self._view))

    def _down(self, room: CurrentRoom, ticket: Ticket) -> Standing:
        """The standing while the store is away: a place is kept, unless its holder has left it or
        it has moved. While the store is only busy, those who are called are told to come back soon,
        before their time at the door is over."""
        if room.is_of_room(ticket) and (lost := self._view.devices.lost_by(ticket)):
            return Standing(lost)
        standing = down(ticket)
        is_here = self._gate.turns.line_of(room, ticket) == "here"
        if is_here and ticket.position <= room.serving and not self._breaker.is_away:
            standing.retry_after = RETRY_CALLED
        return standing

    async def _standing(
        self,
        visit: Visit,
        room: CurrentRoom | None,
        ticket: Ticket | None,
        *,
        has_lapsed: bool = False,
    ) -> Standing:
        request = visit.request
        if room is None:
            return down(ticket)
        if ticket is not None and self._store_access.breaker.is_open:
            return self._down(room, ticket)
        if ticket is None:
            self._papers.paper_cookies.look_at_path(request.mount + request.path)
            self._papers.paper_cookies.look_at_host(visit.origin.host)
            return Standing("none")
        if room.belonging(ticket) == "later":
            room, found = await self._gate.turns.newest_for(room, ticket)
            ticket = found or ticket
        elsewhere = self._elsewhere(room, ticket)
        if elsewhere is not None:
            return elsewhere
        standing = await self._polled(visit, room, ticket)
        if standing.you in ("waiting", "next") and not standing.store_down:
            self._view.operator_notes.waits(ticket, has_lapsed=has_lapsed)
        return standing

    async def _polled(self, visit: Visit, room: CurrentRoom, ticket: Ticket) -> Standing:
        """The standing of a ticket of the present line, as far as this worker knows."""
        query = visit.request.query
        place = visit.papers.place(ticket)
        try:
            standing = await self._gate.turns.poll(
                room, place, "door=1" in query, "hidden=1" in query
            )
        except StoreUnavailable:
            return self._down(room, ticket)
        if standing.you == "reset":  # as the store knows already
            return self._of_before(room, ticket)
        return standing
