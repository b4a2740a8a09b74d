"""Commands for what happens in a room at a time: its openings, and planned changes of settings."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import click

from vwr_middleware.cli.asking import YES, be_sure, is_person
from vwr_middleware.cli.base import ROOM, harmless, vwr
from vwr_middleware.cli.reach import Client, Reach
from vwr_middleware.panel.changes import NAMES, parsed
from vwr_middleware.panel.words import in_words
from vwr_middleware.settings.kinds import parse_number

_OF_DAY = re.compile(r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?")
_FROM_NOW = re.compile(r"\+(\d{1,6})([smh])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours"}
TIME = "10:30 (the next one by this machine's clock), +15m, or a date like 2030-05-01T10:30"


def time_in(text: str, now: datetime) -> float:
    """The time that somebody has typed; `now` has a time zone, which times without one are of.

    Raises click.BadParameter.
    """
    text = text.strip()
    if found := _FROM_NOW.fullmatch(text):
        return (now + timedelta(**{_UNITS[found[2]]: int(found[1])})).timestamp()
    if _OF_DAY.fullmatch(text):
        return _next(text, now)
    seconds = parse_number(text)
    if isinstance(seconds, int | float) and seconds >= 1e9:
        return float(seconds)
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is no time: write {TIME}") from error
    return (at if at.tzinfo else _here(at, now)).timestamp()


def _here(at: datetime, now: datetime) -> datetime:
    """A time without a zone, in this machine's, or in another one that `now` is of."""
    here = at.astimezone()
    is_other = now.utcoffset() != now.astimezone().utcoffset()
    return at.replace(tzinfo=now.tzinfo) if is_other else here


def _next(text: str, now: datetime) -> float:
    """The next time of day that is so."""
    hours, minutes, seconds = (*map(int, text.split(":")), 0)[:3]
    # By dates and not by adding a day: a day in which clocks change is longer or shorter.
    for days in (0, 1):
        date = now.date() + timedelta(days=days)
        at = _here(datetime(date.year, date.month, date.day, hours, minutes, seconds), now)
        if at > now:
            return at.timestamp()
    raise click.BadParameter(f"{text!r} is no time: write {TIME}")


def _typed(text: str) -> float:
    return time_in(text, datetime.now().astimezone())


def told(at: float) -> str:
    """A time with its date and zone, so that nobody plans for another day by mistake."""
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")


@vwr.command()
@ROOM
@click.pass_obj
def schedule(reach: Reach, room_name: str) -> None:
    """List the openings of a room, and the changes that are planned."""
    client = reach.client()
    openings = client.ask("openings", room_name)["openings"]
    for row in openings:
        click.echo(harmless(_opening(row)))
    rows = client.ask("planned", room_name)["planned"]
    for row in rows:
        click.echo(harmless(_planned(row)))
    if not rows and not openings:
        click.echo("nothing is planned, and the room has no opening times")


def _opening(row: Mapping[str, Any]) -> str:
    begins = told(row["opens_at"]) if row["opens_at"] else "the beginning"
    times = f"{begins} to {told(row['closes_at'])}" if row["closes_at"] else f"from {begins} on"
    more = [f"joining from {told(row['joins_from'])}"] if row["joins_from"] else []
    if row.get("draws"):
        more.append("places by lot")
    elif row["number"] > 1 and not row["keeps_line"]:
        more.append("with a line of its own")
    more += [f"{name} {in_words(value, name)}" for name, value in row["settings"].items()]
    return f"opening {row['number']}, {row['is']}: {', '.join([times, *more])}"


def _planned(row: Mapping[str, Any]) -> str:
    from vwr_middleware.cli.show import planned_in_words

    return f"{row['id']}: {planned_in_words(row)}"


@vwr.command()
@ROOM
@click.argument("when", metavar="TIME")
@click.argument("assignments", nargs=-1, metavar="[NAME=VALUE...]")
@click.option(
    "--unset",
    multiple=True,
    type=click.Choice(NAMES),
    metavar="NAME",
    help="A setting that returns to the configured value then (repeatable).",
)
@YES
@click.pass_obj
def plan(
    reach: Reach,
    room_name: str,
    when: str,
    assignments: tuple[str, ...],
    unset: tuple[str, ...],
    yes: bool,
) -> None:
    """Plan a change of settings, like `10:30 max_active=600`.

    TIME is 10:30 (the next one by this machine's clock), +15m, or a date like 2030-05-01T10:30.
    """
    at, given = _typed(when), dict[str, Any]()
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals:
            raise click.UsageError(f"write NAME=VALUE, not {assignment!r}")
        given[name] = parsed(name, text)
    if not given and not unset:
        raise click.UsageError("say what changes then: NAME=VALUE, or --unset NAME")
    client = reach.client()
    if given:
        be_sure(client, room_name, yes, **given)
    rows = client.ask("plan", room_name, at=at, settings=given, unset=list(unset))["planned"]
    _list_planned(rows)


@vwr.command()
@ROOM
@click.argument("change", metavar="ID")
@click.pass_obj
def withdraw(reach: Reach, room_name: str, change: str) -> None:
    """Withdraw a planned change. ID is what `vwr schedule` lists it by."""
    rows = reach.client().ask("withdraw", room_name, change)["planned"]
    click.echo("withdrawn")
    _list_planned(rows)


def _list_planned(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        click.echo(harmless(_planned(row)))
    if not rows:
        click.echo("nothing is planned")


@vwr.command()
@ROOM
@click.argument("begins", metavar="BEGINS")
@click.argument("ends", required=False, metavar="[ENDS]")
@click.option("--joins-from", metavar="TIME", help="From when on people may join for it.")
@click.option("--title", help="What people wait for.")
@click.option("--message", help="What people read.")
@click.option("--max-active", type=click.IntRange(min=1), help="The limit while it goes on.")
@click.option("--per-minute", type=float, help="New admissions per minute while it goes on.")
@click.option("--draw", is_flag=True, help="Places by lot for all who come before it.")
@click.option("--fresh", is_flag=True, help="Nobody keeps a place from the opening before.")
@click.option("--remove", is_flag=True, help="Take out the opening that begins then.")
@YES
@click.pass_obj
def opening(
    reach: Reach, /, room_name: str, begins: str, ends: str | None, remove: bool, **given: Any
) -> None:
    """Add an opening from BEGINS to ENDS, or take one out.

    Times are 10:30 (the next one by this machine's clock), +15m, or dates like 2030-05-01T10:30.
    """
    yes, client, opens = given.pop("yes"), reach.client(), _typed(begins)
    if remove:
        if not yes and is_person():
            click.confirm(f"The opening at {told(opens)} is taken out. Go on?", abort=True)
        rows = client.ask("remove_opening", room_name, repr(opens))["openings"]
    else:
        parts = {name: value for name, value in given.items() if value}
        if ends:
            parts["closes_at"] = _typed(ends)
        if "joins_from" in parts:
            parts["joins_from"] = _typed(parts["joins_from"])
        if parts.keys() & {"fresh", "draw"} and not yes and is_person():
            _ask_about_line(client, room_name, opens)
        rows = client.ask("add_opening", room_name, opens_at=opens, **parts)["openings"]
    for row in rows:
        click.echo(harmless(_opening(row)))
    if not rows:
        click.echo("the room has no opening times")


def _ask_about_line(client: Client, room_name: str, opens: float) -> None:
    """Before an opening that has a line of its own: say when the one before ends. Raises Abort."""
    rows = client.ask("openings", room_name)["openings"]
    before = [row["closes_at"] for row in rows if (row["opens_at"] or 0) < opens]
    if before and before[-1]:
        told_at = told(before[-1])
        click.echo(f"At {told_at} everybody in line loses the place, as by a reset.")
        click.confirm("Go on?", abort=True)
