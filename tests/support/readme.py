"""The documents' tables and snippets; `python -m tests.support.readme` writes the settings anew."""

import inspect
import re
from dataclasses import Field, dataclass, fields
from typing import Any

from tests.support.servers import ROOT
from vwr_middleware.settings import RoomSettings, Settings

README = ROOT / "README.md"
DOCS = ROOT / "docs"
DEPLOYMENT = DOCS / "deployment.md"
FRAMEWORKS = DOCS / "frameworks.md"
GATEWAYS = DOCS / "gateways.md"
MEASURED = DOCS / "measured.md"
PATHS = DOCS / "paths.md"
PROGRAMS = DOCS / "programs.md"
QUICK_START = DOCS / "quick-start.md"
IN_YOUR_APP = DOCS / "in-your-app.md"
RULES = DOCS / "rules.md"
SECURITY = DOCS / "security.md"
SETTINGS = DOCS / "settings.md"
TESTED_WITH = DOCS / "tested-with.md"
SINGLE_PAGE_APPS = DOCS / "single-page-apps.md"
TESTING = DOCS / "testing.md"
VERIFY = DOCS / "verify.md"
_SETTINGS = re.compile(r"(<!-- settings:[^>]*-->\n).*?(<!-- /settings -->)", re.DOTALL)
_IMPORT = re.compile(
    r"^ *from (vwr_middleware[\w.]*) import \(?([\w, ]+|[\w,\s]+(?=\)))", re.MULTILINE
)
_FROM = re.compile(r"`(\w+)(?:\(\))?` from\s+`(vwr_middleware\.\w+)`")
_DOTTED = re.compile(r"\"(vwr_middleware\.\w+)\.([A-Z]\w+)\"")
_SNIPPET = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table of settings."""

    name: str
    default: str
    meaning: str


def rows_of(settings_class: type) -> list[Row]:
    """The lines of a class; their meaning is the `#:` comment above each field."""
    meanings = _comments(settings_class)
    return [
        Row(field.name, _default_of(field), meanings[field.name])
        for field in fields(settings_class)
    ]


def _default_of(field: "Field[Any]") -> str:
    default = field.default
    if field.metadata["shown"]:
        return str(field.metadata["shown"])
    if default is None or default == ():
        return "none"
    return str(default).lower() if isinstance(default, bool) else str(default)


def _comments(settings_class: type) -> dict[str, str]:
    comments: dict[str, str] = {}
    comment: list[str] = []
    for line in map(str.strip, inspect.getsource(settings_class).splitlines()):
        if line.startswith("#:"):
            comment.append(line.removeprefix("#:").strip())
        elif comment:
            comments[line.partition(":")[0]] = " ".join(comment)
            comment = []
    return comments


def settings_tables() -> str:
    """The tables of all settings, as they stand in their document."""
    text = "The settings of a room. For a single room, write them among the others:"
    return f"{_table(Settings)}\n{text}\n\n{_table(RoomSettings)}"


def _table(settings_class: type) -> str:
    lines = ["", "| setting | default | meaning |", "|---|---|---|"]
    for row in rows_of(settings_class):
        lines.append(f"| `{row.name}` | {_default(row.default)} | {row.meaning} |")
    return "\n".join([*lines, ""])


def _default(default: str) -> str:
    is_words = " " in default or default in ("none", "required")
    return default if is_words else f"`{default}`"


def with_settings(text: str) -> str:
    """The document with the tables as they must be."""
    return _SETTINGS.sub(lambda match: match[1] + settings_tables() + match[2], text)


def snippets(text: str, language: str) -> list[str]:
    """The pieces of code in a language, in order."""
    return [code for name, code in _SNIPPET.findall(text) if name == language]


def user_imports() -> set[tuple[str, str]]:
    """What the documents tell people to import: modules, and names in them."""
    found: set[tuple[str, str]] = set()
    for document in (README, *DOCS.glob("*.md")):
        text = document.read_text()
        for module, names in _IMPORT.findall(text):
            found |= {(module, name) for name in re.findall(r"\w+", names)}
        found |= {(module, name) for name, module in _FROM.findall(text)}
        found |= {(module, name) for module, name in _DOTTED.findall(text)}
    _, _, table = RULES.read_text().partition("## What you may import")
    for modules, names in re.findall(r"^\| (`\..+?) \| (.+) \|$", table, re.MULTILINE):
        for module in re.findall(r"`\.([\w.]+)`", modules):
            found |= {(f"vwr_middleware.{module}", name) for name in re.findall(r"`(\w+)`", names)}
    return found


if __name__ == "__main__":
    SETTINGS.write_text(with_settings(SETTINGS.read_text()))
