"""What a visitor has chosen on the waiting page: a language, and whether it reloads itself."""

from dataclasses import dataclass

from vwr_middleware.gate.visit import Visit
from vwr_middleware.papers.cookies import reach_of
from vwr_middleware.web.cookie_header import find
from vwr_middleware.web.http import Cookie, asked

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
