"""What is played: who comes, how many, when, and what they do."""

import json
from dataclasses import asdict, dataclass, replace
from math import log
from random import Random
from typing import Any, Literal

from vwr_middleware.errors import Refused
from vwr_middleware.simulate import arrivals

#: page: a browser; without: one that runs no script; program: an app or script at the JSON API;
#: absent: opens the page, and goes away.
Kind = Literal["page", "without", "program", "absent"]
#: How a visit to the app ends: the visitor is done, says goodbye, or just closes it.
Ending = Literal["completes", "leaves", "silent"]
Arrivals = Literal["burst", "ramp", "log"]

#: The multiples of such a number, without their whole parts, are spread evenly from the first on.
#: One for each question that is decided by them.
_BY_KIND, _BY_PATIENCE, _BY_GOODBYE, _BY_ENDING = 0.6180339887, 2**0.5, 3**0.5, 7**0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One load test. Shares are from 0 to 1, times in seconds."""

    origin: str
    path: str
    prefix: str = "/vwr"
    room_name: str = "main"
    people: int = 100
    seconds: float = 300.0  # after which it ends, wherever everybody is
    arrivals: Arrivals = "burst"
    within: float = 60.0  # in which all have come
    access_log: str = ""
    log_path: str = "/"
    absent: float = 0.2
    without: float = 0.05
    programs: float = 0.1
    gives_up: float = 0.1  # of those who wait
    patience: float = 120.0  # the mean of those who give up
    stay: float = 60.0  # the mean
    pages: int = 3  # that are opened inside, the first one among them
    inside_paths: tuple[str, ...] = ()  # opened after the first; none: that again
    completes: float = 0.7
    leaves: float = 0.15  # the rest is silent
    max_active: int = 0  # as the room has it; 0: not known here

    def as_text(self) -> str:
        """For other processes."""
        return json.dumps(asdict(self))

    @classmethod
    def of_text(cls, text: str) -> "Plan":
        """The plan that another process has written."""
        given: dict[str, Any] = json.loads(text)
        return cls(**{**given, "inside_paths": tuple(given["inside_paths"])})


@dataclass(frozen=True, slots=True)
class Nature:
    """What one visitor is like."""

    kind: Kind
    patience: float  # in line; infinite for those who do not give up
    says_so: bool  # of those who give up: the others close the page
    stay: float
    pages: int
    ending: Ending


def nature(plan: Plan, number: float, dice: Random) -> Nature:
    """What a visitor is like. Numbers that follow each other make a mix like the plan's, however
    few there are."""
    gives_up = _spread(number, _BY_PATIENCE) < plan.gives_up
    return Nature(
        kind=_kind(plan, _spread(number, _BY_KIND)),
        patience=dice.expovariate(1 / plan.patience) if gives_up else float("inf"),
        says_so=_spread(number, _BY_GOODBYE) < 0.5,
        stay=dice.lognormvariate(log(plan.stay) - 0.125, 0.5),
        pages=plan.pages,
        ending=_ending(plan, _spread(number, _BY_ENDING)),
    )


def _spread(number: float, by: float) -> float:
    """A number between 0 and 1 for a visitor."""
    return (number * by) % 1


def _kind(plan: Plan, at: float) -> Kind:
    kinds: tuple[tuple[Kind, float], ...] = (
        ("absent", plan.absent),
        ("without", plan.without),
        ("program", plan.programs),
    )
    for kind, share in kinds:
        if at < share:
            return kind
        at -= share
    return "page"


def _ending(plan: Plan, at: float) -> Ending:
    if at < plan.completes:
        return "completes"
    return "leaves" if at < plan.completes + plan.leaves else "silent"


def check_plan(plan: Plan) -> None:
    """Raise Refused with all that cannot be played."""
    problems = []
    if plan.absent + plan.without + plan.programs > 1:
        problems.append("--absent, --no-script and --programs together are more than everybody")
    if plan.completes + plan.leaves > 1:
        problems.append("--completes and --leaves together are more than everybody")
    if plan.within > plan.seconds and plan.arrivals != "log":
        problems.append("people come for longer than the test lasts: raise --minutes, or --within")
    if not all(path.startswith("/") for path in (plan.prefix, *plan.inside_paths)):
        problems.append("paths begin with a slash: --prefix /vwr, --open /tickets/seats")
    if problems:
        raise Refused(*problems)


def arrival_times(plan: Plan, seed: int = 1) -> list[float]:
    """When everybody comes, in seconds from the start. Raises Refused for a log without anybody."""
    if plan.arrivals == "ramp":
        return arrivals.ramp(plan.people, plan.within, seed)
    if plan.arrivals == "burst":
        return arrivals.burst(plan.people, plan.within, seed)
    with open(plan.access_log, encoding="utf-8", errors="replace") as lines:
        found = arrivals.logged(lines, plan.log_path, seed)
    if not found:
        raise Refused(
            f"nobody comes: no line of {plan.access_log} is a request to {plan.log_path} in the"
            " common or combined format"
        )
    return found


def with_log(plan: Plan, people: int | None, within: float | None) -> tuple[Plan, list[float]]:
    """The plan by its log: as many people as are in it, or so many that come as those did; at their
    times, or the same closer together so that all have come within so many seconds."""
    times = arrival_times(plan)
    if people is not None:
        times = sorted(Random(1).choices(times, k=people))
    last = times[-1] or 1.0
    if within is not None:
        times = [at * within / last for at in times]
    return replace(plan, people=len(times), within=max(times[-1], 1.0)), times
