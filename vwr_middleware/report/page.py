"""The report as a page that stands by itself: in the panel, in a file, in a mail, on paper. It is
in the language that is spoken."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import tzinfo
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined

from vwr_middleware.pages.operator_language import (
    _,
    bold,
    code,
    isolated,
    marked,
    number,
    percent,
    several,
    spoken,
)
from vwr_middleware.report.chart import Drawing, bars, count
from vwr_middleware.report.marks import change_in_words
from vwr_middleware.report.moments import date_pattern, told


def page(facts: Mapping[str, Any], zone: tzinfo, links: Mapping[str, str] | None = None) -> str:
    """The whole page. `links`, by what they say, lead from the panel's page to the same report in
    other forms."""

    def at(moment: float) -> str:
        return isolated(told(moment, zone, date_pattern("%d %b %Y, %H:%M", "%Y-%m-%d %H:%M")))

    def clock(moment: float) -> str:
        is_one_day = told(facts["from"], zone, "%x") == told(facts["until"], zone, "%x")
        pattern = "%H:%M" if is_one_day else date_pattern("%d %b %H:%M", "%m-%d %H:%M")
        return isolated(told(moment, zone, pattern))

    return _environment().from_string(_source("report.html")).render(
        facts=facts,
        style=style(),
        headline=headline(facts),
        charts=Drawing(facts, zone).charts() if facts["anything"] else [],
        changes=[{**row, "told": change_in_words(row, at)} for row in facts["changes"]],
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
    said = {"_": _, "several": several, "marked": marked, "bold": bold, "code": code}
    environment.globals |= {**said, "number": number, "spoken": spoken}
    return environment


def headline(facts: Mapping[str, Any]) -> list[str]:
    """What matters most, in a few plain sentences."""
    people, waits = facts["people"], facts["waits"]
    if not facts["anything"]:
        return [_("Nobody came in this time.")]
    found = [
        several(
            "{n} person came, and {inside} went in.",
            "{n} people came, and {inside} went in.",
            people["arrivals"],
            inside=number(people["went_in"]),
        )
    ]
    if waits["median"] is not None:
        told_waits = _(
            "Of those who waited, half did so for no longer than {half}, and nine in ten for no"
            " longer than {most}."
        )
        found.append(told_waits.format(half=length(waits["median"]), most=length(waits["p90"])))
    elif people["went_in"]:
        found.append(_("Nobody had to wait."))
    if facts["shadow"]:
        found.append(_shadow(facts["shadow"]))
    if going := facts["going_on"]:
        not_over = _(
            "This is not over: {n} are still in line and {inside} inside, so these numbers will"
            " change."
        )
        waiting, inside = number(going["waiting"]), number(going["inside"])
        found.append(not_over.format(n=waiting, inside=inside))
    return found


def _shadow(shadow: Mapping[str, float]) -> str:
    text = _(
        "In shadow mode everybody was let through. {n} of {all} would have had to wait, up to"
        " {most} at once: for {mean} on the average, and the longest for about {longest}."
    )
    return text.format(
        n=number(shadow["would_wait"]),
        all=number(shadow["came"]),
        most=number(shadow["most_in_line"]),
        mean=length(shadow["mean_wait"]),
        longest=length(max(shadow["longest_wait"], shadow["mean_wait"])),
    )


def troubles(facts: Mapping[str, Any], clock: Callable[[float], str]) -> list[tuple[float, str]]:
    """What went wrong, with its time, the earliest first."""
    away = _(
        "The room's store did not answer for up to {time}. Places were kept, and nobody new was let"
        " in meanwhile, unless it was set otherwise."
    )
    found = [(each["from"], away.format(time=length(each["seconds"]))) for each in facts["outages"]]
    found += [(each["at"], _corrected(each["seconds"])) for each in facts["clock_corrections"]]
    for gap in facts["unknown"]:
        until = clock(gap["until"])
        text = _("Until {time} nothing is known: nobody asked for the room, or the site was down.")
        found.append((gap["from"], text.format(time=until)))
    return sorted(found)


def _corrected(seconds: float) -> str:
    """That the clock was corrected by so many seconds: forward, or back."""
    told_way = (
        _("The clock of the store was set forward by {time}.", time=length(seconds))
        if seconds > 0
        else _("The clock of the store was set back by {time}.", time=length(-seconds))
    )
    near = _(
        "The room's own time does not leap back with it, so times near this moment may differ from"
        " a clock on the wall."
    )
    return f"{told_way} {near}"


def length(seconds: float | None) -> str:
    """A length of time as people say it."""
    if seconds is None:
        return "—"
    whole = round(seconds)
    if whole < 100:
        return _("{n} s", n=whole)
    minutes = round(whole / 60)
    if minutes < 100:
        return _("{n} min", n=minutes)
    hours, minutes = divmod(minutes, 60)
    if hours >= 48:
        return several("{n} day", "{n} days", hours // 24)
    return _("{h} h {n} min", h=hours, n=minutes) if minutes else _("{n} h", n=hours)
