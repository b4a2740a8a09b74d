"""The waiting page: jinja2 makes a shell for each state and language, and numbers are filled in.

A page costs a few microseconds, since what many visitors have in common is made once and kept.
"""

import json
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
from vwr_middleware.static_files import StaticFile, StaticFiles
from vwr_middleware.theme import Theme
from vwr_middleware.view import View
from vwr_middleware.wording import HELD, OPENS, UPDATED, Words

__all__ = ["Pages", "View"]

#: Stands around the name of a slot in a shell: a character that no text of ours has.
_MARK = "\ue000"
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

#: Everything of a view that a shell depends on.
Kind = tuple[Any, ...]


class Pages:
    """Makes waiting pages. `folders` hold a user's own templates, which win over ours."""

    def __init__(
        self, *, folders: Sequence[str | Path] = (), site_name: str = "", theme: Theme | None = None
    ) -> None:
        self._site_name = site_name
        self._theme = theme or Theme()
        self.languages = Languages(folders)
        self._words = {found.code: Words(found) for found in self.languages}
        self._static = StaticFiles(
            (file.name, file.read_bytes())
            for file in asset_dir("static").iterdir()
            if file.is_file()
        )
        self._static.add("theme.css", self._theme.css.encode())
        self.content_security_policy = self._theme.content_security_policy
        self._template = _environment(tuple(map(str, folders))).get_template("waiting.html")
        self._shell: Callable[[Kind], Shell] = lru_cache(maxsize=512)(self._make_shell)

    def waiting(self, view: View) -> bytes:
        """The whole page."""
        words = self._words[view.language]
        shell = self._shell(
            (
                view.language,
                view.phase,
                view.you == "reset",
                view.store_down,
                view.is_longer,
                bool(view.stopped_method),
                view.refresh,
                view.claim_by is not None,
                view.opens_at is not None,
                bool(view.message),
                view.position is not None,
                view.waiting is not None,
                view.room,
                view.base,
                view.static,
            )
        )
        return shell.filled(self._values(view, words))

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
            "site": escape(self._site_name or view.site),
            "message": escape(view.message),
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
            "data": _data(view),
        }

    def _make_shell(self, kind: Kind) -> "Shell":
        code, phase, reset, store_down, longer, stopped, refresh, held, opens = kind[:9]
        message, place, waiting, room, base, static = kind[9:]
        language, words = self.languages[code], self._words[code]
        heading, lead = words.phases[phase]

        def asset(name: str) -> str:
            return f"{static}/{self._static.name_of(name)}"

        def timed(text: str, slot: str) -> Markup:
            """A sentence with a time in it, which the script tells in the visitor's own time."""
            before, _, after = language.gettext(text).partition("{time}")
            return Markup("{}<time>{}</time>{}").format(before, context[slot], after)

        told = words.for_script() | {"base": base, "extras": asset("extras.js")}
        script = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        context: dict[str, Any] = {name: Markup(_MARK + name + _MARK) for name in _SLOTS}
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
            "refresh": refresh,
            "has_message": message,
            "has_place": place,
            "has_waiting": waiting,
            "room": room,
            "base": base,
            "asset": asset,
            "theme": self._theme,
            "words": Markup(script.translate(_FOR_SCRIPT)),
        }
        context["held"] = timed(HELD, "held") if held else ""
        context["opens"] = timed(OPENS, "opens") if opens else ""
        context["updated"] = timed(UPDATED, "updated")
        return Shell(self._template.render(context))


class Shell:
    """A page with slots."""

    __slots__ = ("_literals", "_names")

    def __init__(self, text: str) -> None:
        lines = (line.strip() for line in text.split("\n"))
        parts = "\n".join(line for line in lines if line).split(_MARK)
        self._literals = [part.encode() for part in parts[::2]]
        self._names = parts[1::2]

    def filled(self, values: dict[str, str]) -> bytes:
        """The page with every slot filled."""
        pieces = [self._literals[0]]
        for name, literal in zip(self._names, self._literals[1:], strict=True):
            pieces.append(values[name].encode())
            pieces.append(literal)
        return b"".join(pieces)


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


def _time(moment: float | None) -> str:
    return "" if moment is None else datetime.fromtimestamp(moment, UTC).strftime("%H:%M UTC")


def _date(moment: float | None) -> str:
    if moment is None:
        return ""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _data(view: View) -> str:
    """The view for the script."""
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
        "message": view.message,
        "server_time": view.opens_at and view.server_time,  # for the countdown
        "reload": view.reload,
        "store_down": view.store_down,
    }
    # What is absent is false or not known.
    content = {name: value for name, value in content.items() if value or type(value) is int}
    return json.dumps(content, separators=(",", ":")).translate(_FOR_SCRIPT)
