"""The report as plain numbers: what its page, its tables and its JSON are made of."""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from itertools import groupby
from math import floor
from typing import Any

from vwr_middleware.line.constants import MINUTE, WAIT_CLASSES
from vwr_middleware.line.minutes import HOUR, Minute, added, joined, percentile
from vwr_middleware.report.marks import changes_of, corrections_of, gaps_of, outages_of
from vwr_middleware.report.moments import step_for

#: The parts of those who waited whose wait is told.
PERCENTILES = (("median", 0.5), ("p75", 0.75), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99))
#: What is added up over the whole time.
SUMS = (
    *("arrivals", "entries", "completed", "abandoned", "revoked", "expired", "lapsed"),
    *("left", "no_shows", "bypassed", "turned_away"),
)


def report_of(
    room_name: str,
    minutes: Sequence[Minute],
    audit: Sequence[Mapping[str, Any]],
    asked: tuple[float, float],
    *,
    now: float,
    here: tuple[int, int],
) -> dict[str, Any]:
    """What a time was like. It begins and ends with the first and the last minute of it in which
    anything happened. `here`: how many are in line and inside right now.
    """
    told = _without_silence(minutes)
    begin = told[0].at if told else asked[0]
    end = min(asked[1], told[-1].at + told[-1].seconds) if told else asked[1]
    span = told[0].seconds if told else float(MINUTE)
    step = max(step_for(end - begin), int(span))
    is_going_on = asked[1] >= now - 2 * MINUTE and here != (0, 0)
    # What was set before people came belongs to it too.
    changes = changes_of(audit, asked[0], asked[1])
    return {
        "room": room_name,
        "from": begin,
        "until": end,
        "asked": {"from": asked[0], "until": asked[1]},
        "made_at": now,
        "step": step,
        "anything": bool(told),
        "going_on": {"waiting": here[0], "inside": here[1]} if is_going_on else None,
        "people": _people(told, here[0] if is_going_on else 0),
        "waits": _waits(told),
        "most": {
            "waiting": _most(told, lambda minute: minute.waiting),
            "inside": _most(told, lambda minute: minute.inside),
            "arrivals_per_minute": _most(told, lambda m: round(m.arrivals * 60 / m.seconds)),
            "entries_per_minute": _most(told, lambda m: round(m.entries * 60 / m.seconds)),
        },
        "estimates": _estimates(told),
        "shadow": _shadow(told),
        "slots_in_use": _slots_in_use(told),
        "changes": changes,
        "outages": outages_of(told),
        "clock_corrections": corrections_of(told),
        "unknown": gaps_of(told),
        "steps": [_step(minute) for minute in in_steps(told, step)],
    }


def _without_silence(minutes: Sequence[Minute]) -> list[Minute]:
    busy = [at for at, minute in enumerate(minutes) if _is_busy(minute)]
    return [*minutes[busy[0] : busy[-1] + 1]] if busy else []


def _is_busy(minute: Minute) -> bool:
    return bool(
        minute.arrivals or minute.entries or minute.waiting or minute.inside
        or minute.bypassed or minute.turned_away or minute.away or minute.leapt
    )  # fmt: skip


def in_steps(minutes: Sequence[Minute], step: float) -> list[Minute]:
    """Minutes put together to steps of so many seconds."""
    pieces = groupby(minutes, key=lambda minute: floor(minute.at / step) * step)
    return [joined([*piece], float(at), float(step)) for at, piece in pieces]


def _people(minutes: Sequence[Minute], waiting: int) -> dict[str, int]:
    """What became of those who came.

    Whoever entered and never came again with the access token did not go in: the place was called
    anew. Of those who neither went in nor wait still, some have said that they go, and some were
    called and did not come; of the rest nothing is known but that they are gone.
    """
    sums = {name: sum(getattr(minute, name) for minute in minutes) for name in SUMS}
    went_in = max(0, sums["entries"] - sums["lapsed"])
    gone = max(0, sums["arrivals"] - went_in - waiting)
    left = min(gone, sums["left"])
    no_shows = min(gone - left, sums["no_shows"])
    waited = min(went_in, sum(added(minutes)))
    return {
        **sums,
        "went_in": went_in,
        "at_once": went_in - waited,
        "waited": waited,
        "still_waiting": waiting,
        "did_not_go_in": gone,
        "closed_the_page": gone - left - no_shows,
    }


def _waits(minutes: Sequence[Minute]) -> dict[str, Any]:
    """How long those waited who went in, in seconds: to the class of WAIT_CLASSES."""
    classes = added(minutes)
    found: dict[str, Any] = {name: _rounded(classes, part) for name, part in PERCENTILES}
    beyond = [at for at, count in enumerate(classes) if count]
    longest = None if not beyond else (*WAIT_CLASSES, None)[beyond[-1]]
    bounds = [0, *WAIT_CLASSES]
    return {
        "people": sum(classes),
        **found,
        "longest_at_most": longest,
        "classes": [
            {"from": low, "to": high, "people": count}
            for low, high, count in zip(bounds, [*bounds[1:], None], classes, strict=True)
        ],
    }


def _rounded(classes: Sequence[int], part: float) -> int | None:
    found = percentile(classes, part)
    return None if found is None else round(found)


def _most(minutes: Sequence[Minute], of: Callable[[Minute], int]) -> dict[str, float] | None:
    if not minutes:
        return None
    found = max(minutes, key=of)
    return {"count": of(found), "at": found.at}


def _slots_in_use(minutes: Sequence[Minute]) -> float | None:
    """Of the slots that there were while people waited, the part that was taken."""
    crowded = [
        minute
        for minute in minutes
        if minute.waiting and minute.limit and minute.mode in ("auto", "queue")
    ]
    if not crowded:
        return None
    taken = sum(min(minute.inside, minute.limit) for minute in crowded)
    return round(taken / sum(minute.limit for minute in crowded), 4)


def _estimates(minutes: Sequence[Minute]) -> dict[str, float] | None:
    """How many of the ranges that people were told were right; None: none is on record."""
    told = sum(minute.told for minute in minutes)
    held = sum(minute.held for minute in minutes)
    return {"told": told, "held": held, "part": round(held / told, 4)} if told else None


def _shadow(minutes: Sequence[Minute]) -> dict[str, float] | None:
    """Who would have had to wait while the room was in shadow mode; None: it was not.

    The line would have moved in order. So whoever had come when as many had come as had left the
    line by a minute, left it in that minute.
    """
    rows = [minute for minute in minutes if minute.mode == "shadow"]
    if not rows:
        return None
    came, came_by, longest = 0, list[int](), 0.0
    for minute in rows:
        came += minute.would_wait
        came_by.append(came)
        first = bisect_right(came_by, came - minute.shadow_line)
        if first < len(came_by):
            longest = max(longest, minute.at - rows[first].at)
    waited = sum(minute.shadow_waited for minute in rows)
    return {
        "came": sum(minute.arrivals for minute in rows),
        "would_wait": came,
        "most_in_line": max(minute.shadow_line for minute in rows),
        "mean_wait": round(waited / came, 1) if came else 0.0,
        "longest_wait": longest,
    }


def _step(minute: Minute) -> dict[str, Any]:
    row = asdict(minute)
    row["wait_median"] = _rounded(minute.waits, 0.5)
    row["wait_p90"] = _rounded(minute.waits, 0.9)
    del row["waits"]
    return row


def minute_rows(minutes: Sequence[Minute]) -> list[dict[str, Any]]:
    """Minutes, or longer steps, as the API tells them."""
    return [asdict(minute) for minute in minutes]


def span_seconds(hourly: bool) -> int:
    """The shortest step that can be told."""
    return HOUR if hourly else MINUTE
