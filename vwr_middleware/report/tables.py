"""The report as CSV: a row for each step of time, as a spreadsheet opens it."""

import csv
from collections.abc import Mapping
from datetime import tzinfo
from io import StringIO
from typing import Any

from vwr_middleware.report.moments import told


def table(facts: Mapping[str, Any], zone: tzinfo) -> str:
    """All steps, with the time in words before the numbers."""
    rows = facts["steps"]
    names = list(rows[0]) if rows else ["at"]
    text = StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["time", *names])
    for row in rows:
        time = told(row["at"], zone, "%Y-%m-%d %H:%M")
        writer.writerow([time, *("" if row[name] is None else row[name] for name in names)])
    return text.getvalue()
