"""Each state of the waiting page to look at, in the user's own look: for `debug` and `vwr preview`.

The page's script runs as usual, and its polls get made-up answers.
"""

from dataclasses import replace
from typing import Any

from vwr_middleware.gate.visit import Visit, choices
from vwr_middleware.pages.announcements import announced
from vwr_middleware.pages.gallery import SCHEMES, Switches, gallery
from vwr_middleware.pages.page_slots import content
from vwr_middleware.pages.pages import Pages
from vwr_middleware.pages.preview import STATES, sample
from vwr_middleware.pages.view import View
from vwr_middleware.settings import RoomSettings, Settings
from vwr_middleware.web.http import Reply, Request, asked
from vwr_middleware.web.replies import (
    HTML,
    PRIVATE,
    REFERRER,
    cookie_headers,
    file_reply,
    json_reply,
    problem,
)

#: The address, below the prefix.
NAME = "preview"
_ASKED = frozenset({"position", "status", "tickets", "token", "leave"})
#: Where, below it, the files of the pages in one scheme are.
_STATIC = "static"
#: Seconds until the script polls again: the made-up state does not change.
_NEXT_POLL = 3600


class Previews:
    """Answers below `<prefix>/preview/`: the gallery, pages, and what their script asks for."""

    def __init__(self, settings: Settings, pages: Pages) -> None:
        self._settings, self._pages = settings, pages
        self._rooms = {room.name: room for room in settings.rooms}

    def answer(self, path: str, request: Request) -> Reply:
        """The answer at a path like `waiting/` or `waiting/position`; in a scheme, and for another
        room than the first, `waiting.dark@box-office/`."""
        where, _, name = path.partition("/")
        if not where:
            return self._gallery(Visit(request, self._settings, "/", is_own_page=True))
        of_scheme, _, room_name = where.partition("@")
        state, _, scheme = of_scheme.partition(".")
        pages = self._pages if not scheme else self._in_scheme(scheme)
        if state == _STATIC and pages is not None:
            file = pages.static_file(name)
            return file_reply(file, request) if file else problem(404, "there is no such file")
        room_settings = self._rooms.get(room_name or next(iter(self._rooms)))
        if (
            state not in STATES
            or pages is None
            or room_settings is None
            or name not in {"", *_ASKED}
        ):
            return problem(404, f"there is no such state: use one of {', '.join(STATES)}")
        visit = Visit(request, self._settings, "/", is_own_page=True)
        chosen = choices(visit)
        view = self._view(state, room_settings, where, visit, chosen.language)
        if name:
            return json_reply(
                503 if view.full else 200, as_json(view, has_joined=name == "tickets")
            )
        view = replace(view, refresh=chosen.refresh, site=visit.origin.host)
        if scheme:
            view = replace(view, static=visit.below_prefix(f"{NAME}/{_STATIC}.{scheme}"))
        return self._reply(visit, pages.waiting(a_while_ago(view)))

    def _in_scheme(self, scheme: str) -> Pages | None:
        """The pages in one scheme; None: there is no such scheme."""
        return self._pages.in_scheme(scheme) if scheme in SCHEMES else None

    def _view(
        self, state: str, room_settings: RoomSettings, where: str, visit: Visit, wish: str
    ) -> View:
        """A state in the look of a room, with its message where the state has none of its own."""
        base = visit.below_prefix(f"{NAME}/{where}")
        # Nothing on the page may lead away from the preview.
        view = sample(
            state,
            self._language(visit, wish),
            room=room_settings.name,
            base=base,
            static=visit.below_prefix("static"),
            next_url=f"{base}/",
        )
        announcement = None if view.message else announced(room_settings.store_config())
        if announcement is not None:
            view = replace(view, message=announcement.message, announcement=announcement)
        return replace(view, reload=False)

    def _language(self, visit: Visit, wish: str) -> str:
        return self._pages.languages.best(visit.request.header("accept-language"), wish)

    def _gallery(self, visit: Visit) -> Reply:
        told, rooms = dict(asked(visit.request)), [*self._rooms]
        switches = Switches.read(told, self._language(visit, choices(visit).language), rooms)

        def address(state: str) -> str:
            where = state if switches.scheme == "auto" else f"{state}.{switches.scheme}"
            where += "" if switches.room_name == rooms[0] else f"@{switches.room_name}"
            return f"{where}/?lang={switches.language}"

        style = self._pages.asset(visit.below_prefix("static"), "gallery.css")
        page = gallery(switches, address, style, self._pages.languages, rooms)
        return self._reply(visit, page)

    def _reply(self, visit: Visit, body: bytes) -> Reply:
        policy = ("Content-Security-Policy", self._pages.content_security_policy)
        robots = ("X-Robots-Tag", "noindex")
        cookies = cookie_headers(choices(visit).cookies)
        return Reply(200, body, (HTML, *PRIVATE, robots, policy, REFERRER, *cookies))


def a_while_ago(view: View) -> View:
    """The same when fewer had been called: the first poll brings what is so now. The track measures
    the way from where the page began, and would stand at its beginning."""
    if not view.ahead or view.store_down:
        return view
    gone = min(view.serving, view.ahead * 3 // 2)
    return replace(view, ahead=view.ahead + gone, serving=view.serving - gone)


def as_json(view: View, *, has_joined: bool = False) -> dict[str, Any]:
    """What the room would answer to the poll of this page: what the page has brought already."""
    if has_joined and view.you == "reset":  # or the page would join again and again
        view = replace(view, you="waiting")
    told: dict[str, Any] = {"may_enter": False, "server_time": view.server_time}
    told |= {"retry_after": _NEXT_POLL, "watch": "position"}
    return content(view) | told | ({"store": "down"} if view.store_down else {})
