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
from vwr_middleware.turns import NEWEST_AFTER, Turns
from vwr_middleware.visit import Visit
from vwr_middleware.worker import FRESH, PRESENT_MOST

#: So many visitors are known by the Cookie header that their ticket came in: some 15 MB when full.
KNOWN_MOST = 65_536


class Waiters:
    """The short way of one room."""

    def __init__(
        self, counter: Counter, outside: Outside, turns: Turns, tally: Tally, first_path: str
    ) -> None:
        self._counter, self._outside, self._first_path = counter, outside, first_path
        self._desk, self._view, papers = counter.desk, counter.view, counter.papers
        self._turns, self._tally, self._monotonic = turns, tally, counter.desk.monotonic
        replies = counter.replies
        guises = Guises(counter.settings, replies.pages)
        self._sheets = PageSheets(replies, replies.pages, guises, first_path)
        self._has_bypass = counter.room.bypass is not None
        self._limits_joins = counter.room.joins_per_address is not None
        self._read, self._ticket = papers.tickets.read, papers.ticket_mark
        self._sign, self._jar = papers.tickets.sign, papers.jar
        self._token = papers.token_mark
        self._choices = (Mark(LANGUAGE_COOKIE), Mark(REFRESH_COOKIE))
        self._ours = (self._ticket, self._token, *self._choices)
        #: Positions by the Cookie header that a ticket of this generation was found in, alone;
        #: below zero where a cookie beside it says how its page is to look. Numbers and nothing
        #: more: with a crowd as large as this, each further object to look at is a trip to memory.
        self.known: Kept[str | bytes, int] = Kept(KNOWN_MOST)
        self._room: Snapshot | None = None
        self._line = "", 0  # room id and generation of those who are known
        self._top = 0  # the highest position among them

    def place(self, cookies: str | bytes, room: Snapshot) -> int:
        """The position of somebody who is not called yet, by a Cookie header; noted as present.

        0 where the store may have to be asked, or where there is more to look at.
        """
        if room is not self._room:
            self._take(room)
        return self._present(self.known.get(cookies) or self._look(cookies), cookies, room)

    def _take(self, room: Snapshot) -> None:
        """The room was read anew."""
        self._room, line = room, (room.room_id, room.generation)
        if line != self._line:
            self.known.clear()
            self._line, self._top = line, 0
        self._view.note_genuine(room.generation, self._top)

    def _look(self, cookies: str | bytes) -> int:
        """A lone ticket in a Cookie header that was not looked at before; it is remembered."""
        if self._ticket.count(cookies) != 1 or self._token.is_in(cookies):
            return 0
        ticket = self._read(self._ticket.value(cookies))
        if ticket is None or (ticket.room_id, ticket.generation) != self._line:
            return 0
        position = ticket.position
        if position > self._top:
            self._top = position
            self._view.note_genuine(ticket.generation, position)
        has_chosen = any(mark.is_in(cookies) for mark in self._choices)
        return self.known.keep(cookies, -position if has_chosen else position, len(cookies))

    def _present(self, known: int, cookies: str | bytes, room: Snapshot) -> int:
        """Note that somebody who is known is here, and say the position, if it waits."""
        view, position = self._view, abs(known)
        if position <= room.serving or position in view.devices:  # it moved, or was given up
            return 0
        if len(view.present) < PRESENT_MOST:
            view.present.add(position)
        if position < view.lookout.first:
            ticket = self._read(self._ticket.value(cookies))
            if ticket is not None:
                view.lookout.waits(position, ticket.joined_at)
        return position

    def glance(self, request: Request) -> Reply | None:
        """The waiting page of somebody who opens a protected path again."""
        cookies, room = request.cookies, self._view.snapshot
        if not cookies or room is None:
            return None
        if room is not self._room:
            self._take(room)
        known = self.known.get(cookies) or self._look(cookies)
        return self._reopens(request, cookies, room, known) if known > 0 else None

    def _reopens(
        self, request: Request, cookies: str | bytes, room: Snapshot, known: int
    ) -> Reply | None:
        """The same for somebody whose Cookie header was looked at before."""
        age = self._monotonic() - self._view.read_at
        if request.method != "GET" or not self._is_plain(room, age):
            return None
        face = self._sheets.face(request)
        position = self._present(known, cookies, room) if face.takes_place else 0
        if not position or position > room.queue:
            return None
        if age > NEWEST_AFTER and self._turns.is_behind(room, room.generation, position):
            return None
        self._tally.decisions["waiting"] += 1
        return self._sheets.reply(request, face, room, position, room.now + age)

    async def arrive(self, request: Request) -> Pass | Reply | None:
        """A place and the page for somebody who opens a page for the first time."""
        view, room = self._view, self._view.snapshot
        if room is None or request.method != "GET":
            return None
        cookies = request.cookies
        if cookies and any(mark.is_in(cookies) for mark in self._ours):
            return None
        if self._limits_joins or not self._is_plain(room, self._monotonic() - view.read_at):
            return None
        face = self._sheets.face(request)
        if not face.takes_place:
            return None
        try:
            turn = await self._desk.join(view, "p")
        except StoreUnavailable:
            return self._counter.store_down(self._visit(request))
        room = view.snapshot or room
        is_known = turn.generation == room.generation and turn.room_id == room.room_id
        if turn.verdict != "waiting" or not is_known or turn.position <= room.serving:
            return self._outside.took(self._visit(request), room, turn)
        before, after = self._jar.around_ticket(face.guise.is_secure)
        cookie = f"{before}{self._sign(self._counter.ticket_of(turn))}{after}"
        now = self._desk.now(view)
        return self._sheets.reply(request, face, room, turn.position, now, cookie)

    def _visit(self, request: Request) -> Visit:
        return Visit(request, self._counter.settings, self._first_path)

    def _is_plain(self, room: Snapshot, age: float) -> bool:
        if self._has_bypass or room.mode == "off" or room.state == "closed":
            return False
        if age > FRESH and not self._desk.keep_fresh(self._view):
            return False
        return not self._desk.breaker.is_open
