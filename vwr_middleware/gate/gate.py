"""The gate of one room: who passes, who waits; first by a short way for a crowd."""

from collections.abc import Callable
from contextlib import suppress

from vwr_middleware.errors import RoomChanged, StoreUnavailable
from vwr_middleware.gate.admitted import WARN_BELOW, Admitted
from vwr_middleware.gate.answer_cache import Readings
from vwr_middleware.gate.page_cache import KnownRequest, PageCache
from vwr_middleware.gate.room_context import RoomContext
from vwr_middleware.gate.standing import OVERLOAD, draw_word
from vwr_middleware.gate.store_outage import store_down
from vwr_middleware.gate.ticket_cache import TicketCache
from vwr_middleware.gate.turned_away import LightPage
from vwr_middleware.gate.turns import NEWEST_AFTER, Turns
from vwr_middleware.gate.visit import Visit
from vwr_middleware.gate.waiting import Waiting
from vwr_middleware.line.lanes import lane_of
from vwr_middleware.papers.tickets import Ticket
from vwr_middleware.papers.tokens import AccessToken
from vwr_middleware.web.cookie_header import any_is_in
from vwr_middleware.web.cors import granted_headers, is_allowed
from vwr_middleware.web.http import SAFE_METHODS, Pass, Reply, Request
from vwr_middleware.web.proxy_subrequests import REFUSED, asks_for_another
from vwr_middleware.web.remembered import warn_once
from vwr_middleware.web.replies import PRIVATE, Ready
from vwr_middleware.web.request_kinds import is_preflight
from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.shared_counts import BYPASSED, DecisionCounts, kind_of
from vwr_middleware.worker.sharing import FRESH, STALE

# The short way for those who wait and open a page again, and for newcomers.
#
# In a crowd nearly all requests are theirs. So what is the same for all of them is done once, pages
# are made from shared pages, and the store is asked only if somebody joins. Every other request
# takes the long way, `Gate.decide`. Where both could answer, they answer the same.


class ShortWay:
    """The short way of one room."""

    def __init__(
        self,
        room_context: RoomContext,
        outside: Waiting,
        turns: Turns,
        decision_counts: DecisionCounts,
    ) -> None:
        self._room_context, self._outside = room_context, outside
        self._store_access, self._view, papers = (
            room_context.store_access,
            room_context.view,
            room_context.papers,
        )
        self._turns, self._decision_counts, self._monotonic = (
            turns,
            decision_counts,
            room_context.store_access.monotonic,
        )
        self.readings = Readings(self._view, room_context.settings)
        self._page_cache = PageCache(room_context, self.readings)
        self._has_bypass = room_context.view.settings.bypass is not None
        limits = room_context.view.settings.joins_per_address is not None
        self._overload = room_context.store_access.overload
        self._turned_away = outside.turned_away
        self._takes_anybody = not (limits or room_context.asked.about_newcomers)
        self._sign, self._papers = papers.tickets.sign, papers
        self._invited = room_context.invited
        self.ticket_cache = TicketCache(self._view, papers)

    def glance(self, request: Request) -> Reply | None:
        """The waiting page for somebody in line who opens a path again, and the light page for a
        newcomer who is told to come again; None: look closer."""
        if self._overload.is_on and (page := self._turn_away(request)):
            return page
        cookies, view = request.cookies, self._view
        room, age = view.room, self._monotonic() - view.read_at
        if not cookies or room is None or request.method != "GET":
            return None
        known = self.ticket_cache.find(cookies, room)
        if known <= 0 or not self._is_plain(room, age):
            return None
        known_request = self._page_cache.known_request(request)
        position = (
            self.ticket_cache.is_here(known, cookies, room) if known_request.takes_place else 0
        )
        if not position or position > room.queue:
            return None
        if age > NEWEST_AFTER and self._turns.is_behind(room, room.generation, position):
            return None
        self._decision_counts.decisions["waiting"] += 1
        return self._page_cache.reply(request, known_request, room, position, room.now + age)

    async def arrive(self, request: Request) -> Pass | Reply | None:
        """A place, and the waiting page, for a newcomer who opens a page; None: look closer."""
        known_request, room = self._newcomer(request), self._view.room
        if known_request is None or room is None:
            return None
        return await self._join(request, known_request, room)

    def _newcomer(self, request: Request) -> KnownRequest | None:
        """What is known of the request of somebody new who takes a place; None: look closer."""
        view, cookies = self._view, request.cookies
        if view.room is None or request.method != "GET":
            return None
        if cookies and any_is_in(self.ticket_cache.cookie_marks, cookies):
            return None
        if not self._takes_anybody or self._asks_for_invitations(request):
            return None
        if not self._is_plain(view.room, self._monotonic() - view.read_at):
            return None
        known_request = self._page_cache.known_request(request)
        return known_request if known_request.takes_place else None

    def _asks_for_invitations(self, request: Request) -> bool:
        """Whether a newcomer needs an invitation, or has one."""
        return self._invited.is_needed or self._invited.is_brought(request)

    def _turn_away(self, request: Request) -> Reply | None:
        """The light page, for a newcomer who cannot join now. Others, who may, are let in by this
        once: `arrive` does not ask again."""
        known_request = self._newcomer(request)
        told = self._turned_away.told(request) if known_request else None
        if told is None or known_request is None:
            return None
        self._decision_counts.decisions[OVERLOAD] += 1
        return self._turned_away.page_for(request, known_request, told)

    async def _join(
        self, request: Request, known_request: KnownRequest, room: CurrentRoom
    ) -> Pass | Reply | None:
        view = self._view
        try:
            turn = await self._store_access.join(view, "place")
        except StoreUnavailable:
            if told := self._turned_away.told_by_slow_store(request):
                return self._turned_away.page_for(request, known_request, told)
            return store_down(self._room_context, self._room_context.visit(request))
        except RoomChanged:
            return None
        room = view.room or room
        is_known = turn.generation == room.generation and turn.room_id == room.room_id
        if turn.verdict != "waiting" or not is_known or turn.position <= room.serving:
            return self._outside.took(self._room_context.visit(request), room, turn)
        papers = self._papers
        before, after = papers.paper_cookies.around_ticket(
            known_request.request_kind.is_secure, self._room_context.ticket_weeks
        )
        cookie = f"{before}{self._sign(self._room_context.ticket_of(turn))}{after}"
        return self._page_cache.reply(request, known_request, room, turn.position, turn.now, cookie)

    def _is_plain(self, room: CurrentRoom, age: float) -> bool:
        if self._has_bypass or room.mode in ("off", "shadow") or room.state == "closed":
            return False
        if room.registers and draw_word(room) == "early":
            return False
        if age > FRESH and not self._store_access.keep_fresh(self._view):
            return False
        return not self._store_access.breaker.is_open


# The gate of one room: who passes, who waits.


PREFLIGHT_WAITS = (
    "room %s: a preflight waits like any request, so scripts of other origins cannot ask: list"
    " their origin in cors_origins, or set preflights=True if your app answers them before any"
    " view"
)


class Gate:
    """Decides about every request to one room's paths: `glance`, and `answer` if that gives None.

    Awaits nothing but the store.
    """

    def __init__(self, room_context: RoomContext) -> None:
        self.room_context = room_context
        self.store_access, self.view, self.papers = (
            room_context.store_access,
            room_context.view,
            room_context.papers,
        )
        self.decision_counts, self._known_sessions = (
            DecisionCounts(room_context.asked.failed),
            self.view.known_sessions,
        )
        self.view.operator_notes.decisions = self.decision_counts.decisions
        if self.view.stock_asking is not None:
            self.view.stock_asking.count_failures(self.decision_counts.failed)
        self.turns = Turns(self.store_access, self.view)
        self.inside = Admitted(room_context)
        self.outside = Waiting(room_context, self.inside, self.turns)
        self._token_mark, self._read_token = self.papers.token_mark, self.papers.tokens.read
        self._is_bound_elsewhere = self.papers.is_bound_elsewhere
        self.short_way = ShortWay(room_context, self.outside, self.turns, self.decision_counts)
        #: Whether something in the app, but no view, answers this preflight.
        self.answers_preflight: Callable[[Request], bool] = lambda request: False
        self._knows = self.short_way.ticket_cache.knows

    # The fast way: an admitted visitor. No store in reach.

    def glance(self, request: Request) -> Pass | Reply | None:
        """Lets in an admitted visitor, or gives a page to one who waits, without the store.

        None: `answer` must look closer.
        """
        if self._knows(request.cookies):  # in a crowd, nearly everybody
            return self.short_way.glance(request)
        cookies = request.cookies_with(self._token_mark)
        if cookies is not None:
            token = self._read_token(self._token_mark.value(cookies))
            if token is not None and not self._is_bound_elsewhere(request, token):
                return self._glance_inside(request, cookies, token)
        return self.short_way.glance(request)

    def _glance_inside(
        self, request: Request, cookies: str | bytes, token: AccessToken
    ) -> Pass | None:
        """Let in a visitor with a good token, and have `KnownSessions` remember the Cookie
        header.
        """
        view, now = self.view, self.store_access.monotonic()
        room, session = view.room, token.session_id
        if token.first or room is None or token.room_id != room.room_id:
            return None
        if now - view.read_at > FRESH and not self._look_again(request, token):
            return None
        left = token.expires_at - view.now(now)
        if (
            left <= room.renew_below
            or session in view.ended
            or self._known_sessions.is_crowded(session)
        ):
            return None
        self.decision_counts.decisions["admitted"] += 1
        if left < WARN_BELOW:
            return self.inside.let_in(token, left)
        found = self.inside.session(token)
        # Otherwise each request must be looked at: to measure it, or to check its address.
        if view.meter is None and not self.papers.bind:
            until = now + left - max(room.renew_below, WARN_BELOW)
            self._known_sessions.remember(cookies, found, until)
            # Another thread may have heard that it ended, or read the room, since we looked.
            if session in view.ended or view.room is not room:
                self._known_sessions.ended(session)
        return Pass(found)

    def _look_again(self, request: Request, token: AccessToken) -> bool:
        """Whether the snapshot may be used though it is not fresh.

        This happens about twice a second, which is often enough to note addresses too.
        """
        self.room_context.note_address(request, token)
        may_use = self.store_access.keep_fresh(self.view)
        if may_use:  # the room is being read: until then nobody else has to look closer
            self._known_sessions.fresh_until = self.view.read_at + STALE
        return may_use

    async def answer(self, request: Request) -> Pass | Reply:
        """The decision for which no glance was enough, counted for metrics."""
        began = self.store_access.monotonic()
        verdict, visit = await self.short_way.arrive(request), None
        if verdict is None:
            visit = self.room_context.visit(request)
            verdict = await self.decide(visit)
        self._note(visit, verdict, self.store_access.monotonic() - began)
        if request.method in SAFE_METHODS or isinstance(verdict, Pass):
            return verdict
        return verdict.closing()  # the request's body is not read

    def _note(self, visit: Visit | None, verdict: Pass | Reply, seconds: float) -> None:
        """Count a decision for metrics, and the wait of somebody who entered with a ticket."""
        # A page from a shared one: only those who wait get one.
        if isinstance(verdict, Ready) and not isinstance(verdict, LightPage):
            self.decision_counts.add("waiting", seconds)
            return
        self.decision_counts.add(kind_of(verdict), seconds)
        if visit is not None and visit.entered_with is not None:
            self.note_wait(visit.entered_with)

    def note_wait(self, ticket: Ticket) -> None:
        """Note how long somebody waited who entered with this ticket."""
        waited = max(0.0, self.store_access.now(self.view) - ticket.joined_at)
        self.decision_counts.waits.observe(waited)
        layout = self.view.room.snapshot.layout if self.view.room else ""
        lane = lane_of(layout, ticket.position) if layout else None
        self.view.operator_notes.entered(waited, lane)

    def position_of(self, request: Request) -> int:
        """The position of somebody who is in line, by the papers and the snapshot; 0 of others."""
        visit, room = self.room_context.visit(request, is_own_page=True), self.view.room
        ticket = visit.papers.ticket()
        if ticket is None or room is None or ticket.is_given_up:
            return 0
        return ticket.position if room.belonging(ticket) == "here" else 0

    async def decide(self, visit: Visit) -> Pass | Reply:
        """Pass, or one of our own replies. Decides again if the room was restored meanwhile."""
        for _ in range(2):
            with suppress(RoomChanged):
                verdict = await self._decide(visit)
                if isinstance(verdict, Reply) and asks_for_another(visit.request):
                    return self.room_context.replies.problem(visit.request, 403, REFUSED)
                return verdict
        return Pass() if self._is_shadow else store_down(self.room_context, visit)

    async def _decide(self, visit: Visit) -> Pass | Reply:
        request = visit.request
        asks = is_preflight(request)
        if asks and self._lets_ask(request):
            return Pass()
        if self.room_context.asked.bypasses(request):
            return BYPASSED
        room = await self.store_access.fresh(self.view)
        if room is not None and self._is_shadow:
            return await self._in_shadow(visit, room)
        return await self._by_room(visit, room, asks)

    async def _by_room(self, visit: Visit, room: CurrentRoom | None, asks: bool) -> Pass | Reply:
        """The decision that depends on the room; `asks`: the request is a preflight."""
        request = visit.request
        if asks and (room is None or room.mode != "off"):
            if is_allowed(request, origins := self.room_context.settings.cors_origins):
                return Reply(204, b"", (*PRIVATE, *granted_headers(request, origins)))
            warn_once(PREFLIGHT_WAITS, self.view.name)
        token = visit.papers.token()
        if room is None:
            return self._without_store(visit, token)
        is_off = room.mode == "off"  # everybody passes; those who are inside keep their session
        if token is not None:
            verdict = await self.inside.with_token(visit, room, token)
            if isinstance(verdict, Pass) or (verdict is not None and not is_off):
                return verdict
        return Pass() if is_off else await self.outside.without_token(visit, room)

    async def _in_shadow(self, visit: Visit, room: CurrentRoom) -> Pass:
        """Through to the app, whatever the room would have said. A session begins where one would
        in a room without a limit, so that it is counted who comes and how long they stay."""
        token = visit.papers.token()
        verdict = await self.inside.with_token(visit, room, token) if token else None
        if verdict is None and visit.is_navigation:  # nobody else would take a place
            verdict = await self.outside.without_token(visit, room)
        return verdict if isinstance(verdict, Pass) else Pass()

    @property
    def _is_shadow(self) -> bool:
        """Whether everybody passes, as this worker has read. One that has never read the room does
        not know whether an operator has ended shadow mode, so `on_store_error` decides there."""
        room = self.view.room
        return room is not None and room.mode == "shadow"

    def _lets_ask(self, request: Request) -> bool:
        """Whether a preflight passes to the app."""
        return self.view.settings.preflights or self.answers_preflight(request)

    def _without_store(self, visit: Visit, token: AccessToken | None) -> Pass | Reply:
        """The answer if this worker has never read the room: honour tokens, keep places."""
        now = self.store_access.now(self.view)
        if token is not None and now < token.expires_at + self.room_context.settings.outage_grace:
            if self.papers.has_ended(token):
                return self.inside.after_end(visit, token.session_id)
            crowded = self.inside.crowded(visit, token.session_id)
            return crowded or self.inside.let_in(token, token.expires_at - now)
        return store_down(self.room_context, visit, visit.papers.ticket())
