"""One request to a room, with what is found out about it once, and what its visitor has chosen."""

from dataclasses import dataclass, field
from functools import lru_cache

from vwr_middleware.gate.visitor_papers import VisitorPapers
from vwr_middleware.papers.cookies import PaperCookies, reach_of
from vwr_middleware.papers.tickets import Ticket
from vwr_middleware.settings import Settings
from vwr_middleware.web.cookie_header import find
from vwr_middleware.web.cors import is_from_other_site
from vwr_middleware.web.http import SAFE_METHODS, Cookie, Request, asked
from vwr_middleware.web.next_url import is_path_of_origin, path_of_referer, way_back, written
from vwr_middleware.web.paths import PathRule
from vwr_middleware.web.proxies import Origin, origin_of, warn_of_unseen_https
from vwr_middleware.web.request_kinds import (
    is_in_frame_of_other_site,
    is_navigation,
    keeps_only_partitioned,
)

#: The only one of our own pages that leads on to an app, and so may be wanted: see openid/.
_SIGN_IN = "/*/openid/authorize"


@lru_cache
def _pages_below(prefix: str, admin_prefix: str) -> PathRule:
    return PathRule((prefix, admin_prefix), (prefix + _SIGN_IN,))


@dataclass(slots=True)
class Visit:
    """A request on its way through the gate."""

    request: Request
    settings: Settings
    first_path: str  # the room's, to lead to when nothing better is known
    origin: Origin = field(init=False)
    is_https: bool = field(init=False)  # whether the visitor came by https
    is_navigation: bool = field(init=False)
    papers: VisitorPapers = field(init=False)  # of a visit to a room, not to a preview
    next_url: str = ""  # the address to go to, if the visitor named one at our own page
    is_own_page: bool = False  # the request is for our waiting page, not for the app
    was_stopped: bool = False  # the page that led here had stopped a form
    main_place: Ticket | None = None  # in the main line, of somebody put into the slow lane by it
    entered_with: Ticket | None = None  # the ticket with which this very request came in

    def __post_init__(self) -> None:
        self.origin = origin_of(self.request, self.settings.trusted_proxies)
        self.is_https = self.origin.is_secure
        if self.settings.cookie_secure == "auto":
            warn_of_unseen_https(self.request, self.origin)
        self.is_navigation = is_navigation(self.request)

    @property
    def is_safe(self) -> bool:
        """Whether loading the same address as a page does what this request was to do."""
        return self.request.method in SAFE_METHODS

    @property
    def stopped_method(self) -> str:
        """The method of a form that was stopped, now or before; "" if none was."""
        if self.is_own_page:
            return "POST" if self.was_stopped else ""
        return "" if self.is_safe else self.request.method

    @property
    def reloads(self) -> bool:
        """Whether the page enters by loading its own address again."""
        return self.is_safe and not self.is_own_page

    def wanted(self) -> str:
        """The address to go to when the turn has come: always a path of this origin."""
        if self.next_url:
            return self.next_url
        if self.reloads and self.is_navigation:
            return self.here()
        came_from = path_of_referer(self.request.header("referer"), self.origin)
        if came_from and not self._is_ours(came_from):
            return came_from
        return written(self.request.mount + self.first_path)

    def wants(self, path: str) -> None:
        """Take the address that the visitor wants, unless it is no path of the app."""
        if is_path_of_origin(path) and not self._is_ours(path):
            self.next_url = path

    def _is_ours(self, path: str) -> bool:
        """Whether this is one of our own pages: leading there would never lead to the app."""
        ours = _pages_below(self.settings.prefix, self.settings.admin_prefix)
        return ours.covers(path.partition("?")[0], mount=self.request.mount)

    def below_prefix(self, name: str) -> str:
        """The path of one of our own addresses, as the browser must request it."""
        return written(f"{self.request.mount}{self.settings.prefix}/{name}")

    def here(self) -> str:
        """This request's own path and query."""
        return way_back(self.request.mount + self.request.path, self.request.query)


# What a visitor has chosen on the waiting page: a language, and whether it reloads itself.


#: The page's script sets the language cookie itself, so as to reload the wanted address unchanged.
LANGUAGE_COOKIE, REFRESH_COOKIE = "vwr_lang", "vwr_refresh"
_YEAR, _DAY = 365 * 24 * 3600, 24 * 3600


@dataclass(frozen=True, slots=True)
class Choices:
    """A visitor's choices. `language` may be one for which there is no catalogue."""

    language: str = ""
    refresh: bool = True
    #: The cookies that remember a choice made by this very request.
    cookies: tuple[Cookie, ...] = ()


def wanted_by(request: Request, prefix: str) -> str:
    """Where a page that stands between leads back to: what is asked for, or, of one of our own
    addresses, what that was asked to lead to."""
    if request.path.startswith(f"{prefix}/"):
        return next((text for name, text in asked(request) if name == "next"), "")
    return way_back(request.mount + request.path, request.query)


def choices(visit: Visit) -> Choices:
    """What this request chooses by a form of our own page, or what was chosen before."""
    header = visit.request.header("cookie")
    language = "".join(find(header, LANGUAGE_COOKIE, 1))
    refresh = find(header, REFRESH_COOKIE, 1) != ["off"]
    query = visit.request.query
    if not visit.is_own_page or ("lang=" not in query and "refresh=" not in query):
        return Choices(language, refresh)
    told = dict(asked(visit.request))
    made = []
    # If the waiting page may be in a frame of another site, choices are kept there too.
    reach = reach_of(visit.settings, visit.is_https, "Lax")
    # Only the characters of a language tag may go into the cookie.
    if (wish := told.get("lang", "")) and wish.isascii() and wish.replace("-", "").isalnum():
        language = wish[:35]
        made.append(
            # Not HttpOnly, or the page's script could not change it any more.
            Cookie(LANGUAGE_COOKIE, language, _YEAR, http_only=False, **reach)
        )
    if "refresh" in told:
        refresh = told["refresh"] != "off"
        made.append(Cookie(REFRESH_COOKIE, "on" if refresh else "off", _DAY, **reach))
    return Choices(language, refresh, tuple(made))


# Whether a browser has a ticket that it does not send, or keeps none: it takes no place then.


def keeps_nothing(visit: Visit, paper_cookies: PaperCookies) -> bool:
    """Whether the browser keeps no ticket, so that each load of a frame would take a place."""
    return is_in_frame_of_other_site(visit.request) and _lacks_lax_ticket(visit, paper_cookies)


def hides_ticket(visit: Visit, paper_cookies: PaperCookies) -> bool:
    """Whether the browser may have a ticket that it does not send with this form of another site. A
    new ticket would replace it: so any page could take somebody's place away."""
    is_form = visit.is_navigation and not visit.is_safe
    is_foreign = is_form and is_from_other_site(visit.request, visit.origin)
    return is_foreign and _lacks_lax_ticket(visit, paper_cookies)


def _lacks_lax_ticket(visit: Visit, paper_cookies: PaperCookies) -> bool:
    """Whether a request may lack a ticket only because it comes from a page of another site."""
    if visit.papers.ticket() is not None:
        return False
    cookie = paper_cookies.no_ticket(visit.is_https)
    is_kept = cookie.partitioned or not keeps_only_partitioned(visit.request)
    return cookie.same_site != "None" or not is_kept
