"""The templates of the waiting page: ours, and a user's own, which win over them."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from vwr_middleware.pages.slots import unbroken
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
