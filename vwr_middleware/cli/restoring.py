"""`vwr restore`: the line of a room that its store has lost."""

from collections.abc import Mapping
from typing import Any

import click

from vwr_middleware.cli.asking import YES
from vwr_middleware.cli.base import ROOM, vwr
from vwr_middleware.cli.reach import Reach
from vwr_middleware.panel.restoring import OTHER_STORE, how_known, queue_above, what_happens

_WHOLE = click.IntRange(min=0)


@vwr.command()
@ROOM
@click.option("--room-id", help="Which room, if tickets of several have come, or of none.")
@click.option("--generation", type=click.IntRange(min=1), help="Its generation.")
@click.option("--queue", type=_WHOLE, help="Its queue counter: the next number is one higher.")
@click.option("--serving", type=_WHOLE, help="Its serving counter.")
@click.option("--active", type=_WHOLE, help="How many are believed to be inside.")
@YES
@click.pass_obj
def restore(reach: Reach, /, room: str, yes: bool, **options: Any) -> None:
    """Bring back the line of a room that its store has lost.

    Needed only if a newly started worker was the first to ask the store after the loss. What you
    leave out is taken from the tickets and tokens that people still bring.
    """
    client = reach.client(makes=True)
    given = {name: value for name, value in options.items() if value is not None}
    lost = _meant(client.ask("lost", room)["lost"], given)
    if lost is not None:
        # As the API has it: numbers up to a serving counter that is given were handed out.
        queue = max(lost["queue"], queue_above(given.get("serving", 0)))
        given = {name: lost[name] for name in ("room_id", *_NUMBERS)} | {"queue": queue} | given
        click.echo(_seen(lost))
        is_theirs = given["generation"] == lost["generation"]
        people = max(0, lost["highest_ticket"] - given["serving"]) if is_theirs else 0
        click.echo(what_happens({**lost, **given, "people": people}))
        if not is_theirs:
            click.echo(
                f"The tickets that came are of generation {lost['generation']:,}: in generation"
                f" {given['generation']:,} they lead to new places."
            )
    elif "queue" in given:
        click.echo(
            f"No tickets of that room have come. The next number will be {given['queue'] + 1:,}."
        )
    if not yes and (lost is not None or "queue" in given):
        click.echo(OTHER_STORE)
        click.confirm("Go on?", abort=True)
    click.echo(_outcome(client.ask("restore", room, confirm=room, **given)))


_NUMBERS = ("generation", "queue", "serving", "active")


def _meant(found: list[dict[str, Any]], given: Mapping[str, Any]) -> dict[str, Any] | None:
    """The lost room that is meant, if that is clear. If not, the answer says what is missing."""
    if "room_id" in given:
        return next((lost for lost in found if lost["room_id"] == given["room_id"]), None)
    return found[0] if len(found) == 1 else None


def _seen(lost: Mapping[str, Any]) -> str:
    return (
        f"The room {lost['room_id']}, which this store does not hold: {how_known(lost)}, with"
        f" tickets up to position {lost['highest_ticket']:,}, access tokens up to"
        f" {lost['highest_token']:,}, of generation {lost['generation']:,}."
    )


def _outcome(done: Mapping[str, Any]) -> str:
    if not done["restored"]:
        return f"nothing was changed: the store holds room {done['room_id']} already"
    return (
        f"restored: the next number is {done['queue'] + 1:,}, and the serving counter stands at"
        f" {done['serving']:,}"
    )
