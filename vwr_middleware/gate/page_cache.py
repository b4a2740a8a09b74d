"""Waiting pages made quickly, from parts that many of them share.

Rendering the template takes some 45 us, more than the server itself needs for a request. But the
pages of those who wait differ only in a few numbers and in the wanted address. So all else is made
once and kept. To fill in the visitor's own numbers takes 2 us.

    kept    what it is                              one for each                    kept in
    sheet   the rendered template, with slots for   language, host, mount prefix    Reading
            numbers and the wanted address
    form    a sheet with all filled in but the      the same, and wanted address    Reading
            visitor's own numbers
    face    a guise and the wanted address, with    headers, path, query            PageSheets
            their latest form
    guise   what the headers say of a visitor       headers                         Guises
    spoken  numbers and waits in words              language                        PageSheets
    head    status and headers                      Retry-After, CORS headers       PageSheets

How long a `Reading` is good, answer_cache.py says. All else is always good, and is kept as long as
there is room for it.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from urllib.parse import quote

from markupsafe import escape

from vwr_middleware.gate.answer_cache import Reading, Readings
from vwr_middleware.gate.room_context import Tools
from vwr_middleware.gate.standing import waiting
from vwr_middleware.pages.page_slots import Shell
from vwr_middleware.pages.pages import Pages
from vwr_middleware.pages.wording import EXACT_BELOW, Words, rounded
from vwr_middleware.settings import Settings
from vwr_middleware.web.cors import cors_headers
from vwr_middleware.web.http import Request
from vwr_middleware.web.negotiation import (
    BY_SCRIPT,
    FRAMES,
    is_crawler,
    is_navigation,
    is_prefetch,
)
from vwr_middleware.web.next_url import way_back
from vwr_middleware.web.proxies import origin_of
from vwr_middleware.web.remembered import Kept
from vwr_middleware.web.replies import Head, Header, Ready
from vwr_middleware.web.subrequests import asks_for_another
from vwr_middleware.worker.current_room import CurrentRoom

# What kind of visitor a request comes from, remembered by the headers that tell.
#
# Working it out for each request takes longer than writing the page. There are few kinds of
# browsers, so the answer is kept by the headers as they came (`Request.likeness`).


_LOOKED_AT_CLOSELY = FRAMES | {BY_SCRIPT}


@dataclass(frozen=True, slots=True)
class Guise:
    """What a request's headers, cookies aside, say of its visitor."""

    takes_place: bool  # certainly a person who opens a page, without papers in headers
    is_secure: bool
    site: str
    language: str
    cors: tuple[Header, ...]


class Guises:
    """The kinds of visitors of one room."""

    def __init__(self, settings: Settings, pages: Pages) -> None:
        self._settings, self._pages = settings, pages
        self._remembered: Kept[Hashable, Guise] = Kept()

    def of(self, request: Request) -> Guise:
        """The visitor's kind."""
        likeness = request.likeness
        guise = self._remembered.get(likeness)
        if guise is None:
            guise = self._remembered.keep(likeness, self._look(request), size_of(likeness))
        return guise

    def _look(self, request: Request) -> Guise:
        origin = origin_of(request, self._settings.trusted_proxies)
        return Guise(
            _takes_place(request),
            origin.is_secure,
            origin.host,
            self._pages.languages.best(request.header("accept-language")),
            cors_headers(request, self._settings.cors_origins),
        )


def size_of(likeness: Iterable[str | bytes | None]) -> int:
    """How many characters the headers of a likeness have together."""
    return sum(len(part) for part in likeness if part)


def _takes_place(request: Request) -> bool:
    """Whether such a request certainly takes a place. `Outside` must look closely at frames, and at
    what a service worker may have passed on."""
    if request.brings_papers or request.header("sec-fetch-dest") in _LOOKED_AT_CLOSELY:
        return False
    return is_navigation(request) and not is_crawler(request) and not is_prefetch(request)


# Waiting pages made quickly, from parts that many of them share.


#: The slots that a form leaves open, in the order in which it takes their values. While the wait is
#: not known, its slots are the same for all and are filled in too.
_OWN = ("position", "data_position", "ahead", "data_ahead")
_WAIT = ("wait", "data_low", "data_high")
#: Faces kept at most, each with its latest form, of some 6 kB.
_FACES_MOST = 2048

Wait = tuple[int, int] | None


class Spoken:
    """Numbers and waits in the words of one language, each made once."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._people: Callable[[int], bytes] = lru_cache(4096)(lambda n: words.people(n).encode())
        self.wait: Callable[[Wait], tuple[bytes, bytes, bytes]] = lru_cache(4096)(self._wait)

    def number(self, number: int) -> bytes:
        """A number with its digits in groups."""
        return self._words.number(number).encode()

    def place(self, position: int, ahead: int) -> tuple[bytes, bytes, bytes, bytes]:
        """The values of `_OWN`. Large numbers are rounded, so that few texts suffice for all."""
        place, before = b"%d" % position, b"%d" % ahead
        return (
            place if position < 1000 else self._words.number(position).encode(),
            place,
            before if ahead < EXACT_BELOW else self._people(rounded(ahead)),
            before,
        )

    def _wait(self, wait: Wait) -> tuple[bytes, bytes, bytes]:
        """The values of `_WAIT`: in words, and the bare seconds for the script."""
        low, high = wait or (0, 0)
        return self._words.wait(wait).encode(), b"%d" % low, b"%d" % high


class Form:
    """A page in which only the slots of `_OWN` and `_WAIT` are left open."""

    __slots__ = ("joined", "mark", "pick", "place", "wait")

    def __init__(self, shell: Shell, spoken: Spoken, reading: Reading) -> None:
        order = (*_OWN, *_WAIT)
        self.mark, self.place, self.wait = reading.mark, spoken.place, spoken.wait
        #: Of all values, those for which the page has slots; and the page with these in them.
        self.pick = _picker([order.index(name) for name in shell.names])
        self.joined = shell.joined


class Face:
    """What is known of all requests with the same headers for the same address."""

    __slots__ = ("form", "guise", "takes_place", "wanted")

    def __init__(self, guise: Guise, takes_place: bool, wanted: str) -> None:
        self.guise, self.takes_place, self.wanted = guise, takes_place, wanted
        #: Their page, of the reading with the same mark.
        self.form: Form | None = None


class PageSheets:
    """The sheets of one room."""

    def __init__(self, tools: Tools, readings: Readings) -> None:
        self._readings = readings
        self._tools, self._replies, self._pages = tools, tools.replies, tools.replies.pages
        self._guises, words = Guises(tools.settings, self._pages), self._pages.words
        self._faces: Kept[Hashable, Face] = Kept(_FACES_MOST)
        self._head: Callable[[int, tuple[Header, ...]], Head] = lru_cache(1024)(self._make_head)
        self._spoken = lru_cache(maxsize=64)(lambda code: Spoken(words[code]))

    def face(self, request: Request) -> Face:
        """The face of a request."""
        key = request.likeness, request.where, request.query
        return self._faces.get(key) or self._meet(request, key)

    def _meet(self, request: Request, key: Hashable) -> Face:
        wanted = way_back(request.mount + request.path, request.query)
        guise = self._guises.of(request)
        face = Face(guise, guise.takes_place and not asks_for_another(request), wanted)
        length = len(request.path) + len(request.raw_path) + len(request.query)
        return self._faces.keep(key, face, length + size_of(request.likeness))

    def reply(
        self,
        request: Request,
        face: Face,
        room: CurrentRoom,
        position: int,
        now: float,
        cookie: str = "",
    ) -> Ready:
        """The page of somebody who waits, as `Replies.standing` would make it."""
        reading, form = self._readings.of(room), face.form
        if form is None or form.mark is not reading.mark:
            form = face.form = self._form(request, face, reading, position, now)
        # `max`, since another thread may have read by now that this position is called.
        values: Sequence[bytes] = form.place(position, max(0, position - reading.serving - 1))
        prospect = reading.prospects.of(position, now)
        if reading.prospects.knows_waits:
            values = (*values, *form.wait(prospect.wait))
        head = self._head(prospect.retry_after, face.guise.cors)
        body = form.joined(form.pick(values))
        return Ready(head, body, (("Set-Cookie", cookie),) if cookie else ())

    def _form(
        self, request: Request, face: Face, reading: Reading, position: int, now: float
    ) -> Form:
        """The page of all with this face, good until somebody joins or is called."""
        guise = face.guise
        alike = guise.language, guise.site, request.mount
        key = (*alike, face.wanted)
        form = reading.forms.get(key)
        if form is not None:
            return form
        sheet = reading.sheets.get(alike)
        if sheet is None:
            sheet = self._sheet(request, guise, reading, position, now)
            reading.sheets.keep(alike, sheet, len(guise.site))
        form = Form(self._filled(sheet, face, reading), self._spoken(guise.language), reading)
        return reading.forms.keep(key, form, len(face.wanted))

    def _filled(self, sheet: Shell, face: Face, reading: Reading) -> Shell:
        """A sheet in which all is filled in that visitors with this face have in common."""
        spoken = self._spoken(face.guise.language)
        serving, in_line = reading.serving, reading.room.waiting
        filled = {
            "serving": spoken.number(serving),
            "data_serving": b"%d" % serving,
            "waiting": spoken.number(in_line),
            "data_waiting": b"%d" % in_line,
            "next": escape(face.wanted).encode(),
            "query": quote(face.wanted, safe="/").encode(),
        }
        if not reading.prospects.knows_waits:
            filled.update(zip(_WAIT, spoken.wait(None), strict=True))
        return sheet.narrowed(filled)

    def _sheet(
        self, request: Request, guise: Guise, reading: Reading, position: int, now: float
    ) -> Shell:
        """The page of all who wait, in one language and on one host."""
        standing = waiting(reading.room, position, now)
        view = self._replies.page_view(self._tools.visit(request), standing, guise.language)
        return self._pages.sheet(view)

    def _make_head(self, retry_after: int, cors: tuple[Header, ...]) -> Head:
        headers = self._replies.page_headers(retry_after, "waiting")
        return Head(self._replies.waiting_status, (*headers, *cors))


def _picker(indexes: Sequence[int]) -> Callable[[Sequence[bytes]], Sequence[bytes]]:
    """A function that picks the values at these indexes. A user's template may have no slots."""
    if len(indexes) > 1:
        return itemgetter(*indexes)
    return lambda values: [values[index] for index in indexes]
