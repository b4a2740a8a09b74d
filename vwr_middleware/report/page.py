"""The report as a page that stands by itself: in the panel, in a file, in a mail, on paper."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import tzinfo
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined

from vwr_middleware.report.chart import Drawing, bars, count
from vwr_middleware.report.moments import told


def page(facts: Mapping[str, Any], zone: tzinfo, links: Mapping[str, str] | None = None) -> str:
    """The whole page. `links`, by what they say, lead from the panel's page to the same report in
    other forms."""

    def at(moment: float) -> str:
        return told(moment, zone)

    def clock(moment: float) -> str:
        is_one_day = told(facts["from"], zone, "%x") == told(facts["until"], zone, "%x")
        pattern = "%H:%M" if is_one_day else "%d %b %H:%M"
        return told(moment, zone, pattern)

    return _environment().from_string(_source("report.html")).render(
        facts=facts,
        style=style(),
        headline=headline(facts),
        charts=Drawing(facts, zone).charts() if facts["anything"] else [],
        troubles=troubles(facts, clock),
        bars=bars(facts["waits"]["classes"], facts["people"]["at_once"]),
        at=at,
        clock=clock,
        zone=told(facts["from"], zone, "%Z"),
        links=links or {},
    )  # fmt: skip


def policy() -> str:
    """The content security policy of the page: its one style, and nothing else."""
    digest = b64encode(sha256(style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'none'"
    )


def style() -> str:
    """The page's style, which stands in it."""
    return _source("report.css")


@cache
def _source(name: str) -> str:
    return (files("vwr_middleware.report") / name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"count": count, "length": length, "percent": percent}
    return environment


def headline(facts: Mapping[str, Any]) -> list[str]:
    """What matters most, in a few plain sentences."""
    people, waits = facts["people"], facts["waits"]
    if not facts["anything"]:
        return ["Nobody came in this time."]
    came = f"{count(people['arrivals'])} {'person' if people['arrivals'] == 1 else 'people'} came"
    found = [f"{came}, and {count(people['went_in'])} went in."]
    if waits["median"] is not None:
        found.append(
            f"Of those who waited, half did so for no longer than {length(waits['median'])},"
            f" and nine in ten for no longer than {length(waits['p90'])}."
        )
    elif people["went_in"]:
        found.append("Nobody had to wait.")
    if shadow := facts["shadow"]:
        found.append(
            f"In shadow mode everybody was let through. {count(shadow['would_wait'])} of"
            f" {count(shadow['came'])} would have had to wait, up to"
            f" {count(shadow['most_in_line'])} at once, the longest for about"
            f" {length(shadow['longest_wait'])}."
        )
    if going := facts["going_on"]:
        found.append(
            f"This is not over: {count(going['waiting'])} are still in line and"
            f" {count(going['inside'])} inside, so these numbers will change."
        )
    return found


def troubles(facts: Mapping[str, Any], clock: Callable[[float], str]) -> list[tuple[float, str]]:
    """What went wrong, with its time, the earliest first."""
    found = [
        (
            outage["from"],
            f"The room's store did not answer for up to {length(outage['seconds'])}. Places were"
            " kept, and nobody new was let in meanwhile, unless it was set otherwise.",
        )
        for outage in facts["outages"]
    ]
    for correction in facts["clock_corrections"]:
        way = "forward" if correction["seconds"] > 0 else "back"
        found.append(
            (
                correction["at"],
                f"The clock of the store was set {way} by {length(abs(correction['seconds']))}. The"
                " room's own time does not leap back with it, so times near this moment may differ"
                " from a clock on the wall.",
            )
        )
    for gap in facts["unknown"]:
        until = clock(gap["until"])
        told = f"Until {until} nothing is known: nobody asked for the room, or the site was down."
        found.append((gap["from"], told))
    return sorted(found)


def length(seconds: float | None) -> str:
    """A length of time as people say it."""
    if seconds is None:
        return "—"
    whole = round(seconds)
    if whole < 100:
        return f"{whole} s"
    minutes = round(whole / 60)
    if minutes < 100:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours >= 48:
        return f"{hours // 24} days"
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def percent(part: float) -> str:
    """A part of a whole."""
    return f"{part * 100:.0f} %"
