"""Tables for the terminal and for Markdown; a row whose second cell is empty is a plain line."""

from collections.abc import Collection, Sequence
from pathlib import Path

Rows = Sequence[Sequence[str]]


def render(rows: Rows, figures: Collection[int], as_markdown: bool) -> str:
    """The table; the columns that hold figures stand to the right."""
    return _markdown(rows, figures) if as_markdown else _plain(rows, figures)


def _plain(rows: Rows, figures: Collection[int]) -> str:
    widths = [max(len(row[i]) for row in rows if row[1]) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if i in figures else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip() if row[1] else row[0])
    return "\n".join(lines)


def _markdown(rows: Rows, figures: Collection[int]) -> str:
    rule = ["--:" if i in figures else "---" for i in range(len(rows[0]))]
    shown = [rows[0], rule, *(row for row in rows[1:] if row[1])]
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in shown]
    return "\n".join([*lines, *(f"\n{row[0]}" for row in rows[1:] if not row[1])])


def write(document: Path, mark: str, text: str) -> None:
    """Put tables where a document shows them, between two comments of this name."""
    begin, end = f"<!-- {mark} -->", f"<!-- /{mark} -->"
    before, _, rest = document.read_text().partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise ValueError(f"{document} has no {begin} … {end}")
    document.write_text(f"{before}{begin}\n{text}\n{end}{after}")
