"""Commands that only look."""

import json
import sys
from contextlib import suppress

import click

from vwr_middleware.cli.base import ROOM, vwr
from vwr_middleware.cli.reach import Reach
from vwr_middleware.panel.words import clock, read_place

#: A store is asked for a room by its name, and has no list of them.
_NO_NAMES = (
    "the rooms' names are not known here: set VWR_SECRET_KEY, VWR_PATHS and so on as the app has"
    " them, or name a room: vwr status main"
)

#: More characters than a line of the table of rooms ever has.
_WIDEST = 200


#: For whoever wants to see what changes.
WATCH = click.option(
    "--watch", is_flag=True, help="Keep showing what changes, until Ctrl+C or the key q."
)


def _refuse_both(watch: bool, as_json: bool) -> None:
    if watch and as_json:
        raise click.UsageError("--json cannot be combined with --watch: run it repeatedly instead")


@vwr.command()
@WATCH
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def rooms(reach: Reach, watch: bool, as_json: bool) -> None:
    """List all rooms with a few numbers each."""
    _refuse_both(watch, as_json)
    client = reach.client()
    found = client.rooms()
    if watch and found:
        from vwr_middleware.cli.watch import watch_rooms

        with suppress(KeyboardInterrupt):
            watch_rooms(client.rooms, found)
        return
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    from rich.console import Console

    from vwr_middleware.cli.show import rooms_table

    if found:
        # A room is one line, which is never cut: half a name or number may be another's.
        Console(width=_WIDEST).print(rooms_table(found))
    else:
        Console().print(_NO_NAMES)


@vwr.command()
@click.argument("room_name", metavar="[ROOM]", default="main")
@WATCH
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def status(reach: Reach, room_name: str, watch: bool, as_json: bool) -> None:
    """Show a room's numbers, and the settings that operators changed."""
    _refuse_both(watch, as_json)
    client = reach.client()
    found = client.status(room_name)
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    from rich.console import Console

    from vwr_middleware.cli.show import room_view

    if not watch:
        Console().print(room_view(found))
        return
    from vwr_middleware.cli.watch import watch_room

    with suppress(KeyboardInterrupt):
        watch_room(client, room_name, found)


@vwr.command()
@ROOM
@click.pass_obj
def audit(reach: Reach, room_name: str) -> None:
    """Show the audit log: who changed what, and when."""
    from rich.console import Console

    from vwr_middleware.cli.show import audit_table

    Console().print(audit_table(reach.client().ask("audit", room_name)["audit"]))


@vwr.command()
@ROOM
@click.option("--ended", is_flag=True, help="Those that ended last, and how.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def sessions(reach: Reach, room_name: str, ended: bool, as_json: bool) -> None:
    """List running sessions, or those that ended: a thousand at most."""
    what = "ended" if ended else "sessions"
    rows = reach.client().ask(what, room_name)[what]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    from rich.console import Console

    from vwr_middleware.cli.show import ended_table, sessions_table

    Console().print(ended_table(rows) if ended else sessions_table(rows))


@vwr.command()
@ROOM
@click.argument("visitor")
@click.pass_obj
def explain(reach: Reach, room_name: str, visitor: str) -> None:
    """Explain where a VISITOR stands, and why.

    VISITOR is a queue position, a session like 3-17, or - to read a ticket from standard input.
    """
    position, ticket = read_place(visitor), ""
    if position is None:
        # A ticket on the command line would stand in the shell's history.
        ticket = sys.stdin.readline().strip() if visitor == "-" else visitor
        if not ticket:
            raise click.UsageError("no ticket came on standard input")
    asked = {"ticket": ticket} if ticket else {"position": position}
    found = reach.client().ask("explain", room_name, **asked)
    click.echo(f"position {found['position']:,}: {found['you'].replace('_', ' ')}")
    for sentence in found["sentences"]:
        click.echo(sentence)
    for each in found.get("times", ()):  # a panel of an earlier release tells none
        told = each["told"]
        if each["at"] is not None:
            told = f"{clock(each['at'])} UTC" + (f", {told}" if told else "")
        click.echo(f"{each['step']:>8}: {told}")
