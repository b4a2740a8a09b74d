"""What kind of visitor a request comes from, remembered by the headers that tell.

Working it out for each request takes longer than writing the page. There are few kinds of browsers,
so the answer is kept by the headers as they came (`Request.likeness`).
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from vwr_middleware.pages.pages import Pages
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
from vwr_middleware.web.proxies import origin_of
from vwr_middleware.web.remembered import Kept
from vwr_middleware.web.replies import Header

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
