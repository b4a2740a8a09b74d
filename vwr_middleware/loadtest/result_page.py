"""A page of results that stands by itself, in a file or a mail: for the load test and the drill."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from vwr_middleware.errors import Refused


@dataclass(frozen=True, slots=True)
class Table:
    """A table; the first columns, so many, have words, and the others numbers."""

    heading: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    texts: int = 1


def result_page(
    title: str,
    about: str,
    verdict: str,
    *,
    is_well: bool,
    words: Mapping[bool | None, str],
    groups: Sequence[tuple[str, Sequence[Any]]],
    charts: Sequence[Any] = (),
    tables: Sequence[Table] = (),
) -> str:
    """The page. `groups` are headings with lines, each with `is_well`, `what`, `told`, `fix`."""
    source = (files("vwr_middleware.loadtest") / "result_page.html").read_text(encoding="utf-8")
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(source).render(
        title=title, about=about, verdict=verdict, is_well=is_well, words=words, groups=groups,
        charts=charts, tables=tables,
    )  # fmt: skip


def check_place(path: Path | None) -> None:
    """Raise Refused if no file can be written there: before minutes have passed."""
    if path is not None and not path.absolute().parent.is_dir():
        raise Refused(f"there is no directory {path.parent}: make it, or name another")
