"""Texts that the core says and an operator may read: what is wrong with a value, and the like.

They are English, as they are in logs, in the shell and for programs. Whoever makes an answer in
another language has them said in it for as long as that takes: see panel/language.py.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_translate: ContextVar[Callable[[str], str]] = ContextVar("translate", default=str)


@contextmanager
def translated_by(translate: Callable[[str], str]) -> Iterator[None]:
    """Within this, texts are what `translate` makes of the English ones."""
    before = _translate.set(translate)
    try:
        yield
    finally:
        _translate.reset(before)


def said(text: str, **values: object) -> str:
    """A text in the language of the answer that is being made, these values at their places."""
    found = _translate.get()(text)
    return found.format(**values) if values else found


def said_later(text: str) -> str:
    """Mark a text for translation; it is translated when it is said."""
    return text


def wrong(text: str, **values: object) -> ValueError:
    """The error that says such a text. It ends a sentence that begins with a setting's name."""
    return ValueError(said(text, **values))
