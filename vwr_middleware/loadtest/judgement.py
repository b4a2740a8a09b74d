"""Whether it went well, in figures: waits, order, over-fullness, errors."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from vwr_middleware.loadtest.door import Door
from vwr_middleware.loadtest.journal import DoorAnswer, Journal, Visit, counted
from vwr_middleware.loadtest.plan import Plan

PERCENTILES = (50, 90, 95, 99, 100)
#: Points along the time axis of a chart.
_POINTS = 120

NOBODY_IN = (
    "nobody came in: look at the waits and errors, and whether the room is paused, closed or not"
    " open yet"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked under one name, and how it was answered. Times in milliseconds."""

    name: str
    method: str
    count: int
    failures: int
    times: dict[int, float]  # by percentile
    per_second: float


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the verdict."""

    is_well: bool | None  # None: not judged
    what: str
    told: str
    fix: str = ""


@dataclass(slots=True)
class Judgement:
    """All that the report says."""

    plan: Plan
    began: float
    lasted: float
    people: int  # who came
    outcomes: dict[str, int]
    by_kind: dict[str, int]
    waits: dict[str, dict[int, float]]  # seconds by percentile, by kind of visitor; "all" first
    entered: int
    at_once: int  # had no wait
    most_inside: int
    out_of_order: int
    refused_at_door: int
    displaced: int
    asked: list[Asked]
    errors: list[tuple[str, int]]
    lost_visitors: int
    timeline: dict[str, list[tuple[float, float]]]
    lines: list[Line] = field(default_factory=list)

    @property
    def is_well(self) -> bool:
        return all(line.is_well is not False for line in self.lines)


def percentiles(values: Iterable[float]) -> dict[int, float]:
    """Of so many values, the one below which that part lies; nothing of none."""
    found = sorted(values)
    if not found:
        return {}
    return {part: found[max(0, ceil(len(found) * part / 100) - 1)] for part in PERCENTILES}


def judge(
    plan: Plan,
    journal: Journal,
    asked: Sequence[Asked],
    errors: Sequence[tuple[str, int]],
    began: float,
    ended: float,
    errors_most: float,
) -> Judgement:
    """What the journal of all visitors and Locust's figures say."""
    visits = sorted(journal.visits, key=lambda visit: visit.arrived)
    entered = [visit for visit in visits if visit.entered]
    by_generation = {each.generation for each in journal.door}
    doors = [_door(plan, journal.door, generation) for generation in sorted(by_generation)]
    judged = Judgement(
        plan=plan,
        began=began,
        lasted=max(ended - began, 0.0),
        people=len(visits),
        outcomes=counted(visits),
        by_kind=_by_kind(visits),
        waits=_waits(entered),
        entered=len(entered),
        at_once=sum(not visit.joined for visit in entered),
        most_inside=_most_inside(visits),
        out_of_order=sum(door.out_of_order for door in doors),
        refused_at_door=sum(door.refusals for door in doors),
        displaced=max((door.overtaken for door in doors), default=0),
        asked=list(asked),
        errors=list(errors),
        lost_visitors=max(0, journal.begun - len(visits)),
        timeline=_timeline(visits, began, ended),
    )
    judged.lines = [*_lines(judged, visits, errors_most)]
    return judged


def _by_kind(visits: Sequence[Visit]) -> dict[str, int]:
    kinds = [visit.kind for visit in visits]
    return {kind: kinds.count(kind) for kind in sorted({*kinds})}


def _waits(entered: Sequence[Visit]) -> dict[str, dict[int, float]]:
    """How long those waited who came in, from their first click."""
    kinds = ("all", *sorted({visit.kind for visit in entered}))
    return {
        kind: percentiles(
            visit.entered - visit.arrived for visit in entered if kind in ("all", visit.kind)
        )
        for kind in kinds
    }


def _door(plan: Plan, events: Sequence[DoorAnswer], generation: int) -> Door:
    """The door as the visitors of one generation have seen it."""
    door = Door(plan.max_active or len(events) + 1)
    for each in sorted(events, key=lambda one: one.told):
        if each.generation != generation:
            continue
        if each.waits == float("inf"):
            door.leave_door(each.position)
        elif each.waits < 0:
            door.come_in(each.position, each.told)
        else:
            door.wait_on(each.position, each.asked, each.told, each.waits)
        door.judge(each.told)
    door.judge(float("inf"))
    return door


def _most_inside(visits: Iterable[Visit]) -> int:
    """How many were surely inside at one time. Who left without a word was there until the last
    answer; the session may have gone on."""
    moves = [(visit.entered, 1) for visit in visits if visit.entered]
    moves += [(visit.left, -1) for visit in visits if visit.entered]
    inside = most = 0
    for _, step in sorted(moves):  # at the same moment those who leave are first
        inside += step
        most = max(most, inside)
    return most


def _timeline(
    visits: Sequence[Visit], began: float, ended: float
) -> dict[str, list[tuple[float, float]]]:
    """How many came, waited, were inside, and how long those had waited who came in, by time."""
    waited = [visit for visit in visits if visit.joined]
    steps = {
        "came": [(visit.arrived, 1) for visit in visits],
        "waiting": _spans((visit.joined, visit.entered or visit.gone) for visit in waited),
        "inside": _spans((visit.entered, visit.left) for visit in visits if visit.entered),
        "came in": [(visit.entered, 1) for visit in visits if visit.entered],
    }
    span = max(ended - began, 1.0)
    ticks = [began + span * number / _POINTS for number in range(_POINTS + 1)]
    lines = {name: _sums(sorted(moves), ticks, began) for name, moves in steps.items()}
    lines["wait"] = [
        (visit.entered - began, visit.entered - visit.arrived) for visit in visits if visit.entered
    ]
    return lines


def _spans(spans: Iterable[tuple[float, float]]) -> list[tuple[float, int]]:
    return [move for begin, end in spans for move in ((begin, 1), (end, -1))]


def _sums(
    moves: Sequence[tuple[float, int]], ticks: Sequence[float], began: float
) -> list[tuple[float, float]]:
    found, total, at = [], 0, 0
    for tick in ticks:
        while at < len(moves) and moves[at][0] <= tick:
            total += moves[at][1]
            at += 1
        found.append((round(tick - began, 2), float(total)))
    return found


def _lines(judged: Judgement, visits: Sequence[Visit], errors_most: float) -> Iterable[Line]:
    """What of it is well, and what to do about what is not."""
    requests, failed = (sum(each.count for each in judged.asked), sum(n for _, n in judged.errors))
    share = failed / requests if requests else 0.0
    yield Line(
        share <= errors_most if requests else False,
        "errors",
        f"{failed:,} of {requests:,} requests ({share:.2%})",
        "see the list of errors: what the app or a proxy could not take. Lower max_active if they"
        " come from inside",
    )
    yield Line(
        judged.entered > 0 if judged.people else False,
        "came in",
        f"{judged.entered:,} of {judged.people:,}, {judged.at_once:,} of them without a wait",
        NOBODY_IN,
    )
    yield Line(
        judged.out_of_order == 0,
        "order",
        f"{judged.out_of_order:,} were overtaken at the door, where {judged.refused_at_door:,}"
        " times somebody was told to wait on",
        "compare the clocks of the load generators' machines. If they agree, tell us: nobody who is"
        " at the door is overtaken",
    )
    yield _fullness(judged)
    for outcome, fix in _WRONG.items():
        why = sorted({visit.why for visit in visits if visit.outcome == outcome and visit.why})
        if number := judged.outcomes.get(outcome, 0):
            named = f" ({', '.join(why[:3])})" if why else ""
            yield Line(False, outcome, f"{number:,} visitors{named}", fix)
    if judged.lost_visitors:
        yield Line(
            False,
            "visitors without a report",
            f"{judged.lost_visitors:,}: a load generator was lost with them",
            "look whether its machine had enough memory and processor, and test again",
        )


def _fullness(judged: Judgement) -> Line:
    limit = judged.plan.max_active
    seen = f"at most {judged.most_inside:,} were inside at one time"
    if not limit:
        return Line(None, "fullness", f"{seen}; give --max-active to have it judged")
    return Line(
        judged.most_inside <= limit,
        "fullness",
        f"{seen}, and {limit:,} may be",
        "compare --max-active with the panel. If they agree, tell us",
    )


#: Outcomes that no visitor should meet.
_WRONG = {
    "no answer": "look at the server's log and load of that time",
    "an error page": "open the URL yourself: is it a page of the app, and is the app there?",
    "put out": "their session ended while they were inside: raise session_seconds, or lower --stay",
    "lost the place": "see why: `missed` with late lost, `none` where a cookie does not come back",
    "sent elsewhere": "the page leads to another host, which was not followed: test another page",
    "turned away": "the room was closed or full, or asks for a proof (challenge): see the settings",
}


def as_json(judged: Judgement) -> dict[str, Any]:
    """The report for programs."""
    return {
        "well": judged.is_well,
        "url": judged.plan.origin + judged.plan.path,
        "began": round(judged.began, 3),
        "lasted": round(judged.lasted, 1),
        "people": judged.people,
        "by_kind": judged.by_kind,
        "outcomes": judged.outcomes,
        "entered": judged.entered,
        "entered_at_once": judged.at_once,
        "waits": {
            kind: {f"p{part}": round(value, 2) for part, value in found.items()}
            for kind, found in judged.waits.items()
        },
        "order": {
            "overtaken": judged.out_of_order,
            "told_to_wait_at_the_door": judged.refused_at_door,
            "places_displaced_at_most": judged.displaced,
        },
        "inside_at_once_at_most": judged.most_inside,
        "max_active": judged.plan.max_active or None,
        "requests": [
            {
                "name": each.name,
                "method": each.method,
                "count": each.count,
                "failures": each.failures,
                "per_second": round(each.per_second, 2),
                **{f"p{part}_ms": round(value, 1) for part, value in each.times.items()},
            }
            for each in judged.asked
        ],
        "errors": [{"what": what, "count": count} for what, count in judged.errors],
        "visitors_without_report": judged.lost_visitors,
        "verdict": [
            {"well": line.is_well, "what": line.what, "told": line.told}
            | ({"fix": line.fix} if line.is_well is False else {})
            for line in judged.lines
        ],
    }
