"""Checks: do several workers keep one line, also while one is restarted.

Visitors of the drill fill the copy of the room, wait, are called in turn and come in. Each of
their requests may come to another worker.
"""

import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from vwr_middleware.drill.drilled_site import Answer, DrilledSite, DrillVisitor
from vwr_middleware.drill.finding import Finding, go, no_go, open_
from vwr_middleware.errors import WaitingRoomError
from vwr_middleware.site.drill_rooms import SLOTS

WAITING = 3
#: Seconds in which somebody who is next comes in after a slot is free.
SECONDS_TO_COME_IN = 20.0
_TRIES = 6
#: Seconds for which the site is watched during and after a restart.
RESTART_MOST = 60.0
AFTER_RESTART = 5.0

_ONE_STORE = (
    "give all workers the same store, namespace and secret_key: memory:// is another store in each"
    " process, and a file another one on each machine. vwr check says more"
)


@dataclass(slots=True)
class Crowd:
    """The visitors of a drill, once the copy is full."""

    inside: list[DrillVisitor] = field(default_factory=list)
    waiting: list[DrillVisitor] = field(default_factory=list)


def line_is_one(site: DrilledSite, crowd: Crowd) -> Iterator[Finding]:
    """Whether the workers give one number after the other, and know each other's visitors. If not,
    nobody is left for the other checks: they would tell the same once more."""
    for found in _fill(site, crowd):
        if found.is_well is False:
            crowd.inside.clear()
            crowd.waiting.clear()
        yield found


def _fill(site: DrilledSite, crowd: Crowd) -> Iterator[Finding]:
    if not site.is_page_ours:  # visitors would take places in the real room, or in the app
        told = f"not tried, since {site.target.path} is not the copy's at each worker"
        yield no_go("line", told, "see `protected page` and `workers` above")
        return
    emptied = site.empty()
    if emptied.status != 200:
        yield no_go("line", f"the copy cannot be emptied: status {emptied.status}", _ONE_STORE)
        return
    answers = [_come(site, crowd) for _ in range(SLOTS + WAITING)]
    if found := _not_filled(crowd, answers):
        yield found
        return
    numbers = [visitor.position().told.get("position") for visitor in crowd.waiting]
    if numbers == [*range(SLOTS + 1, SLOTS + WAITING + 1)]:
        yield go("line", f"numbers {numbers[0]} to {numbers[-1]}, each once and in order")
    else:
        yield no_go("line", f"the numbers given were {numbers}", _ONE_STORE)
        return
    yield from _all_know(crowd, numbers[0])


def _come(site: DrilledSite, crowd: Crowd) -> Answer:
    visitor = DrillVisitor(site)
    answer = visitor.open()
    if visitor.is_inside:
        crowd.inside.append(visitor)
    elif answer.header("vwr-state"):
        crowd.waiting.append(visitor)
    return answer


def _not_filled(crowd: Crowd, answers: list[Answer]) -> Finding | None:
    if len(crowd.inside) == SLOTS and len(crowd.waiting) == WAITING:
        return None
    told_in = f"{len(crowd.inside)} of {len(answers)} came in at once, where {SLOTS} have space"
    return no_go("line", told_in, _ONE_STORE)


def _all_know(crowd: Crowd, number: int) -> Iterator[Finding]:
    """Whether each worker knows a ticket, and a token, that another one has given."""
    waiting, inside = crowd.waiting[0], crowd.inside[0]
    with ThreadPoolExecutor(_TRIES) as pool:  # at once, so that they come to several workers
        tickets = [*pool.map(lambda _: waiting.position(), range(_TRIES))]
        pages = [*pool.map(lambda _: inside.open(), range(_TRIES))]
    lost = sum(answer.told.get("position") != number for answer in tickets)
    lost += sum(not inside.is_let_in_by(answer) for answer in pages)
    if lost:
        told = f"{lost} of {2 * _TRIES} times a worker did not know another one's visitor"
        yield no_go("one line at all workers", told, _ONE_STORE)
    else:
        marks = len({answer.mark for answer in (*tickets, *pages)} - {""})
        told = f"ticket and token hold at each of {marks} workers that were met"
        yield go("one line at all workers", told)


def turns_come_in_order(site: DrilledSite, crowd: Crowd) -> Iterator[Finding]:
    """Whether the first in line comes in when somebody leaves, and nobody else."""
    if not crowd.inside or len(crowd.waiting) < 2:
        return
    crowd.inside.pop().leave()
    first, *others = crowd.waiting
    began = time.monotonic()
    while not _comes_in(first):
        if time.monotonic() - began > SECONDS_TO_COME_IN:
            told = f"nobody came in within {SECONDS_TO_COME_IN:.0f} s after a slot was free"
            yield no_go(
                "turns", told, "look at the app's log: its worker tells what the store says"
            )
            return
        time.sleep(0.5)
    crowd.waiting, crowd.inside = others, [*crowd.inside, first]
    if any(visitor.position().told.get("may_enter") for visitor in others):
        yield no_go("turns", "somebody behind was let in too", _ONE_STORE)
    else:
        yield go("turns", f"the first in line came in after {time.monotonic() - began:.1f} s")


def _comes_in(visitor: DrillVisitor) -> bool:
    if not visitor.position(door=True).told.get("may_enter"):
        return False
    if "token" not in visitor.claim().told:
        return False
    visitor.open()
    return visitor.is_inside


def workers_fail_over(site: DrilledSite, crowd: Crowd, command: str) -> Iterator[Finding]:
    """What visitors notice while the site's own command restarts a worker, or all of them."""
    what = "fail-over"
    if not command:
        fix = "give --restart with the command that restarts a worker, like 'systemctl reload shop'"
        yield open_(what, "not tried", fix)
        return
    if not crowd.waiting or not crowd.inside:
        return
    inside, waiting = crowd.inside[0], crowd.waiting[0]
    number = waiting.position().told.get("position")
    running = subprocess.Popen(command, shell=True)
    silent, wrong, until = _watched(running, inside, waiting, number)
    if running.returncode:
        told = f"the command ended with status {running.returncode}"
        yield no_go(what, told, "correct --restart")
    elif wrong:
        told = f"{wrong} times a visitor was not known any more"
        yield no_go(what, told, _ONE_STORE)
    elif until > 1.0:
        told = f"for {until:.1f} s no answer came ({silent} questions), and nobody lost a place"
        yield open_(what, told, "let old workers serve until new ones do (a rolling restart)")
    else:
        yield go(what, f"nobody lost a place or a session; {silent} questions had no answer")


def _watched(
    running: "subprocess.Popen[bytes]", inside: DrillVisitor, waiting: DrillVisitor, number: object
) -> tuple[int, int, float]:
    """Questions without an answer, with a wrong one, and the longest time without any."""
    silent, wrong, longest = 0, 0, 0.0
    heard = began = time.monotonic()
    ended = 0.0
    while True:
        now = time.monotonic()
        if not ended and running.poll() is not None:
            ended = now
        if (ended and now - ended > AFTER_RESTART) or now - began > RESTART_MOST:
            return silent, wrong, longest
        try:
            place, page = waiting.position(), inside.open()
        except WaitingRoomError:
            silent += 1
        else:
            if place.status >= 500 or page.status >= 500:
                silent += 1
            else:
                heard = time.monotonic()
                wrong += place.told.get("position") != number or not inside.is_inside
        longest = max(longest, time.monotonic() - heard)
        time.sleep(0.2)
