"""What the charts show of a room's past, and how it is drawn."""

import json
import re
from datetime import UTC, date
from typing import Any

import pytest

from tests.support.clock import Clock
from tests.support.doors import Door
from tests.support.panel import Operator, api, fill, said, signed_in
from vwr_middleware.errors import Refused
from vwr_middleware.line.minutes import Minute
from vwr_middleware.panel.charts import Choice, Past, labelled, levels, plots
from vwr_middleware.panel.drawing import HEIGHT, WIDTH, Chart, Range, Series, plot, round_length

NOW = 1_800_000_000.0
HOUR = Range(NOW - 3600, 3600, 60)


def drawn(*points: tuple[float, ...], kind: str = "line") -> Chart:
    """One trace of points, each with how many seconds ago it was."""
    trace = Series("one", "it", [(NOW - age, *values) for age, *values in points], kind)  # type: ignore[arg-type]
    return plot(HOUR, "name", "Title", [trace], str)


def paths(found: Chart) -> list[str]:
    return [*found.traces[0].paths]


def test_the_window_reaches_from_edge_to_edge_and_zero_is_at_the_bottom() -> None:
    found = drawn(*((age, 5.0 if age else 0.0) for age in range(3600, -1, -60)))
    first, last = paths(found)[0].split()[0], paths(found)[0].split()[-1]
    assert first == f"M0.0,{HEIGHT - (HEIGHT - 2):.1f}" and last == f"L{WIDTH},{HEIGHT}"
    assert (found.top, found.half) == ("5.0", "2.5")


def test_what_is_older_is_left_out_and_a_silence_breaks_the_line() -> None:
    found = drawn((9000, 900.0), (900, 1.0), (840, 2.0), (600, 3.0), (540, 3.0))
    assert [path.count(",") for path in paths(found)] == [2, 2]
    assert found.top == "3.0"


def test_a_limit_is_a_step_that_leaves_the_past_as_it_was() -> None:
    points = [(age, 50.0 if age > 1800 else 40.0) for age in range(3600, -1, -60)]
    (path,) = paths(drawn(*points, kind="step"))
    low = HEIGHT - 40 / 50 * (HEIGHT - 2)
    assert path == f"M0.0,2.0 H360.0 V{low:.1f} H720.0"


def test_a_single_moment_is_drawn() -> None:
    assert paths(drawn((60, 1.0))) == ["M708.0,2.0 L710.0,2.0"]
    assert paths(drawn((60, 1.0), kind="step")) == ["M708.0,2.0 H710.0"]


def test_a_band_lies_between_two_lines() -> None:
    (trace,) = drawn((120, 1.0, 2.0), (60, 1.0, 4.0), kind="band").traces
    assert trace.areas == ["M696.0,60.8 L708.0,21.6 L708.0,80.4 L696.0,80.4 Z"]


def test_nothing_is_drawn_of_a_room_without_a_past() -> None:
    assert drawn().traces == [] and drawn().told == ""


@pytest.mark.parametrize(
    ("seconds", "top"), [(1, 60), (61, 120), (4000, 7200), (100_000, 30 * 3600)]
)
def test_a_scale_of_waits_ends_with_a_round_length(seconds: float, top: float) -> None:
    assert round_length(seconds) == top


def step(age: float, **given: Any) -> Minute:
    return Minute(NOW - age, 60.0, **given)


def test_each_chart_has_what_it_is_about() -> None:
    minutes = [
        step(180, arrivals=30, entries=6, no_shows=2, left=1),
        step(120, arrivals=60, entries=7, told_low=60, told_high=600, waits=[0, 0, 0, 4, 0]),
    ]
    rows = [(NOW - 170, 80.0, 10.0, 12.0), (NOW, 90.0, 12.0, 900.0)]
    found = {each.name: each for each in plots(HOUR, Past(minutes, [step(120, arrivals=3)], rows))}
    assert list(found) == ["people", "line", "room", "waits", "lost"]
    told = {name: {label: texts for label, _, texts in each.values} for name, each in found.items()}
    assert told["people"] == {
        "came, the other day": ["3"],
        "came": ["30", "60"],
        "went in": ["6", "7"],
    }
    assert told["line"]["waiting"] == ["80", "90"]
    # A limit far above would press all else flat.
    assert told["room"] == {"the other day": ["0"], "inside": ["10", "12"], "limit": ["12"]}
    assert told["waits"]["told to newcomers"] == ["60 s to 10 min"]
    assert told["waits"]["half waited no longer"] == ["18 s"]
    assert told["lost"]["did not come when called"] == ["2", "0"]
    assert told["lost"]["left the line"] == ["1", "0"]


def test_rates_are_by_the_minute_however_long_a_step_is() -> None:
    hours = [Minute(NOW - 1800, 600.0, arrivals=600)]
    found = plots(Range(NOW - 86400, 86400, 600), Past(hours, [], []))
    assert found[0].values[0][2] == ["60"]


def test_the_step_that_is_not_over_counts_by_what_has_passed_of_it() -> None:
    minutes = [step(75, arrivals=60), step(15, arrivals=20)]
    (came, *_) = plots(HOUR, Past(minutes, [], []))[0].values
    assert came[1:] == ([3555, 3592], ["60", "80"])
    (early, *_) = plots(HOUR, Past([step(75, arrivals=60), step(14, arrivals=20)], [], []))[
        0
    ].values
    assert early[2] == ["60"], "a few seconds say little"


def test_a_choice_is_checked() -> None:
    choice = Choice.of({"span": "6h", "against": "2027-01-08"})
    assert (choice.span, choice.against, choice.zone) == ("6h", date(2027, 1, 8), UTC)
    assert choice.earlier(NOW) == 7 * 86400  # it is 15 January
    assert Choice.of({}).earlier(NOW) == 0
    # The day on which the clocks go forward has an hour less.
    berlin = Choice.of({"against": "2027-03-27", "zone": "Europe/Berlin"})
    assert berlin.earlier(1_806_346_800.0) == 2 * 86400 - 3600
    for wanted in ({"span": "2h"}, {"against": "yesterday"}, {"zone": "Nowhere/At_all"}):
        with pytest.raises(Refused):
            Choice.of(wanted)


def test_bad_choices_are_refused_with_a_page(operator: Operator) -> None:
    for query in ("span=2h", "against=x", "zone=x"):
        assert operator.open(f"/rooms/main?{query}").status_code == 422
        assert operator.open(f"/rooms/main/charts?{query}").status_code == 422


def test_the_page_has_a_past_with_marks_where_operators_changed_something(
    door: Door, operator: Operator, clock: Clock
) -> None:
    fill(door, 5)
    clock.pass_by(60)
    said(operator.act("set", max_active="5"))
    clock.pass_by(60)
    door.refresh()
    page = re.sub("</?bdi>", "", operator.open("/rooms/main?span=24h").text)
    assert 'value="24h" aria-pressed="true"' in page
    assert "1 change by operators" in page and "max_active 2 → 5" in page
    alone = operator.open("/rooms/main/charts?span=1h&zone=Asia/Tokyo").text
    assert alone.count("<figure") == 5 and "JST" in alone and "<h1" not in alone
    (values,) = re.findall(r'<figure class="plot people" data-values="(.*?)"', alone)
    rows = {label: texts for label, _, texts in json.loads(values.replace("&#34;", '"'))}
    assert "5" in rows["came"]


def test_another_day_is_laid_over_this_one(door: Door, clock: Clock) -> None:
    fill(door, 9)
    clock.pass_by(86400 + 120)
    door.refresh()
    operator, day = signed_in(door), "2027-01-15"
    page = operator.open(f"/rooms/main/charts?span=1h&against={day}").text
    assert f"Dashed: {day}" in page and "came, the other day" in page
    assert (
        "Nothing is known of 2026-12-24"
        in operator.open("/rooms/main/charts?against=2026-12-24").text
    )


def test_the_script_reads_charts_at_their_own_address_alone(operator: Operator) -> None:
    headers = {"Accept": "text/html", "Sec-Fetch-Dest": "empty"}
    page = operator.client.get("/vwr-admin/rooms/main", headers=headers).text
    assert 'id="charts"' in page and "<figure" not in page
    alone = operator.client.get("/vwr-admin/rooms/main/charts", headers=headers).text
    assert "<figure" in alone


def test_the_api_has_what_newcomers_were_told(door: Door) -> None:
    fill(door, 5)
    (minute,) = api(door).get("/rooms/main/minutes").json()["minutes"]
    assert minute["told_high"] == minute["told_low"] == 0  # nothing is known yet


def test_the_last_hour_is_known_by_ten_seconds() -> None:
    class Room:
        now, waiting, active, limit = NOW, 7, 3, 4

    rows = [[NOW - 20, 5.0, 2.0, 9.0], [NOW - 10, 6.0, 3.0, 9.0, 4.0]]
    found = levels([], rows, Room())  # type: ignore[arg-type]
    assert found == [(NOW - 20, 5, 2, 0), (NOW - 10, 6, 3, 4), (NOW, 7, 3, 4)]
    (coarse, _) = levels([step(60, waiting=9, inside=1, limit=2)], (), Room())  # type: ignore[arg-type]
    assert coarse == (NOW - 30, 9, 1, 2)


def test_marks_that_stand_close_together_have_one_label() -> None:
    rows = [{"number": n, "percent": at} for n, at in enumerate((10.0, 12.0, 16.0, 60.0, 99.0), 1)]
    assert [row["label"] for row in labelled(rows)] == ["1-3", "", "", "4", "5"]
