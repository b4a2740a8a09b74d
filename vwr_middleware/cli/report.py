"""`vwr report`: what a sale was like."""

import json
from collections.abc import Mapping
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

import click

from vwr_middleware.cli.base import vwr
from vwr_middleware.cli.reach import Reach
from vwr_middleware.errors import Refused
from vwr_middleware.pages.languages import Language, Languages
from vwr_middleware.pages.operator_language import DOMAIN, speaking
from vwr_middleware.report.lanes import in_words
from vwr_middleware.report.moments import read_moment, told, zone_of
from vwr_middleware.report.page import headline, length, page
from vwr_middleware.report.tables import table

_FORMS = (".html", ".json", ".csv")


@vwr.command()
@click.argument("room_name", metavar="[ROOM]", default="main")
@click.option(
    "--since",
    default="24h",
    show_default=True,
    help="When it begins: 2026-12-01T18:00, or 24h ago.",
)
@click.option("--until", default="", help="When it ends; now, if it is not said.")
@click.option(
    "--zone", default="", help="The time zone, like Europe/Berlin (default: this machine's)."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file to write: .html for people, .json or .csv for programs.",
)
@click.option("--lang", default="en", show_default=True, help="The language of the page, like de.")
@click.option("--no-names", is_flag=True, help="Leave out which operator made each change.")
@click.pass_obj
def report(
    reach: Reach,
    room_name: str,
    since: str,
    until: str,
    zone: str,
    out: Path | None,
    lang: str,
    no_names: bool,
) -> None:
    """Tell what a sale was like: who came, how long people waited, what was changed.

    Of the last 30 days. Without --out it prints the few numbers that matter most.
    """
    if out is not None and out.suffix not in _FORMS:
        raise click.UsageError(f"--out must end with one of {', '.join(_FORMS)}")
    language = language_of(lang)
    here = zone_of(zone) if zone else datetime.now().astimezone().tzinfo
    assert here is not None
    asked = {"since": seconds_of("since", since, here)}
    if until:
        asked["until"] = seconds_of("until", until, here)
    facts = reach.client().ask("report", room_name, **asked)
    if no_names:
        for change in facts["changes"]:
            change["who"] = ""
    if out is None:
        click.echo(_in_short(facts, here))
        return
    with speaking(language):
        write(out, _written(facts, here, out.suffix))
    click.echo(f"{' '.join(headline(facts))}\nWritten to {out}.")


def language_of(code: str) -> Language:
    """One of the languages of the panel. Raises Refused if there is none."""
    known = {language.code: language for language in Languages(domain=DOMAIN)}
    if code not in known:
        raise Refused(f"--lang: {code[:20]!r} is no language here: {', '.join(sorted(known))}")
    return known[code]


def seconds_of(name: str, text: str, zone: tzinfo) -> str:
    """A time as the room's side understands it: how long ago, or seconds since 1970."""
    now = datetime.now().timestamp()
    found = read_moment(name, text, now, zone)
    return text if text[-1:] in "mhd" else repr(found)


def _written(facts: Mapping[str, Any], zone: tzinfo, suffix: str) -> str:
    if suffix == ".json":
        return json.dumps(facts, indent=2) + "\n"
    return table(facts, zone) if suffix == ".csv" else page(facts, zone)


def _in_short(facts: Mapping[str, Any], zone: tzinfo) -> str:
    people, waits = facts["people"], facts["waits"]
    begin, end = (told(facts[name], zone) for name in ("from", "until"))
    lines = [f"{facts['room']}, {begin} to {end} ({told(facts['from'], zone, '%Z')})"]
    lines += headline(facts)
    if waits["people"]:
        parts = (("half", "median"), ("3 in 4", "p75"), ("9 in 10", "p90"), ("99 in 100", "p99"))
        told_waits = (f"{words} {length(waits[name])}" for words, name in parts)
        lines.append(f"Waited at most: {', '.join(told_waits)}.")
    lines += in_words(facts, length)
    lines.append(
        f"Gave up their place: {people['left']:,}. Called and did not come:"
        f" {people['no_shows']:,}. Closed the page: {people['closed_the_page']:,}. Turned away:"
        f" {people['turned_away']:,}. Passed without the line: {people['bypassed']:,}."
    )
    lines += [_draw_in_short(draw) for draw in facts.get("draws", [])]
    lines.append(
        f"Changes by operators: {len(facts['changes'])}. Outages of the store:"
        f" {len(facts['outages'])}. Corrections of its clock: {len(facts['clock_corrections'])}."
    )
    return "\n".join(lines)


def _draw_in_short(draw: Mapping[str, Any]) -> str:
    told_of = f"A draw of {draw['count']:,}"
    if draw["verifies"]:
        return f"{told_of}: its seed fits the fingerprint that was shown before."
    fits = "does not fit" if draw["verifies"] is False else "whether it fits is not known here"
    return f"{told_of} {fits}: {draw['why']}."


def write(path: Path, text: str) -> None:
    """Write a file. Raises Refused if it cannot be written."""
    try:
        path.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise Refused(f"{path} cannot be written: {error.strerror or error}") from error
