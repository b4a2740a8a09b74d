"""Visitors without an access token: they join, wait, are called, and enter in order."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.gate import standing as stand
from vwr_middleware.gate.admitted import Admitted
from vwr_middleware.gate.app_functions import CannotTell, Challenged
from vwr_middleware.gate.room_context import RoomContext
from vwr_middleware.gate.standing import (
    LOCKED,
    RETRY,
    RETRY_FULL,
    RETRY_LATER,
    WORTHLESS,
    Standing,
)
from vwr_middleware.gate.store_outage import store_down
from vwr_middleware.gate.turned_away import TurnedAway
from vwr_middleware.gate.turns import NO_SCRIPT_DOOR, Turns
from vwr_middleware.gate.visit import Visit, hides_ticket, keeps_nothing
from vwr_middleware.line.messages import JoinKind, Turn
from vwr_middleware.line.session_ids import session_id
from vwr_middleware.papers.invitations import HeldInvitation
from vwr_middleware.papers.tickets import Ticket
from vwr_middleware.settings.slow_kinds import NETWORK, SLOW
from vwr_middleware.web.http import Cookie, Pass, Reply
from vwr_middleware.web.proxies import warn_of_untrusted_addresses
from vwr_middleware.web.proxy_subrequests import is_unasked
from vwr_middleware.web.replies import see_other
from vwr_middleware.web.request_kinds import is_crawler
from vwr_middleware.web.throttle import Throttle
from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.sharing import ANYBODY, JoinParameters
from vwr_middleware.worker.store_access import Moving

# How somebody takes a place in line.


class Joining:
    """Joins visitors to one room, as many as `joins_per_address` lets."""

    def __init__(self, room_context: RoomContext) -> None:
        self._store_access, self._view = room_context.store_access, room_context.view
        self._asked = room_context.asked
        self._puzzle_check, self._context = room_context.puzzle_check, room_context
        self._slow_lane = room_context.view.settings.slow_lane
        self._invited = room_context.invited
        self._moving = Moving(room_context.store_access, room_context.view)
        monotonic = room_context.store_access.monotonic
        self._joins = Throttle(room_context.view.settings.joins_per_address, monotonic)
        slows = room_context.view.settings.slow_joins_per_address
        self._in_main = Throttle(slows if NETWORK in self._slow_lane else None, monotonic)

    async def join(self, visit: Visit, kind: JoinKind) -> Turn | None:
        """The store's answer to somebody who comes to join; None: too many came from this address.

        A join is counted before the store is asked, so that several at once cannot exceed the
        limit, and uncounted if it brought no new place. (Not if the request is cancelled: it may
        have taken one.) Raises StoreUnavailable, CannotTell and Challenged.
        """
        if where := self._asked.challenge(visit.request):
            raise Challenged(where, is_at_once=True)
        address = visit.origin.address
        if not self._joins.allows(address):
            if self._store_access.breaker.is_open:
                raise StoreUnavailable("it did not answer, so nobody can join")
            warn_of_untrusted_addresses(visit.request, visit.settings.trusted_proxies)
            return None
        is_slow = not self._in_main.allows(address)
        counted = [self._joins] if is_slow else [self._joins, self._in_main]
        if is_slow:
            warn_of_untrusted_addresses(visit.request, visit.settings.trusted_proxies)
        try:
            account = self._invited.account(visit.request)
            held = await self._invited.admitted(visit.request, account)
            if self._puzzle_check is not None:
                is_slow |= not await self._puzzle_check.use(visit.request)
            turn = await self._join(visit, kind, account, held, is_slow)
        except (StoreUnavailable, CannotTell, Challenged):
            _uncount(counted, address)
            raise
        if not turn.position or turn.verdict == "known":
            _uncount(counted, address)
        return turn

    async def _slowed(self, visit: Visit, turn: Turn, is_slow: bool) -> Turn:
        """The place in the slow lane, for whoever looks like a robot. The one in the main line is
        kept. Whoever is known by name, or has a lane, is never put there."""
        if not (is_slow or self._asked.is_slow(visit.request)):
            return turn
        slow = await self._store_access.join(self._view, "ticket", JoinParameters(lane=SLOW))
        if slow.verdict != "waiting" or slow.generation != turn.generation:
            return turn
        visit.main_place = self._context.ticket_of(turn)
        self._context.tell("slowed", str(slow.position))
        return slow

    async def _join(
        self,
        visit: Visit,
        kind: JoinKind,
        account: str,
        held: HeldInvitation | None,
        is_slow: bool,
    ) -> Turn:
        """Join somebody, in a lane by an invitation or by what the app says."""
        room = self._view.room
        lanes = (room and room.rules.get("lanes")) or {}
        lane = self._asked.lane(visit.request, lanes)
        if held is None:
            joins_as = JoinParameters(account, lane)
            turn = await self._store_access.join(self._view, kind, joins_as)
            if SLOW in lanes and joins_as == ANYBODY and turn.verdict == "waiting":
                turn = await self._slowed(visit, turn, is_slow)
            return turn
        joins_as = JoinParameters(self._invited.identity(held), held.invitation.lane or lane)
        turn = await self._store_access.join(self._view, kind, joins_as)
        if account and turn.verdict == "known" and not self._invited.is_needed:
            return turn  # by the app: the invitation stays good
        why = self._invited.gone(held, turn)
        if not why and await self._is_theirs(held, turn):
            return turn
        if self._invited.is_needed:
            raise Challenged(self._invited.address(visit.request, why or "used"))
        return await self._join(visit, kind, account, None, is_slow)

    async def _is_theirs(self, held: HeldInvitation, turn: Turn) -> bool:
        """Whether an invitation is used up for this place. If not, the place is given up."""
        if not turn.position or await self._invited.settled(held):
            return True
        if held.account and turn.verdict == "known":
            return False  # it is refused, and kept: another invitation may have brought it
        if turn.verdict == "entered":
            session = session_id(turn.generation, turn.position)
            await self._store_access.endings.end(self._view, session, "abandoned")
        else:
            await self._moving.leave(self._context.ticket_of(turn))
        return False

    async def change_lane(self, visit: Visit, held: HeldInvitation, old: Ticket) -> Turn | None:
        """A place by an invitation for somebody who is in line already, in place of that one. None:
        there is none, and the old place is kept. An account keeps its place: or it would have that
        one besides, from another browser."""
        try:
            if self._invited.account(visit.request):
                return None
        except CannotTell:
            return None
        joins_as = JoinParameters(self._invited.identity(held), held.invitation.lane)
        turn = await self._store_access.join(self._view, "ticket", joins_as)
        if not turn.position or self._invited.gone(held, turn):
            return None
        if (turn.generation, turn.position) == (old.generation, old.position):
            return None  # it is the very place that the invitation has brought before
        if not await self._is_theirs(held, turn):
            return None
        await self._moving.leave(old)
        return turn


def _uncount(throttles: Iterable[Throttle], address: str) -> None:
    """A join brought no new place, so that it does not count."""
    for throttle in throttles:
        throttle.give_back(address)


# Visitors without an access token: they join, wait, are called, and enter in order.


#: The standing of somebody without a place; the second is told to ask again only much later.
_NONE = Standing("none", retry_after=RETRY)
_NONE_YET = Standing("none", retry_after=RETRY_LATER)

#: Where a ticket comes from: the visitor has brought it; or only the token of a claim that has
#: lapsed, from which it was made; or it is for a place that the app's `identity` has led to.
Source = Literal["brought", "lapsed", "known"]


class Waiting:
    """What becomes of those who come to one room's gate without a session."""

    def __init__(self, room_context: RoomContext, inside: Admitted, turns: Turns) -> None:
        self._room_context, self._inside, self._turns = room_context, inside, turns
        self._store_access, self._view = room_context.store_access, room_context.view
        self._papers, self._replies = room_context.papers, room_context.replies
        self.joining, self.turned_away = Joining(room_context), TurnedAway(room_context)

    async def without_token(self, visit: Visit, room: CurrentRoom) -> Pass | Reply:
        """Lets in somebody without a session, gives out a place, or says where it stands."""
        given = visit.papers.ticket()
        ticket = given or self._room_context.lapsed(visit)
        room, ticket = await self._turns.newest_for(room, ticket)
        line = self._turns.line_of(room, ticket)
        if ticket is not None and ticket.is_given_up and line != "here":
            line = "none"
        if line == "later":
            return store_down(self._room_context, visit, ticket)
        place = ticket if line == "here" else None
        before = self._before(room, ticket) if ticket and line == "reset" else _NONE
        is_called = place is not None and place.position <= room.serving
        # Whoever is called may have entered before the room closed, without having heard of it.
        if room.state == "closed" and (visit.request.is_websocket or not is_called):
            return self._closed(visit, room, place, before.why)
        if visit.request.is_websocket:
            return self._handshake(visit, room, place)
        if place is None:
            if before is _NONE and self._was_inside(visit, room):
                before = Standing("reset", retry_after=RETRY)
            return await self.arrive(visit, room, before)
        return await self._with_ticket(visit, room, place, "brought" if given else "lapsed")

    def _before(self, room: CurrentRoom, ticket: Ticket) -> Standing:
        """Where somebody stands who has a ticket of an earlier line alone."""
        found = stand.of_before(room, ticket, self._store_access.now(self._view))
        return replace(found, retry_after=RETRY)

    def _closed(
        self, visit: Visit, room: CurrentRoom, ticket: Ticket | None, why: str = ""
    ) -> Reply:
        """The answer in a closed room. Whoever is in line hears that the place is kept, and whoever
        was in a line that has ended with its opening, that it has."""
        has_place = ticket is not None and not ticket.is_given_up
        if not has_place:
            self._view.operator_notes.placeless += int(visit.is_navigation)
        standing = self._now(room, ticket) if has_place else _NONE_YET
        standing = replace(standing, retry_after=RETRY_LATER, why=why)
        return self._replies.standing(visit, standing, status=503)

    def _handshake(self, visit: Visit, room: CurrentRoom, ticket: Ticket | None) -> Pass | Reply:
        """The answer to a WebSocket's handshake. It never claims: it can be tried again."""
        if self._store_access.breaker.is_open:
            return store_down(self._room_context, visit, ticket)
        is_locked = ticket is None and self._room_context.is_locked_out(visit)
        return self._replies.standing(visit, LOCKED if is_locked else self._now(room, ticket))

    def _was_inside(self, visit: Visit, room: CurrentRoom) -> bool:
        """Whether the visitor had a session in a room that this one has replaced."""
        token = visit.papers.token() if room.snapshot.replaced else None
        return token is not None and room.belonging(token) == "replaced"

    def _now(self, room: CurrentRoom, ticket: Ticket | None) -> Standing:
        """Where somebody stands, by the snapshot alone. Changes nothing."""
        if ticket is None:
            return _NONE
        if ticket.is_given_up:
            return Standing("left", retry_after=RETRY)
        return stand.in_line(room, ticket.position, self._store_access.now(self._view))

    async def _with_ticket(
        self, visit: Visit, room: CurrentRoom, ticket: Ticket, source: Source
    ) -> Pass | Reply:
        """The answer to somebody with a place in the present line."""
        if is_unasked(visit.request):
            return self._unasked(visit, self._now(room, ticket))
        returns_in = NO_SCRIPT_DOOR if visit.is_navigation else 0.0
        # A lapsed claim's session may still run in the store, if its confirmation was lost.
        ticket, answer = await self.claim(visit, room, ticket, source == "lapsed", returns_in)
        cookies = self._given_again(visit, ticket, source)
        if isinstance(answer, Turn):
            return self._comes_in(visit, answer, ticket, source)
        if room.state == "closed":  # and this visitor has not entered before
            return self._closed(visit, room, ticket)
        if answer.you not in ("waiting", "next"):
            if source == "known" and answer.you == "locked":  # so that the page's polls say so, too
                return self._replies.standing(visit, LOCKED, cookies)
            return await self._worthless(visit, room, ticket, answer.you, source)
        if answer.store_down or self._store_access.breaker.is_open:
            return store_down(self._room_context, visit, ticket)
        self._view.operator_notes.waits(ticket, has_lapsed=source == "lapsed")
        return self._replies.standing(visit, answer, cookies)

    def _comes_in(self, visit: Visit, turn: Turn, ticket: Ticket, source: Source) -> Pass | Reply:
        """Through to the app, unless too many requests of this session are on their way."""
        crowded = self._inside.crowded(visit, session_id(turn.generation, turn.position))
        if crowded is not None:
            return crowded
        has_begun = turn.has_begun
        if has_begun and source == "brought":
            visit.entered_with = ticket
        return self._enter(visit, turn, ticket.device, has_begun)

    def _given_again(self, visit: Visit, ticket: Ticket, source: Source) -> tuple[Cookie, ...]:
        """The ticket's cookie, for those who poll without having it."""
        papers = visit.papers
        if papers.is_kept(ticket):
            self._store_access.room_identity.meet_all(self._view, papers.strange_tickets())
        elif source == "brought" and not papers.is_of_before(ticket):
            return ()
        return self._room_context.ticket_cookies(visit, ticket)

    async def _worthless(
        self, visit: Visit, room: CurrentRoom, ticket: Ticket, you: str, source: Source
    ) -> Pass | Reply:
        """The answer if a ticket is worth nothing any more; `you` says why."""
        is_over = source == "lapsed" and you not in ("moved", "locked")
        if is_over or you in ("reset", "none"):
            before = self._before(room, ticket) if you == "reset" else _NONE
            return await self.arrive(visit, room, before)
        removed: tuple[Cookie, ...] = ()  # most tickets stay, so that a reload takes no new place
        if you == "ended":
            is_https = visit.is_https
            no_ticket = self._papers.paper_cookies.no_ticket(is_https)
            removed = no_ticket, *visit.papers.kept_beside(is_https)
        return self._replies.standing(visit, Standing(you, retry_after=RETRY), removed)

    async def arrive(
        self, visit: Visit, room: CurrentRoom, before: Standing = _NONE
    ) -> Pass | Reply:
        """The answer to somebody without a place: a new place, or entry, or neither. `before`: the
        standing by what the visitor had."""
        request = visit.request
        is_kept = not keeps_nothing(visit, self._papers.paper_cookies)
        is_person = visit.is_navigation and not is_crawler(request) and is_kept
        may_take_place = is_person and not hides_ticket(visit, self._papers.paper_cookies)
        placeless = before if is_kept else Standing("cookies", retry_after=RETRY)
        if is_unasked(request):
            return self._unasked(visit, placeless)
        if self._room_context.is_locked_out(visit):
            return self._replies.standing(visit, LOCKED)
        if stand.draw_word(room) == "early":
            return self._without_place(visit, replace(stand.early(room), why=before.why))
        if not may_take_place and room.state != "open":
            if self._store_access.breaker.is_open:  # the snapshot is too old to rely on
                return store_down(self._room_context, visit)
            return self._without_place(visit, placeless)
        try:
            return await self._take(visit, room, placeless, "place" if may_take_place else "enter")
        except CannotTell:
            later = replace(placeless, retry_after=RETRY_FULL)
            return self._without_place(visit, later, status=503)

    async def _take(
        self, visit: Visit, room: CurrentRoom, placeless: Standing, kind: JoinKind
    ) -> Pass | Reply:
        """A new place, or entry; or where the visitor must go first. May raise CannotTell."""
        if told := self.turned_away.told(visit.request):
            return self.turned_away.reply(visit, told, kind)
        try:
            turn = await self.joining.join(visit, kind)
        except StoreUnavailable:
            return self._not_joined(visit, kind)
        except Challenged as error:
            if error.is_at_once:
                self.turned_away.came_for_nothing()
            return self._challenged(visit, error.where, placeless, kind)
        if turn is None:  # it must not say that the line is full: others may share this address
            self.turned_away.came_for_nothing()
            return self._replies.standing(visit, _NONE_YET, status=429)
        room = self._view.room or room
        if turn.verdict == "known":  # by the app, as somebody who has this place
            return await self._with_ticket(visit, room, self._room_context.ticket_of(turn), "known")
        return self.took(visit, room, turn, placeless)

    def _challenged(self, visit: Visit, where: str, placeless: Standing, kind: JoinKind) -> Reply:
        """Leads a newcomer to where it must go before it gets a place."""
        if kind == "enter":
            return self._without_place(visit, placeless)
        if not visit.is_safe:  # nobody could come back to the address of a form
            return self._replies.by_get(visit)
        return see_other(where, [("VWR-State", "none")])

    def _not_joined(self, visit: Visit, kind: JoinKind) -> Pass | Reply:
        """The answer if the store was too late for a join, or is away."""
        if told := self.turned_away.told_by_slow_store(visit.request):
            return self.turned_away.reply(visit, told, kind)
        return store_down(self._room_context, visit)

    def _unasked(self, visit: Visit, standing: Standing) -> Reply:
        """The answer to a prefetch. A 2xx would be shown when the page is really opened."""
        return self._replies.standing(visit, standing, status=503)

    def took(
        self, visit: Visit, room: CurrentRoom, turn: Turn, before: Standing = _NONE
    ) -> Pass | Reply:
        """The answer to somebody who came to join, by what the store said; `before` is where the
        visitor stood before."""
        if turn.verdict == "entered":
            verdict = self._enter(visit, turn, 0, is_new=True)
            verdict.is_unheard = True  # if these cookies are lost, nothing leads to this session
            return verdict
        if turn.verdict == "settling":
            return store_down(self._room_context, visit)
        if turn.verdict == "early":
            return self._without_place(visit, replace(stand.early(room), why=before.why))
        if turn.verdict in ("full", "closed", "refused"):
            full = turn.verdict == "full"
            self._view.operator_notes.placeless += int(turn.verdict != "refused")
            standing = replace(before, retry_after=RETRY_FULL if full else RETRY, full=full)
            return self._without_place(visit, standing, 503 if turn.verdict == "closed" else 0)
        ticket = self._room_context.ticket_of(turn)
        standing = stand.waiting(room, turn.position, self._store_access.now(self._view))
        if before.you == "reset":
            place = turn.position, standing.ahead, standing.wait_of
            standing = Standing("reset", *place, why=before.why)
        return self._replies.standing(
            visit, standing, self._room_context.ticket_cookies(visit, ticket)
        )

    async def claim(
        self,
        visit: Visit,
        room: CurrentRoom,
        ticket: Ticket,
        has_go: bool = False,
        returns_in: float = 0.0,
    ) -> tuple[Ticket, Turn | Standing]:
        """The ticket that was claimed with, and the answer: see `Turns.claim`.

        If the given ticket, which a subdomain may have set, is worth nothing, another one is tried.
        """
        papers = visit.papers
        while True:
            place = papers.place(ticket)
            try:
                answer = await self._turns.claim(room, place, has_go, returns_in)
            except StoreUnavailable:
                return ticket, stand.down(ticket)
            is_worthless = isinstance(answer, Standing) and answer.you in WORTHLESS
            other = papers.instead_of(ticket) if is_worthless else None
            if other is None:
                return ticket, answer
            ticket = other

    def _without_place(self, visit: Visit, standing: Standing, status: int = 0) -> Reply:
        """The answer to somebody to whom this request gives no place."""
        if hides_ticket(visit, self._papers.paper_cookies):
            return self._replies.by_get(visit)
        return self._replies.standing(visit, standing, status=status)

    def _enter(self, visit: Visit, turn: Turn, device: int, is_new: bool) -> Pass:
        """Through to the app after a granted claim, with the token and without the ticket."""
        return self._inside.let_in_with(
            visit, self._room_context.granted(visit, turn, device), is_new
        )
