"""What a load test is judged by: waits, order, fullness, errors; and the report of it."""

import re
from dataclasses import replace
from random import Random

import pytest

from vwr_middleware.errors import Refused
from vwr_middleware.loadtest.door import OVERTAKING
from vwr_middleware.loadtest.journal import DoorAnswer, Journal, Visit
from vwr_middleware.loadtest.judgement import Asked, Judgement, as_json, judge, percentiles
from vwr_middleware.loadtest.plan import Plan, arrival_times, nature
from vwr_middleware.loadtest.report import as_html
from vwr_middleware.loadtest.result_page import check_place

PLAN = Plan(origin="https://staging.example", path="/tickets", people=3, max_active=1)
ASKED = [Asked("the position", "GET", 20, 0, {50: 3.0, 90: 4.0, 95: 5.0, 99: 6.0, 100: 7.0}, 2.0)]


def visit(position: int, arrived: float, entered: float = 0.0, left: float = 0.0) -> Visit:
    outcome = "completed" if entered else "absent"
    gone = left or arrived
    return Visit("page", arrived, outcome, "", 1, position, arrived, entered, left, gone, 3)


def told(position: int, asked: float, waits: float, generation: int = 1) -> DoorAnswer:
    return DoorAnswer(generation, position, asked, asked + 0.01, waits)


def judged(
    visits: list[Visit], door: list[DoorAnswer] | None = None, begun: int = 0, **more: object
) -> Judgement:
    journal = Journal(visits, door or [], begun or len(visits))
    errors = [("GET the position: status 502", 2)] if more.pop("fails", False) else []
    plan = replace(PLAN, **more)  # type: ignore[arg-type]
    return judge(plan, journal, ASKED, errors, 100.0, 160.0, 0.0)


def wrong(found: Judgement) -> list[str]:
    return [line.what for line in found.lines if line.is_well is False]


def test_all_is_well_where_everybody_comes_in_in_turn() -> None:
    found = judged([visit(1, 101.0, 101.0, 110.0), visit(2, 102.0, 111.0, 120.0), visit(3, 103.0)])
    assert wrong(found) == [] and found.is_well
    assert (found.entered, found.most_inside, found.people) == (2, 1, 3)
    assert found.waits["all"] == {50: 0.0, 90: 9.0, 95: 9.0, 99: 9.0, 100: 9.0}


def test_whoever_stood_at_the_door_and_was_passed_over_was_overtaken() -> None:
    people = [visit(5, 101.0, 130.0, 140.0), visit(6, 102.0, 112.0, 120.0)]
    door = [told(5, 110.0, 2.0), told(6, 111.0, -1.0), told(5, 112.0, 2.0), told(5, 130.0, -1.0)]
    found = judged(people, door)
    assert found.out_of_order == 1 and wrong(found) == ["order"]
    in_turn = [told(5, 110.0, 2.0), told(5, 112.0, -1.0), told(6, 112.0 + OVERTAKING, -1.0)]
    assert judged(people, in_turn).out_of_order == 0
    other_line = [told(5, 110.0, 2.0), told(6, 111.0, -1.0, generation=2), told(5, 112.0, 2.0)]
    assert judged(people, other_line).out_of_order == 0


def test_who_was_inside_at_once_is_counted_as_far_as_it_is_certain() -> None:
    people = [visit(1, 101.0, 101.0, 110.0), visit(2, 102.0, 105.0, 120.0)]
    found = judged(people)
    assert found.most_inside == 2 and wrong(found) == ["fullness"]
    assert wrong(judged(people, max_active=2)) == []
    unknown = judged(people, max_active=0)
    assert unknown.is_well and "--max-active" in str(unknown.lines)


@pytest.mark.parametrize(
    ("found", "what"),
    [
        (lambda: judged([visit(1, 101.0, 102.0, 103.0)], fails=True), ["errors"]),
        (lambda: judged([visit(1, 101.0)]), ["came in"]),
        (lambda: judged([]), ["came in"]),
        (
            lambda: judged([visit(1, 101.0, 102.0, 103.0)], begun=5),
            ["visitors without a report"],
        ),
        (
            lambda: judged(
                [visit(1, 101.0, 102.0, 103.0), Visit("page", 101.0, "put out", "ended")]
            ),
            ["put out"],
        ),
    ],
)
def test_what_goes_wrong_is_told_with_what_to_do(found: object, what: list[str]) -> None:
    result: Judgement = found()  # type: ignore[operator]
    assert wrong(result) == what and not result.is_well
    assert all(line.fix for line in result.lines if line.is_well is False)
    told = [line for line in as_json(result)["verdict"] if line["well"] is False]
    assert [line["what"] for line in told] == what and all(line["fix"] for line in told)


def test_the_report_stands_by_itself_and_shows_what_others_wrote_as_text() -> None:
    people = [visit(1, 101.0, 101.0, 110.0), visit(2, 102.0, 111.0, 120.0)]
    page = as_html(judged(people, path="/<script>alert(1)</script>", fails=True))
    assert "<script" not in page and "&lt;script&gt;" in page
    assert not re.search(r"(?:src|href)=|url\(|@import", page), "it loads nothing"
    assert page.count("<svg") == 2 and "It did not go well" in page
    assert "status 502" in page and "longest" in page
    as_html(judged([]))  # nobody came: a page all the same


def test_percentiles_are_values_that_were_met() -> None:
    assert percentiles([]) == {}
    assert percentiles([7.0]) == dict.fromkeys((50, 90, 95, 99, 100), 7.0)
    assert percentiles(range(1, 101))[90] == 90


def test_even_a_few_visitors_are_of_all_kinds_in_their_shares() -> None:
    plan = replace(PLAN, absent=0.2, without=0.1, programs=0.2, gives_up=0.5)
    some = [nature(plan, number, Random(number)) for number in range(7, 107)]
    kinds = [one.kind for one in some]
    for kind, share in (("absent", 20), ("without", 10), ("program", 20), ("page", 50)):
        assert abs(kinds.count(kind) - share) <= 2  # type: ignore[arg-type]
    assert abs(sum(one.patience < float("inf") for one in some) - 50) <= 3
    impatient = [one for one in some if one.kind == "page" and one.patience < float("inf")]
    assert 15 < len(impatient) < 35, "of each kind"


def test_a_ramp_begins_slowly_and_a_burst_does_not() -> None:
    burst = arrival_times(replace(PLAN, people=1000, within=100.0))
    ramp = arrival_times(replace(PLAN, people=1000, within=100.0, arrivals="ramp"))
    assert 200 < sum(at < 25 for at in burst) < 300
    assert 40 < sum(at < 25 for at in ramp) < 90
    assert max(*burst, *ramp) <= 100 and ramp == sorted(ramp)


def test_a_report_that_cannot_be_written_is_refused_before_the_test() -> None:
    from pathlib import Path

    with pytest.raises(Refused, match="no directory"):
        check_place(Path("/nowhere/at/all.html"))


def test_a_journal_goes_from_one_process_to_another_whole() -> None:
    mine, masters = Journal([visit(1, 1.0, 2.0, 3.0)], [told(1, 1.0, -1.0)], 2), Journal()
    before = (list(mine.visits), list(mine.door))
    masters.add(mine.take())
    masters.add(mine.take())
    assert (masters.visits, masters.door) == before and masters.begun == 2
