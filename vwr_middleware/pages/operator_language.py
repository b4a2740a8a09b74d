"""The language of the answer that is being made, and texts and numbers in it: for operators' pages
and the report, which are written by many hands.

A page is made in the language of whoever asks for it (`speaking`). Whatever writes for it, here or
deep in an operation, says its texts by `_` and numbers by `number`. Nobody hands the language on:
it belongs to the answer that is being made. Where nothing was said of it, as in the API, the shell
and the logs, it is English.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from markupsafe import Markup, escape

from vwr_middleware.pages.languages import SAMPLE_NUMBER, SOURCE, Language, Languages
from vwr_middleware.spoken import said_later as said_later
from vwr_middleware.spoken import translated_by

#: The catalogues of all that is said so.
DOMAIN = "panel"
ENGLISH = Languages(domain="none")[SOURCE]
_spoken: ContextVar[Language] = ContextVar("spoken", default=ENGLISH)


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


def isolated(text: str) -> str:
    """A text that keeps the order of its own letters and digits, also within one that is written
    from the right: what somebody typed, or a date."""
    return f"\u2068{text}\u2069" if spoken().direction == "rtl" else text


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


def percent(part: float) -> str:
    """A part of a whole, in whole hundredths of it."""
    return _("{n} %", n=number(part * 100))


#: Languages that write their thousands apart only from five digits on.
_FROM_FIVE = frozenset({"es", "pl", "pt"})
#: Separators of thousands that go with a point before fractions.
POINTED = frozenset({",", "'", "\u2019"})
