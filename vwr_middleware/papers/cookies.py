"""The cookies of one room: their names, and how they are set and removed."""

from math import ceil
from typing import Literal, NamedTuple, TypedDict, cast

from vwr_middleware.papers import tickets, tokens
from vwr_middleware.papers.appointments import KEPT
from vwr_middleware.settings import Settings
from vwr_middleware.settings.web_kinds import bare_host
from vwr_middleware.web.cookie_header import find_each
from vwr_middleware.web.http import Cookie
from vwr_middleware.web.next_url import written
from vwr_middleware.web.remembered import warn_once

_WEEK, _DAY, _HOUR = 7 * 24 * 3600, 24 * 3600, 3600
#: No browser keeps a cookie for longer.
_WEEKS_MOST = 57
_NOT_IN_DOMAIN = (
    "cookie_domain is %s, but somebody without a ticket came to a host outside it. If the browser"
    " shows that host (localhost, an IP address), it keeps none of our cookies, so nobody keeps a"
    " place there: remove cookie_domain"
)
_NOT_WITHIN_PATH = (
    'cookie_path is "%s", but somebody without a ticket came to one of our pages outside it.'
    " Browsers send no cookies there, so nobody keeps a place: set prefix to a path below"
    ' cookie_path, or cookie_path to "/"'
)
SameSite = Literal["Lax", "None", "Strict"]


class CookieNames(NamedTuple):
    """The names of one room's cookies."""

    ticket: str
    token: str
    kept_ticket: str  # of a lost room, as is the next: see gate/visitor_papers.py
    kept_token: str


class CookieTexts(NamedTuple):
    """The values that came under each of these names."""

    ticket: list[str]
    token: list[str]
    kept_ticket: list[str]
    kept_token: list[str]


_NO_TEXTS = CookieTexts([], [], [], [])


class Reach(TypedDict):
    """The attributes that decide with which requests browsers send a cookie."""

    secure: bool
    same_site: SameSite
    partitioned: bool


def reach_of(settings: Settings, is_https: bool, usual: SameSite) -> Reach:
    """The reach of a cookie of ours; its SameSite is `usual` if the settings leave it open."""
    secure = {"always": True, "never": False}.get(settings.cookie_secure, is_https)
    wanted = cast("SameSite | None", settings.cookie_samesite) or usual
    if wanted == "None" and not secure:
        wanted = "Lax"  # browsers drop a None cookie that is not secure
    partitioned = settings.cookie_partitioned and secure
    return {"secure": secure, "same_site": wanted, "partitioned": partitioned}


class PaperCookies:
    """Makes the cookies of one room. `is_https`: whether the visitor came by https."""

    def __init__(self, settings: Settings, room_name: str) -> None:
        self._settings = settings
        self._around: dict[tuple[bool, int], tuple[str, str]] = {}
        ticket = f"{_host_prefix(settings)}{settings.namespace}_{room_name}"
        self.names = CookieNames(
            ticket,
            f"{ticket}_token",
            kept_ticket=f"{ticket}_kept",
            kept_token=f"{ticket}_token_kept",
        )
        self.appointment_name = f"{ticket}_appointment"
        self.puzzle_name = f"{ticket}_puzzle"
        self.appeal_name = f"{ticket}_appeal"
        self.invitation_name = f"{ticket}_invitation"
        self._shapes = tuple(zip(self.names, (tickets.SHAPE, tokens.SHAPE) * 2, strict=True))

    def texts_in(self, header: str) -> CookieTexts:
        """What a Cookie header brings as each of these cookies. Those that cannot be it by their
        length are left out, so that a page of a subdomain must send many long ones to hide it."""
        if not header:
            return _NO_TEXTS
        return CookieTexts(*find_each(header, self._shapes))

    def ticket(self, value: str, is_https: bool, weeks: int = 1) -> Cookie:
        """The cookie of a ticket, kept for a week, or for more if the room opens later."""
        age = min(weeks, _WEEKS_MOST) * _WEEK
        return self._cookie(self.names.ticket, value, age, is_https, "Lax")

    def appointment(self, value: str, is_https: bool) -> Cookie:
        """The cookie of an appointment, kept for as long as that counts."""
        return self._cookie(self.appointment_name, value, KEPT + 60, is_https, "Lax")

    def puzzle(self, value: str, seconds: int, is_https: bool) -> Cookie:
        """The cookie of a solved puzzle, kept until the join; none is removed after it."""
        return self._cookie(self.puzzle_name, value, seconds, is_https, "Lax")

    def appeal(self, value: str, is_https: bool, weeks: int = 1) -> Cookie:
        """The cookie of a place in the main line, for somebody in the slow lane; an empty value
        removes it."""
        age = min(weeks, _WEEKS_MOST) * _WEEK if value else 0
        return self._cookie(self.appeal_name, value, age, is_https, "Lax")

    def invitation(self, value: str, seconds: int, is_https: bool) -> Cookie:
        """The cookie of somebody who has opened an invitation, kept while that is good."""
        return self._cookie(self.invitation_name, value, seconds, is_https, "Lax")

    def given_up(self, value: str, is_https: bool) -> Cookie:
        """The cookie of a ticket which says that its holder has left, kept for an hour.

        During that a reload takes no new place. Whoever comes back later joins again.
        """
        return self._cookie(self.names.ticket, value, _HOUR, is_https, "Lax")

    def around_ticket(self, is_https: bool, weeks: int) -> tuple[str, str]:
        """What is before and after the ticket in its Set-Cookie header."""
        key = is_https, weeks
        around = self._around.get(key)
        if around is None:
            before, _, after = self.ticket("\0", *key).header().partition("\0")
            around = self._around[key] = before, after
        return around

    def no_ticket(self, is_https: bool) -> Cookie:
        """Removes the ticket."""
        return self._cookie(self.names.ticket, "", 0, is_https, "Lax")

    def token(self, value: str, seconds: float, is_https: bool) -> Cookie:
        """The cookie of an access token that lives for so many `seconds`. The cookie lives longer,
        so that an expired visitor is recognised.

        It is SameSite=None, since banks and identity providers return by cross-site POST, on which
        Lax cookies are not sent. The token proves a turn and logs nobody in.
        """
        age = int(max(0.0, seconds) + self._settings.outage_grace) + _DAY
        return self._cookie(self.names.token, value, age, is_https, "None")

    def kept_ticket(self, value: str, is_https: bool) -> Cookie:
        """The cookie of a lost room's ticket; an empty value removes it."""
        age = _WEEK if value else 0
        return self._cookie(self.names.kept_ticket, value, age, is_https, "Lax")

    def kept_token(self, value: str, is_https: bool) -> Cookie:
        """The cookie of a lost room's access token; an empty value removes it."""
        age = _DAY if value else 0
        return self._cookie(self.names.kept_token, value, age, is_https, "None")

    def no_token(self, is_https: bool) -> Cookie:
        """Removes the access token."""
        return self._cookie(self.names.token, "", 0, is_https, "None")

    def look_at_path(self, path: str) -> None:
        """Warn once if a browser brings none of these cookies to this address of ours.

        The path has the mount prefix, which is not known when the settings are checked.
        """
        within = self._settings.cookie_path
        if within != "/" and not f"{written(path)}/".startswith(f"{within}/"):
            warn_once(_NOT_WITHIN_PATH, within)

    def look_at_host(self, host: str) -> None:
        """Warn once if a browser keeps none of these cookies for this host."""
        domain = (self._settings.cookie_domain or "").lower().lstrip(".")
        if domain and host and not f".{bare_host(host)}".endswith(f".{domain}"):
            warn_once(_NOT_IN_DOMAIN, domain)

    def _cookie(
        self, name: str, value: str, max_age: int, is_https: bool, same_site: SameSite
    ) -> Cookie:
        settings = self._settings
        return Cookie(
            name,
            value,
            max_age,
            path=settings.cookie_path,
            domain=settings.cookie_domain,
            **reach_of(settings, is_https, same_site),
        )


def weeks_from(seconds: float) -> int:
    """The weeks for which a ticket is kept if its room opens in so many seconds."""
    return 1 + max(0, ceil(seconds / _WEEK))


def _host_prefix(settings: Settings) -> str:
    """The prefix with which browsers take no cookie from a subdomain, if the settings allow it."""
    has_path = settings.cookie_domain is None and settings.cookie_path == "/"
    return "__Host-" if has_path and settings.cookie_secure == "always" else ""
