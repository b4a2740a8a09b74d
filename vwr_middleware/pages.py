"""The waiting page: jinja2 makes a shell for each state and language, and numbers are filled in.

A page costs a few microseconds, since what many visitors have in common is made once and kept.
"""

import json
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from vwr_middleware.assets import asset_dir
from vwr_middleware.languages import Languages
from vwr_middleware.shells import MARK, Kind, Shell, kind_of
from vwr_middleware.static_files import StaticFile, StaticFiles
from vwr_middleware.theme import Theme
from vwr_middleware.view import View
from vwr_middleware.wording import HELD, OPENS, UPDATED, Words

__all__ = ["Pages", "View"]

_SLOTS = (
    "site",
    "message",
    "ahead",
    "position",
    "wait",
    "serving",
    "waiting",
    "held",
    "opens",
    "updated",
    "next",
    "query",
    "data",
)
#: So that no text can end the script element that it stands in.
_FOR_SCRIPT = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}

#: What differs among all who wait alike; besides, as `data_…`, bare numbers for the script.
OPEN = frozenset({"ahead", "position", "wait", "serving", "waiting", "next", "query"})
_NUMBERS = ("position", "ahead", "serving", "waiting", "low", "high")
_SLOT_IN_DATA = re.compile(r'"\\ue000(\w+)\\ue000"')  # JSON escapes the mark


class Pages:
    """Makes waiting pages. `folders` hold a user's own templates, which win over ours."""

    def __init__(
        self,
        *,
        folders: Sequence[str | Path] = (),
        site_name: str = "",
        theme: Theme | None = None,
        resume: bool = True,
    ) -> None:
        self._site_name, self._resume = site_name, resume
        self._theme = theme or Theme()
        self.languages = Languages(folders)
        self._words = {found.code: Words(found) for found in self.languages}
        self._static = StaticFiles(
            (file.name, file.read_bytes())
            for folder in (asset_dir("static"), *(Path(folder) / "static" for folder in folders))
            for file in (folder.iterdir() if folder.is_dir() else ())
            if file.is_file() and not file.name.startswith(".")
        )
        self._static.add("theme.css", self._theme.css.encode())
        self.content_security_policy = self._theme.content_security_policy
        self._template = _environment(tuple(map(str, folders))).get_template("waiting.html")
        self._shell: Callable[[Kind], Shell] = lru_cache(maxsize=512)(self._make_shell)

    def waiting(self, view: View) -> bytes:
        """The whole page."""
        return self._shell(kind_of(view)).filled(self._values(view, self._words[view.language]))

    def sheet(self, view: View) -> Shell:
        """The page of all who wait alike, with slots for what differs: see `OPEN`.

        The view's numbers and address count for nothing, but that some of them are known.
        """
        own = OPEN if view.waiting is not None else OPEN - {"waiting"}
        values = self._values(view, self._words[view.language])
        shared = {name: values[name] for name in values.keys() - own}
        slots = {name: f"{MARK}data_{name}{MARK}" for name in _NUMBERS}
        content: dict[str, Any] = _content(view)
        content |= {name: slots[name] for name in content.keys() & slots.keys()}
        if "wait_seconds" in content:
            content["wait_seconds"] = {"low": slots["low"], "high": slots["high"]}
        shared["data"] = _SLOT_IN_DATA.sub(rf"{MARK}\1{MARK}", _for_script(content))
        return self._shell(kind_of(view)).partly_filled(shared)

    def words(self, language: str) -> Words:
        """The words of a language."""
        return self._words[language]

    def other(self, name: str, language: str, site: str, static: str, **values: Any) -> bytes:
        """Another page of ours, which is asked for so seldom that it is made anew each time."""
        told = self.languages[language]
        page = self._template.environment.get_template(name).render(
            _=told.gettext,
            language=told,
            site=self._site_name or site,
            asset=lambda file: f"{static}/{self._static.name_of(file)}",
            theme=self._theme,
            number=self._words[language].number,
            **values,
        )
        return page.encode()

    def language(self, accept_language: str, chosen: str = "") -> str:
        """The language to answer in: the chosen one if there is such a catalogue."""
        return self.languages.best(accept_language, chosen)

    def static_file(self, name: str) -> StaticFile | None:
        """A style sheet or script by its hashed name."""
        return self._static.get(name)

    def _values(self, view: View, words: Words) -> dict[str, str]:
        """What differs from visitor to visitor, ready for HTML."""
        return {
            "site": _escaped(self._site_name or view.site),
            "message": _escaped(view.message),
            "ahead": words.people(view.ahead),
            "position": "" if view.position is None else words.number(view.position),
            "wait": words.wait(view.wait_seconds),
            "serving": words.number(view.serving),
            "waiting": "" if view.waiting is None else words.number(view.waiting),
            "held": _time(view.claim_by),
            "opens": _date(view.opens_at),
            "updated": _time(view.server_time),
            "next": escape(view.next_url),
            "query": quote(view.next_url, safe="/"),
            "data": _for_script(_content(view)),
        }

    def _make_shell(self, kind: Kind) -> Shell:
        code, phase, reset, store_down, longer, stopped, reload, refresh, held, opens = kind[:10]
        message, place, waiting, late_is_lost, room, base, static = kind[10:]
        language, words = self.languages[code], self._words[code]
        heading, lead = words.phases[phase]

        def asset(name: str) -> str:
            return f"{static}/{self._static.name_of(name)}"

        def timed(text: str, slot: str) -> Markup:
            """A sentence with a time in it, which the script tells in the visitor's own time."""
            return Markup(escape(language.gettext(text))).replace("{time}", context[slot])

        told = words.for_script() | {"base": base, "extras": asset("extras.js")}
        script = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        context: dict[str, Any] = {name: Markup(MARK + name + MARK) for name in _SLOTS}
        context |= {
            "_": language.gettext,
            "language": language,
            "languages": self.languages,
            "phase": phase,
            "heading": heading,
            "lead": lead,
            "reset": reset,
            "store_down": store_down,
            "longer": longer,
            "stopped": stopped,
            "reload": reload,
            "refresh": refresh,
            "has_message": message,
            "has_place": place,
            "has_waiting": waiting,
            "late_is_lost": late_is_lost,
            "resume": self._resume,
            "room": room,
            "base": base,
            "asset": asset,
            "theme": self._theme,
            "words": Markup(script.translate(_FOR_SCRIPT)),
        }
        context["held"] = timed(HELD, "held") if held else ""
        context["opens"] = timed(OPENS, "opens") if opens else ""
        context["updated"] = timed(UPDATED, "updated")
        lines = (line.strip() for line in self._template.render(context).split("\n"))
        return Shell("\n".join(line for line in lines if line))


@lru_cache(maxsize=16)
def _environment(folders: tuple[str, ...]) -> Environment:
    """Templates are compiled once for all sites of a process, and again when a file changes."""
    ours = str(asset_dir("templates"))
    return Environment(
        # "ours/waiting.html" lets a user's waiting.html extend the one that it hides.
        loader=_WithOurs([*folders, ours], ours),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


class _WithOurs(FileSystemLoader):
    """Finds templates in the user's folders first; `ours/…` names the one that ships."""

    def __init__(self, folders: Sequence[str], ours: str) -> None:
        super().__init__(folders)
        self._ours = FileSystemLoader(ours)

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        name = template.removeprefix("ours/")
        if name != template:
            return self._ours.get_source(environment, name)
        return super().get_source(environment, template)


def _escaped(text: str) -> str:
    """Ready for HTML, and without a mark that would be taken for a slot."""
    return escape(text.replace(MARK, ""))


def _time(moment: float | None) -> str:
    return "" if moment is None else datetime.fromtimestamp(moment, UTC).strftime("%H:%M UTC")


def _date(moment: float | None) -> str:
    if moment is None:
        return ""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _content(view: View) -> dict[str, Any]:
    """The view for the script. What is absent is false or not known."""
    wait = view.wait_seconds
    content = {
        "you": view.you,
        "state": view.state,
        "full": view.full,
        "position": view.position,
        "ahead": view.ahead,
        "serving": view.serving,
        "waiting": view.waiting,
        "wait_seconds": wait and {"low": wait[0], "high": wait[1]},
        "wait_reason": view.wait_reason,
        "claim_by": view.claim_by,
        "opens_at": view.opens_at,
        "message": view.message.replace(MARK, ""),
        "server_time": view.opens_at and view.server_time,  # for the countdown
        "reload": view.reload,
        "store_down": view.store_down,
    }
    return {name: value for name, value in content.items() if value or type(value) is int}


def _for_script(content: dict[str, Any]) -> str:
    return json.dumps(content, separators=(",", ":")).translate(_FOR_SCRIPT)
