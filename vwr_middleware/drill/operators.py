"""Checks: store, panel, the room's own state, capacity, alarms."""

import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

from vwr_middleware.drill.drilled_site import DrilledSite
from vwr_middleware.drill.finding import Finding, go, no_go, open_
from vwr_middleware.drill.line import Crowd
from vwr_middleware.errors import WaitingRoomError
from vwr_middleware.loadtest.browser import NAVIGATION

#: Seconds of a trip to the store: within the first, nobody notices; beyond the second, joins fail.
FAST, SLOW = 0.01, 0.05
#: Seconds between two polls of somebody in line, on average.
MEAN_POLL = 20.0
#: What a drill asks for its estimate: so many at once, for so many seconds.
_AT_ONCE, _SECONDS = 4, 2.0


def store_is_near(site: DrilledSite) -> Iterator[Finding]:
    """How long a trip to the store takes, at each worker."""
    trips = [each for answer in site.probes for each in answer.told["store_seconds"]]
    if not trips:
        return
    kind, several = site.seen()["store"], len({answer.mark for answer in site.probes}) > 1
    if kind == "memory" and several:
        fix = "use sqlite:// on one machine, redis:// or postgresql:// on several"
        yield no_go("store", "memory:// at several workers: each has a line of its own", fix)
        return
    usual, worst = statistics.median(trips), max(trips)
    told = f"{kind}: a trip takes {1000 * usual:.1f} ms, at worst {1000 * worst:.1f} ms"
    fix = "put the store into the same network as the workers, and see that its machine has time"
    if usual > SLOW:
        yield no_go("store", told, fix)
    elif usual > FAST or worst > SLOW:
        yield open_("store", told, fix)
    else:
        yield go("store", told)


def panel_is_there(site: DrilledSite, password: str) -> Iterator[Finding]:
    """Whether somebody can sign in to the panel, by this way."""
    seen, what = site.seen(), "panel"
    if not seen.get("has_panel"):
        fix = "set admin_password or admin_auth (see operators.md), or do without"
        yield open_(what, "there is none: nobody can watch or steer", fix)
        return
    prefix = seen["admin_prefix"]
    page = site.ask("GET", f"{prefix}/sign-in", NAVIGATION, shows=False)
    if page.status not in (200, 303) or page.header("vwr-state"):
        told = f"{prefix}/sign-in answers {page.status} from here"
        yield open_(what, told, "if operators come by this way, see admin_hosts, admin_networks")
        return
    if not password:
        fix = "sign in once by hand, or give the password by VWR_ADMIN_PASSWORD"
        yield open_(what, f"{prefix} is there; nobody signed in", fix)
        return
    yield _sign_in(site, prefix, password)


def _sign_in(site: DrilledSite, prefix: str, password: str) -> Finding:
    if not site.is_https and "//127.0.0.1" not in site.target.origin:
        told = "no password is sent by http"
        return no_go("panel", told, "drill with the https URL")
    headers = {
        **NAVIGATION,
        "Origin": site.target.origin,
        "Content-Type": "application/x-www-form-urlencoded",
    }
    answer = site.post(f"{prefix}/sign-in", headers, f"password={quote(password)}&name=drill")
    cookies = [text.partition(";")[0] for text in answer.set_cookies]
    if answer.status != 303 or not cookies:
        told = f"the sign-in answers {answer.status}"
        return no_go("panel", told, "see whether the password is right, and wait after wrong ones")
    shown = {**NAVIGATION, "Cookie": "; ".join(cookies)}
    inside = site.ask("GET", f"{prefix}/", shown, shows=False)
    if inside.status != 200 or b'name="password"' in inside.body:
        told = f"after the sign-in, {prefix}/ answers {inside.status} and asks again"
        return no_go("panel", told, "let the CDN pass cookies on at the panel's paths, uncached")
    return go("panel", "somebody signed in and saw the rooms")


def app_answers(site: DrilledSite, crowd: Crowd) -> Iterator[Finding]:
    """Whether the app itself answers somebody inside: the only request that comes to it."""
    if not crowd.inside:
        return
    answer = crowd.inside[0].open_app()
    told = f"{site.target.path} answers {answer.status}"
    if answer.mark or answer.header("vwr-state") not in ("", "admitted"):
        yield no_go("app", "somebody inside did not come through to it", "see `line` above")
    elif answer.status >= 400:
        fix = "is it a page of the app, and is the app there? See its log"
        yield no_go("app", told, fix)
    elif answer.status >= 300:
        fix = "if that is a login, all is well; test a page that people see first"
        yield open_("app", f"{told}, and leads to {answer.header('location')}", fix)
    else:
        yield go("app", f"{told}, in {answer.seconds:.1f} s")


def room_is_ready(site: DrilledSite) -> Iterator[Finding]:
    """What the real room would say to visitors now."""
    room = site.seen().get("room") or {}
    if not room.get("state"):
        return
    name, state = room["name"], room["state"]
    if state in ("off", "closed", "paused"):
        fix = f"if it should not be so on the day: vwr mode {name} auto (or resume it)"
        yield open_("room", f"{name} is {state}", fix)
    else:
        yield go("room", f"{name} is {state}, for {room['limit']:,} at one time")


def people_are_borne(site: DrilledSite, crowd: Crowd, people: int) -> Iterator[Finding]:
    """Whether so many could poll, as far as this machine can tell in two seconds."""
    if not people or not crowd.waiting:
        return
    needed, until = people / MEAN_POLL, time.monotonic() + _SECONDS
    visitor = crowd.waiting[0]

    def poll() -> list[float]:
        times = []
        while time.monotonic() < until:
            try:
                times.append(visitor.position().seconds)
            except WaitingRoomError:
                times.append(float("inf"))
        return times

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = [each for one in pool.map(lambda _: poll(), range(_AT_ONCE)) for each in one]
    answered = [each for each in found if each < float("inf")]
    rate = len(answered) / _SECONDS
    told = (
        f"{people:,} people in line make {needed:,.0f} polls a second; from here {rate:,.0f} were"
        f" answered, with a new connection each"
    )
    if len(answered) < len(found):
        fix = "see the server's log: questions of four at once had no answer"
        yield no_go("capacity", told, fix)
    elif rate >= needed:
        yield go("capacity", told)
    else:
        fix = "that may be this machine's limit: run vwr loadtest, and see measured.md and rush.md"
        yield open_("capacity", told, fix)


def alarms_are_heard(site: DrilledSite) -> Iterator[Finding]:
    """The place for a test of alarms: this release sends none by itself."""
    yield open_(
        "alarms",
        "the room sends none by itself",
        "see that your Prometheus reads the metrics and that somebody is woken: operators.md",
    )
