"""The language that an operator reads: which one it is, and what the page's script says in it.

How texts are said is in pages/operator_language.py, whose names stand here for all of the panel.
"""

from collections.abc import Sequence
from pathlib import Path

from vwr_middleware.pages.languages import Language, Languages
from vwr_middleware.pages.operator_language import (
    DOMAIN,
    POINTED,
    _,
    bold,
    code,
    marked,
    number,
    percent,
    said_later,
    several,
    speaking,
    spoken,
)
from vwr_middleware.web.cookie_header import find
from vwr_middleware.web.http import Cookie, Request

__all__ = [
    "DOMAIN",
    "POINTED",
    "OperatorLanguages",
    "_",
    "bold",
    "code",
    "marked",
    "number",
    "percent",
    "said_later",
    "script_texts",
    "several",
    "speaking",
    "spoken",
]

_YEAR = 365 * 24 * 3600

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
