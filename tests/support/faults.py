"""The table of what breaks, made from the tests: `python -m tests.support.faults` writes it anew.

Each test that injects a fault says which, and what it has shown of those inside, of those in line
and of newcomers. A row is all that the tests of one fault say: with its last test it goes away.
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.servers import ROOT

PAGE = ROOT / "docs/when-things-break.md"
BEGIN, END = "<!-- faults -->\n", "<!-- /faults -->"

#: All faults, in the order of the page.
FAULTS: dict[str, Sequence[str]] = {
    "The store": (
        "The store is away: stopped, or cut off",
        "The store is away as a room opens, or as an opening is over",
        "The store hangs: it takes what it is asked, and answers nothing",
        "The store is slow, or too busy for a moment",
        "The store has lost its data",
        "The store has lost its data, and no worker runs that knew it",
        "A replica takes over that had not heard the last",
        "A key of a room is missing or damaged (Redis, Valkey)",
        "A room moves to another node of the cluster",
        "A connection to the store is cut while nobody uses it",
        "The store's name cannot be looked up",
        "A sentinel is silent, or the server has become a replica",
        "PostgreSQL restarts, or crashes",
        "PostgreSQL undoes a step: a deadlock, or a stricter isolation",
        "A worker freezes while it holds PostgreSQL's lock",
        "The disk is full (SQLite)",
        "SQLite's file is gone, or malformed",
        "A store that would lose rooms: it may evict keys, is a replica, or on a network drive",
        "Two stores serve one room",
    ),
    "Workers and deploys": (
        "A worker is killed",
        "Releases and workers come and go: a deploy",
        "A worker starts while the store is away",
        "An older and a newer release share a store",
        "Two workers have different secrets",
        "The secret, or how tokens are signed, is replaced",
        "A worker has not heard of a reset",
        "More newcomers come than a worker can give places to: a rush",
        "A worker is too busy to read an answer that is there",
        "Many sessions end at one moment, while the store is busy",
        "A setting is wrong",
        "`vwr serve` takes over new settings, again and again",
    ),
    "The app": (
        "The app fails on the request that lets somebody in",
        "The app gets slow (`Adaptive`)",
        "A function or template of yours fails",
        "The app behind the room is away (`vwr serve` as a proxy)",
    ),
    "Clocks": (
        "The clock is set, by seconds or by a day",
        "The clocks of two machines differ by minutes",
    ),
    "On the way": (
        "An answer gets lost",
        "A whole line is cut off for half a minute",
        "A page is reloaded, a second tab opened, a tab put to sleep",
        "A visitor is offline for a while",
        "The page's script does not come",
        "A proxy in front refuses polls that come too often",
        "A cache in front is shared by everybody",
    ),
    "What visitors send": (
        "One ticket is used fifty times at once",
        "Cookies are forged, foreign, cut off or huge",
        "Ever new cookies beside a good ticket, to fill the memory",
        "Anything at all, as a request",
        "Large uploads by people who have to wait",
    ),
}
_ALL = [fault for faults in FAULTS.values() for fault in faults]


def fault(
    what: str, *, inside: str = "", line: str = "", new: str = "", figure: str = ""
) -> pytest.MarkDecorator:
    """The test injects this fault, and has shown what is said of each: in Markdown, a sentence."""
    if what not in _ALL:
        raise ValueError(f"{what!r} is none of the faults in tests/support/faults.py")
    return pytest.mark.fault(what)


@dataclass
class Row:
    """What all tests of one fault say."""

    cells: dict[str, list[str]] = field(
        default_factory=lambda: {"inside": [], "line": [], "new": [], "figure": []}
    )
    tests: dict[Path, None] = field(default_factory=dict)

    def text(self, fault: str) -> str:
        said = [" ".join(cell) or "-" for cell in self.cells.values()]
        links = [f"[{_name(path)}](../{path.as_posix()})" for path in self.tests]
        return "| " + " | ".join([fault, *said, ", ".join(links)]) + " |"


def _name(path: Path) -> str:
    return f"{path.parent.name}: {path.stem.removeprefix('test_')}".replace("_", " ")


def rows(folder: Path = ROOT / "tests") -> dict[str, Row]:
    """What the tests of a folder say, by fault."""
    found: dict[str, Row] = {}
    for path in sorted(folder.rglob("test_*.py")):
        if "support.faults" not in (text := path.read_text()):
            continue
        for what, said in _said(ast.parse(text)):
            row = found.setdefault(what, Row())
            row.tests[path.relative_to(folder.parent)] = None
            for name, value in said.items():
                row.cells[name].append(value)
    return found


def _said(module: ast.Module) -> Iterator[tuple[str, dict[str, str]]]:
    """Each fault of each test, and what is said of it."""
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and getattr(mark.func, "id", "") == "fault":
                    (what,) = mark.args
                    said = {str(word.arg): ast.literal_eval(word.value) for word in mark.keywords}
                    yield ast.literal_eval(what), said


def table(found: dict[str, Row]) -> str:
    """The rows in the order of the page, with the headings of those parts that have any."""
    lines = []
    for part, faults in FAULTS.items():
        shown = [found[fault].text(fault) for fault in faults if fault in found]
        if shown:
            head = "| what breaks | people inside | people in line | newcomers | figures | tests |"
            lines += [f"\n## {part}\n", head, "|---|---|---|---|---|---|", *shown]
    return "\n".join(lines).strip() + "\n"


def page_with(text: str, found: dict[str, Row]) -> str:
    """The page, with the table that these tests make."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n{table(found)}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(page_with(PAGE.read_text(), rows()))
