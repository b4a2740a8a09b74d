"""Visitors with an access token: let through, renewed, or told that their session has ended."""

from vwr_middleware.errors import RoomChanged, StoreUnavailable
from vwr_middleware.gate.room_context import Minted, RoomContext
from vwr_middleware.gate.standing import RETRY, Standing
from vwr_middleware.gate.visit import Visit
from vwr_middleware.line.messages import Ending
from vwr_middleware.papers.tokens import AccessToken
from vwr_middleware.web.cors import exposed
from vwr_middleware.web.http import Cookie, Pass, Reply
from vwr_middleware.web.request_kinds import is_subresource
from vwr_middleware.web.session import Session, Token
from vwr_middleware.worker.app_load import Measured
from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.room_view import RENEW_PAUSE, SUBRESOURCES_AFTER_END, RoomView
from vwr_middleware.worker.store_access import StoreAccess

# Tokens that ran out while their sessions could not be renewed, since the store was away.


class EndedInOutage:
    """What the gate owes those whose tokens ran out in an outage. `passed`: seconds since then."""

    def __init__(self, store_access: StoreAccess, view: RoomView, outage_grace: float) -> None:
        self._store_access, self._view, self.grace = store_access, view, outage_grace

    def may_return(self, room: CurrentRoom, ran_out: float, passed: float) -> bool:
        """Whether the session is to be taken back, since the store was away when it ran out."""
        if passed >= self.grace:
            return False
        was_away = self._store_access.breaker.was_away(self._store_access.monotonic() - passed)
        return was_away or room.snapshot.cut_off(ran_out, ran_out + passed)

    def is_unheard(self, passed: float) -> bool:
        """Whether the store has said nothing since the token ran out, though this worker has asked.

        So nobody can know that the session was not renewed or is over, whether the worker has
        noticed an outage before or had nothing to do.
        """
        now = self._store_access.monotonic()
        is_unheard = self._view.is_unheard(now - passed, now, self._store_access.breaker.is_open)
        return is_unheard and passed < self.grace


# Whether the session of a WebSocket still runs, for as long as the socket is open.


class Watch:
    """Follows one session, which other requests may renew or end at any worker.

    It never renews. It asks the store only when the session seems to be over to this worker.
    """

    def __init__(
        self, store_access: StoreAccess, view: RoomView, token: Token, cut_off: EndedInOutage
    ) -> None:
        self._store_access, self._view, self._token = store_access, view, token
        self._until: float = token.expires_at  # store time
        self._cut_off = cut_off
        # A page may fetch data and open its socket at the same time. Both then bring the first
        # token, and the other request has just confirmed the session.
        self._is_claim = token.first and token.session_id not in view.renewals

    async def is_over(self) -> bool:
        """Whether the session is over by now. It may read the room, about once a second."""
        room = await self._store_access.fresh(self._view)
        if room is None:
            return False
        if room.room_id != self._token.room_id or self._token.session_id in self._view.ended:
            return True
        now = self._store_access.now(self._view)
        return now >= self._until and not await self._goes_on(now)

    async def _goes_on(self, now: float) -> bool:
        """Whether the session was renewed elsewhere, or may have been if the store is away."""
        if self._cut_off.is_unheard(now - self._until):
            return True
        if self._is_claim:  # its place may be called again, and asking for it would hold a slot
            return False
        try:
            turn = await self._store_access.knock(
                self._view, self._token.place, RETRY, hidden=False
            )
        except StoreUnavailable:
            return now < self._until + self._cut_off.grace
        except RoomChanged:
            return False
        if turn.verdict == "entered":
            self._until = turn.expires_at
        return turn.verdict == "entered" and turn.now < self._until


# Visitors with an access token: let through, renewed, or told that their session has ended.


#: In these last seconds of a session the app's responses say when it ends.
WARN_BELOW = 120.0
#: A first token with fewer seconds left than this may run out on its way to the store.
LATE = 1.0


class Admitted:
    """What an access token is worth at one room's gate."""

    def __init__(self, room_context: RoomContext) -> None:
        self._room_context = room_context
        self._settings, self._store_access, self._view = (
            room_context.settings,
            room_context.store_access,
            room_context.view,
        )
        self._papers, self._replies = room_context.papers, room_context.replies
        self._known_sessions = room_context.view.known_sessions
        self._cut_off = EndedInOutage(
            room_context.store_access, room_context.view, room_context.settings.outage_grace
        )

    async def with_token(
        self, visit: Visit, room: CurrentRoom, token: AccessToken
    ) -> Pass | Reply | None:
        """The answer to a visitor with this token; None if it is as good as none."""
        if self._store_access.room_identity.meet(self._view, room, token):
            return None
        session = token.session_id
        if session in self._view.ended:
            if self.has_newer_place(visit, token):
                return None
            return self.after_end(visit, session)
        now = self._store_access.now(self._view)
        if token.expires_at > now:
            return await self._admit(visit, room, token, now)
        return await self._expired(visit, room, token, now)

    def has_newer_place(self, visit: Visit, token: AccessToken) -> bool:
        """Whether the visitor of an ended session has taken a new place since."""
        ticket = visit.papers.ticket()
        if ticket is None or ticket.room_id != token.room_id:
            return False
        return (ticket.generation, ticket.position) > (token.generation, token.position)

    async def heard(self, visit: Visit, token: AccessToken, lasts: float, page: str) -> Pass | None:
        """Let in a visitor whose page tells that it is `open` or `hidden`: from now on the session
        lasts so many seconds, or with 0 its whole length. None: look closer."""
        view, session = self._view, token.session_id
        now, monotonic = self._store_access.now(view), self._store_access.monotonic()
        left = token.expires_at - now
        if view.room is None or token.room_id != view.room.room_id or left <= 0:
            return None
        if session in view.ended:
            return None
        if not view.may_hear(session, page, monotonic):
            return self.let_in(token, left)
        try:
            turn = await self._store_access.renew(
                *(view, session, token.room_id),
                take_back=not token.first or left > LATE,
                first=token.first,
                marks=visit.papers.marks,
                lasts=lasts,
            )
        except StoreUnavailable:
            return self.let_in(token, left)
        if turn.verdict != "entered":
            return None
        return self.let_in_with(visit, self._room_context.renewed(visit, turn, token))

    async def confirmed(self, visit: Visit, token: AccessToken) -> Pass | None:
        """Let in a visitor whose session the store says, now, to run. None: it does not. Raises
        StoreUnavailable."""
        left = token.expires_at - self._store_access.now(self._view)
        turn = await self._store_access.renew(
            *(self._view, token.session_id, token.room_id),
            take_back=not token.first or left > LATE,
            first=token.first,
            marks=visit.papers.marks,
        )
        if turn.verdict != "entered":
            return None
        return self.let_in_with(visit, self._room_context.renewed(visit, turn, token))

    def after_end(self, visit: Visit, session: str) -> Pass | Reply:
        """The answer for an ended session. Images of a receipt pass; nobody rejoins unasked."""
        end = self._view.ended.get(session)
        is_receipt = end and end.how == "completed" and not end.is_old
        if end and is_receipt and is_subresource(visit.request):
            since = self._store_access.monotonic() - end.heard_at
            if since < SUBRESOURCES_AFTER_END:
                return Pass()
        return self._replies.standing(visit, Standing("ended", retry_after=RETRY))

    async def _admit(
        self, visit: Visit, room: CurrentRoom, token: AccessToken, now: float
    ) -> Pass | Reply | None:
        session, left = token.session_id, token.expires_at - now
        self._room_context.note_address(visit.request, token)
        crowded = self.crowded(visit, session)
        if crowded is not None:
            return crowded
        due = token.first or left < room.renew_below
        if not due or not self._view.may_renew(session, self._store_access.monotonic()):
            return self.let_in(token, left)
        # This session must be running: its token has not run out, and nobody has heard that it
        # ended. If the store does not know it, the store has lost data, maybe in a failover, and
        # must take it back. (Not so for a first token, if it may run out on its way to the store.)
        must_run = not token.first or left > LATE
        return await self._renew(visit, token, left, take_back=must_run)

    def crowded(self, visit: Visit, session: str) -> Reply | None:
        """A 429 if so many requests of a session are in hand that many people must share it."""
        if not self._known_sessions.is_crowded(session):
            return None
        return self._replies.standing(visit, Standing("admitted", retry_after=1.0), status=429)

    async def _renew(
        self, visit: Visit, token: AccessToken, left: float, *, take_back: bool
    ) -> Pass | Reply | None:
        """Confirm a first token or renew the session: one store trip in half a token's life."""
        session = token.session_id
        try:
            turn = await self._store_access.renew(
                *(self._view, session, token.room_id),
                take_back=take_back,
                first=token.first,
                marks=visit.papers.marks,
            )
        except StoreUnavailable:
            return self.let_in(token, left)
        if turn.verdict == "locked":  # the ticket has entered from another network
            return self.let_in(token, left) if left > 0 else None
        if turn.verdict != "entered":
            return await self._refused(visit, token, take_back)
        verdict = self.let_in_with(visit, self._room_context.renewed(visit, turn, token))
        verdict.may_wait = left > (token.expires_at - token.issued_at) / 4
        return verdict

    async def _refused(
        self, visit: Visit, token: AccessToken, take_back: bool
    ) -> Pass | Reply | None:
        """The answer if the store refuses a session: read how it ended first."""
        await self._store_access.newest(self._view)
        if not take_back and token.session_id not in self._view.ended:
            return None  # the claim has just lapsed: the token counts as a ticket
        return self.after_end(visit, token.session_id)

    async def _expired(
        self, visit: Visit, room: CurrentRoom, token: AccessToken, now: float
    ) -> Pass | Reply | None:
        """The answer for an expired token.

        A form in progress still passes. The session goes on if it could not be renewed during an
        outage, or if it was renewed by a token that has not arrived. None: the visitor must join
        again; but a first token counts as a ticket, as long as its line is the present one.
        """
        left, passed = token.expires_at - now, now - token.expires_at
        is_form = not visit.is_safe and not visit.is_own_page  # our own forms end in a GET
        if is_form and not token.first and passed < room.rules["session_grace"]:
            # Its slot counts as taken until then. It is renewed: a form leads to a page. (Once more
            # if it is sent twice: the answer to the first may not have arrived.)
            crowded = self.crowded(visit, token.session_id)
            renewed = crowded or await self._newer(visit, token, by_id=True)
            return renewed or self.let_in(token, left)
        if token.first and self._view.devices.lost_by(token.place):
            return None  # the claim has lapsed, and another device holds the place by now
        if self._cut_off.may_return(room, token.expires_at, passed):
            crowded = self.crowded(visit, token.session_id)
            return crowded or await self._renew(visit, token, left, take_back=True)
        if self._cut_off.is_unheard(passed):
            return self.crowded(visit, token.session_id) or self.let_in(token, left)
        was_reset = token.generation != room.generation
        is_ticket = token.first and not was_reset
        if is_ticket or passed >= room.rules["session_seconds"]:
            return None
        # If it was last asked before the token ran out, the session may have been renewed then.
        pause = min(RENEW_PAUSE, passed)
        if not self._view.may_renew(token.session_id, self._store_access.monotonic(), pause):
            return None
        # If it was renewed, the newer token was lost on its way, or still waits for a response that
        # no cache may share. After a reset its place is another's, so its id must tell which it is.
        return await self._newer(visit, token, by_id=was_reset)

    async def _newer(self, visit: Visit, token: AccessToken, *, by_id: bool) -> Pass | None:
        """Let in by a newer token of this session, if the store has renewed it since this one was
        made. Asked by its id, the store also renews it now, if it still runs."""
        view, store_access, session = self._view, self._store_access, token.session_id
        place = visit.papers.place(token)
        try:
            if by_id:
                turn = await store_access.renew(
                    view, session, token.room_id, first=True, marks=place.marks
                )
            else:
                turn = await store_access.knock(view, place, RETRY, hidden=False)
        except StoreUnavailable:
            return None
        if int(turn.expires_at) <= token.expires_at:  # it is 0 if the session does not run
            return None
        return self.let_in_with(visit, self._room_context.renewed(visit, turn, token))

    def let_in(
        self,
        token: AccessToken,
        left: float,
        cookies: tuple[Cookie, ...] = (),
        is_new: bool = False,
    ) -> Pass:
        """Through to the app, with its session."""
        extra: tuple[tuple[str, str], ...] = ()
        if left < WARN_BELOW and not token.first:
            extra = (("VWR-Session-Expires", str(max(0, int(left)))),)
        return Pass(self.session(token, is_new), cookies, False, extra)

    def let_in_with(self, visit: Visit, minted: Minted, is_new: bool = False) -> Pass:
        """Through to the app with a new token; in a header too, if papers came in headers."""
        verdict = self.let_in(minted.token, minted.left, minted.cookies, is_new)
        if visit.papers.came_in_headers:
            readable = exposed(visit.request, self._settings.cors_origins)
            headers = (("VWR-Token", minted.text), *readable)
            verdict.extra_headers = (*verdict.extra_headers, *headers)
        return verdict

    def session(self, token: AccessToken, is_new: bool = False) -> Session:
        """The session for one more request, which counts as in hand until `finished` is called."""
        known_session = self._known_sessions.known_session(token.session_id)
        known_session.in_hand += 1
        session = Session(self, token, known_session, is_new)
        meter = self._view.meter
        if meter is not None:
            session.measured = Measured(meter, self._store_access.monotonic)
        return session

    def watch(self, session: Session) -> Watch | None:
        """What says when a session is over; None if its WebSockets are not closed then."""
        if not self._view.settings.close_websockets:
            return None
        return Watch(self._store_access, self._view, session.token, self._cut_off)

    @property
    def room_name(self) -> str:
        return self._view.name

    def now(self) -> float:
        return self._store_access.now(self._view)

    def mark_ended(self, session: Session, how: Ending) -> None:
        """Note that the app says that the session is over."""
        ended = self._view.ended
        # In another room, the same session id is somebody else's.
        if ended.are_of(session.room_id):
            ended.room_id = session.room_id
            room = self._view.room
            if room is not None and room.room_id == session.room_id:
                self._view.note_genuine(session.generation, session.position)
            self._store_access.endings.mark(self._view, session.id, how)

    async def complete(self, token: AccessToken) -> None:
        """End a session whose visitor says so, as if the app had said it."""
        session = Session(self, token, self._known_sessions.known_session(token.session_id))
        session.complete()
        await self.settle(session)

    def finished(self, session: Session) -> None:
        """Note that a request which was let through has been answered."""
        if session.measured is not None:
            session.measured.responded(0)
        session.known_session.in_hand -= 1

    async def settle(self, session: Session) -> None:
        """Tell the store what the app said about this session; of others the next reading tells."""
        if session.id in self._view.ended.untold:
            await self._store_access.endings.tell_of(self._view, session.id)
