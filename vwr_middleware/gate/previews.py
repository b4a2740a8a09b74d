"""Each state of the waiting page to look at, in the user's own look: for `debug` and `vwr preview`.

The page's script runs as usual, and its polls get made-up answers.
"""

from dataclasses import replace
from html import escape
from typing import Any

from vwr_middleware.gate.visit import Visit, choices
from vwr_middleware.pages.page_slots import content
from vwr_middleware.pages.pages import Pages
from vwr_middleware.pages.preview import STATES, preview
from vwr_middleware.pages.view import View
from vwr_middleware.settings import Settings
from vwr_middleware.web.http import Reply, Request
from vwr_middleware.web.replies import HTML, PRIVATE, REFERRER, cookie_headers, json_reply, problem

#: The address, below the prefix.
NAME = "preview"
_ASKED = frozenset({"position", "status", "tickets", "token", "leave"})
#: Seconds until the script polls again: the made-up state does not change.
_NEXT_POLL = 3600


class Previews:
    """Answers below `<prefix>/preview/`: a list, pages, and what their script asks for."""

    def __init__(self, settings: Settings, pages: Pages) -> None:
        self._settings, self._pages = settings, pages

    def answer(self, path: str, request: Request) -> Reply:
        """The answer at a path like `waiting/` or `waiting/position`."""
        state, _, name = path.partition("/")
        if not state:
            return self._reply(Visit(request, self._settings, "/"), self._list())
        if state not in STATES or name not in {"", *_ASKED}:
            return problem(404, f"there is no such state: use one of {', '.join(STATES)}")
        visit = Visit(request, self._settings, "/", is_own_page=True)
        chosen = choices(visit)
        view = self._view(state, visit, chosen.language)
        if name:
            return json_reply(503 if view.full else 200, as_json(view))
        view = replace(view, refresh=chosen.refresh, site=visit.origin.host)
        return self._reply(visit, self._pages.waiting(view))

    def _view(self, state: str, visit: Visit, wish: str) -> View:
        language = self._pages.languages.best(visit.request.header("accept-language"), wish)
        base = visit.below_prefix(f"{NAME}/{state}")
        # Nothing on the page may lead away from the preview.
        return replace(
            preview(state, language),
            base=base,
            static=visit.below_prefix("static"),
            next_url=f"{base}/",
            reload=False,
        )

    def _reply(self, visit: Visit, body: bytes) -> Reply:
        policy = ("Content-Security-Policy", self._pages.content_security_policy)
        robots = ("X-Robots-Tag", "noindex")
        cookies = cookie_headers(choices(visit).cookies)
        return Reply(200, body, (HTML, *PRIVATE, robots, policy, REFERRER, *cookies))

    def _list(self) -> bytes:
        """Links to every state in every language."""
        codes = [language.code for language in self._pages.languages]
        rows = "\n".join(
            f"<tr><th scope=row>{escape(state)}</th><td>{_links(state, codes)}</td></tr>"
            for state in STATES
        )
        return (
            "<!doctype html>\n<html lang=en>\n<meta charset=utf-8>\n"
            '<meta name=viewport content="width=device-width">\n'
            '<meta name=color-scheme content="light dark">\n'
            "<title>The waiting page in every state</title>\n"
            f"<h1>The waiting page in every state</h1>\n<table>\n{rows}\n</table>\n</html>\n"
        ).encode()


def _links(state: str, codes: list[str]) -> str:
    return " ".join(f'<a href="{state}/?lang={escape(code)}">{escape(code)}</a>' for code in codes)


def as_json(view: View) -> dict[str, Any]:
    """What the room would answer to the poll of this page: what the page has brought already."""
    told: dict[str, Any] = {"may_enter": False, "server_time": view.server_time}
    told |= {"retry_after": _NEXT_POLL, "watch": "position"}
    return content(view) | told | ({"store": "down"} if view.store_down else {})
