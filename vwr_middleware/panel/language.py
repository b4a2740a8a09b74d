"""The language that an operator reads: which one it is, and the panel's texts in it.

A page is made in the language of whoever asks for it (`speaking`). Whatever writes for it, here or
deep in an operation, says its texts by `_` and numbers by `number`. Nobody hands the language on:
it belongs to the answer that is being made. Where nothing was said of it, as in the API, the shell
and the logs, it is English.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from markupsafe import Markup, escape

from vwr_middleware.pages.languages import SAMPLE_NUMBER, SOURCE, Language, Languages
from vwr_middleware.spoken import said_later as said_later
from vwr_middleware.spoken import translated_by
from vwr_middleware.web.cookie_header import find
from vwr_middleware.web.http import Cookie, Request

DOMAIN = "panel"
_YEAR = 365 * 24 * 3600
_ENGLISH = Languages(domain="none")[SOURCE]
_spoken: ContextVar[Language] = ContextVar("spoken", default=_ENGLISH)


def spoken() -> Language:
    """The language of the answer that is being made."""
    return _spoken.get()


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Within this, texts are in that language."""
    before = _spoken.set(language)
    try:
        with translated_by(language.gettext):
            yield
    finally:
        _spoken.reset(before)


def _(text: str, **values: object) -> str:
    """A text in the language that is spoken, with these values at their places."""
    found = spoken().gettext(text)
    return found.format(**values) if values else found


def several(one: str, many: str, n: float, **values: object) -> str:
    """The form of a text that goes with a number, which stands at {n}."""
    found = spoken().ngettext(one, many, round(n) if n == round(n) else 2)
    return found.format(n=number(n), **values)


def marked(text: str, **values: object) -> Markup:
    """A text whose values may be marked up; whatever is not is escaped."""
    return Markup(escape(spoken().gettext(text))).format(**values)


def code(text: str) -> Markup:
    """A name or number as it is written in code."""
    return Markup("<code>{}</code>").format(text)


def bold(text: str) -> Markup:
    """A text that stands out."""
    return Markup("<b>{}</b>").format(text)


def number(value: float, digits: int = 0) -> str:
    """A number, its thousands apart, with at most so many digits behind the point."""
    plain = f"{value:,.{digits}f}"
    separator = spoken().separator or ","
    whole, point, rest = plain.partition(".")
    rest = rest.rstrip("0")
    if len(whole.replace("-", "")) <= len(SAMPLE_NUMBER) - 1 and spoken().code in _FROM_FIVE:
        whole = whole.replace(",", "")
    behind = f"{'.' if separator in POINTED else ','}{rest}" if point and rest else ""
    return whole.replace(",", separator) + behind


#: Languages that write their thousands apart only from five digits on.
_FROM_FIVE = frozenset({"es", "pl", "pt"})
#: Separators of thousands that go with a point before fractions.
POINTED = frozenset({",", "'", "\u2019"})


# What the page's script says by itself.


_OF_SCRIPT = {
    "signed_out": said_later("You are signed out. Reload this page to sign in."),
    "no_answer": said_later("No answer since {time}: these numbers are old."),
    "no_answer_now": said_later("There was no answer. Please try again."),
    "unsure": said_later(
        "There was no answer, so it is not known whether anything was changed. Look at the numbers"
        " before you try again."
    ),
    "unchanged": said_later("Nothing was changed."),
    "now_read": said_later("Now people read: {message}"),
    "removed": said_later("The message was removed."),
    "your_time": said_later("your time"),
}


def script_texts() -> dict[str, str]:
    """The texts of the page's script, in the language that is spoken."""
    return {name: _(text) for name, text in _OF_SCRIPT.items()}


class OperatorLanguages:
    """Knows in which language each operator reads: as chosen here, else as the browser says."""

    def __init__(self, folders: Sequence[str | Path], cookie_name: str) -> None:
        self.languages = Languages(folders, DOMAIN)
        self.cookie_name = f"{cookie_name}_lang"

    def language_of(self, request: Request) -> Language:
        """The language of a request."""
        chosen = next(iter(find(request.header("cookie"), self.cookie_name)), "")
        return self.languages[self.languages.best(request.header("accept-language"), chosen)]

    def choice(self, code: str, path: str, *, secure: bool) -> Cookie:
        """The cookie that keeps a choice; what is no language returns to the browser's."""
        known = code in {language.code for language in self.languages}
        return Cookie(
            self.cookie_name,
            code if known else "",
            _YEAR if known else 0,
            path=path,
            secure=secure,
            same_site="Strict",
        )
