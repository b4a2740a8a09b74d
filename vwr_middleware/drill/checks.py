"""All checks of a drill, in their order."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from vwr_middleware.drill import caches, line, operators, reaching
from vwr_middleware.drill.drilled_site import DrilledSite
from vwr_middleware.drill.finding import Finding, no_go
from vwr_middleware.drill.line import Crowd
from vwr_middleware.errors import WaitingRoomError

Check = Callable[[], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class DrillPlan:
    """What else the operator has said."""

    people: int = 0
    password: str = ""
    restart: str = ""


def checks(site: DrilledSite, wanted: DrillPlan) -> Iterator[tuple[str, list[Check]]]:
    """The parts of the sheet, with their checks."""
    crowd = Crowd()
    first = (
        *(reaching.workers_answer, reaching.prefix_is_routed, reaching.redirects_stay),
        *(reaching.https_is_seen, reaching.proxies_are_counted, reaching.clocks_agree),
        operators.store_is_near,
    )
    lines = (
        *(line.line_is_one, caches.private_answers_are_not_cached, caches.status_is_cached),
        *(caches.cookies_survive, line.turns_come_in_order),
    )
    yield "The way to the room", [partial(check, site) for check in first]
    yield (
        "The line",
        [
            *(partial(check, site, crowd) for check in lines),
            partial(operators.app_answers, site, crowd),
            partial(operators.people_are_borne, site, crowd, wanted.people),
            partial(line.workers_fail_over, site, crowd, wanted.restart),
        ],
    )
    yield (
        "On the day",
        [
            partial(operators.room_is_ready, site),
            partial(operators.panel_is_there, site, wanted.password),
            partial(operators.alarms_are_heard, site),
        ],
    )


def findings_of(check: Check) -> Iterator[Finding]:
    """What a check finds. Where the site gives no answer, that is what it finds."""
    try:
        yield from check()
    except WaitingRoomError as error:
        yield no_go("no answer", error.told, "see the server's log of this moment")
