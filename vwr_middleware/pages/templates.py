"""The templates of the waiting page: ours, and a user's own, which win over them."""

import logging
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from traceback import walk_tb
from typing import TypeVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, TemplateNotFound

from vwr_middleware.pages.page_slots import BrokenSlot, unbroken
from vwr_middleware.web.static_files import asset_dir


def new_environment(folders: tuple[str, ...]) -> Environment:
    """A new environment, to which filters may be added."""
    ours = str(asset_dir("templates"))
    return Environment(
        # "ours/waiting.html" lets a user's waiting.html extend the one that it hides.
        loader=_WithOurs([*folders, ours], ours),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


#: The environment of these folders, one for all sites of a process.
templates = lru_cache(maxsize=16)(new_environment)


@lru_cache(maxsize=16)
def templates_with_slots(folders: tuple[str, ...]) -> Environment:
    """The same for pages with slots. An error names the line that breaks a slot."""
    environment = new_environment(folders)
    environment.finalize = unbroken if folders else None
    return environment


class _WithOurs(FileSystemLoader):
    """Finds templates in the user's folders first; `ours/…` names the one that ships."""

    def __init__(self, folders: Sequence[str | Path], ours: str) -> None:
        super().__init__(folders)
        self._ours = FileSystemLoader(ours)

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        name = template.removeprefix("ours/")
        if name != template:
            return self._ours.get_source(environment, name)
        return super().get_source(environment, template)


# Renders by a user's own templates, and by ours if one of those fails, which is told.


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
        """Compile a template of ours before anybody waits. (At start-up a user's are tried.)"""
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
