"""Waiting pages made quickly, from parts that many of them share.

Rendering the template takes some 45 us, more than the server itself needs for a request. But the
pages of those who wait differ only in a few numbers and in the wanted address. So all else is made
once and kept. To fill in the visitor's own numbers takes 2 us.

    kept    what it is                              one for each                    good until
    sheet   the rendered template, with slots for   language, host, mount prefix    a new snapshot
            numbers and the wanted address                                          or state
    form    a sheet with all filled in but the      the same, and wanted address    a counter moves
            visitor's own numbers
    face    what the headers say of a visitor,      headers, path, query            always
            with the latest form for them
    spoken  numbers and waits in words              language                        always
    head    status and headers                      Retry-After, CORS headers       always

A `Reading` holds the sheets and forms, `PageSheets` the rest.
"""

from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache
from operator import itemgetter
from urllib.parse import quote

from markupsafe import escape

from vwr_middleware.gate.guises import Guise, Guises, size_of
from vwr_middleware.gate.prospects import prospects_of
from vwr_middleware.gate.standing import waiting
from vwr_middleware.gate.tools import Tools
from vwr_middleware.line.answers import Snapshot
from vwr_middleware.pages.shells import Shell
from vwr_middleware.pages.wording import EXACT_BELOW, Words, rounded
from vwr_middleware.web.http import Request
from vwr_middleware.web.kept import Kept
from vwr_middleware.web.next_url import way_back
from vwr_middleware.web.ready import Head, Header, Ready

#: The slots that a form leaves open, in the order in which it takes their values. While the wait is
#: not known, its slots are the same for all and are filled in too.
_OWN = ("position", "data_position", "ahead", "data_ahead")
_WAIT = ("wait", "data_low", "data_high")
#: Sheets, and heads, kept at most; beyond that all are forgotten.
_MOST = 1024
#: Faces kept at most, each with its latest form; and forms of one reading, of some 6 kB each.
_FACES_MOST, _FORMS_MOST = 2048, 64

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


class Reading:
    """What all pages have in common between two changes of the room's counters or state."""

    __slots__ = ("forms", "mark", "prospects", "queue", "room", "serving", "sheets", "state")

    def __init__(self, room: Snapshot, before: "Reading | None") -> None:
        self.room, self.state = room, room.state
        self.serving, self.queue = room.serving, room.queue
        self.prospects = prospects_of(room)
        #: By this a form, which lives longer, knows its reading without keeping it alive.
        self.mark = object()
        goes_on = before is not None and before.room is room and before.state == room.state
        #: By language, host and mount prefix. Counters that move need no new sheets.
        self.sheets: Kept[Hashable, Shell] = before.sheets if before and goes_on else Kept(_MOST)
        #: With this reading's numbers, by the wanted address as well.
        self.forms: dict[Hashable, Form] = {}


class Form:
    """A page in which only the slots of `_OWN` and `_WAIT` are left open."""

    __slots__ = ("_joined", "_pick", "mark", "place", "wait")

    def __init__(self, shell: Shell, spoken: Spoken, reading: Reading) -> None:
        order = (*_OWN, *_WAIT)
        self.mark, self.place, self.wait = reading.mark, spoken.place, spoken.wait
        self._joined = shell.joined
        self._pick = _picker([order.index(name) for name in shell.names])

    def page(self, values: Sequence[bytes]) -> bytes:
        return self._joined(self._pick(values))


class Face:
    """What is known of all requests with the same headers for the same address."""

    __slots__ = ("form", "guise", "takes_place", "wanted")

    def __init__(self, guise: Guise, wanted: str) -> None:
        self.guise, self.takes_place, self.wanted = guise, guise.takes_place, wanted
        #: Their page, of the reading with the same mark.
        self.form: Form | None = None


class PageSheets:
    """The sheets of one room."""

    def __init__(self, tools: Tools) -> None:
        self._tools, self._replies, self._pages = tools, tools.replies, tools.replies.pages
        self._guises, words = Guises(tools.settings, self._pages), self._pages.words
        self._faces: Kept[Hashable, Face] = Kept(_FACES_MOST)
        self._heads: dict[tuple[int, tuple[Header, ...]], Head] = {}
        self._spoken = lru_cache(maxsize=64)(lambda code: Spoken(words[code]))
        self._reading: Reading | None = None

    def face(self, request: Request) -> Face:
        """The face of a request."""
        key = request.likeness, request.where, request.query
        return self._faces.get(key) or self._meet(request, key)

    def _meet(self, request: Request, key: Hashable) -> Face:
        wanted = way_back(request.mount + request.path, request.query)
        face = Face(self._guises.of(request), wanted)
        length = len(request.path) + len(request.raw_path) + len(request.query)
        return self._faces.keep(key, face, length + size_of(request.likeness))

    def reply(
        self,
        request: Request,
        face: Face,
        room: Snapshot,
        position: int,
        now: float,
        cookie: str = "",
    ) -> Ready:
        """The page of somebody who waits, as `Replies.standing` would make it."""
        serving, reading = room.serving, self._reading
        if (
            reading is None
            or reading.room is not room
            or reading.serving != serving
            or reading.queue != room.queue
            or reading.state != room.state
        ):
            reading = self._reading = Reading(room, reading)
        form = face.form
        if form is None or form.mark is not reading.mark:
            form = face.form = self._form(request, face, reading, position, now)
        # `max`, since another thread may have read by now that this position is called.
        values: Sequence[bytes] = form.place(position, max(0, position - serving - 1))
        prospect = reading.prospects.of(position, now)
        if reading.prospects.knows_waits:
            values = (*values, *form.wait(prospect.wait))
        seconds, cors = prospect.retry_after, face.guise.cors
        head = self._heads.get((seconds, cors)) or self._head(seconds, cors)
        return Ready(head, form.page(values), (("Set-Cookie", cookie),) if cookie else ())

    def _form(
        self, request: Request, face: Face, reading: Reading, position: int, now: float
    ) -> Form:
        """The page of all with this face, good until somebody joins or is called."""
        guise = face.guise
        key = guise.language, guise.site, request.mount, face.wanted
        form = reading.forms.get(key)
        if form is not None:
            return form
        sheet = reading.sheets.get(key[:3])
        if sheet is None:
            sheet = self._sheet(request, guise, reading, position, now)
            reading.sheets.keep(key[:3], sheet, len(guise.site))
        form = Form(self._filled(sheet, face, reading), self._spoken(guise.language), reading)
        if len(reading.forms) < _FORMS_MOST:
            reading.forms[key] = form
        return form

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

    def _head(self, retry_after: int, cors: tuple[Header, ...]) -> Head:
        if len(self._heads) >= _MOST:
            self._heads.clear()
        headers = self._replies.page_headers(retry_after, "waiting")
        head = Head(self._replies.waiting_status, (*headers, *cors))
        self._heads[retry_after, cors] = head
        return head


def _picker(indexes: Sequence[int]) -> Callable[[Sequence[bytes]], Sequence[bytes]]:
    """A function that picks the values at these indexes. A user's template may have no slots."""
    if len(indexes) > 1:
        return itemgetter(*indexes)
    return lambda values: [values[index] for index in indexes]
