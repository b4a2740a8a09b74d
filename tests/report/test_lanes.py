"""What a report says of lanes: in its numbers, its table, its page and in the shell."""

import csv
from io import StringIO
from typing import Any

from tests.report.test_facts import BEGAN, SALE, UTC, facts
from vwr_middleware.line.lane_minutes import CLASSES, LanePast, packed_lanes
from vwr_middleware.line.minutes import HOUR
from vwr_middleware.report.lanes import in_words, lane_facts
from vwr_middleware.report.page import length, page
from vwr_middleware.report.tables import table

NOW = [
    {"lane": "", "share": 0.7, "waiting": 3, "joined": 900, "entered": 500},
    {"lane": "members", "share": 0.3, "waiting": 0, "joined": 80, "entered": 80},
]


def waits(*pairs: tuple[int, int]) -> list[int]:
    found = [0] * CLASSES
    for at, count in pairs:
        found[at] = count
    return found


def past(rows: dict[int, dict[str, list[int]]]) -> LanePast:
    chunks: dict[int, bytes] = {}
    for number, row in rows.items():
        minute = int(BEGAN) // 60 + number
        chunk = minute // 60
        chunks[chunk] = chunks.get(chunk, b"") + packed_lanes(minute % 60, row)
    return LanePast(BEGAN - HOUR, BEGAN + HOUR, [*chunks.items()], [])


SOLD = past(
    {
        5: {"": [70, 4, *waits((8, 4))], "members": [30, 8, *waits((3, 8))]},
        7: {"": [0, 6, *waits((11, 6))], "gone": [1, 1, *waits()]},
    }
)


def told() -> Any:
    found = facts(SALE)
    return {**found, "lanes": lane_facts(NOW, SOLD, found["step"])}


def test_each_lane_has_its_own_waits_and_its_people_of_that_time() -> None:
    main, gone, members = told()["lanes"]
    assert (main["joined"], main["in_time"]["joined"], main["in_time"]["entered"]) == (900, 70, 10)
    assert main["in_time"]["waits"]["median"] > members["in_time"]["waits"]["p99"]
    assert (members["in_time"]["waits"]["people"], members["share"]) == (8, 0.3)
    assert (gone["lane"], gone["share"], gone["in_time"]["waits"]["median"]) == ("gone", 0.0, None)
    assert [step["entered"] for step in main["steps"]] == [4, 6]
    assert [step["at"] for step in main["steps"]] == [BEGAN + 300, BEGAN + 420]


def test_the_table_has_a_column_for_each_number_of_each_lane() -> None:
    rows = [*csv.DictReader(StringIO(table(told(), UTC)))]
    assert [row["entered (members)"] for row in rows] == ["8", "", ""]
    assert [row["entered (everybody else)"] for row in rows] == ["4", "", "6"]
    assert float(rows[0]["wait_p90 (everybody else)"]) > float(rows[0]["wait_p90 (members)"])
    assert "entered (members)" not in table(facts(SALE), UTC)


def test_the_page_shows_waits_and_entries_by_lane() -> None:
    text = page(told(), UTC)
    row = text.partition('<th scope="row">members</th>')[2].partition("</tr>")[0]
    cells = [cell.partition("<")[0] for cell in row.split('class="n">')[1:]]
    assert cells[:3] == ["30 %", "30", "8"]
    assert "Went in per minute, by lane" in text
    assert 'id="lanes"' not in page(facts(SALE), UTC)


def test_the_shell_says_it_in_a_line_for_each() -> None:
    lines = in_words(told(), length)
    assert lines[2].startswith("Lane members (30% of the places): 30 joined, 8 went in. Half of")
    assert in_words(facts(SALE), length) == []
