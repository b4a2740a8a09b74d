"""Those who wait and ask again, answered at a glance with no store in reach; and who joins them.

In a crowd nearly all requests are theirs, so they take a short way: nothing is done twice that is
the same for all of them. Whatever is not plain takes the long way through `Gate.decide` and
`Polls.position`, and is told the same.
"""

from vwr_middleware.choices import LANGUAGE_COOKIE, REFRESH_COOKIE
from vwr_middleware.cookies import Mark
from vwr_middleware.counter import Counter
from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.guises import Guises
from vwr_middleware.http import Pass, Reply, Request
from vwr_middleware.kept import Kept
from vwr_middleware.line.answers import Snapshot
from vwr_middleware.outside import Outside
from vwr_middleware.page_sheets import PageSheets
from vwr_middleware.tally import Tally
from vwr_middleware.tickets import Ticket
from vwr_middleware.turns import NEWEST_AFTER, Turns
from vwr_middleware.visit import Visit
from vwr_middleware.worker import FRESH, PRESENT_MOST

#: So many tickets are known by the Cookie header that they came in: some 25 MB when full.
HELD_MOST = 65_536

#: A ticket, and whether a cookie beside it says how its page is to look.
_Held = tuple[Ticket, bool]


class Waiters:
    """The short way of one room."""

    def __init__(
        self, counter: Counter, outside: Outside, turns: Turns, tally: Tally, first_path: str
    ) -> None:
        self._counter, self._outside, self._first_path = counter, outside, first_path
        self._desk, self._view, papers = counter.desk, counter.view, counter.papers
        self._turns, self._tally, self._monotonic = turns, tally, counter.desk.monotonic
        replies = counter.replies
        self._guises = Guises(counter.settings, replies.pages)
        self._sheets = PageSheets(replies, replies.pages, first_path)
        self._has_bypass = counter.room.bypass is not None
        self._limits_joins = counter.room.joins_per_address is not None
        self._read, self._ticket = papers.tickets.read, papers.ticket_mark
        self._sign, self._jar = papers.tickets.sign, papers.jar
        self._token = papers.token_mark
        self._choices = (Mark(LANGUAGE_COOKIE), Mark(REFRESH_COOKIE))
        self._ours = (self._ticket, self._token, *self._choices)
        self._held: Kept[str | bytes, _Held] = Kept(HELD_MOST)

    def holder(self, cookies: str | bytes, room: Snapshot) -> Ticket | None:
        """The ticket of somebody who is not called yet, by a Cookie header; noted as present.

        None where the store may have to be asked, or where there is more to look at.
        """
        held = self._held.get(cookies) or self._look(cookies)
        return self._place(held[0], room) if held else None

    def _look(self, cookies: str | bytes) -> "_Held | None":
        """A lone ticket in a Cookie header that was not looked at before; it is remembered."""
        if self._ticket.count(cookies) != 1 or self._token.is_in(cookies):
            return None
        ticket = self._read(self._ticket.value(cookies))
        if ticket is None:
            return None
        has_chosen = any(mark.is_in(cookies) for mark in self._choices)
        return self._held.keep(cookies, (ticket, has_chosen), len(cookies))

    def _place(self, ticket: Ticket, room: Snapshot) -> Ticket | None:
        view, position, generation = self._view, ticket.position, ticket.generation
        if position <= room.serving or generation != room.generation:
            return None
        # It may have moved, or was given up.
        if position in view.devices or ticket.room_id != room.room_id:
            return None
        top = view.top_seen
        if position > top[1] or generation != top[0]:
            view.note_genuine(generation, position)
        if len(view.present) < PRESENT_MOST:
            view.present.add(position)
        if ticket.joined_at < view.lookout.oldest:
            view.lookout.waits(ticket.joined_at)
        return ticket

    def glance(self, request: Request) -> Reply | None:
        """The waiting page of somebody who opens a protected path again."""
        cookies, view = request.cookies, self._view
        room, age = view.snapshot, self._monotonic() - view.read_at
        if not cookies or request.brings_papers or room is None or request.method != "GET":
            return None
        held = self._held.get(cookies) or self._look(cookies)
        if held is None or held[1] or not self._is_plain(room, age):
            return None
        ticket = self._place(held[0], room)
        if ticket is None or ticket.position > room.queue:
            return None
        position = ticket.position
        if age > NEWEST_AFTER and self._turns.is_behind(room, ticket.generation, position):
            return None
        guise = self._guises.of(request)
        if not guise.takes_place:
            return None
        self._tally.decisions["waiting"] += 1
        return self._sheets.reply(request, guise, room, position, room.now + age)

    async def arrive(self, request: Request) -> Pass | Reply | None:
        """A place and the page for somebody who opens a page for the first time."""
        view, room = self._view, self._view.snapshot
        if room is None or request.method != "GET" or request.brings_papers:
            return None
        cookies = request.cookies
        if cookies and any(mark.is_in(cookies) for mark in self._ours):
            return None
        if self._limits_joins or not self._is_plain(room, self._monotonic() - view.read_at):
            return None
        guise = self._guises.of(request)
        if not guise.takes_place:
            return None
        try:
            turn = await self._desk.join(view, "p")
        except StoreUnavailable:
            return self._counter.store_down(self._visit(request))
        room = view.snapshot or room
        is_known = turn.generation == room.generation and turn.room_id == room.room_id
        if turn.verdict != "waiting" or not is_known or turn.position <= room.serving:
            return self._outside.took(self._visit(request), room, turn)
        before, after = self._jar.around_ticket(guise.is_secure)
        cookie = f"{before}{self._sign(self._counter.ticket_of(turn))}{after}"
        now = self._desk.now(view)
        return self._sheets.reply(request, guise, room, turn.position, now, cookie)

    def _visit(self, request: Request) -> Visit:
        return Visit(request, self._counter.settings, self._first_path)

    def _is_plain(self, room: Snapshot, age: float) -> bool:
        if self._has_bypass or room.mode == "off" or room.state == "closed":
            return False
        if age > FRESH and not self._desk.keep_fresh(self._view):
            return False
        return not self._desk.breaker.is_open
