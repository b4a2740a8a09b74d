"""The README's tables and snippets; `python -m tests.support.readme` writes the settings anew."""

import re
from collections.abc import Iterable

from tests.support.servers import ROOT
from vwr_middleware.settings import SettingRow, describe

README = ROOT / "README.md"
DEPLOYMENT = ROOT / "docs" / "deployment.md"
MEASURED = ROOT / "docs" / "measured.md"
RULES = ROOT / "docs" / "rules.md"
TESTING = ROOT / "docs" / "testing.md"
_SETTINGS = re.compile(r"(<!-- settings:[^>]*-->\n).*?(<!-- /settings -->)", re.DOTALL)
_SNIPPET = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def settings_tables() -> str:
    """The tables of all settings, as they stand in the README."""
    rows = describe()
    ours = [row for row in rows if not row.of_room]
    a_rooms = [row for row in rows if row.of_room]
    text = "Those of a room; for a single room they are written among the others:"
    return f"{_table(ours)}\n{text}\n\n{_table(a_rooms)}"


def _table(rows: Iterable[SettingRow]) -> str:
    lines = ["", "| setting | default | meaning |", "|---|---|---|"]
    lines += [f"| `{row.name}` | {_default(row.default)} | {row.meaning} |" for row in rows]
    return "\n".join([*lines, ""])


def _default(default: str) -> str:
    is_words = " " in default or default in ("none", "required")
    return default if is_words else f"`{default}`"


def with_settings(text: str) -> str:
    """The README with the tables as they must be."""
    return _SETTINGS.sub(lambda match: match[1] + settings_tables() + match[2], text)


def snippets(text: str, language: str) -> list[str]:
    """The pieces of code in a language, in order."""
    return [code for name, code in _SNIPPET.findall(text) if name == language]


if __name__ == "__main__":
    README.write_text(with_settings(README.read_text()))
