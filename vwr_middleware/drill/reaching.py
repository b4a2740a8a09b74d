"""Checks: is the room reached where it should be, by whom, over https, and at what time."""

import statistics
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from vwr_middleware.drill.drilled_site import Answer, DrilledSite
from vwr_middleware.drill.finding import Finding, go, no_go, open_
from vwr_middleware.errors import WaitingRoomError
from vwr_middleware.loadtest.browser import NAVIGATION, SCRIPT

#: Probes by connections of their own: enough to meet each of some workers.
PROBES = 16
#: Seconds: clocks that are further apart are looked at, or mended.
APART, FAR_APART = 2.0, 5.0
#: An address that nobody has (RFC 5737).
MADE_UP = "203.0.113.77"

_ROUTE = (
    "route {prefix}/ as a whole to the app (or to vwr serve), before any other rule: see proxies.md"
)


def prefix_is_routed(site: DrilledSite) -> Iterator[Finding]:
    """Whether our own addresses come to the room, and the protected page too."""
    what, fix = "prefix routing", _ROUTE.format(prefix=site.prefix)
    health = site.ask("GET", f"{site.prefix}/healthz", SCRIPT, shows=False)
    if health.told.get("status") != "ok":
        yield no_go(what, f"{site.prefix}/healthz answers {health.status}, not the room's", fix)
    elif health.told.get("store") != "ok":
        yield no_go("store", "the room says that its store is down", "start the store: vwr check")
    else:
        yield go(what, f"{site.prefix}/healthz is the room's")
    yield from _static_is_routed(site, fix)
    yield from _page_is_protected(site)


def _static_is_routed(site: DrilledSite, fix: str) -> Iterator[Finding]:
    path = f"{site.prefix}/static/vwr.js"
    answer = site.ask("GET", path, {"Accept": "*/*"}, shows=False)
    kind = answer.header("content-type")
    if answer.status == 200 and "javascript" in kind:
        yield go("static files", f"{path} comes as it is")
    else:
        yield no_go("static files", f"{path} answers {answer.status} ({kind or 'no type'})", fix)


def _page_is_protected(site: DrilledSite) -> Iterator[Finding]:
    """Asked in advance, as browsers do: even a real room gives no number then."""
    path = site.target.path
    answer = site.ask("GET", path, {**NAVIGATION, "Sec-Purpose": "prefetch"})
    if answer.mark:
        site.is_page_ours = len(site.probes) == PROBES  # at each worker
        yield go("protected page", f"{path} is the room's")
        return
    room = site.seen().get("room", {})
    paths = ", ".join(room.get("paths", ())) or "none"
    yield no_go(
        "protected page",
        f"{path} answers {answer.status}, and not by the room's copy",
        f"the room {site.room_name!r} protects {paths}: test one of its pages, or see that no proxy"
        " or cache answers in its place, or takes the header VWR-Drill away",
    )


def workers_answer(site: DrilledSite) -> Iterator[Finding]:
    """How many workers answer, and whether all know the room's copy."""
    with ThreadPoolExecutor(PROBES) as pool:  # at once, or a proxy's connection would serve all
        site.probes.extend(pool.map(lambda _: site.probe(), range(PROBES)))
    strangers = [answer for answer in site.probes if not answer.told.get("worker")]
    site.probes = [answer for answer in site.probes if answer.told.get("worker")]
    if strangers:
        told = strangers[0].told.get("error", f"status {strangers[0].status}")
        if strangers[0].status == 503:
            yield no_go("store", told, "see vwr check, and the log of the store")
            return
        yield no_go(
            "workers",
            f"{len(strangers)} of {PROBES} questions came to one that knows no drill: {told}",
            "give all workers the same settings: loadtest_token, rooms and prefix",
        )
    marks = {answer.mark for answer in site.probes}
    if len(marks) == 1:
        fix = "serve with two workers or more, on two machines if you can: see servers.md"
        yield open_("workers", "one worker: when it falls, nobody is answered", fix)
    elif marks:
        yield go("workers", f"{len(marks)} answer")


def clocks_agree(site: DrilledSite) -> Iterator[Finding]:
    """This machine, the site's Date, its workers and its store."""
    fix = "let all machines follow the time by NTP (chrony, systemd-timesyncd)"
    dates = [ahead for answer in site.probes if (ahead := answer.ahead()) is not None]
    if dates:
        yield _clock("clock of the site", "this machine's", statistics.median(dates), fix)
    workers = _by_worker(site.probes)
    if len(workers) > 1:
        apart = max(workers.values()) - min(workers.values())
        yield _clock("clocks of the workers", "each other's", apart, fix)
    stores = [answer.told["wall"] - answer.told["store_time"] for answer in site.probes]
    if stores:
        apart = max(stores, key=abs)
        yield _clock("clock of the store", "the workers'", apart, fix)


def _by_worker(probes: list[Answer]) -> dict[str, float]:
    """How far each worker's clock is ahead of ours, as far as can be seen from here."""
    found: dict[str, list[float]] = {}
    for answer in probes:
        middle = (answer.asked + answer.answered) / 2
        found.setdefault(answer.mark, []).append(answer.told["wall"] - middle)
    return {mark: statistics.median(each) for mark, each in found.items()}


def _clock(what: str, other: str, apart: float, fix: str) -> Finding:
    told = f"{abs(apart):.1f} s from {other}"
    if abs(apart) > FAR_APART:
        return no_go(what, told, fix)
    return open_(what, told, fix) if abs(apart) > APART else go(what, told)


def proxies_are_counted(site: DrilledSite) -> Iterator[Finding]:
    """Whether the room sees the visitor's address, and no other that the visitor makes up."""
    plain, spoofed = site.probe().told, site.probe({"X-Forwarded-For": MADE_UP}).told
    if "worker" not in plain or "worker" not in spoofed:
        return
    what, trusted = "proxies", plain["trusted_proxies"]
    chain = [each.strip() for each in plain["forwarded_for"].split(",") if each.strip()]
    address = plain["address"] or "none"
    if MADE_UP in spoofed["address"]:
        yield no_go(
            what,
            f"trusted_proxies is {trusted}, and a visitor can make an address up",
            f"set trusted_proxies to {len(chain)}, as many as add to X-Forwarded-For"
            if trusted
            else "let the server itself believe no X-Forwarded-For (uvicorn: --no-proxy-headers,"
            " gunicorn: --forwarded-allow-ips), and set trusted_proxies instead",
        )
    elif not trusted and chain:
        fix = f"set trusted_proxies to {len(chain)}"
        told = f"trusted_proxies is 0, so all visitors come from the proxy at {address}"
        needed = plain["needs_addresses"] or site.is_https
        yield no_go(what, told, fix) if needed else open_(what, told, fix)
    elif len(chain) > trusted:
        yield open_(
            what,
            f"{len(chain)} proxies add to X-Forwarded-For, trusted_proxies is {trusted}, and you"
            f" seem to come from {address}",
            f"if that is not your own address, set trusted_proxies to {len(chain)}",
        )
    else:
        yield go(what, f"you come from {address}, and cannot make another address up")


def https_is_seen(site: DrilledSite) -> Iterator[Finding]:
    """Whether the room knows that visitors come by https."""
    seen = site.seen()
    if not site.is_https:
        fix = "serve https, and drill with the https URL"
        yield open_("https", "this drill went by http", fix)
    elif seen.get("scheme") == "https" or seen.get("cookie_secure") == "always":
        yield go("https", "the room knows that visitors come by https")
    elif seen:
        yield no_go(
            "https",
            "visitors come by https, and the room sees http: its cookies are not Secure",
            "let the proxy that ends TLS send X-Forwarded-Proto, and count it in trusted_proxies",
        )


def redirects_stay(site: DrilledSite) -> Iterator[Finding]:
    """Whether the page's address is the one where visitors end up."""
    try:
        answer = site.ask("GET", site.target.path, {**NAVIGATION, "Sec-Purpose": "prefetch"})
    except WaitingRoomError:
        return
    if 300 <= answer.status < 400:
        where = answer.header("location")
        yield no_go(
            "redirects",
            f"{site.target.path} leads to {where}",
            "drill with the address where visitors end up; nothing was sent there",
        )
