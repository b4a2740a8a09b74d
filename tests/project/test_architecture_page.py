"""The map for newcomers names what is there: each file and folder, and what stands in them."""

import ast
import re

import pytest

from tests.support.readme import DOCS
from tests.support.servers import ROOT

PACKAGE = ROOT / "vwr_middleware"
TEXT = (DOCS / "architecture.md").read_text()
#: Where the paths of the page begin.
HOMES = (PACKAGE, PACKAGE / "stores", ROOT)
PATHS = sorted(set(re.findall(r"[`\s]((?:[\w.]+/)*(?:\w+/|\w+\.(?:py|js)))(?=[`:\s])", TEXT)))
#: The rows that say of a function or class in which file it is, as (file, name).
ROWS = {
    (file, name)
    for line in TEXT.splitlines()
    if line.startswith("|")
    for file in re.findall(r"\| `([\w/]+\.py)` \|", line)
    for name in re.findall(r"\| `([\w.]+)` \|", line.replace(f"| `{file}` ", ""))
}


def defined_in(file: str) -> set[str]:
    """The functions, classes and methods of a file, as `function`, `Class` and `Class.method`."""
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    found: set[str] = set()
    for node in ast.parse((PACKAGE / file).read_text()).body:
        if isinstance(node, functions | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            methods = [inner.name for inner in node.body if isinstance(inner, functions)]
            found |= {f"{node.name}.{method}" for method in methods}
    return found


def test_every_file_and_folder_of_the_map_is_there() -> None:
    assert {"line/calling.py", "gate/", "static/src/waiting.js", "tests/doors/"} <= set(PATHS)
    assert [path for path in PATHS if not any((home / path).exists() for home in HOMES)] == []


@pytest.mark.parametrize(("file", "name"), sorted(ROWS))
def test_what_the_map_sends_to_a_file_is_in_it(file: str, name: str) -> None:
    assert name in defined_in(file)


def test_the_map_follows_the_whole_trip() -> None:
    assert len(ROWS) > 50
    told = re.findall(r"^\*\*(.+)\*\*$", TEXT, re.MULTILINE)
    trip = ["Comes in", "Waits", "Is called", "Is told while away", "Claims", "Is inside", "Leaves"]
    assert told == trip


def test_every_folder_of_the_package_is_in_the_picture() -> None:
    (picture,) = re.findall(r"```\n( adapters.*?)```", TEXT, re.DOTALL)
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert sorted(folder for folder in folders if f"{folder}/" not in picture) == []
