"""The report as CSV: a row for each step of time, as a spreadsheet opens it."""

import csv
from collections.abc import Mapping
from datetime import tzinfo
from io import StringIO
from typing import Any

from vwr_middleware.report.lanes import columns
from vwr_middleware.report.moments import told


def table(facts: Mapping[str, Any], zone: tzinfo) -> str:
    """All steps, with the time in words before the numbers, and behind these what each lane had."""
    rows, of_lanes = facts["steps"], columns(facts)
    names = list(rows[0]) if rows else ["at"]
    text = StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["time", *names, *of_lanes])
    for row in rows:
        time = told(row["at"], zone, "%Y-%m-%d %H:%M")
        values = [row[name] for name in names]
        values += [column.get(row["at"]) for column in of_lanes.values()]
        writer.writerow([time, *("" if value is None else value for value in values)])
    return text.getvalue()
