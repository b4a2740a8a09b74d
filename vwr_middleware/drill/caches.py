"""Checks: are answers and cookies what they were when they left the room."""

from collections.abc import Iterator

from vwr_middleware.drill.drilled_site import Answer, DrilledSite, DrillVisitor
from vwr_middleware.drill.finding import Finding, go, no_go, open_
from vwr_middleware.drill.line import Crowd
from vwr_middleware.loadtest.browser import SCRIPT

_PASS_ON = (
    "let the CDN and each cache obey Cache-Control (no-store, private), or cache nothing at all but"
    " /status and /static: see proxies.md"
)


def private_answers_are_not_cached(site: DrilledSite, crowd: Crowd) -> Iterator[Finding]:
    """Two visitors at one address, one after the other: each gets an answer of their own."""
    if len(crowd.waiting) < 2:
        return
    one, two = crowd.waiting[:2]
    pairs = {
        "the own position": (one.position(), two.position()),
        "the waiting page": (one.open(), two.open()),
    }
    cached = [what for what, (first, second) in pairs.items() if _is_same(first, second)]
    answers = [answer for pair in pairs.values() for answer in pair]
    loose = [answer for answer in answers if "no-store" not in answer.header("cache-control")]
    if cached:
        told = f"two visitors were given the same answer: {', '.join(cached)}"
        yield no_go("private answers", told, _PASS_ON)
    elif loose:
        sent = loose[0].header("cache-control") or "nothing"
        yield no_go("private answers", f"Cache-Control arrives as {sent!r}", _PASS_ON)
    else:
        yield go("private answers", "each visitor gets an answer of their own, marked no-store")


def _is_same(first: Answer, second: Answer) -> bool:
    return first.number != "" and first.number == second.number


def status_is_cached(site: DrilledSite, crowd: Crowd) -> Iterator[Finding]:
    """Whether the status, which those far back read, comes from a cache."""
    path = f"{site.copy}/status"
    numbers = [site.ask("GET", path, SCRIPT).number for _ in range(6)]
    if len(set(numbers)) < len(numbers):
        yield go("public status", "a cache in front answers for the room")
    else:
        yield open_(
            "public status",
            "each question comes to a worker",
            "for a large crowd let a CDN or nginx keep it for its second: see proxies.md",
        )


def cookies_survive(site: DrilledSite, crowd: Crowd) -> Iterator[Finding]:
    """Whether cookies arrive with their attributes, and come back."""
    visitor = next(iter(crowd.waiting), None)
    if visitor is None:
        return
    sent = visitor.probe().told.get("cookies", {})
    if not visitor.cookies or not sent.get("ticket"):
        lost = "no cookie arrives here" if not visitor.cookies else "it does not come back"
        fix = "let the CDN and each proxy pass Set-Cookie and Cookie on, for all paths"
        yield no_go("cookies", f"the ticket is lost on its way: {lost}", fix)
        return
    yield from _attributes(site, crowd)


def _attributes(site: DrilledSite, crowd: Crowd) -> Iterator[Finding]:
    visitor = DrillVisitor(site)
    found = [text.lower() for text in visitor.open().set_cookies if "max-age=0" not in text.lower()]
    crowd.waiting.append(visitor)
    if not found:
        return
    lacking = [name for name in ("httponly", "samesite=", "path=") if name not in found[0]]
    if site.is_https and "secure" not in found[0]:
        lacking.append("secure")
    if lacking:
        told = f"{', '.join(lacking)} is missing on its way to the browser"
        fix = "see `https` and `proxies` above; let no proxy rewrite cookies (proxy_cookie_flags)"
        yield no_go("cookies", told, fix)
    else:
        yield go("cookies", "they arrive with their attributes, and come back")
