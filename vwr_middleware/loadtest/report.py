"""The report of a load test: in the terminal, as HTML and as JSON."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from vwr_middleware.loadtest.chart import charts
from vwr_middleware.loadtest.judgement import PERCENTILES, Judgement, as_json
from vwr_middleware.loadtest.result_page import Table, result_page

WORDS = {True: "well", False: "WRONG", None: "open"}
_KINDS = {
    "all": "everybody",
    "page": "with the page",
    "without": "without scripts",
    "program": "programs",
    "absent": "absent ones",
}


def write_reports(judged: Judgement, places: str) -> None:
    """Print the report, and write it where `places`, as JSON, says."""
    print("\n".join(_in_text(judged)), flush=True)
    named: dict[str, str] = json.loads(places or "{}")
    if path := named.get("html"):
        Path(path).write_text(as_html(judged), encoding="utf-8")
        print(f"report written to {path}", flush=True)
    if path := named.get("json"):
        Path(path).write_text(json.dumps(as_json(judged), indent=2) + "\n", encoding="utf-8")
        print(f"figures written to {path}", flush=True)


def _about(judged: Judgement) -> str:
    plan, began = judged.plan, datetime.fromtimestamp(judged.began, UTC)
    kinds = ", ".join(f"{count:,} {_KINDS[kind]}" for kind, count in judged.by_kind.items())
    return (
        f"{judged.people:,} visitors ({kinds or 'nobody'}) of {plan.people:,} came within"
        f" {plan.within:,.0f} s. The test began at {began:%Y-%m-%d %H:%M:%S} UTC and lasted"
        f" {judged.lasted:,.0f} s."
    )


def _verdict(judged: Judgement) -> str:
    return "It went well." if judged.is_well else "It did not go well."


def _in_text(judged: Judgement) -> Iterator[str]:
    yield f"{judged.plan.origin}{judged.plan.path}"
    yield _about(judged)
    for kind, found in judged.waits.items():
        if found:
            told = ", ".join(f"{_part(part)} {value:,.1f} s" for part, value in found.items())
            yield f"  wait, {_KINDS[kind]}: {told}"
    for outcome, count in judged.outcomes.items():
        yield f"  {outcome}: {count:,}"
    for what, count in judged.errors[:10]:
        yield f"  error, {count:,} times: {what}"
    for line in judged.lines:
        yield f"{WORDS[line.is_well]:>6}  {line.what}: {line.told}"
        if line.is_well is False:
            yield f"        {line.fix}"
    yield _verdict(judged)


def _part(part: int) -> str:
    return "longest" if part == 100 else f"p{part}"


def as_html(judged: Judgement) -> str:
    """The report as a page of its own."""
    parts = [_part(part) for part in PERCENTILES]
    waits = [
        [_KINDS[kind], *(f"{value:,.1f}" for value in found.values())]
        for kind, found in judged.waits.items()
        if found
    ]
    asked = [
        [
            each.name,
            f"{each.count:,}",
            f"{each.failures:,}",
            f"{each.per_second:,.1f}",
            *(f"{value:,.0f}" for value in each.times.values()),
        ]
        for each in judged.asked
    ]
    outcomes = [[outcome, f"{count:,}"] for outcome, count in judged.outcomes.items()]
    tables = [
        Table("Waits of those who came in, in seconds", ["who", *parts], waits),
        Table("How the visits went", ["outcome", "visitors"], outcomes),
        Table(
            "Requests, with the time of their answers in milliseconds",
            ["what was asked", "asked", "errors", "per second", *parts],
            asked,
        ),
    ]
    if judged.errors:
        rows = [[what, f"{count:,}"] for what, count in judged.errors]
        tables.append(Table("Errors", ["what", "times"], rows))
    return result_page(
        f"Load test of {judged.plan.origin}{judged.plan.path}",
        _about(judged),
        _verdict(judged),
        is_well=judged.is_well,
        words=WORDS,
        groups=[("What was looked at", judged.lines)],
        charts=charts(judged.timeline, judged.lasted),
        tables=tables,
    )
