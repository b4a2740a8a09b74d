"""The report as CSV: a row for each step of time, as a spreadsheet opens it. If there was a draw,
an empty line and a second table follow, with a row for each.
"""

import csv
from collections.abc import Mapping
from datetime import tzinfo
from io import StringIO
from typing import Any

from vwr_middleware.report.lanes import columns
from vwr_middleware.report.moments import told

#: With these, spreadsheets take a text for a formula, and carry it out.
_OF_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
_OF_DRAWS = (
    *("time", "generation", "registrations", "verifies", "why", "commitment", "seed"),
    *("beacon_source", "beacon", "file"),
)


def table(facts: Mapping[str, Any], zone: tzinfo) -> str:
    """All steps, with the time in words before the numbers, and behind these what each lane had."""
    rows, of_lanes = facts["steps"], columns(facts)
    names = list(rows[0]) if rows else ["at"]
    text = StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["time", *names, *of_lanes])
    for row in rows:
        values = [row[name] for name in names]
        values += [column.get(row["at"]) for column in of_lanes.values()]
        writer.writerow([_time(row["at"], zone), *map(_cell, values)])
    if draws := facts.get("draws"):
        writer.writerows([[], _OF_DRAWS])
        writer.writerows(_draw(draw, zone) for draw in draws)
    return text.getvalue()


def _draw(draw: Mapping[str, Any], zone: tzinfo) -> list[Any]:
    proof, beacon = draw["proof"], draw["proof"]["beacon"] or {}
    known = [proof["generation"], draw["count"], draw["verifies"], draw["why"]]
    told_of = [proof["commitment"], proof.get("seed", "")]
    mixed_in = [beacon.get("source", ""), beacon.get("value")]
    cells = [*known, *told_of, *mixed_in, draw["file"]]
    return [_time(draw["at"], zone), *map(_cell, cells)]


def _time(moment: float | None, zone: tzinfo) -> str:
    return "" if moment is None else told(moment, zone, "%Y-%m-%d %H:%M")


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) and value.startswith(_OF_FORMULAS):
        return f"'{value}"  # by which a spreadsheet takes it for text
    return "" if value is None else value
