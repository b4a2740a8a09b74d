"""What a report says, from the minutes that a room keeps."""

from dataclasses import replace
from typing import Any

import pytest

from vwr_middleware.errors import Refused
from vwr_middleware.line.constants import WAIT_CLASSES
from vwr_middleware.line.minutes import Minute
from vwr_middleware.report.facts import report_of
from vwr_middleware.report.moments import read_moment, span_of, step_for, ticks, zone_of
from vwr_middleware.report.page import headline, page, policy, style, troubles
from vwr_middleware.report.tables import table

BEGAN = 1_800_000_000.0
UTC = zone_of("")


def waits(**by_class: int) -> list[int]:
    counts = [0] * (len(WAIT_CLASSES) + 1)
    for seconds, count in by_class.items():
        counts[WAIT_CLASSES.index(int(seconds[1:]))] = count
    return counts


def minute(number: int, **fields: Any) -> Minute:
    return replace(Minute(BEGAN + 60 * number, mode="auto", limit=10), **fields)


SALE = [
    minute(0),
    minute(5, arrivals=100, entries=12, waiting=80, inside=10, waits=waits(s60=2)),
    minute(6, entries=10, waiting=70, inside=9, no_shows=3, lapsed=2, waits=waits(s120=8)),
    minute(7, entries=8, waiting=60, inside=10, left=5, waits=waits(s300=8)),
    minute(9),
]


def facts(minutes: list[Minute] = SALE, here: tuple[int, int] = (0, 0), **more: Any) -> Any:
    asked = (BEGAN, BEGAN + 660)
    given = {"audit": [], "now": BEGAN + 660, "here": here, **more}
    return report_of("main", minutes, given.pop("audit"), asked, **given)


def test_a_report_is_about_the_time_in_which_anything_happened() -> None:
    found = facts()
    assert (found["from"], found["until"]) == (BEGAN + 300, BEGAN + 480)
    assert [step["arrivals"] for step in found["steps"]] == [100, 0, 0]


def test_it_tells_what_became_of_those_who_came() -> None:
    people = facts()["people"]
    assert (people["arrivals"], people["went_in"], people["did_not_go_in"]) == (100, 28, 72)
    assert (people["waited"], people["at_once"]) == (18, 10)
    assert (people["left"], people["no_shows"], people["closed_the_page"]) == (5, 3, 64)


def test_waits_are_told_by_percentile() -> None:
    found = facts()["waits"]
    assert found["people"] == 18 and found["longest_at_most"] == 300
    assert 90 < found["median"] <= 120 and 240 < found["p90"] < found["p99"] <= 300


def test_a_report_while_people_still_wait_says_so() -> None:
    found = facts(here=(60, 10))
    assert found["going_on"] == {"waiting": 60, "inside": 10}
    assert found["people"]["did_not_go_in"] == 12
    assert "This is not over: 60 are still in line" in headline(found)[-1]
    assert facts(here=(60, 10), now=BEGAN + 9999)["going_on"] is None, "that is another time"


def test_a_time_in_which_nobody_came_is_told_in_one_sentence() -> None:
    found = facts([minute(0), minute(1)])
    assert headline(found) == ["Nobody came in this time."]
    assert "Nobody came in this time." in page(found, UTC)
    assert table(found, UTC) == "time,at\r\n"


def test_changes_outages_and_a_corrected_clock_are_told_plainly() -> None:
    audit = [
        {"time": BEGAN + 400, "who": "Ann", "what": "max_active", "from": 10, "to": 20},
        {"time": BEGAN - 400, "who": "Ann", "what": "max_active", "from": 5, "to": 10},
    ]
    rows = [*SALE[:3], minute(7, waiting=60, away=90, leapt=-600), *SALE[3:]]
    found = facts(rows, audit=audit)
    assert [change["told"] for change in found["changes"]] == [
        "changed people inside at once from 10 to 20"
    ]
    assert [outage["seconds"] for outage in found["outages"]] == [90]
    told = [sentence for _, sentence in troubles(found, str)]
    assert "did not answer for up to 90 s" in told[0]
    assert "was set back by 10 min" in told[1]


def test_a_time_of_which_nothing_is_known_is_told() -> None:
    rows = [minute(0, waiting=5, arrivals=5), minute(30, waiting=5)]
    assert facts(rows)["unknown"] == [{"from": BEGAN + 60, "until": BEGAN + 1800}]
    assert "nothing is known" in page(facts(rows), UTC)


def test_several_workers_that_tell_of_one_outage_tell_of_one() -> None:
    rows = [minute(1, arrivals=1), minute(7, away=300), minute(8, away=320)]
    assert len(facts(rows)["outages"]) == 1


def test_the_page_stands_by_itself_and_shows_texts_as_they_are() -> None:
    text = '<script>alert("x")</script>'
    audit = [{"time": BEGAN + 400, "who": text, "what": "message", "from": None, "to": text}]
    made = page(facts(audit=audit), UTC)
    assert "<script" not in made and "&lt;script&gt;" in made
    assert "http" not in made.replace("http-equiv", "") and "src=" not in made
    assert style() in made and "style=" not in made
    assert "sha256-" in policy() and "unsafe" not in policy()


def test_a_table_has_a_row_for_each_step() -> None:
    lines = table(facts(), zone_of("Europe/Berlin")).splitlines()
    assert len(lines) == 4 and lines[0].startswith("time,at,seconds,waiting,inside,limit")
    assert lines[1].startswith("2027-01-15 09:05,1800000300.0,60.0,80,10,10,auto")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("24h", BEGAN - 86400),
        ("90m", BEGAN - 5400),
        ("1.5d", BEGAN - 129_600),
        ("1799999000", 1_799_999_000.0),
        ("2027-01-15T08:00Z", BEGAN),
        ("2027-01-15 09:00", BEGAN),
        ("2027-01-15T10:00+02:00", BEGAN),
    ],
)
def test_times_are_read_as_people_write_them(text: str, moment: float) -> None:
    assert read_moment("since", text, BEGAN, zone_of("Europe/Berlin")) == moment


@pytest.mark.parametrize("text", ["", "yesterday", "-1h", "h", "nan", "1e99", "9" * 400, "\0"])
def test_what_is_no_time_is_refused_with_the_way_to_write_one(text: str) -> None:
    with pytest.raises(Refused, match="write a time as"):
        read_moment("since", text, BEGAN)


@pytest.mark.parametrize("name", ["Middle/Earth", "../../etc/passwd", "\0", "x" * 500])
def test_what_is_no_time_zone_is_refused(name: str) -> None:
    with pytest.raises(Refused, match="no time zone"):
        zone_of(name)


def test_a_time_is_asked_for_that_there_is() -> None:
    assert span_of("", "", BEGAN) == (BEGAN - 86400, BEGAN)
    assert span_of("90d", "", BEGAN) == (BEGAN - 30 * 86400, BEGAN)
    assert span_of("", "3h", BEGAN)[1] == BEGAN - 10_800
    for since, until in (("1h", "2h"), ("", "40d")):
        with pytest.raises(Refused, match=r"since|until"):
            span_of(since, until, BEGAN)


def test_charts_have_steps_and_labels_at_round_times() -> None:
    assert [step_for(hours * 3600) for hours in (1, 4, 24, 720)] == [60, 60, 600, 21600]
    berlin = zone_of("Europe/Berlin")
    assert [text for _, text in ticks(BEGAN, BEGAN + 7200, berlin)][:2] == ["09:30", "10:00"]
