"""Small pages for people: an address that does not exist, an app that does not answer, and the
question before a place is given up without scripts. Programs get JSON there."""

from collections.abc import Iterable
from urllib.parse import quote

from vwr_middleware.gate.visit import LANGUAGE_COOKIE, Visit
from vwr_middleware.pages.pages import Pages
from vwr_middleware.pages.wording import NOT_THERE, SURE, UNSERVED
from vwr_middleware.settings import Settings
from vwr_middleware.web.cookie_header import find
from vwr_middleware.web.http import Reply, Request
from vwr_middleware.web.next_url import way_back, written
from vwr_middleware.web.proxies import host_of
from vwr_middleware.web.replies import HTML, PRIVATE, REFERRER, problem
from vwr_middleware.web.request_kinds import is_navigation

#: Seconds after which the app is asked again.
AGAIN_AFTER = 30


def not_there(
    request: Request,
    settings: Settings,
    pages: Pages,
    text: str,
    places: Iterable[tuple[str, int]] = (),
    room_name: str = "",
) -> Reply:
    """The answer at an address of ours that does not exist; `text` is for programs. Somebody who is
    in line somewhere is led back there: `places` are the rooms, each with the position. The page
    has the look of that room, or of the one that was asked for."""
    if not is_navigation(request):
        return problem(404, text)
    links: dict[str, str | int] = {"back": settings.site_url or written(f"{request.mount}/")}
    for place, position in places:
        line = written(f"{request.mount}{settings.prefix}/{place}/")
        links |= {"line": line, "position": position}
        room_name = room_name or place
        break
    return small(request, settings, pages, 404, NOT_THERE, room_name, **links)


def unserved(request: Request, settings: Settings, pages: Pages, status: int, text: str) -> Reply:
    """The answer where the app behind us gives none; `text` is for programs. A page that was opened
    is asked for again by itself, and no form is sent again."""
    later = ("Retry-After", str(AGAIN_AFTER))
    if not is_navigation(request):
        return problem(status, text, [later])
    here = way_back(request.mount + request.path, request.query)
    reply = small(request, settings, pages, status, UNSERVED, back=here)
    again = [("Refresh", str(AGAIN_AFTER))] if request.method == "GET" else []
    return reply.with_headers([later, *again])


def really_leave(visit: Visit, pages: Pages, base: str, room_name: str) -> Reply:
    """Asks somebody who has no script whether to give up the place."""
    wanted = quote(visit.wanted(), safe="/")
    leave, back = f"{base}/leave?next={wanted}&sure=1", f"{base}/?next={wanted}"
    links = {"leave": leave, "back": back}
    return small(visit.request, visit.settings, pages, 200, SURE, room_name, **links)


def small(
    request: Request,
    settings: Settings,
    pages: Pages,
    status: int,
    heading: str,
    room_name: str = "",
    **links: str | int,
) -> Reply:
    """A page of one sentence, with links or a button."""
    chosen = "".join(find(request.header("cookie"), LANGUAGE_COOKIE, 1))
    language = pages.languages.best(request.header("accept-language"), chosen)
    site = host_of(request, settings.trusted_proxies)
    static = written(f"{request.mount}{settings.prefix}/static")
    headers = (
        HTML,
        *PRIVATE,
        REFERRER,
        ("X-Robots-Tag", "noindex"),
        ("Content-Language", language),
        ("Content-Security-Policy", pages.content_security_policy),
    )
    return Reply(status, pages.small(heading, language, site, static, room_name, **links), headers)
