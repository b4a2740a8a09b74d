"""Waiting pages made quickly, from parts that many of them share.

Rendering the template takes some 600 us, twenty times what the server itself needs for a request,
and filling all numbers into a rendered one 90. But the pages of those who wait differ only in a few
numbers and in the wanted address. So all else is made once and kept. To fill in the visitor's own
numbers takes 2 us: `python -m benchmarks.pages`.

    shared page       the rendered template, with slots for numbers and the wanted address: one for
                      each language, host, mount prefix and lane, kept in Reading
    half-filled page  a shared page with all filled in but the visitor's own numbers: one for each
                      wanted address besides, kept in Reading
    known request     a kind of request and the wanted address, with their latest half-filled page
    request kind      what the headers say of a visitor
    spoken            numbers and waits in the words of one language
    head              status and headers, one for each Retry-After and CORS headers

How long a `Reading` is good, answer_cache.py says. All else is always good, and is kept as long as
there is room for it.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from urllib.parse import quote

from markupsafe import escape

from vwr_middleware.gate.answer_cache import HALF_FILLED_PAGES_MOST, Reading, Readings
from vwr_middleware.gate.room_context import RoomContext
from vwr_middleware.gate.standing import InLane, waiting
from vwr_middleware.pages.page_slots import SlottedPage
from vwr_middleware.pages.pages import Pages
from vwr_middleware.pages.wording import Words
from vwr_middleware.settings import Settings
from vwr_middleware.web.cors import cors_headers
from vwr_middleware.web.http import Request
from vwr_middleware.web.next_url import way_back
from vwr_middleware.web.proxies import origin_of
from vwr_middleware.web.proxy_subrequests import asks_for_another
from vwr_middleware.web.remembered import Kept
from vwr_middleware.web.replies import Head, Header, Ready
from vwr_middleware.web.request_kinds import (
    BY_SCRIPT,
    FRAMES,
    is_crawler,
    is_navigation,
    is_prefetch,
)
from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.stock_odds import Odds

# What kind of visitor a request comes from, remembered by the headers that tell.
#
# Working it out for each request takes longer than writing the page. There are few kinds of
# browsers, so the answer is kept by the headers as they came (`Request.likeness`).


_LOOKED_AT_CLOSELY = FRAMES | {BY_SCRIPT}


@dataclass(frozen=True, slots=True)
class RequestKind:
    """What a request's headers, cookies aside, say of its visitor."""

    takes_place: bool  # certainly a person who opens a page, without papers in headers
    is_secure: bool
    site: str
    language: str
    cors: tuple[Header, ...]


class RequestKinds:
    """The kinds of visitors of one room."""

    def __init__(self, settings: Settings, pages: Pages) -> None:
        self._settings, self._pages = settings, pages
        self._remembered: Kept[Hashable, RequestKind] = Kept()

    def of(self, request: Request) -> RequestKind:
        """The visitor's kind."""
        likeness = request.likeness
        request_kind = self._remembered.get(likeness)
        if request_kind is None:
            request_kind = self._remembered.keep(likeness, self._look(request), size_of(likeness))
        return request_kind

    def _look(self, request: Request) -> RequestKind:
        origin = origin_of(request, self._settings.trusted_proxies)
        return RequestKind(
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
    """Whether such a request certainly takes a place. `Waiting` must look closely at frames, and at
    what a service worker may have passed on."""
    if request.brings_papers or request.header("sec-fetch-dest") in _LOOKED_AT_CLOSELY:
        return False
    return is_navigation(request) and not is_crawler(request) and not is_prefetch(request)


# Waiting pages made quickly, from parts that many of them share.


#: The slots that a form leaves open, in the order in which it takes their values. While the wait is
#: not known, its slots are the same for all and are filled in too.
_OWN = ("position", "data_position", "ahead", "data_ahead")
_BEHIND = ("behind",)
_WAIT = ("wait", "data_low", "data_high")
_ODDS = ("odds", "data_odds")
#: Faces kept at most, each with its latest form, of some 6 kB.
_KNOWN_REQUESTS_MOST = 2048

Wait = tuple[int, int] | None


class Spoken:
    """Numbers and waits in the words of one language, each made once."""

    def __init__(self, words: Words) -> None:
        self._words = words
        #: What `_BEHIND` stands for: few texts, since positions are rounded for it.
        self.behind: Callable[[int | None], bytes] = lru_cache(4096)(self._behind)
        self.wait: Callable[[Wait], tuple[bytes, bytes, bytes]] = lru_cache(4096)(self._wait)
        self.odds: Callable[[Odds | None], tuple[bytes, bytes]] = lru_cache(64)(self._told_odds)

    def numbers(self, *numbers: int) -> list[bytes]:
        """Numbers with their digits in groups."""
        return [text.encode() for text in map(self._words.number, numbers)]

    def place(self, position: int, ahead: int) -> tuple[bytes, bytes, bytes, bytes]:
        """The values of `_OWN`."""
        number = self._words.number
        place, before = b"%d" % position, b"%d" % ahead
        return (
            place if position < 1000 else number(position).encode(),
            place,
            before if ahead < 1000 else number(ahead).encode(),
            before,
        )

    def _behind(self, n: int | None) -> bytes:
        return b"" if n is None else self._words.number(n).encode()

    def _wait(self, wait: Wait) -> tuple[bytes, bytes, bytes]:
        """The values of `_WAIT`: in words, and the bare seconds for the script."""
        low, high = wait or (0, 0)
        return self._words.wait(wait).encode(), b"%d" % low, b"%d" % high

    def _told_odds(self, odds: Odds | None) -> tuple[bytes, bytes]:
        """The values of `_ODDS`: in words, and for the script."""
        if odds is None:
            return b"", b"null"
        return self._words.odds(odds.likely, odds.tenths).encode(), odds.as_json.encode()


class HalfFilledPage:
    """A page in which only the slots of `_OWN`, `_BEHIND`, `_WAIT` and `_ODDS` are left open."""

    __slots__ = ("behind", "joined", "mark", "odds", "pick", "place", "wait")

    def __init__(
        self, slotted_page: SlottedPage, spoken: Spoken, reading: Reading, lane: str | None = None
    ) -> None:
        known = reading.prospects
        wait, odds = _WAIT if known.knows_waits else (), _ODDS if known.knows_odds else ()
        order = (*_OWN, *_BEHIND, *wait, *odds)
        self.place, self.mark = spoken.place, reading.mark
        if lane is not None and reading.lanes is not None:
            self.mark = reading.lanes.mark(lane)
        self.behind, self.wait, self.odds = spoken.behind, spoken.wait, spoken.odds
        #: Of all values, those for which the page has slots; and the page with these in them.
        self.pick = _picker([order.index(name) for name in slotted_page.names])
        self.joined = slotted_page.joined


class KnownRequest:
    """What is known of all requests with the same headers for the same address."""

    __slots__ = ("half_filled_page", "light_page", "request_kind", "takes_place", "wanted")

    def __init__(self, request_kind: RequestKind, takes_place: bool, wanted: str) -> None:
        self.request_kind, self.takes_place, self.wanted = request_kind, takes_place, wanted
        #: Their page, of the reading with the same mark.
        self.half_filled_page: HalfFilledPage | None = None
        #: What they get who are told to come again, and what that depends on.
        self.light_page: tuple[object, Ready] | None = None


class PageCache:
    """The shared pages of one room."""

    def __init__(self, room_context: RoomContext, readings: Readings) -> None:
        self._readings = readings
        self._room_context, self._replies, self._pages = (
            room_context,
            room_context.replies,
            room_context.replies.pages,
        )
        self._request_kinds, words = (
            RequestKinds(room_context.settings, self._pages),
            self._pages.words,
        )
        self._known_requests: Kept[Hashable, KnownRequest] = Kept(_KNOWN_REQUESTS_MOST)
        self._head: Callable[[int, tuple[Header, ...]], Head] = lru_cache(1024)(self._make_head)
        self._spoken = lru_cache(maxsize=64)(lambda code: Spoken(words[code]))

    def known_request(self, request: Request) -> KnownRequest:
        """What is known of a request."""
        key = request.likeness, request.where, request.query
        return self._known_requests.get(key) or self._meet(request, key)

    def _meet(self, request: Request, key: Hashable) -> KnownRequest:
        wanted = way_back(request.mount + request.path, request.query)
        request_kind = self._request_kinds.of(request)
        known_request = KnownRequest(
            request_kind, request_kind.takes_place and not asks_for_another(request), wanted
        )
        length = len(request.path) + len(request.raw_path) + len(request.query)
        return self._known_requests.keep(key, known_request, length + size_of(request.likeness))

    def reply(
        self,
        request: Request,
        known_request: KnownRequest,
        room: CurrentRoom,
        position: int,
        now: float,
        cookie: str = "",
    ) -> Ready:
        """The page of somebody who waits, as `Replies.standing` would make it."""
        reading, half_filled_page = self._readings.of(room), known_request.half_filled_page
        # `max`, since another thread may have read by now that this position is called.
        number, ahead, mark = position, max(0, position - reading.serving - 1), reading.mark
        lanes, own = reading.lanes, None
        if lanes is not None:
            own = lanes.own(position)
            number, ahead, mark = own.number, own.ahead, lanes.mark(own.lane)
        if half_filled_page is None or half_filled_page.mark is not mark:
            half_filled_page = known_request.half_filled_page = self._half_filled_page(
                request, known_request, reading, own, position, now
            )
        values: Sequence[bytes] = half_filled_page.place(number, ahead)
        prospect = reading.prospects.of(position, now)
        values = (*values, half_filled_page.behind(prospect.behind))
        if reading.prospects.knows_waits:
            values = (*values, *half_filled_page.wait(prospect.wait))
        if reading.prospects.knows_odds:
            values = (*values, *half_filled_page.odds(prospect.odds))
        head = self._head(prospect.retry_after, known_request.request_kind.cors)
        body = half_filled_page.joined(half_filled_page.pick(values))
        return Ready(head, body, (("Set-Cookie", cookie),) if cookie else ())

    def _half_filled_page(
        self,
        request: Request,
        known_request: KnownRequest,
        reading: Reading,
        own: InLane | None,
        position: int,
        now: float,
    ) -> HalfFilledPage:
        """The page of all with the same known request (in lanes, of one lane), good until somebody
        joins or is called."""
        request_kind = known_request.request_kind
        lane = None if own is None else own.lane
        alike = request_kind.language, request_kind.site, request.mount, lane
        key = (*alike, known_request.wanted)
        kept = reading.half_filled_pages
        half_filled_page = kept.get(key) if kept is not None else None
        if half_filled_page is not None:
            return half_filled_page
        shared_page = reading.shared_pages.get(alike)
        if shared_page is None:
            shared_page = self._shared_page(request, request_kind, reading, position, now)
            reading.shared_pages.keep(alike, shared_page, len(request_kind.site))
        half_filled_page = HalfFilledPage(
            self._filled(shared_page, known_request, reading, own),
            self._spoken(request_kind.language),
            reading,
            lane,
        )
        if kept is None:
            kept = reading.half_filled_pages = Kept(HALF_FILLED_PAGES_MOST)
        return kept.keep(key, half_filled_page, len(known_request.wanted))

    def _filled(
        self,
        shared_page: SlottedPage,
        known_request: KnownRequest,
        reading: Reading,
        own: InLane | None,
    ) -> SlottedPage:
        """A shared page in which all is filled in that visitors with the same known request have
        in common.
        """
        spoken = self._spoken(known_request.request_kind.language)
        serving, in_line = own.serving if own else reading.serving, reading.room.waiting
        serving_text, in_line_text = spoken.numbers(serving, in_line)
        filled = {
            "serving": serving_text,
            "data_serving": b"%d" % serving,
            "waiting": in_line_text,
            "data_waiting": b"%d" % in_line,
            "next": escape(known_request.wanted).encode(),
            "query": quote(known_request.wanted, safe="/").encode(),
        }
        if not reading.prospects.knows_waits:
            filled.update(zip(_WAIT, spoken.wait(None), strict=True))
        return shared_page.narrowed(filled)

    def _shared_page(
        self,
        request: Request,
        request_kind: RequestKind,
        reading: Reading,
        position: int,
        now: float,
    ) -> SlottedPage:
        """The page of all who wait, in one language and on one host."""
        standing = waiting(reading.room, position, now)
        view = self._replies.page_view(
            self._room_context.visit(request), standing, request_kind.language
        )
        return self._pages.shared_page(view)

    def _make_head(self, retry_after: int, cors: tuple[Header, ...]) -> Head:
        headers = self._replies.page_headers(retry_after, "waiting")
        return Head(self._replies.waiting_status, (*headers, *cors))


def _picker(indexes: Sequence[int]) -> Callable[[Sequence[bytes]], Sequence[bytes]]:
    """A function that picks the values at these indexes. A user's template may have no slots."""
    if len(indexes) > 1:
        return itemgetter(*indexes)
    return lambda values: [values[index] for index in indexes]
