"""`vwr report` and `vwr replay`: what a sale was like, and what other settings would have done."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

import click

from vwr_middleware.cli.base import vwr
from vwr_middleware.cli.reach import Reach
from vwr_middleware.errors import Refused
from vwr_middleware.report.moments import read_moment, told, zone_of
from vwr_middleware.report.page import headline, length, page
from vwr_middleware.report.replay import Wished, checked
from vwr_middleware.report.replay import replay as replay_of
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
@click.option("--no-names", is_flag=True, help="Leave out which operator made each change.")
@click.pass_obj
def report(
    reach: Reach,
    room_name: str,
    since: str,
    until: str,
    zone: str,
    out: Path | None,
    no_names: bool,
) -> None:
    """Tell what a sale was like: who came, how long people waited, what was changed.

    Of the last 30 days. Without --out it prints the few numbers that matter most.
    """
    if out is not None and out.suffix not in _FORMS:
        raise click.UsageError(f"--out must end with one of {', '.join(_FORMS)}")
    here = zone_of(zone) if zone else datetime.now().astimezone().tzinfo
    assert here is not None
    asked = {"since": _seconds("since", since, here)}
    if until:
        asked["until"] = _seconds("until", until, here)
    facts = reach.client().ask("report", room_name, **asked)
    if no_names:
        for change in facts["changes"]:
            change["who"] = ""
    if out is None:
        click.echo(_in_short(facts, here))
        return
    _write(out, _written(facts, here, out.suffix))
    click.echo(f"{' '.join(headline(facts))}\nWritten to {out}.")


def _seconds(name: str, text: str, zone: tzinfo) -> str:
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
    lines.append(
        f"Gave up their place: {people['left']:,}. Called and did not come:"
        f" {people['no_shows']:,}. Closed the page: {people['closed_the_page']:,}. Turned away:"
        f" {people['turned_away']:,}. Passed without the line: {people['bypassed']:,}."
    )
    lines.append(
        f"Changes by operators: {len(facts['changes'])}. Outages of the store:"
        f" {len(facts['outages'])}. Corrections of its clock: {len(facts['clock_corrections'])}."
    )
    return "\n".join(lines)


@vwr.command()
@click.argument("room_name", metavar="[ROOM]", default="main")
@click.option("--max-active", type=click.IntRange(min=1), help="Sessions at once.")
@click.option("--per-minute", help='New admissions per minute, or "none": as slots get free.')
@click.option(
    "--since", default="24h", show_default=True, help="When the day begins, as for vwr report."
)
@click.option("--until", default="", help="When it ends; now, if it is not said.")
@click.option("--zone", default="", help="The time zone of these (default: this machine's).")
@click.option(
    "--day", type=click.Path(path_type=Path, dir_okay=False), help="A day that --save has kept."
)
@click.option(
    "--save", type=click.Path(path_type=Path, dir_okay=False), help="Keep the day in this file."
)
@click.pass_obj
def replay(
    reach: Reach,
    room_name: str,
    max_active: int | None,
    per_minute: str | None,
    since: str,
    until: str,
    zone: str,
    day: Path | None,
    save: Path | None,
) -> None:
    """Play a day once more, with other settings: what they would have done.

    By the minutes that the room keeps, of two days at most. Without other settings it is the day.
    """
    wished = _wished(max_active, per_minute)
    here = zone_of(zone) if zone else datetime.now().astimezone().tzinfo
    assert here is not None
    if day is not None:
        rows = _kept_day(day)
    else:
        asked = {"since": _seconds("since", since, here), "step": "60"}
        if until:
            asked["until"] = _seconds("until", until, here)
        rows = reach.client().ask("minutes", room_name, **asked)["minutes"]
    minutes = checked(rows)
    if save is not None:
        _write(save, json.dumps({"minutes": minutes}) + "\n")
    click.echo(_compared(minutes, wished, here))


def _wished(max_active: int | None, per_minute: str | None) -> Wished:
    if per_minute is None:
        return Wished(max_active)
    if per_minute == "none":
        return Wished(max_active, is_unpaced=True)
    try:
        pace = float(per_minute)
    except ValueError:
        pace = 0.0
    if not 0 < pace < 1e9:
        raise click.UsageError('--per-minute must be a number above 0, or "none"')
    return Wished(max_active, pace)


def _kept_day(path: Path) -> list[dict[str, Any]]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))["minutes"]
        assert isinstance(found, list)
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError, AssertionError) as error:
        raise Refused(f"{path} is no day that --save has kept, or is cut off") from error
    return found


def _compared(rows: Sequence[Mapping[str, Any]], wished: Wished, zone: tzinfo) -> str:
    day, new = replay_of(rows), replay_of(rows, wished)
    names = ["the day"] if wished == Wished() else ["the day", "replayed"]
    played = [day, new][: len(names)]
    lines: list[tuple[str, list[str]]] = [
        ("", names),
        ("went in", [f"{sum(one.entries):,.0f}" for one in played]),
        ("most in line", [f"{max(one.line):,.0f}" for one in played]),
        ("most inside", [f"{max(one.inside):,.0f}" for one in played]),
        ("still in line at the end", [f"{one.line[-1]:,.0f}" for one in played]),
    ]
    for words, part in (("half waited at most", 0.5), ("nine in ten", 0.9), ("99 in 100", 0.99)):
        lines.append((words, [_minutes(one.wait(part)) for one in played]))
    head = f"{told(rows[0]['at'], zone)} to {told(rows[-1]['at'] + 60, zone)}, by whole minutes"
    return "\n".join(
        [head, *(f"{words:25}" + "".join(f"{v:>12}" for v in values) for words, values in lines)]
    )


def _minutes(value: int | None) -> str:
    return "—" if value is None else f"{value} min"


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise Refused(f"{path} cannot be written: {error.strerror or error}") from error
