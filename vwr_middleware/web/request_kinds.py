"""What kind of request this is: who may take a place, and who is shown a page."""

import re
from functools import lru_cache

from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from vwr_middleware.web.http import READS, Request
from vwr_middleware.web.remembered import LONGEST_REMEMBERED

#: What crawlers call themselves. They get a 503, since they would index a 202.
_CRAWLER = re.compile(
    # There is a phone named Cubot. Browsers inside an app name it at their end ("…
    # Telegram-Android/11.3"); its link previews are TelegramBot's, and WhatsApp's begin with it.
    r"(?<!cu)bot\b|crawl|spider|slurp|preview|facebookexternalhit|^whatsapp|embedly"
    r"|google-inspectiontool|googleother",
    re.IGNORECASE,
)
#: What a page loads besides itself (Sec-Fetch-Dest).
SUBRESOURCES = frozenset({"image", "style", "script", "font"})
_HTML = ("text/html", "application/xhtml+xml")
_OVERRIDES = ("x-http-method-override", "x-http-method", "x-method-override")
_NEVER_IN_A_PREFLIGHT = (*_OVERRIDES, "transfer-encoding", "cookie", "authorization")
#: Methods that are never answered with a page; a 2xx to CONNECT would begin a tunnel.
_NEVER_A_PAGE = ("HEAD", "CONNECT")
#: Headers in which browsers say that they prefetch, and Turbo that the pointer is over a link.
_PURPOSES = ("sec-purpose", "purpose", "x-sec-purpose")
#: Sec-Fetch-Dest of a page inside another page; and of any page.
FRAMES = frozenset({"iframe", "frame", "embed", "object"})
_PAGES = FRAMES | {"", "document"}
#: Sec-Fetch-Dest of what scripts, and service workers, ask for.
BY_SCRIPT = "empty"


def is_prefetch(request: Request) -> bool:
    """Whether the page is asked for in advance: only these headers tell that from a visit."""
    purposes = [request.header(name).lower() for name in _PURPOSES]
    if "prefetch" in " ".join(purposes):
        return True
    # Facebook's app, for a link that somebody scrolls by. It shows the answer after a tap.
    is_preview = request.header("x-purpose").lower() == "preview"
    return is_preview or request.header("hx-preloaded") == "true"  # htmx, by its extension


def is_navigation(request: Request) -> bool:
    """Whether a person opens a page: only such a request takes a place in line by itself."""
    if request.is_websocket or request.method in _NEVER_A_PAGE:
        return False
    mode, dest = request.header("sec-fetch-mode"), request.header("sec-fetch-dest")
    if mode and dest != BY_SCRIPT:
        return mode == "navigate" and dest in _PAGES
    return (not mode or _is_passed_on(request)) and wants_html(request.header("accept"))


def _is_passed_on(request: Request) -> bool:
    """Whether a service worker may have passed on a navigation, by `fetch(event.request)`.

    Firefox does not call its mode a navigation any more, and Chromium calls a download one. But
    browsers add this header only to requests for pages, and the worker's request keeps it.
    """
    return request.header("upgrade-insecure-requests") == "1"


def is_in_frame_of_other_site(request: Request) -> bool:
    """Whether this page is shown in a frame of another site, where no Lax cookie ever comes back.

    A link or a reload inside the frame looks like a request from our own site. Only Chromium tells
    them apart, by Sec-Fetch-Storage-Access.
    """
    if request.header("sec-fetch-dest") not in FRAMES:
        return False
    is_told = bool(request.header("sec-fetch-storage-access"))
    return is_told or request.header("sec-fetch-site") == "cross-site"


def keeps_only_partitioned(request: Request) -> bool:
    """Whether the browser says that in this frame of another site it keeps only partitioned
    cookies. Chromium does so in private windows, and if its user has blocked the others."""
    return request.header("sec-fetch-storage-access") == "none"


def is_subresource(request: Request) -> bool:
    """Whether a page loads this as an image, a style sheet, a script or a font.

    A POST or a WebSocket is not, whatever its headers say.
    """
    if request.is_websocket or request.method not in READS:
        return False
    return request.header("sec-fetch-dest") in SUBRESOURCES


def is_crawler(request: Request) -> bool:
    """Whether a search engine or a link preview asks."""
    return _is_crawler(request.header("user-agent")[:512])


@lru_cache(maxsize=2048)
def _is_crawler(user_agent: str) -> bool:
    return bool(_CRAWLER.search(user_agent))


def wants_html(accept: str) -> bool:
    """Whether an Accept header names HTML, and prefers it to JSON. Programs send `*/*` alone.

    Remembered by the raw header, since werkzeug's negotiation costs more than a whole bare request.
    """
    return len(accept) <= LONGEST_REMEMBERED and _wants_html(accept)


@lru_cache(maxsize=2048)
def _wants_html(accept: str) -> bool:
    accepted = parse_accept_header(accept.lower(), MIMEAccept)
    html = max((quality for value, quality in accepted if value in _HTML), default=0)
    return html > 0 and html >= accepted.quality("application/json")


def takes_gzip(request: Request) -> bool:
    """Whether a file may be sent compressed."""
    accept = request.header("accept-encoding")
    return len(accept) <= LONGEST_REMEMBERED and _takes_gzip(accept)


@lru_cache(maxsize=2048)
def _takes_gzip(accept: str) -> bool:
    return parse_accept_header(accept).quality("gzip") > 0


def is_preflight(request: Request) -> bool:
    """Whether a browser asks, on behalf of another origin, what it may send.

    A preflight is answered by whoever knows the rules for other origins, and never by a view: some
    views answer every method. Any other OPTIONS request waits like all requests. Some apps take the
    method from a header or from the body, and some ignore it and serve whoever is logged in. A
    browser's preflight has nothing of that kind.
    """
    if request.method != "OPTIONS":
        return False
    asks = all(map(request.header, ("origin", "access-control-request-method")))
    # Over HTTP/2 a body needs no length, but nobody reads it as a form without a content type.
    # (wsgiref's server, and so Django's runserver, says text/plain if there is none.)
    has_body = request.header("content-length") not in ("", "0")
    has_body = has_body or request.header("content-type") not in ("", "text/plain")
    return asks and not has_body and not any(map(request.header, _NEVER_IN_A_PREFLIGHT))
