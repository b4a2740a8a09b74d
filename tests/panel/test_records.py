"""What is recorded of a room, as operators read it."""

import json
from dataclasses import replace

from vwr_middleware.line.messages import Record
from vwr_middleware.panel import records

RECORD = Record(
    history=[[1000.5, 3.0, 2.0, 9.0, 5.0]],
    audit=[],
    sessions=[("1-1", 5.0, False), ("1-2", 9.0, True), ("1-3", 1.0, False)],
    sharers=[("1-3", "one"), ("1-3", "other")],
)


def test_of_the_sessions_those_come_first_that_most_share_then_those_that_end_last() -> None:
    rows = records.session_rows(RECORD)
    assert [tuple(row.values()) for row in rows] == [
        ("1-3", 1.0, False, 2),
        ("1-2", 9.0, True, 1),
        ("1-1", 5.0, False, 1),
    ]
    assert records.session_rows(RECORD, 2) == rows[:2]


def test_what_became_of_sessions_is_told_the_latest_first() -> None:
    kept = [(1.0, "1-1", "expired"), (2.0, "1-2", "lapsed"), (2.0, "1-3", "revoked")]
    rows = records.outcome_rows(replace(RECORD, outcomes=kept), 2)
    assert [tuple(row.values()) for row in rows] == [
        ("1-3", 2.0, "revoked"),
        ("1-2", 2.0, "lapsed"),
    ]


def test_people_are_counted_in_whole_numbers() -> None:
    told = '{"time": 1000.5, "waiting": 3, "active": 2, "claimed": 9, "limit": 5}'
    assert json.dumps(records.history_rows(RECORD)) == f"[{told}]"
