"""Those who wait and ask again: answered at a glance, with no store in reach.

In a crowd nearly all requests are theirs, so they take a short way: no coroutine, and nothing done
twice that is the same for all of them. Whatever is not plain takes the long way through
`Gate.decide` and `Polls.position`, and is told the same.
"""

from vwr_middleware.choices import LANGUAGE_COOKIE, REFRESH_COOKIE
from vwr_middleware.cookies import Mark
from vwr_middleware.counter import Counter
from vwr_middleware.guises import Guises
from vwr_middleware.http import Reply, Request
from vwr_middleware.line.answers import Snapshot
from vwr_middleware.page_sheets import PageSheets
from vwr_middleware.tally import Tally
from vwr_middleware.tickets import Ticket
from vwr_middleware.turns import NEWEST_AFTER, Turns
from vwr_middleware.worker import FRESH


class Waiters:
    """The short way of one room."""

    def __init__(self, counter: Counter, turns: Turns, tally: Tally, first_path: str) -> None:
        self._desk, self._view, papers = counter.desk, counter.view, counter.papers
        self._turns, self._tally = turns, tally
        replies = counter.replies
        self._guises = Guises(counter.settings, replies.pages)
        self._sheets = PageSheets(replies, replies.pages, first_path)
        self._has_bypass = counter.room.bypass is not None
        self._read, self._ticket = papers.tickets.read, papers.ticket_mark
        self._tokens = (papers.token_mark,)
        self._choices = (papers.token_mark, Mark(LANGUAGE_COOKIE), Mark(REFRESH_COOKIE))

    def place(self, request: Request, room: Snapshot, is_page: bool = False) -> Ticket | None:
        """The ticket of somebody who is not called yet; noted as present.

        None where the store may have to be asked, or where there is more to look at.
        """
        text = request.lone_ticket(self._ticket, self._choices if is_page else self._tokens)
        ticket = self._read(text) if text else None
        if ticket is None or ticket.position <= room.serving:
            return None
        if ticket.position in self._view.devices:  # it has moved, or was given up
            return None
        if ticket.generation != room.generation or ticket.room_id != room.room_id:
            return None
        view, position = self._view, ticket.position
        view.note_genuine(ticket.generation, position)
        view.note_present(position)
        view.lookout.waits(ticket.joined_at)
        return ticket

    def glance(self, request: Request) -> Reply | None:
        """The waiting page of somebody who opens a protected path again."""
        room, age = self._view.snapshot, self._desk.monotonic() - self._view.read_at
        if room is None or request.method != "GET" or not self._is_plain(room, age):
            return None
        ticket = self.place(request, room, True)
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

    def _is_plain(self, room: Snapshot, age: float) -> bool:
        if self._has_bypass or room.mode == "off" or room.state == "closed":
            return False
        if age > FRESH and not self._desk.keep_fresh(self._view):
            return False
        return not self._desk.breaker.is_open
