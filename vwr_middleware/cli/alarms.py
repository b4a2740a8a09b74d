"""`vwr alarms` and `vwr alarm`: what is wrong, who is told, and whether that arrives."""

import json
import time
from typing import Any

import click

from vwr_middleware.alarms.signatures import as_text, signing_keys
from vwr_middleware.cli.base import harmless, vwr
from vwr_middleware.cli.reach import Client, Reach
from vwr_middleware.errors import Refused
from vwr_middleware.keys import Keys

#: Seconds that a test is waited for. A worker without anything to do looks every ten.
PATIENCE = 30.0
NOBODY = (
    "no worker has sent it: start the app and let it serve a request, and look again with"
    " `vwr alarms`"
)
NO_SETTINGS = "set VWR_SECRET_KEY (and VWR_ALARM_WEBHOOK_SECRET) as the app has them"


@vwr.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def alarms(reach: Reach, as_json: bool) -> None:
    """Show the alarms that are on, those that were, and what was sent."""
    found = reach.client().ask("alarms")
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    from rich.console import Console

    from vwr_middleware.cli.show import alarms_view

    Console().print(alarms_view(found))


@vwr.group()
def alarm() -> None:
    """Say that you are on an alarm, send a test, or print the key of the webhooks."""


@alarm.command()
@click.argument("name", metavar="ALARM")
@click.pass_obj
def acknowledge(reach: Reach, name: str) -> None:
    """Say that you are on ALARM, like main.nobody_enters: it is silent until it ends."""
    row = reach.client().ask("acknowledge", name)
    click.echo(harmless(f"{name}: {row['acknowledged_by']} is on it"))


@alarm.command()
@click.pass_obj
def test(reach: Reach) -> None:
    """Send a test to all receivers, and say what came of it."""
    client = reach.client()
    sent = client.ask("test_alarm")["id"]
    rows = _awaited(client, sent)
    for row in rows:
        problem = f": {row['problem']}" if row["problem"] else ""
        click.echo(harmless(f"{row['receiver']}: {row['outcome']}{problem}"))
    if any(row["outcome"] != "sent" for row in rows):
        raise Refused("not everybody has got it")


def _awaited(client: Client, sent: str) -> list[dict[str, Any]]:
    """What came of a test, once each receiver was tried."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = client.ask("alarms")
        rows = [row for row in found["deliveries"] if row["id"] == sent]
        if rows and len({row["receiver"] for row in rows}) >= max(1, len(found["receivers"])):
            return rows
        time.sleep(0.5)
    if client.ask("alarms")["due"]:
        raise Refused(NOBODY)
    raise Refused("nobody is told of alarms: set alarm_webhooks or alarm_services")


@alarm.command()
@click.pass_obj
def secret(reach: Reach) -> None:
    """Print the keys by which receivers check webhooks, the newest first."""
    settings = reach.read()
    if settings is None or not settings.secret_key:
        raise click.UsageError(NO_SETTINGS)
    keys = Keys(settings.secret_key, reach.namespace or settings.namespace)
    for key in signing_keys(settings, keys):
        click.echo(as_text(key))
