"""Errors in a user's own templates, each as a sentence with the file, the line and the fix."""

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from traceback import walk_tb

from jinja2 import TemplateNotFound, TemplateSyntaxError, UndefinedError

from vwr_middleware.pages.slots import BrokenSlot

_OF_A_SLOT = re.compile(r"\b(Slot|Markup)\b")
_UNDEFINED = re.compile(r"'(\w+)' is undefined")

LATER = (
    "such values are filled in later, so only print them, and decide"
    " by phase, has_place, has_waiting and has_message"
)

#: Mistakes for which there is one fixed sentence.
_ALWAYS: Mapping[type[Exception], str] = {
    BrokenSlot: f"it changes or compares a value that differs between visitors: {LATER}",
    RecursionError: 'it extends or includes itself: to extend ours, extend "ours/waiting.html"',
    UnicodeDecodeError: "a template is not UTF-8: save it as UTF-8",
}


def told(
    error: Exception, folders: Sequence[str], name: str, known: Iterable[str] = frozenset()
) -> str:
    """The sentence. `name` is the rendered template, `known` are the names that it may use."""
    sentence = f"{_place(error, folders, name)}: {_what(error, known)}"
    # It goes to a log, and may contain what a visitor has typed.
    return "".join(letter if letter.isprintable() else " " for letter in sentence)


def _place(error: Exception, folders: Sequence[str], name: str) -> str:
    """The innermost line in a file of the user's own, which the user can correct."""
    for frame, line in reversed(list(walk_tb(error.__traceback__))):
        path = Path(frame.f_code.co_filename)
        if path.suffix != ".py" and any(path.is_relative_to(folder) for folder in folders):
            return f"{path}, line {line}"
    found = (path for folder in folders if (path := Path(folder, name)).is_file())
    return str(next(found, name))


def _what(error: Exception, known: Iterable[str]) -> str:
    for kind, sentence in _ALWAYS.items():
        if isinstance(error, kind):
            return sentence
    if isinstance(error, TemplateSyntaxError):
        return f"correct the syntax: {(error.message or '').rstrip('.')}"
    if isinstance(error, TemplateNotFound):
        return f'there is no template {error.name}: make it, or extend "ours/waiting.html"'
    if isinstance(error, UndefinedError):
        return _undefined(error.message or "", sorted(known))
    if isinstance(error, TypeError) and _OF_A_SLOT.search(str(error)):
        return f"{error}: {LATER}"
    if type(error) is LookupError:  # our own, for a missing file
        return str(error)
    return f"{type(error).__name__}: {error}: make it work in every state that `vwr preview` shows"


def _undefined(message: str, known: Sequence[str]) -> str:
    found = _UNDEFINED.fullmatch(message)
    if found and found[1] in known:  # an imported file does not see our variables
        return f"{message}: import the file `with context`"
    near = get_close_matches(found[1], known, n=1) if found else ()
    if near:
        return f"{message}: did you mean {near[0]}?"
    if found and known:
        return f"{message}: use one of {', '.join(known)}"
    return f"{message}: use another name, or remove it"
