"""What a time was like in each lane: who joined and went in, and how long these had waited."""

from collections.abc import Mapping, Sequence
from typing import Any

from vwr_middleware.line.lane_minutes import LaneCounts, LanePast
from vwr_middleware.line.minutes import percentile
from vwr_middleware.pages.operator_language import _

#: The parts of those who waited whose wait is told, as in facts.py.
PERCENTILES = (("median", 0.5), ("p75", 0.75), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99))
#: What the main line is called where lanes are told apart.
EVERYBODY_ELSE = "everybody else"
#: What a step says of a lane.
STEP_FIELDS = ("joined", "entered", "wait_median", "wait_p90")


def lane_facts(
    now: Sequence[Mapping[str, Any]], past: LanePast, step: float
) -> list[dict[str, Any]]:
    """The lanes, the main line first. `now` has those of today: share, and counts of all time. A
    lane that there is no more has a share of 0."""
    steps, known = past.steps(step), {lane["lane"]: lane for lane in now}
    return [
        {
            "lane": lane,
            **{"share": 0.0, "waiting": 0, "joined": 0, "entered": 0},
            **known.get(lane, {}),
            "in_time": _together([*steps.get(lane, {}).values()]),
            "steps": [{"at": at, **_step(counts)} for at, counts in steps.get(lane, {}).items()],
        }
        for lane in sorted(known.keys() | steps.keys())
    ]


def _together(minutes: Sequence[LaneCounts]) -> dict[str, Any]:
    """All of a time."""
    classes = [sum(counts) for counts in zip(*(each.waits for each in minutes), strict=True)]
    return {
        "joined": sum(each.joined for each in minutes),
        "entered": sum(each.entered for each in minutes),
        "waits": {
            "people": sum(classes),
            **{name: _rounded(classes, part) for name, part in PERCENTILES},
        },
    }


def _step(counts: LaneCounts) -> dict[str, Any]:
    waits = (_rounded(counts.waits, part) for part in (0.5, 0.9))
    return dict(zip(STEP_FIELDS, (counts.joined, counts.entered, *waits), strict=True))


def _rounded(classes: Sequence[int], part: float) -> int | None:
    found = percentile(classes, part)
    return None if found is None else round(found)


def name_of(lane: Mapping[str, Any]) -> str:
    """A lane as people are told of it."""
    return lane["lane"] or EVERYBODY_ELSE


# In the table, the charts and the shell.


def columns(facts: Mapping[str, Any]) -> dict[str, dict[float, Any]]:
    """A table's further columns: of each lane what STEP_FIELDS name, by the steps' beginnings."""
    return {
        f"{field} ({name_of(lane)})": {step["at"]: step[field] for step in lane["steps"]}
        for lane in facts.get("lanes") or ()
        for field in STEP_FIELDS
        if "steps" in lane
    }


def per_minute(facts: Mapping[str, Any]) -> dict[str, list[tuple[float, float]]]:
    """How many went in per minute, by lane: a point for each of the report's steps."""
    found = {}
    for lane in facts.get("lanes") or ():
        entered = {step["at"]: step["entered"] for step in lane.get("steps", ())}
        if any(entered.values()):
            found[lane["lane"] or _("everybody else")] = [
                (step["at"] + step["seconds"] / 2, 60 * count / step["seconds"])
                for step in facts["steps"]
                for count in [entered.get(step["at"], 0)]
            ]
    return found


def in_words(facts: Mapping[str, Any], length: Any) -> list[str]:
    """A line for each lane; `length` says seconds in words."""
    return [
        f"Lane {name_of(lane)} ({lane['share']:.0%} of the places): {lane['in_time']['joined']:,}"
        f" joined, {lane['in_time']['entered']:,} went in."
        + (
            f" Half of them waited at most {length(lane['in_time']['waits']['median'])}, 9 in 10"
            f" {length(lane['in_time']['waits']['p90'])}."
            if lane["in_time"]["waits"]["people"]
            else ""
        )
        for lane in facts.get("lanes") or ()
        if "in_time" in lane
    ]
