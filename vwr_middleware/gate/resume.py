"""A room's address /vwr/<room>/resume: a resume code moves a place in line to another device."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote

from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.gate.gate import Gate
from vwr_middleware.gate.standing import RETRY, RETRY_LATER, WORTHLESS_STATUS, Standing
from vwr_middleware.gate.turns import YOU, as_standing
from vwr_middleware.gate.visit import Visit, choices
from vwr_middleware.line.constants import CODE_LIFE
from vwr_middleware.line.messages import Move, Turn
from vwr_middleware.line.session_ids import session_id
from vwr_middleware.pages.view import ResumeView
from vwr_middleware.papers.resume_codes import out_of_link, plain, written
from vwr_middleware.papers.tickets import Ticket
from vwr_middleware.web.http import Cookie, Reply, fields_of
from vwr_middleware.web.replies import (
    HTML,
    PRIVATE,
    REFERRER,
    cookie_headers,
    json_reply,
    see_other,
)
from vwr_middleware.web.throttle import Throttle, ThrottleWithReserve
from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.store_access import Moving

#: Wrong codes a minute that a worker looks up for one address. Right ones do not count.
WRONG_PER_MINUTE = 30
#: And beyond that for all addresses together, or somebody who sends wrong ones would shut out the
#: right ones of all who share the address. A code has sixty bits, so this finds none either.
BEYOND_PER_MINUTE = 600
#: Codes a minute that a worker makes for one place.
CODES_PER_MINUTE = 10
_LONGEST_ATTEMPT = 200

#: The word `you` for a place that cannot move, by the store's verdict; the HTTP status by the word.
_YOU = {**YOU, "entered": "admitted", "refused": "waiting"}
_STATUS = {**WORTHLESS_STATUS, "admitted": 409, "waiting": 429}
#: Seconds after which to ask again, for the statuses that mean later.
_RETRY_AFTER = {429: RETRY_LATER, 503: RETRY}


class Resume:
    """Makes codes for those who have a place, and gives places to those who bring a code."""

    def __init__(self, gate: Gate) -> None:
        self._gate, self._replies = gate, gate.room_context.replies
        self._view, self._store_access, self._papers = gate.view, gate.store_access, gate.papers
        self._moving = Moving(self._store_access, self._view)
        monotonic = self._store_access.monotonic
        self._wrong = ThrottleWithReserve(WRONG_PER_MINUTE, BEYOND_PER_MINUTE, monotonic)
        self._made = Throttle(CODES_PER_MINUTE, monotonic)

    async def page(self, visit: Visit) -> Reply:
        """The page on which a visitor asks for a code, or types one."""
        room = await self._store_access.fresh(self._view)
        place = self._place(visit, room)
        return self._page(visit, ResumeView(place.position if place else None))

    async def post(self, visit: Visit) -> Reply:
        """Makes a code for the visitor's place. With a code in the form: moves its place here."""
        fields = fields_of(visit.request)
        if fields is None:
            return self._replies.problem(visit.request, 400, "code and attempt must be strings")
        room = await self._store_access.fresh(self._view)
        if room is None:
            return self._down(visit, fields)
        try:
            if "code" in fields:
                return await self._take(visit, room, fields)
            return await self._make(visit, room)
        except StoreUnavailable:
            return self._down(visit, fields)

    # Making a code.

    async def _make(self, visit: Visit, room: CurrentRoom) -> Reply:
        ticket = visit.papers.ticket()
        if ticket is not None and self._store_access.room_identity.meet(self._view, room, ticket):
            if room.belonging(ticket) == "replaced":
                return self._refused(visit, "reset")
            ticket = None
        if ticket is None:
            malformed = bool(visit.papers.given)
            text = "this is not a ticket" if malformed else "there is no ticket of this room"
            return self._problem(visit, 400 if malformed else 401, "none", text)
        if ticket.is_given_up:
            return self._refused(visit, "left")
        if not self._made.allows(session_id(ticket.generation, ticket.position)):
            return self._refused(visit, "refused")
        if ticket.generation == room.generation:  # whoever comes for a code has come back
            self._view.present.note(ticket.position)
        code = self._papers.codes.make()
        verdict = await self._moving.keep_code(ticket, self._papers.codes.hashes(code)[0])
        if verdict not in ("waiting", "next"):
            return self._refused(visit, verdict)
        return self._made_code(visit, ticket, written(code))

    def _made_code(self, visit: Visit, ticket: Ticket, code: str) -> Reply:
        link = f"{self._address(visit)}?next={quote(visit.wanted(), safe='/')}#resume={code}"
        if visit.is_navigation:
            return self._page(visit, ResumeView(ticket.position, code, link), 201)
        content = {"code": code, "url": link, "expires_in": int(CODE_LIFE)}
        headers = (("VWR-State", "waiting"), *self._replies.cors(visit.request))
        return json_reply(201, content, headers)

    # Taking a code.

    async def _take(self, visit: Visit, room: CurrentRoom, fields: dict[str, str]) -> Reply:
        code = self._papers.codes.read(fields["code"])
        if code is None:
            text = "a code has twelve letters and digits"
            return self._problem(visit, 400, "wrong", text, fields["code"])
        if self._is_inside(visit):
            return self._inside(visit)
        uncount = self._wrong.count(visit.origin.address)
        if uncount is None:
            text = "too many wrong codes: wait a minute"
            return self._problem(visit, 429, "slow", text, fields["code"])
        move = await self._look_up(code, fields.get("attempt", ""), uncount)
        if move.turn.verdict == "unknown":
            text = "the code is wrong, has been used already, or has expired"
            return self._problem(visit, 404, "wrong", text, fields["code"])
        if move.turn.verdict not in ("waiting", "next"):
            return self._refused(visit, move.turn.verdict)
        ticket = replace(self._gate.room_context.ticket_of(move.turn), device=move.device)
        return self._moved_here(visit, room, ticket, move.turn)

    async def _look_up(self, code: str, attempt: str, uncount: Callable[[], None]) -> Move:
        """What the store says to a code. It counts as wrong until it turns out to be right, so that
        nobody gets more tries by sending many at once."""
        codes = self._papers.codes
        attempt = codes.attempt(attempt[:_LONGEST_ATTEMPT])
        try:
            move = await self._moving.move(codes.hashes(code), attempt)
        except StoreUnavailable:
            uncount()
            raise
        if move.turn.verdict != "unknown":
            uncount()
        return move

    def _is_inside(self, visit: Visit) -> bool:
        """Whether this device has a session, and so needs no place."""
        token = visit.papers.token()
        if token is None or not self._papers.is_alive(token):
            return False
        return token.expires_at > self._store_access.now(self._view)

    def _inside(self, visit: Visit) -> Reply:
        if visit.is_navigation:
            return see_other(visit.wanted())
        return self._replies.json(visit.request, Standing("admitted"), 409)

    def _moved_here(self, visit: Visit, room: CurrentRoom, ticket: Ticket, turn: Turn) -> Reply:
        secure = visit.is_https
        cookie = self._gate.room_context.ticket_cookie(ticket, secure)
        # A token of an earlier session would be looked at before the ticket.
        cookies: tuple[Cookie, ...] = (cookie, self._papers.paper_cookies.no_token(secure))
        if visit.is_navigation:
            headers = (("VWR-State", "waiting"), *cookie_headers(cookies))
            return see_other(self._replies.page_url(visit), headers)
        standing = as_standing(room, turn)
        return self._replies.json(visit.request, standing, 200, {"ticket": cookie.value}, cookies)

    # What both use.

    def _place(self, visit: Visit, room: CurrentRoom | None) -> Ticket | None:
        """The ticket of the place that this device holds, as far as this worker knows."""
        ticket = visit.papers.ticket()
        if room is None or ticket is None or room.belonging(ticket) != "here":
            return None
        return None if self._view.devices.lost_by(ticket) else ticket

    def _refused(self, visit: Visit, verdict: str) -> Reply:
        you = _YOU.get(verdict, verdict)
        status = _STATUS.get(you, 400)
        if visit.is_navigation:
            problem = "slow" if status == 429 else "gone"
            return self._page(visit, ResumeView(problem=problem), status)
        return self._replies.json(visit.request, Standing(you, retry_after=RETRY_LATER), status)

    def _problem(
        self, visit: Visit, status: int, problem: str, text: str, typed: str = ""
    ) -> Reply:
        if not visit.is_navigation:
            return self._replies.problem(visit.request, status, text, _retry_after(status))
        place = self._place(visit, self._view.room)
        position = place.position if place else None
        shown = ResumeView(position, problem=problem, typed=_as_typed(typed))
        return self._page(visit, shown, status)

    def _down(self, visit: Visit, fields: dict[str, str]) -> Reply:
        ticket = visit.papers.ticket()
        if visit.is_navigation:
            position = ticket.position if ticket else None
            # The place may have moved in the store. With the same attempt it moves only once.
            typed, attempt = _as_typed(fields.get("code", "")), fields.get("attempt", "")
            shown = ResumeView(position, problem="down", typed=typed, attempt=attempt)
            return self._page(visit, shown, 503)
        return self._replies.unavailable(visit.request, ticket)

    def _address(self, visit: Visit) -> str:
        return f"{visit.origin.text}{self._replies.base(visit)}/resume"

    def _page(self, visit: Visit, view: ResumeView, status: int = 200) -> Reply:
        chosen, pages = choices(visit), self._replies.pages
        language = pages.languages.best(visit.request.header("accept-language"), chosen.language)
        body = pages.resume(
            language,
            visit.origin.host,
            visit.below_prefix("static"),
            room=self._view.name,
            base=self._replies.base(visit),
            next=visit.wanted(),
            query=quote(visit.wanted(), safe="/"),
            address=self._address(visit),
            attempt=view.attempt[:_LONGEST_ATTEMPT] or secrets.token_urlsafe(16),
            view=view,
        )
        headers = (
            HTML,
            *PRIVATE,
            ("VWR-State", "waiting" if view.position else "none"),
            *_retry_after(status),
            ("X-Robots-Tag", "noindex"),
            ("Content-Language", language),
            ("Content-Security-Policy", pages.content_security_policy),
            REFERRER,
            *cookie_headers(chosen.cookies),
        )
        return Reply(status, body, headers)


def _retry_after(status: int) -> tuple[tuple[str, str], ...]:
    later = _RETRY_AFTER.get(status)
    return (("Retry-After", f"{later:.0f}"),) if later else ()


def _as_typed(code: str) -> str:
    """What somebody typed, to be shown in the form again."""
    return plain(out_of_link(code)[:40]).encode("ascii", "ignore").decode()
