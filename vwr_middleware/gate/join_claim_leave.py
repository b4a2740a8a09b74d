"""The addresses of a room that change something: join, claim, leave."""

from collections.abc import Callable

from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.gate import standing as stand
from vwr_middleware.gate.app_functions import CannotTell, Challenged
from vwr_middleware.gate.gate import Gate
from vwr_middleware.gate.standing import RETRY, RETRY_FULL, RETRY_LATER, WORTHLESS_STATUS, Standing
from vwr_middleware.gate.visit import Visit
from vwr_middleware.line.lanes import lane_of
from vwr_middleware.line.messages import Turn, Verdict
from vwr_middleware.line.session_ids import session_id
from vwr_middleware.papers.invitations import HeldInvitation
from vwr_middleware.papers.tickets import Ticket
from vwr_middleware.papers.tokens import AccessToken
from vwr_middleware.web.http import Reply
from vwr_middleware.web.replies import cookie_headers, json_reply
from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.store_access import Moving


class Entered(Reply):
    """The answer to the claim that began a session, and not to one that repeats it."""


class JoinClaimLeave:
    """Gives out tickets and access tokens, and takes them back."""

    def __init__(self, gate: Gate) -> None:
        self._gate, self._replies = gate, gate.room_context.replies
        self._view, self._store_access, self._papers = gate.view, gate.store_access, gate.papers
        self._moving = Moving(gate.store_access, gate.view)

    async def join(self, visit: Visit) -> Reply:
        """Join as an API client. Whoever has a place keeps it."""
        request = visit.request
        room = await self._store_access.fresh(self._view)
        ticket = visit.papers.ticket()
        if self._is_malformed(visit, ticket):
            return self._replies.problem(request, 400, "this is not a ticket: join without one")
        ticket = ticket or self._gate.room_context.lapsed(visit)
        if room is None:
            return self._replies.unavailable(request, ticket)
        room, ticket = await self._gate.turns.newest_for(room, ticket)
        line = self._gate.turns.line_of(room, ticket)
        if line == "later":
            return self._replies.unavailable(request, ticket)
        if ticket is not None and line == "here":
            standing = await self._standing_of(visit, room, ticket)
            if standing is not None:
                return self._joined(visit, ticket, standing, 200)
        turned_away = self._gate.outside.turned_away
        if (
            room.state != "closed"
            and stand.draw_word(room) != "early"
            and (told := turned_away.told(request))
        ):
            return turned_away.to_join(visit, told)
        try:
            return await self._take_place(visit, room)
        except CannotTell:
            later = ("Retry-After", str(int(RETRY_FULL)))
            return self._replies.problem(request, 503, "nobody can join now: try again", [later])

    async def change_lane(self, visit: Visit, held: HeldInvitation) -> tuple[tuple[str, str], ...]:
        """Give somebody in line, who has opened an invitation, the place that it brings instead.
        Returns the cookies for that, as headers."""
        room, old = self._view.room, visit.papers.ticket()
        if room is None or old is None or old.is_given_up or not room.is_of_room(old):
            return ()
        lane, lanes = held.invitation.lane, room.rules.get("lanes") or {}
        is_here = old.generation == room.generation and old.position > room.serving
        # Of a lane that there is no more, the place would be one at the end of the main line.
        if not is_here or lane not in lanes or lane == lane_of(room.snapshot.layout, old.position):
            return ()
        turn = await self._gate.outside.joining.change_lane(visit, held, old)
        if turn is None:
            return ()
        context = self._gate.room_context
        return tuple(cookie_headers(context.ticket_cookies(visit, context.ticket_of(turn))))

    async def _take_place(self, visit: Visit, room: CurrentRoom) -> Reply:
        """A new place as an answer, or why there is none. May raise CannotTell."""
        came_for_nothing = self._gate.outside.turned_away.came_for_nothing
        turn = await self.take_place(visit, room, came_for_nothing)
        if isinstance(turn, Reply):
            return turn
        room = self._view.room or room
        ticket = self._gate.room_context.ticket_of(turn)
        if turn.verdict == "known":
            known = await self._standing_of(visit, room, ticket)
            return self._joined(visit, ticket, known or self._standing(room, turn.position), 200)
        return self._joined(visit, ticket, self._standing(room, turn.position), 201)

    async def take_place(
        self, visit: Visit, room: CurrentRoom, came_for_nothing: Callable[[], None] = lambda: None
    ) -> Turn | Reply:
        """A new place, or the answer that says why there is none. May raise CannotTell.

        `came_for_nothing` is called if there is none, and the store was not asked for one."""
        request = visit.request
        if shut := self._shut(room):
            return self._replies.json(request, shut, 503)
        try:
            turn = await self._gate.outside.joining.join(visit, "ticket")
        except StoreUnavailable:
            return self._not_joined(visit)
        except Challenged as error:
            if error.is_at_once:
                came_for_nothing()
            return self._replies.challenged(request, error.where)
        if turn is None:
            came_for_nothing()
            return self._replies.json(request, Standing("none", retry_after=RETRY_LATER), 429)
        if turn.verdict == "settling":
            return self._replies.unavailable(request, None)
        if turn.verdict == "early" or not turn.position:
            self._gate.view.operator_notes.placeless += int(turn.verdict != "early")
            full = Standing("none", retry_after=RETRY_FULL)
            shut = stand.early(room) if turn.verdict == "early" else full
            return self._replies.json(request, shut, 503)
        return turn

    def _shut(self, room: CurrentRoom) -> Standing | None:
        """The standing of whoever comes, if nobody can join now: the room is closed, or people
        cannot register yet."""
        if room.state == "closed":
            self._gate.view.operator_notes.placeless += 1
            return Standing("none", retry_after=RETRY_LATER)
        return stand.early(room) if stand.draw_word(room) == "early" else None

    def _not_joined(self, visit: Visit) -> Reply:
        """The answer if the store was too late for a join, or is away."""
        turned_away = self._gate.outside.turned_away
        if told := turned_away.told_by_slow_store(visit.request):
            return turned_away.to_join(visit, told)
        return self._replies.unavailable(visit.request, None)

    def _is_malformed(self, visit: Visit, ticket: Ticket | None) -> bool:
        """Whether a program sends a ticket that this room did not sign. A bad cookie is ignored."""
        return ticket is None and bool(visit.papers.given)

    async def _standing_of(
        self, visit: Visit, room: CurrentRoom, ticket: Ticket
    ) -> Standing | None:
        """Where the place of a ticket stands; None: the ticket is worth nothing here any more."""
        try:
            standing = await self._gate.turns.poll(room, visit.papers.place(ticket))
        except StoreUnavailable:
            return self._standing(room, ticket.position)
        return standing if standing.position is not None else None

    def _standing(self, room: CurrentRoom, position: int) -> Standing:
        return stand.in_line(room, position, self._store_access.now(self._view))

    def _joined(self, visit: Visit, ticket: Ticket, standing: Standing, status: int) -> Reply:
        cookies = self._gate.room_context.ticket_cookies(visit, ticket)
        more = {"ticket": cookies[0].value}
        return self._replies.json(visit.request, standing, status, more, cookies)

    async def claim(self, visit: Visit) -> Reply:
        """Exchange a ticket whose turn has come for an access token."""
        request = visit.request
        room = await self._store_access.fresh(self._view)
        ticket = visit.papers.ticket()
        if self._is_malformed(visit, ticket):
            return self._replies.problem(request, 400, "this is not a ticket: join at ./tickets")
        ticket = ticket or self._gate.room_context.lapsed(visit)
        if room is None:
            return self._replies.unavailable(request, ticket)
        room, ticket = await self._gate.turns.newest_for(room, ticket)
        line = self._gate.turns.line_of(room, ticket)
        if ticket is None or line == "none":
            text = "there is no ticket of this room: join at ./tickets"
            return self._replies.problem(request, 401, text)
        if line == "later":
            return self._replies.unavailable(request, ticket)
        if line == "reset":
            return self._replies.json(request, self._of_before(room, ticket), 410)
        return await self._claim(visit, room, ticket)

    async def _claim(self, visit: Visit, room: CurrentRoom, ticket: Ticket) -> Reply:
        has_go = "go=1" in visit.request.query
        ticket, answer = await self._gate.outside.claim(visit, room, ticket, has_go)
        if isinstance(answer, Standing) and answer.you == "reset":
            answer = self._of_before(room, ticket)
        if isinstance(answer, Turn):
            if answer.has_begun:
                self._gate.note_wait(ticket)
            return self._entered(visit, answer, ticket.device)
        status = 503 if answer.store_down else WORTHLESS_STATUS.get(answer.you, 202)  # not yet
        return self._replies.json(visit.request, answer, status)

    def _of_before(self, room: CurrentRoom, ticket: Ticket) -> Standing:
        return stand.of_before(room, ticket, self._store_access.now(self._view))

    def _entered(self, visit: Visit, turn: Turn, device: int) -> Reply:
        minted = self._gate.room_context.granted(visit, turn, device)
        content = {
            "token": minted.text,
            "token_type": "Bearer",
            "expires_in": int(minted.left),
            "session": minted.token.session_id,
            "position": minted.token.position,
        }
        headers = (*cookie_headers(minted.cookies), *self._replies.cors(visit.request))
        reply = json_reply(200, content, (("VWR-State", "admitted"), *headers))
        return Entered(reply.status, reply.body, reply.headers) if turn.has_begun else reply

    async def leave(self, visit: Visit) -> Reply:
        """Give the place up, or the session."""
        request, store_access, view = visit.request, self._store_access, self._view
        room = await store_access.fresh(view)
        ticket, token = visit.papers.ticket(), visit.papers.token()
        lapsed = self._gate.room_context.lapsed(visit)
        if self._is_malformed(visit, ticket):
            return self._replies.problem(request, 400, "this is not a ticket: nothing was given up")
        if room is None:
            return self._not_left(visit, ticket)
        try:
            # After a claim lapsed, its place may have moved: then the session is not theirs either.
            has_moved = await self._give_up(room, lapsed) == "moved"
            if token is not None and not has_moved and not self._is_over(room, token):
                view.note_genuine(token.generation, token.position)
                await store_access.endings.end(view, token.session_id, "abandoned")
            has_left = await self._leave_line(visit, room, ticket)
        except StoreUnavailable:
            return self._not_left(visit, ticket)
        paper_cookies, secure = self._papers.paper_cookies, visit.is_https
        ticket_cookie, gone = paper_cookies.no_ticket(secure), visit.papers.kept_removed(secure)
        if ticket is not None and has_left and not visit.papers.given:
            # Keep a ticket that says so: a reload, or another language, must not take a new place.
            ticket_cookie = paper_cookies.given_up(
                self._papers.tickets.sign(ticket.given_up()), secure
            )
        cookies = (ticket_cookie, paper_cookies.no_token(secure), *gone)
        left = Standing("left")
        if visit.is_navigation:
            return self._replies.standing(visit, left, cookies, status=200)
        return self._replies.json(request, left, cookies=cookies)

    def _not_left(self, visit: Visit, ticket: Ticket | None) -> Reply:
        """The answer if nothing was given up, since the store is away."""
        if visit.is_navigation:
            return self._replies.standing(visit, stand.down(ticket), status=503)
        return self._replies.unavailable(visit.request, ticket)

    async def _leave_line(self, visit: Visit, room: CurrentRoom, ticket: Ticket | None) -> bool:
        """Give up a ticket's place, or the session that it has begun meanwhile: in another tab, or
        by a claim whose answer was lost. Returns whether the ticket is worth nothing any more."""
        verdict = await self._give_up(room, ticket)
        if ticket is None or verdict != "entered":
            return verdict in ("spent", "left")
        place = visit.papers.place(ticket)
        turn = await self._store_access.knock(self._view, place, RETRY, hidden=False)
        if turn.verdict != "entered":  # it is bound to another network, or has just been ended
            return turn.verdict == "spent"
        session = session_id(ticket.generation, ticket.position)
        await self._store_access.endings.end(self._view, session, "abandoned")
        return True

    async def _give_up(self, room: CurrentRoom, ticket: Ticket | None) -> Verdict | None:
        """Give up a place, if there is one. Returns `left` if it is given up, by this request or
        before, and `spent` if its session is over."""
        if ticket is None or not room.is_of_room(ticket):
            return None
        # What was given up stays so: nobody makes the store work by leaving again and again. And
        # after a reset the store does not know any more which places had moved.
        return self._view.devices.lost_by(ticket) or await self._moving.leave(ticket)

    def _is_over(self, room: CurrentRoom, token: AccessToken) -> bool:
        """Whether there is no session to end: not here, or the store knows that it was left."""
        ended, session = self._view.ended, token.session_id
        if not room.is_of_room(token):
            return True
        return ended.how(session) == "abandoned" and session not in ended.untold
