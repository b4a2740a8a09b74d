"""Waiting pages from sheets: made once for each reading of the room, language and host.

A page made afresh takes some 45 us, more than the server itself needs for a request. What differs
among all who wait are a few numbers and the way back, and to put those in takes 3 us.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from math import ceil
from operator import itemgetter
from typing import Any
from urllib.parse import quote

from markupsafe import escape

from vwr_middleware.estimates import wait_range
from vwr_middleware.guises import Guise
from vwr_middleware.http import Request
from vwr_middleware.line.answers import Snapshot
from vwr_middleware.next_url import written
from vwr_middleware.pages import Pages
from vwr_middleware.ready import Head, Header, Ready
from vwr_middleware.replies import Replies
from vwr_middleware.sheets import Pace, pace_of
from vwr_middleware.shells import Shell
from vwr_middleware.standing import waiting
from vwr_middleware.visit import Visit
from vwr_middleware.wording import EXACT_BELOW, Words, rounded

#: The slots of a sheet, in the order in which `Sheet.page` has their values.
_SLOTS = (
    *("position", "data_position", "ahead", "data_ahead", "wait", "data_low", "data_high"),
    *("serving", "data_serving", "waiting", "data_waiting", "next", "query"),
)
#: Ways back that a sheet is made for beforehand. A crowd wants few pages, and a sheet lives for
#: half a second.
_MADE_FOR = 16
#: Sheets, heads and ways back that are kept at most. Whoever makes up more makes us forget.
_MOST = 1024

Wait = tuple[int, int] | None
WayBack = tuple[bytes, bytes]
Join = Callable[[Sequence[bytes]], bytes]


class Sheet:
    """The page of all who wait in one language, but for what is each visitor's own."""

    __slots__ = ("_counts", "_counts_of", "_joined", "_made_for", "_shell", "_spoken")

    def __init__(self, shell: Shell, spoken: "Spoken") -> None:
        self._shell, self._spoken = shell, spoken
        self._joined = _joining(shell)
        self._made_for: dict[WayBack, Join] = {}
        self._counts: tuple[bytes, ...] = ()
        self._counts_of = (-1, -1)

    def page(self, room: Snapshot, position: int, wait: Wait, way_back: WayBack) -> bytes:
        """The page of one visitor."""
        spoken, serving = self._spoken, room.serving
        ahead = position - serving - 1
        if self._counts_of != (serving, room.waiting):
            self._count(serving, room.waiting)
        place, before = b"%d" % position, b"%d" % ahead
        values = (
            place if position < 1000 else spoken.number(position),
            place,
            before if ahead < EXACT_BELOW else spoken.people(ahead),
            before,
            *spoken.wait(wait),
            *self._counts,
            *way_back,
        )
        made = self._made_for.get(way_back)
        if made is None:
            made = self._for(way_back)
        return made(values)

    def _for(self, way_back: WayBack) -> Join:
        if len(self._made_for) >= _MADE_FOR:
            return self._joined
        wanted, query = (text.decode() for text in way_back)
        made = _joining(self._shell.partly_filled({"next": wanted, "query": query}))
        self._made_for[way_back] = made
        return made

    def _count(self, serving: int, waiting: int) -> None:
        number = self._spoken.number
        called = self._counts[:2]
        if self._counts_of[0] != serving:  # not at each join
            called = number(serving), b"%d" % serving
        self._counts = (*called, number(waiting), b"%d" % waiting)
        self._counts_of = serving, waiting


class Spoken:
    """Numbers and waits in the words of one language, with a good memory."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._people: Callable[[int], bytes] = lru_cache(4096)(lambda n: words.people(n).encode())
        self.wait: Callable[[Wait], tuple[bytes, bytes, bytes]] = lru_cache(4096)(self._wait)

    def people(self, number: int) -> bytes:
        """How many are ahead, roughly: few answers, to as many as come."""
        return self._people(rounded(number))

    def number(self, number: int) -> bytes:
        """A number with its digits in groups."""
        return self._words.number(number).encode()

    def _wait(self, wait: Wait) -> tuple[bytes, bytes, bytes]:
        """In words, and the bare seconds for the script."""
        low, high = wait or (0, 0)
        return self._words.wait(wait).encode(), b"%d" % low, b"%d" % high


class PageSheets:
    """The sheets of one room."""

    def __init__(self, replies: Replies, pages: Pages, first_path: str) -> None:
        self._replies, self._pages, self._first_path = replies, pages, first_path
        self._room: Snapshot | None = None
        self._state = ""
        self._sheets: dict[tuple[str, str, str], Sheet] = {}
        self._heads: dict[tuple[int, tuple[Header, ...]], Head] = {}
        self._spoken = lru_cache(maxsize=64)(lambda code: Spoken(pages.words(code)))

    def reply(
        self,
        request: Request,
        guise: Guise,
        room: Snapshot,
        position: int,
        now: float,
        cookie: str = "",
    ) -> Ready:
        """The page of somebody who waits, as `Replies.standing` would make it."""
        pace: Pace | None = room.derived.get("pace")
        if pace is None or pace.serving != room.serving:
            pace = pace_of(room, now)
        retry_after = ceil(pace.interval(position, now))
        head = self._heads.get((retry_after, guise.cors)) or self._head(retry_after, guise)
        sheet = None
        if self._room is room and self._state == room.state:
            sheet = self._sheets.get((guise.language, guise.site, request.mount))
        if sheet is None:
            sheet = self._sheet(request, guise, room, position, now)
        wait = wait_range(room, position) if pace.knows_waits else None
        way_back = _way_back(request.mount, request.path, request.query)
        body = sheet.page(room, position, wait, way_back)
        return Ready(head, body, (("Set-Cookie", cookie),)) if cookie else Ready(head, body)

    def _sheet(
        self, request: Request, guise: Guise, room: Snapshot, position: int, now: float
    ) -> Sheet:
        """A new sheet, for those of this language and host."""
        if self._room is not room or self._state != room.state or len(self._sheets) > _MOST:
            self._room, self._state = room, room.state
            self._sheets.clear()
        visit = Visit(request, self._replies.settings, self._first_path)
        standing = waiting(room, position, now)
        view = self._replies.page_view(visit, standing, guise.language)
        sheet = Sheet(self._pages.sheet(view), self._spoken(guise.language))
        self._sheets[guise.language, guise.site, request.mount] = sheet
        return sheet

    def _head(self, retry_after: int, guise: Guise) -> Head:
        if len(self._heads) >= _MOST:
            self._heads.clear()
        headers = self._replies.page_headers(retry_after, "waiting")
        head = Head(self._replies.waiting_status, (*headers, *guise.cors))
        self._heads[retry_after, guise.cors] = head
        return head


@lru_cache(maxsize=_MOST)
def _way_back(mount: str, path: str, query: str) -> WayBack:
    """The wanted address for HTML, and quoted for a query."""
    wanted = written(mount + path, query)
    return escape(wanted).encode(), quote(wanted, safe="/").encode()


def _joining(shell: Shell) -> Join:
    """Makes the page of a shell from values in the order of _SLOTS."""
    pick = _picker([_SLOTS.index(name) for name in shell.names])
    joined = shell.joined
    return lambda values: joined(pick(values))


def _picker(indexes: Sequence[int]) -> Callable[[Sequence[bytes]], Sequence[bytes]]:
    """Takes the values at these indexes. A user's own template may have few slots or none."""
    if len(indexes) > 1:
        pick: Any = itemgetter(*indexes)
        return pick  # type: ignore[no-any-return]
    return lambda values: [values[index] for index in indexes]
