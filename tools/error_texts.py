"""The page of the site with what can be wrong at the start, read from the code that says it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "vwr_middleware"
#: Whose texts are told: each says what is wrong, and after a colon how to mend it.
FOLDERS = ("settings", "startup")
_BEGINNINGS = ("must ", "names ", "has no ", "is not ")
_INTRODUCTION = """\
# What can be wrong at the start

All problems are reported together, in one `ConfigurationError` (or by `manage.py check` and
`vwr check`), each with its fix after the colon. `…` stands for what you wrote, or for a name of
yours. A text that begins with *must* follows the name of a setting.
"""


def error_page() -> str:
    """The page, in Markdown: a list for each part of the code."""
    lines = [_INTRODUCTION]
    for path in (path for folder in FOLDERS for path in sorted((PACKAGE / folder).glob("*.py"))):
        tree = ast.parse(path.read_text())
        found = sorted({text for text in _texts(tree) if _is_problem(text)})
        if found:
            about = (ast.get_docstring(tree) or "").partition("\n")[0].partition(":")[0].rstrip(".")
            lines += [f"## {about}", "", *(f"- `{text}`" for text in found), ""]
    return "\n".join(lines)


def _is_problem(text: str) -> bool:
    is_long = len(text.split()) >= 5 and "`" not in text and "\n" not in text
    return is_long and (": " in text.strip() or text.startswith(_BEGINNINGS))


def _texts(tree: ast.AST) -> Iterator[str]:
    """Every text in the code, with … in place of what is put in; docstrings are none."""
    parts: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            parts.add(id(node.value))
        elif isinstance(node, ast.JoinedStr):
            parts |= {id(part) for part in node.values}
            yield "".join(str(p.value) if isinstance(p, ast.Constant) else "…" for p in node.values)
        elif isinstance(node, ast.Constant) and id(node) not in parts:
            yield re.sub(r"\{\w+\}", "…", str(node.value))
