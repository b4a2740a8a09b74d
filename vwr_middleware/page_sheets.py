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

#: The slots that are each visitor's own, in the order in which `Sheet.page` has their values; those
#: of the wait are filled for all alike while it is not known.
_OWN = ("position", "data_position", "ahead", "data_ahead")
_WAIT = ("wait", "data_low", "data_high")
#: Ways back that a sheet keeps a form for: a crowd wants few pages.
_FORMS_MOST = 16
#: Sheets, heads and ways back that are kept at most. Whoever makes up more makes us forget.
_MOST = 1024

Wait = tuple[int, int] | None
WayBack = tuple[bytes, bytes]


class Form:
    """A page that is whole but for a few slots."""

    __slots__ = ("_joined", "_pick")

    def __init__(self, shell: Shell, order: Sequence[str]) -> None:
        self._joined = shell.joined
        self._pick = _picker([order.index(name) for name in shell.names])

    def page(self, values: Sequence[bytes]) -> bytes:
        """The page with these values, which stand in the order that it was made with."""
        return self._joined(self._pick(values))


class Sheet:
    """The page of all who wait in one language, but for what is each visitor's own."""

    __slots__ = ("_counts_of", "_forms", "_shell", "_spoken")

    def __init__(self, shell: Shell, spoken: "Spoken") -> None:
        self._shell, self._spoken = shell, spoken
        self._forms: dict[tuple[WayBack, bool], Form] = {}
        self._counts_of = (-1, -1)

    def page(self, room: Snapshot, position: int, wait: Wait, way_back: WayBack) -> bytes:
        """The page of one visitor."""
        spoken, ahead = self._spoken, position - room.serving - 1
        if self._counts_of != (room.serving, room.waiting):
            self._counts_of = room.serving, room.waiting
            self._forms.clear()
        form = self._forms.get((way_back, wait is None))
        if form is None:
            form = self._form(way_back, wait is None)
        place, before = b"%d" % position, b"%d" % ahead
        values = (
            place if position < 1000 else spoken.number(position),
            place,
            before if ahead < EXACT_BELOW else spoken.people(ahead),
            before,
        )
        return form.page(values if wait is None else (*values, *spoken.wait(wait)))

    def _form(self, way_back: WayBack, is_unknown: bool) -> Form:
        """The page of all who came from there, as long as nobody joins or is called."""
        (serving, waiting), number = self._counts_of, self._spoken.number
        filled = {
            "serving": number(serving),
            "data_serving": b"%d" % serving,
            "waiting": number(waiting),
            "data_waiting": b"%d" % waiting,
            "next": way_back[0],
            "query": way_back[1],
        }
        if is_unknown:
            filled.update(zip(_WAIT, self._spoken.wait(None), strict=True))
        form = Form(self._shell.narrowed(filled), _OWN if is_unknown else (*_OWN, *_WAIT))
        if len(self._forms) < _FORMS_MOST:
            self._forms[way_back, is_unknown] = form
        return form


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


def _picker(indexes: Sequence[int]) -> Callable[[Sequence[bytes]], Sequence[bytes]]:
    """Takes the values at these indexes. A user's own template may have few slots or none."""
    if len(indexes) > 1:
        pick: Any = itemgetter(*indexes)
        return pick  # type: ignore[no-any-return]
    return lambda values: [values[index] for index in indexes]
