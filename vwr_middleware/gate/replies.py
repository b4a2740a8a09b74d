"""Our own answers: a page for people, JSON for programs."""

from collections.abc import Iterable, Mapping
from math import ceil
from typing import Any
from urllib.parse import quote

from vwr_middleware.gate.site_link import SiteLink
from vwr_middleware.gate.standing import (
    InLane,
    Standing,
    as_json,
    down,
    draw_word,
    drawn_in_lane,
    in_lane,
    is_slow,
    joins_from,
    odds_for,
    public_record,
    told_lane,
)
from vwr_middleware.gate.visit import Visit, choices
from vwr_middleware.pages.announcements import announced
from vwr_middleware.pages.pages import Pages
from vwr_middleware.pages.theme import in_language
from vwr_middleware.pages.view import View, Ways
from vwr_middleware.papers.tickets import Ticket
from vwr_middleware.settings import Settings
from vwr_middleware.web.cors import cors_headers
from vwr_middleware.web.http import Cookie, Reply, Request
from vwr_middleware.web.replies import (
    HTML,
    PRIVATE,
    REFERRER,
    Headers,
    cookie_headers,
    json_reply,
    problem,
    see_other,
)
from vwr_middleware.web.request_kinds import is_crawler
from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.people_behind import went_in_lately
from vwr_middleware.worker.room_view import RoomView

#: Characters of an address in a header at most. nginx takes 4 kB for all headers of an answer, and
#: sends a 502 in place of an answer with more.
LONGEST_TOLD = 2000


class Replies:
    """Makes the replies of one room."""

    def __init__(self, settings: Settings, view: RoomView, pages: Pages) -> None:
        self.settings, self.pages, self._view = settings, pages, view
        self.waiting_status = view.settings.waiting_status
        #: How people may be told after they have closed the page.
        self.away: Ways | None = None
        self._site_link = SiteLink(settings)

    def standing(
        self, visit: Visit, standing: Standing, cookies: Iterable[Cookie] = (), status: int = 0
    ) -> Reply:
        """The answer at a protected path: a page to a navigation, else JSON."""
        if visit.is_navigation:
            return self._page(visit, standing, cookies, status)
        url = self.page_url(visit)
        headers = (
            ("Retry-After", str(ceil(standing.retry_after))),
            ("VWR-State", standing.word),
            # Cut down if it is too long for proxies: without the address to go to.
            ("VWR-Waiting-Room", url if len(url) <= LONGEST_TOLD else f"{self.base(visit)}/"),
            *self.cors(visit.request),
            *cookie_headers(cookies),
        )
        return json_reply(status or 429, as_json(self._view, self.settings, standing), headers)

    def _page(
        self, visit: Visit, standing: Standing, cookies: Iterable[Cookie], status: int
    ) -> Reply:
        chosen = choices(visit)
        wishes = visit.request.header("accept-language")
        language = self.pages.languages.best(wishes, chosen.language)
        body = self.pages.waiting(self.page_view(visit, standing, language, chosen.refresh))
        if not status:
            crawler = is_crawler(visit.request)
            status = 503 if crawler else self.waiting_status
        headers = (
            *self.page_headers(ceil(standing.retry_after), standing.word),
            *self.cors(visit.request),
            *cookie_headers((*cookies, *chosen.cookies)),
        )
        return Reply(status, body, headers)

    def page_headers(self, retry_after: int, word: str) -> Headers:
        """The headers of every page. They are few, since each costs the server some work."""
        return (
            HTML,
            *PRIVATE,
            REFERRER,
            ("Retry-After", str(retry_after)),
            ("VWR-State", word),
            ("X-Robots-Tag", "noindex"),
            ("Content-Security-Policy", self.pages.content_security_policy),
        )

    def json(
        self,
        request: Request,
        standing: Standing,
        status: int = 200,
        more: Mapping[str, Any] | None = None,
        cookies: Iterable[Cookie] = (),
    ) -> Reply:
        """The answer to a program at one of the room's own addresses."""
        content = as_json(self._view, self.settings, standing, more)
        headers = [("VWR-State", standing.word)]
        if status != 200:  # a success says the same by `retry_after` in its body
            headers.append(("Retry-After", str(ceil(standing.retry_after))))
        return json_reply(
            status, content, (*headers, *self.cors(request), *cookie_headers(cookies))
        )

    def position(
        self, request: Request, standing: Standing, cookies: Iterable[Cookie] = ()
    ) -> Reply:
        """The answer to a poll. It has few headers, since a crowd polls all the time."""
        content = as_json(self._view, self.settings, standing)
        return json_reply(200, content, (*self.cors(request), *cookie_headers(cookies)))

    def unavailable(self, request: Request, ticket: Ticket | None) -> Reply:
        """The answer to a program if the store is away, so that nothing can be changed."""
        return self.json(request, down(ticket), 503)

    def problem(self, request: Request, status: int, text: str, headers: Headers = ()) -> Reply:
        """A clear error for a program, which scripts of allowed origins can read."""
        return problem(status, text, (*headers, *self.cors(request)))

    def challenged(self, request: Request, where: str) -> Reply:
        """For a program that joins: its person must first go to a path of this site."""
        told = {"error": "open the page `challenge` first, and join then", "challenge": where}
        return json_reply(403, told, self.cors(request))

    def cors(self, request: Request) -> tuple[tuple[str, str], ...]:
        """What lets a script of an allowed origin read the answer."""
        return cors_headers(request, self.settings.cors_origins)

    def base(self, visit: Visit) -> str:
        """The path below which this room's own answers live."""
        return visit.below_prefix(self._view.name)

    def page_url(self, visit: Visit) -> str:
        """The address of the waiting page itself, for a program to show to a person."""
        return f"{self.base(visit)}/?next={quote(visit.wanted(), safe='/')}"

    def by_get(self, visit: Visit) -> Reply:
        """Leads a stopped form to the waiting page by a GET, which brings Lax cookies."""
        location = f"{self.page_url(visit)}&stopped=1"
        return see_other(location, [("VWR-State", "none")])

    def _waiting(self, room: CurrentRoom, standing: Standing) -> int | None:
        """How many are in line, with this visitor if just joined; None if that is not public."""
        if not self.settings.public_numbers:
            return None
        if room.snapshot.layout:
            return room.waiting
        return max(room.waiting, (standing.position or 0) - room.serving)

    def _tells_serving(self, standing: Standing) -> bool:
        return self.settings.public_numbers or standing.position is not None

    def page_view(
        self, visit: Visit, standing: Standing, language: str, refresh: bool = True
    ) -> View:
        """What the waiting page shows this visitor."""
        room = self._view.room
        rules: Mapping[str, Any] = room.rules if room else self._view.settings.store_config()
        announcement, own = announced(rules), in_lane(room, standing.position)
        serving = room.serving if room and self._tells_serving(standing) else 0
        return View(
            room=self._view.name,
            site=visit.origin.host,
            you=standing.you,
            state=room.state if room else "queueing",
            full=standing.full,
            generation=room.generation if room else None,
            position=own.number if own else standing.position,
            number=_number_of(visit, standing),
            ahead=own.ahead if own and standing.ahead is not None else standing.ahead,
            lane=told_lane(room, own),
            draw_lane=own.lane if own else "",
            place_in_lane=drawn_in_lane(room, own.lane, standing.position) if own else None,
            behind=standing.behind if self.settings.public_numbers else None,
            went_in_lately=went_in_lately(room) if room and self.settings.public_numbers else None,
            serving=own.serving if own else serving,
            waiting=self._waiting(room, standing) if room else None,
            wait_seconds=standing.wait,
            odds=(odds.likely, odds.tenths) if (odds := odds_for(room, standing)) else None,
            wait_reason=standing.wait_reason,
            record=public_record(room, self.settings) if room else None,
            claim_by=standing.claim_by,
            why=standing.why,
            opens_at=rules.get("opens_at"),
            draw=draw_word(room) if room else "",
            registered=_registered(room, own) if self.settings.public_numbers else None,
            draw_from=rules.get("draw_from"),
            is_slow=is_slow(room, standing.position),
            opening=rules.get("opening", 1),
            joins_from=joins_from(room) if room else None,
            title=in_language(rules.get("title") or {}, language),
            message=announcement.message if announcement else "",
            announcement=announcement,
            server_time=room.wall if room else 0.0,
            next_url=visit.wanted(),
            reload=visit.reloads,
            stopped_method=visit.stopped_method,
            store_down=standing.store_down,
            late_is_lost=rules["late"] == "lost",
            claim_within=rules["claim_within"],
            session_seconds=rules["session_seconds"],
            renew=rules["renew"],
            binds=self._view.settings.bind,
            away=self.away,
            refresh=refresh,
            home=self._site_link.at(visit.request.mount),
            base=self.base(visit),
            static=visit.below_prefix("static"),
            language=language,
        )


def _registered(room: CurrentRoom | None, own: InLane | None) -> int | None:
    """How many have registered for the draw, or were drawn; of whoever is in a lane, in that."""
    if room is None:
        return None
    return room.registered if own is None else room.registered_in(own.lane)


def _number_of(visit: Visit, standing: Standing) -> int | None:
    """The position of somebody who has, or had, a place that a standing does not tell."""
    if standing.you not in ("missed", "ended", "left", "moved", "interrupted"):
        return None
    paper = visit.papers.ticket() or visit.papers.token()
    return paper.position if paper else None
