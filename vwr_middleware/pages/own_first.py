"""Renders by a user's own templates, and by ours if one of those fails, which is told."""

import logging
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from traceback import walk_tb
from typing import TypeVar

from jinja2 import Environment, Template, TemplateNotFound

from vwr_middleware.pages.slots import BrokenSlot

T = TypeVar("T")

log = logging.getLogger("vwr_middleware")

_LATER = (
    "it changes or compares a value that differs between visitors: such values are filled in later,"
    " so only print them, and decide by phase, has_place, has_waiting and has_message"
)


class OwnFirst:
    """The templates of one site. Without a user's `folders` they are ours, which do not fail."""

    def __init__(
        self,
        environment_of: Callable[[tuple[str, ...]], Environment],
        folders: Sequence[str | Path],
    ) -> None:
        self.folders = tuple(map(str, folders))
        self.environment = environment_of(self.folders)
        self._environment_of = environment_of
        #: Kept for good: an edited template may need style sheets that the site has not read.
        self._get: Callable[[str], Template] = lru_cache(self.environment.get_template)
        self._failed: set[str] = set()

    def compile(self, name: str) -> None:
        """Compile a template of ours before anybody waits. (own_templates.py tries a user's.)"""
        if not self.folders:
            self._get(name)

    def has_own(self, name: str) -> bool:
        """Whether the user has a template of this name."""
        return any(Path(folder, name).is_file() for folder in self.folders)

    def made(self, name: str, make: Callable[[Template], T]) -> T:
        """What `make` makes of this template, or of ours if the user's fails, which is logged."""
        try:
            return self.tried(name, make)
        except Exception as error:
            if not self.folders:
                raise
            self._tell(name, error)
        return make(self._environment_of(()).get_template(name))

    def tried(self, name: str, make: Callable[[Template], T]) -> T:
        """What `make` makes of this template. Raises whatever a user's own template raises."""
        return make(self._get(name))

    def _tell(self, name: str, error: Exception) -> None:
        """Log a failure, once for each template: it fails for everybody."""
        if name not in self._failed:
            self._failed.add(name)
            log.error(
                "your own template failed, so the built-in %s is shown: %s",
                name,
                told(error, self.folders, name),
            )


def told(error: Exception, folders: Sequence[str], name: str) -> str:
    """What is wrong with a user's own template, with its file and line."""
    if isinstance(error, BrokenSlot) or (isinstance(error, TypeError) and "Slot" in str(error)):
        what = _LATER
    elif isinstance(error, RecursionError):
        what = 'it extends or includes itself: to extend ours, extend "ours/waiting.html"'
    elif isinstance(error, TemplateNotFound):
        what = f"there is no template {error.name}"
    else:
        what = f"{type(error).__name__}: {error}"
    sentence = f"{_place(error, folders, name)}: {what}"
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
