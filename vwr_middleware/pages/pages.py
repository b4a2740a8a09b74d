"""The waiting page: jinja2 makes a page with slots for each state and language, and numbers are
filled in.

These are kept, and filling one takes a few microseconds.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Template
from markupsafe import Markup, escape

from vwr_middleware.pages.announcements import Announcement
from vwr_middleware.pages.languages import Languages
from vwr_middleware.pages.page_slots import (
    Kind,
    SlottedPage,
    for_script,
    kind_of,
    message_of,
    shared_values,
    slots,
    values,
    with_whole_slots,
)
from vwr_middleware.pages.qr_code import qr_code
from vwr_middleware.pages.templates import OwnFirst, templates, templates_with_slots
from vwr_middleware.pages.theme import Theme, in_language, policy_of
from vwr_middleware.pages.view import View, reloads_in
from vwr_middleware.pages.wording import (
    BACK,
    BY_ITSELF,
    HELD,
    LONGER,
    NO_CONNECTION,
    OPENS,
    OVER,
    REGISTERS,
    REOPENS,
    RESET,
    TROUBLE,
    UPDATED,
    Words,
)
from vwr_middleware.web.static_files import StaticFile, StaticFiles, asset_dir

#: The templates of the pages for visitors.
WAITING, RESUME, SMALL = "waiting.html", "waiting_resume.html", "waiting_small.html"
DOOR, PUZZLE = "waiting_door.html", "waiting_puzzle.html"


class Pages:
    """Makes waiting pages. `folders` have a user's own templates, which win over ours."""

    def __init__(
        self,
        *,
        folders: Sequence[str | Path] = (),
        site_name: str = "",
        theme: Theme | None = None,
        rooms: Mapping[str, Theme] | None = None,
        resume: bool = True,
    ) -> None:
        self._site_name, self._resume, self._folders = site_name, resume, folders
        self._theme = theme or Theme()
        self._schemes: dict[str, Pages] = {}
        #: The looks of rooms that have one of their own.
        self._rooms = rooms or {}
        self.languages = Languages(folders)
        self.words = {found.code: Words(found) for found in self.languages}
        self._static = StaticFiles(
            (file.name, file.read_bytes())
            for folder in (asset_dir("static"), *(Path(folder) / "static" for folder in folders))
            for file in (folder.iterdir() if folder.is_dir() else ())
            if file.is_file() and not file.name.startswith(".")
        )
        self._static.add("theme.css", self._theme.css.encode())
        for name, of_room in self._rooms.items():
            self._static.add(f"theme.{name}.css", of_room.css.encode())
        self._add_extras()
        self.content_security_policy = policy_of([self._theme, *self._rooms.values()])
        self.own_first = OwnFirst(templates_with_slots, folders)
        self._resumes = OwnFirst(templates, folders)
        self.own_first.compile(WAITING)
        self._slotted_page: Callable[[Kind], SlottedPage] = lru_cache(maxsize=512)(
            self._make_slotted_page
        )

    def _add_extras(self) -> None:
        """The script that only some need, with its texts in each language. It brings them itself,
        so that the page need not bring them to all."""
        script = self._static.body_of("extras.js")
        for code, words in self.words.items():
            told = words.for_extras() | {"icon": self._static.name_of("icon-turn.svg")}
            texts = for_script(told, is_text_of_ours=True).encode()
            self._static.add(_extras_in(code), script.replace(b'"TEXTS"', texts))
        # For a page of another release, which may ask for it by its plain name.
        self._static.add("extras.js", self._static.body_of(_extras_in("en")))

    def waiting(self, view: View) -> bytes:
        """The whole page."""
        texts = values(view, self.words[view.language], self._site_name or view.site)
        return self._slotted_page(kind_of(view)).filled(texts)

    def shared_page(self, view: View) -> SlottedPage:
        """The page with slots left open for what differs among all who wait: `shared_values`."""
        texts = shared_values(view, self.words[view.language], self._site_name or view.site)
        return SlottedPage(self._slotted_page(kind_of(view)).filled(texts))

    def try_waiting(self, view: View) -> None:
        """Render the page by a user's own template. Raises whatever the template raises."""
        context = self.context(kind_of(view))
        self.own_first.tried(WAITING, lambda found: _slotted_page_of(found, context))

    def resume(self, language: str, site: str, static: str, **values: Any) -> bytes:
        """The page that moves a place to another device. It is rendered for each request."""
        context = self.resume_context(language, site, static, values["room"]) | values
        return self._resumes.made(RESUME, lambda found: found.render(context)).encode()

    def try_resume(self, language: str, **values: Any) -> None:
        """Render that page by a user's own template. Raises whatever the template raises."""
        look = language, "tickets.example", "/vwr/static", values["room"]
        context = self.resume_context(*look) | values
        self._resumes.tried(RESUME, lambda found: found.render(context))

    def puzzle(self, language: str, site: str, static: str, room_name: str, **values: Any) -> bytes:
        """The page on which a newcomer's browser solves a puzzle: see gate/puzzle_page.py."""
        context = self.resume_context(language, site, static, room_name) | values
        return self._resumes.made(PUZZLE, lambda found: found.render(context)).encode()

    def small(
        self,
        heading: str,
        language: str,
        site: str,
        static: str,
        room_name: str = "",
        **links: str | int,
    ) -> bytes:
        """A page of one sentence, with the look of a room if it is about one: see
        gate/small_pages.py."""
        context = self._of_all_pages(language, static, room_name)
        told = {"site": self._site_name or site, "heading": context["_"](heading)}
        told |= {
            "leave": "",
            "line": "",
            "accept": "",
            "move": "",
            "number": self.words[language].number,
        }
        told["back_to_site"] = context["_"](BACK).replace("{site}", told["site"])
        context |= told | links
        return self._resumes.made(SMALL, lambda found: found.render(context)).encode()

    def opening(
        self,
        language: str,
        site: str,
        room_name: str,
        title: Mapping[str, str] | None = None,
        phase: str = "scheduled",
    ) -> tuple[str, str]:
        """What a calendar says of a room's opening: in a few words, and in more. `title` is its
        own, if it has one; `phase` that of the page until then."""
        site, theme = self._site_name or site, self._rooms.get(room_name, self._theme)
        told = in_language(title or {}, language) or theme.title_in(language)
        told = told or ("" if room_name == "main" else room_name)
        name = f"{site} · {told}" if told else site
        words = self.words[language]
        leads = [] if phase == "closed" else [words.phases[phase][1]]
        leads += [words.come_back, words.phases["waiting"][1]]
        return words.opening.replace("{name}", name), words.gap.join(leads)

    def door(
        self,
        language: str,
        site: str,
        static: str,
        announcement: Announcement | None,
        **values: Any,
    ) -> SlottedPage:
        """The page of those who come while many others do: see gate/static_door.py. Two slots are
        left open: `next` and `query`."""
        context = self.door_context(
            language, static, has_message=announcement is not None, **values
        )
        page = self.own_first.made(DOOR, lambda found: _slotted_page_of(found, context))
        texts = {
            "site": escape(self._site_name or site),
            "message": message_of(announcement, language),
        }
        return page.narrowed({name: text.encode() for name, text in texts.items()})

    def try_door(self, language: str, **values: Any) -> None:
        """Render that page by a user's own template. Raises whatever the template raises."""
        context = self.door_context(language, "/vwr/static", **values)
        self.own_first.tried(DOOR, lambda found: _slotted_page_of(found, context))

    def door_context(self, language: str, static: str, **values: Any) -> dict[str, Any]:
        """The variables of that page's template."""
        names = ("site", "message", "next", "query")
        open_slots = {name: found for name, found in slots().items() if name in names}
        of_all = self._of_all_pages(language, static, values["room"])
        return {**of_all, "languages": self.languages, **open_slots, **values}

    def resume_context(
        self, language: str, site: str, static: str, room_name: str
    ) -> dict[str, Any]:
        """The variables of that page's template, besides those of one visitor."""
        site, number = self._site_name or site, self.words[language].number
        return {
            **self._of_all_pages(language, static, room_name),
            "site": site,
            "number": number,
            "qr_code": qr_code,
        }

    def _of_all_pages(self, language: str, static: str, room_name: str) -> dict[str, Any]:
        """The variables of all pages' templates."""
        told, theme = self.languages[language], self._rooms.get(room_name, self._theme)
        style = f"theme.{room_name}.css" if room_name in self._rooms else "theme.css"
        return {
            "_": told.gettext,
            "language": told,
            "asset": partial(self.asset, static),
            "theme": theme,
            "theme_css": style if theme.css else "",
            "title": theme.title_in(language),
            "subtitle": theme.subtitle_in(language),
        }

    def script(self, name: str) -> StaticFile:
        """A script of ours that is found at an address without a hash."""
        file = self._static.get(self._static.name_of(name))
        assert file is not None
        return file

    def in_scheme(self, scheme: str) -> "Pages":
        """The same for whoever likes pages light or dark, to look at. Made when first asked for."""
        if scheme not in self._schemes:
            rooms = {name: replace(theme, scheme=scheme) for name, theme in self._rooms.items()}
            self._schemes[scheme] = Pages(
                folders=self._folders,
                site_name=self._site_name,
                theme=replace(self._theme, scheme=scheme),
                resume=self._resume,
                rooms=rooms,
            )
        return self._schemes[scheme]

    def asset(self, static: str, name: str) -> str:
        """The address of a style sheet or script. `static` is where these are."""
        return f"{static}/{self._static.name_of(name)}"

    def static_file(self, name: str) -> StaticFile | None:
        """A style sheet or script by its hashed name."""
        return self._static.get(name)

    def _make_slotted_page(self, kind: Kind) -> SlottedPage:
        context = self.context(kind)
        return self.own_first.made(WAITING, lambda found: _slotted_page_of(found, context))

    def context(self, kind: Kind) -> dict[str, Any]:
        """The variables of the waiting page's template."""
        words = self.words[kind.code]
        heading, lead = words.phases[kind.phase]
        if not kind.refresh and kind.phase in BY_ITSELF:
            lead = words.by_hand
        of_all = self._of_all_pages(kind.code, kind.static, kind.room)
        context: dict[str, Any] = slots() | kind.shown | of_all

        def timed(text: str, name: str) -> Markup:
            """A sentence with a time in UTC, which the script writes in the visitor's time zone."""
            return Markup(escape(context["_"](text))).replace("{time}", context[name])

        told = words.for_script(kind.late_is_lost)
        told |= {"base": kind.base, "extras": context["asset"](_extras_in(kind.code))}
        if kind.is_over:  # or the script would first have to load it
            told["over"] = context["_"](OVER)
        context |= {
            "languages": self.languages,
            "heading": heading,
            "lead": lead,
            "back_to_site": Markup(escape(words.back)).replace("{site}", context["site"]),
            "resume": self._resume,
            "duration": words.duration,
            "reloads_in": reloads_in(kind.late_is_lost, kind.claim_within),
            "words": Markup(for_script(told, is_text_of_ours=True)),
        }
        notice = _notice_of(kind)
        context["notice"] = context["_"](notice) if notice else ""
        context["held"] = timed(HELD, "held") if kind.has_end else ""
        again = REOPENS if kind.is_again else OPENS
        opening = REGISTERS if kind.phase == "early" else again
        context["opens"] = timed(opening, "opens") if kind.has_opening else ""
        if kind.own_title:
            context["title"] = kind.own_title
        # Without a store the numbers are old, and a worker that has just started knows no time.
        context["updated"] = "" if kind.store_down else timed(UPDATED, "updated")
        return context


def _extras_in(code: str) -> str:
    return f"extras.{code}.js"


def _notice_of(kind: Kind) -> str:
    """What the page notes besides the operator's message; "" if nothing. The script has the same
    rule."""
    if kind.store_down:
        return TROUBLE if kind.has_place and not kind.late_is_lost else NO_CONNECTION
    if kind.is_over:
        return OVER
    if kind.reset:
        return RESET
    return LONGER if kind.longer and kind.phase in ("waiting", "scheduled") else ""


def _slotted_page_of(template: Template, context: Mapping[str, Any]) -> SlottedPage:
    lines = (line.strip() for line in template.render(context).split("\n"))
    return SlottedPage(with_whole_slots("\n".join(line for line in lines if line)).encode())
