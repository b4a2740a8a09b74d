"""Commands for invitations."""

import re
from datetime import UTC

import click

from vwr_middleware.cli.base import vwr
from vwr_middleware.cli.reach import Reach
from vwr_middleware.panel.invitation_pages import as_csv, link_to
from vwr_middleware.panel.invitations import COUNT_MOST, NOTE_MOST
from vwr_middleware.report.moments import told
from vwr_middleware.settings import Settings

_FOR = re.compile(r"(\d{1,5})([mhd])")
_UNITS = {"m": 60, "h": 3600, "d": 86400}
_OF_ROOM = click.option("--room", "room_name", default="main", help="The room; main if absent.")


def seconds_in(text: str) -> int:
    """How long something is good, as somebody types it. Raises click.BadParameter."""
    found = _FOR.fullmatch(text.strip())
    if found is None:
        raise click.BadParameter(f"{text!r} is no length of time: write 30m, 12h or 2d")
    return int(found[1]) * _UNITS[found[2]]


@vwr.command()
@_OF_ROOM
@click.option("--count", type=click.IntRange(1, COUNT_MOST), required=True, help="How many.")
@click.option("--lane", default="", help="The lane that they lead to; else the main line.")
@click.option("--valid", default="7d", show_default=True, help="How long they are good: 12h, 2d.")
@click.option("--site", default="", help="The site's address, like https://shop.example.")
@click.option("--note", default="", help=f"What operators call them: {NOTE_MOST} letters at most.")
@click.option("--csv", "wants_csv", is_flag=True, help="Number, link and time as CSV.")
@click.pass_obj
def invite(
    reach: Reach,
    room_name: str,
    count: int,
    lane: str,
    valid: str,
    site: str,
    note: str,
    wants_csv: bool,
) -> None:
    """Make invitations: links that are good once, each for one person.

    Nothing keeps them. The panel shows them again.
    """
    seconds = seconds_in(valid)
    settings = reach.read()
    base = (site or (settings.site_url if settings else "")).rstrip("/")
    if not base.startswith(("https://", "http://")):
        raise click.UsageError("say where the site is: --site https://shop.example")
    prefix = (settings or Settings).prefix
    given = {"count": count, "lane": lane, "valid_seconds": seconds, "note": note}
    made = reach.client().ask("invite", room_name, **given)
    links = [link_to(base + prefix, room_name, each["code"]) for each in made["invitations"]]
    until = told(made["expires_at"], UTC, "%Y-%m-%dT%H:%M:%SZ")
    if wants_csv:
        click.echo(as_csv(links, made["expires_at"]), nl=False)
    else:
        click.echo("\n".join(links))
    click.echo(f"batch {made['batch']}: {count:,} invitations, good until {until}", err=True)


@vwr.command()
@_OF_ROOM
@click.option("--revoke", "batch", default="", help="Let nobody in by this batch any more.")
@click.pass_obj
def invitations(reach: Reach, room_name: str, batch: str) -> None:
    """List the batches of invitations, or revoke one."""
    client = reach.client()
    found = (
        client.ask("revoke_invitations", room_name, batch)
        if batch
        else client.ask("invitations", room_name)
    )["batches"]
    if not found:
        click.echo("there are no invitations")
    for each in found:
        until = told(each["expires_at"], UTC, "%Y-%m-%dT%H:%M:%SZ")
        lane = f" to {each['lane']}" if each["lane"] else ""
        state = "revoked" if each["revoked"] else f"good until {until}"
        note = f" ({each['note']})" if each["note"] else ""
        used = f"{each['used']:,} of {each['count']:,} used"
        click.echo(f"{each['batch']}{note}: {used}{lane}, {state}")
