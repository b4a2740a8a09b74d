"""Commands that change a room."""

import secrets
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import click

from vwr_middleware.cli.asking import (
    YES,
    be_sure,
    be_sure_of_all,
    is_person,
    sure,
    tell_hazards,
    typed_name,
)
from vwr_middleware.cli.base import ROOM, harmless, vwr
from vwr_middleware.cli.reach import Client, Reach
from vwr_middleware.cli.verify_draw import published_draw
from vwr_middleware.draw.record import NotVerified, read_record
from vwr_middleware.errors import Refused, WaitingRoomError
from vwr_middleware.panel.changes import NAMES, parsed
from vwr_middleware.panel.restoring import OTHER_STORE, how_known, queue_above, what_happens
from vwr_middleware.panel.stock import stock_in_words
from vwr_middleware.panel.undoing import NOTHING
from vwr_middleware.panel.words import clock, in_words, still_read
from vwr_middleware.settings.room import MODES
from vwr_middleware.verify.fetching import NotFetched

#: For what may be done to all rooms at once.
ROOM_OR_ALL = click.argument("room_name", metavar="[ROOM]", required=False)
ALL = click.option("--all", "is_all", is_flag=True, help="In all rooms that you may steer.")


@vwr.command()
@ROOM
@YES
@click.pass_obj
def prepare(reach: Reach, room_name: str, yes: bool) -> None:
    """Create a room before its first visitor, so that you can steer it."""
    if not reach.url:  # the panel remembers what its store has lost
        sure(
            f"Go on only if nobody has visited {room_name} yet. If its store has lost it, let the"
            " app bring it back: creating it now costs everybody in line their place. Create it?",
            yes,
        )
    found = reach.client(makes=True).prepare(room_name)
    click.echo(f"the room is ready: {found['state']}, with {found['waiting']:,} in line")


@vwr.command()
@ROOM
@click.argument("count", type=click.IntRange(min=1))
@click.option("--present", is_flag=True, help="Count only those who are present.")
@click.option(
    "--idempotency-key", default="", help="A repeated call with the same key calls nobody."
)
@click.pass_obj
def advance(reach: Reach, room_name: str, count: int, present: bool, idempotency_key: str) -> None:
    """Call COUNT more by hand."""
    key = idempotency_key or secrets.token_urlsafe(12)
    done = reach.client().ask("advance", room_name, count=count, present_only=present, key=key)
    click.echo(f"called {done['called']:,}; the serving counter stands at {done['serving']:,}")


@vwr.command("advance-to")
@ROOM
@click.argument("serving", type=click.IntRange(min=0))
@click.pass_obj
def advance_to(reach: Reach, room_name: str, serving: int) -> None:
    """Set the serving counter to SERVING."""
    done = reach.client().ask("serve", room_name, serving=serving)
    click.echo(f"the serving counter stands at {done['serving']:,}")


@vwr.command()
@ROOM_OR_ALL
@ALL
@YES
@click.pass_obj
def pause(reach: Reach, room_name: str | None, is_all: bool, yes: bool) -> None:
    """Call nobody and let nobody in until `resume`, in one room or in all."""
    name, client = _one_or_all(room_name, is_all), reach.client()
    if name is None:
        be_sure_of_all(client, yes)
        _tell_of_all(client.ask("pause_all"), "paused")
        return
    be_sure(client, name, yes, mode="paused")
    client.ask("pause", name)
    click.echo("paused")


@vwr.command()
@ROOM_OR_ALL
@ALL
@click.pass_obj
def resume(reach: Reach, room_name: str | None, is_all: bool) -> None:
    """Return to the mode before `pause`. With --all: in those that were paused together."""
    name, client = _one_or_all(room_name, is_all), reach.client()
    if name is None:
        _tell_of_all(client.ask("resume_all"), "resumed")
        return
    try:
        rules = client.ask("resume", name)["settings"]
    except Refused as refused:
        # Somebody else has resumed it: as with a second `pause`, what was wanted is so.
        if refused.status != 409 or client.status(name)["mode"] not in ("auto", "queue"):
            raise
        click.echo(str(refused))
        return
    click.echo(f"resumed: the mode is {rules['mode']}")
    _remind(client, name, rules)


def _one_or_all(room_name: str | None, is_all: bool) -> str | None:
    """The room that is meant; None: all of them."""
    if is_all == (room_name is not None):
        raise click.UsageError("name a room, or say --all")
    return room_name


def _tell_of_all(done: Mapping[str, Any], what: str) -> None:
    """Which rooms it was done to, and for each other one why not. Raises Refused if it was to be
    done to more."""
    click.echo(f"{what}: {', '.join(done[what]) or 'no room'}")
    for row in (*done["left"], *done["failed"]):
        click.echo(harmless(f"not {row['room']}: {row['why']}"))
    if done["failed"]:
        raise Refused(f"not {what}: {', '.join(row['room'] for row in done['failed'])}")


@vwr.command()
@ROOM
@YES
@click.pass_obj
def undo(reach: Reach, room_name: str, yes: bool) -> None:
    """Take the last change of settings back, if nobody has changed anything since."""
    client = reach.client()
    last = client.ask("cockpit", room_name)["last_change"]
    if last is None:
        raise Refused(NOTHING)
    rows = last["changes"]
    if not yes and is_person():
        was = "; ".join(f"{_worth(row, 'from')}, now {_worth(row, 'to')}" for row in rows)
        click.echo(harmless(f"{last['who'] or 'somebody'}, {clock(last['at'])} UTC: {was}"))
        known = {row["what"]: row["from"] for row in rows if _is_value(row)}
        tell_hazards(client, room_name, known)
        click.confirm("Take that back?", abort=True)
    rules = client.ask("undo", room_name, number=last["number"])["settings"]
    done = (f"{row['what']} is {in_words(rules.get(row['what']), row['what'])}" for row in rows)
    click.echo(harmless(f"undone: {', '.join(done)}"))
    if any(row["what"] == "mode" for row in rows):
        _remind(client, room_name, rules)


def _worth(row: Mapping[str, Any], which: str) -> str:
    name = str(row["what"])
    value = in_words(row[which], name)
    return f"{name} was {value}" if which == "from" else value


def _is_value(row: Mapping[str, Any]) -> bool:
    """Whether what a setting was before is a value. The configured strategy is code."""
    return row["what"] != "inlet" or row["from"] is not None


@vwr.command()
@ROOM
@click.argument("mode", type=click.Choice(MODES))
@YES
@click.pass_obj
def mode(reach: Reach, room_name: str, mode: str, yes: bool) -> None:
    """Set the mode of a room."""
    client = reach.client()
    be_sure(client, room_name, yes, mode=mode)
    rules = client.ask("change", room_name, mode=mode)["settings"]
    click.echo(f"mode is {rules['mode']}")
    _remind(client, room_name, rules)


def _remind(client: Client, room_name: str, rules: Mapping[str, Any]) -> None:
    """What whoever lets people in again may have forgotten: times, and what people read."""
    if rules["mode"] not in ("auto", "queue"):
        return
    with suppress(WaitingRoomError):  # the mode is set
        state = client.status(room_name)["state"]
        if state in ("scheduled", "closed"):
            click.echo(
                f"the room is still {state}, because of opens_at or closes_at: see `vwr status"
                f" {room_name}`"
            )
    if reads := still_read(rules):
        click.echo(harmless(reads))


@vwr.command("set")
@ROOM
@click.argument("assignments", nargs=-1, required=True, metavar="NAME=VALUE...")
@YES
@click.pass_obj
def set_(reach: Reach, room_name: str, assignments: tuple[str, ...], yes: bool) -> None:
    """Change settings while the room runs, like `max_active=50` or `per_minute=none`."""
    given = {}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals:
            raise click.UsageError(f"write NAME=VALUE, not {assignment!r}")
        given[name] = parsed(name, text)
    client = reach.client()
    be_sure(client, room_name, yes, **given)
    rules = client.ask("change", room_name, **given)["settings"]
    for name in given:
        click.echo(f"{name} is {in_words(rules.get(name), name)}")
    if "mode" in given:
        _remind(client, room_name, rules)


@vwr.command()
@ROOM
@click.argument("name", type=click.Choice(NAMES))
@YES
@click.pass_obj
def unset(reach: Reach, room_name: str, name: str, yes: bool) -> None:
    """Revert a setting to the configured value."""
    client = reach.client()
    if name != "inlet":  # a configured one is code, and nothing is asked of it
        be_sure(client, room_name, yes, **{name: _configured(client, room_name, name)})
    rules = client.ask("unset", room_name, name)["settings"]
    # A strategy of the configuration is code, and no store keeps code.
    value = "as configured" if name == "inlet" else in_words(rules.get(name), name)
    click.echo(f"{name} is {value}")
    if name == "mode":
        _remind(client, room_name, rules)


def _configured(client: Client, room_name: str, name: str) -> Any:
    """The value that a setting would return to."""
    rows = client.status(room_name).get("settings", [])
    return next((row["configured"] for row in rows if row["name"] == name), None)


@vwr.command()
@ROOM
@click.argument("left", required=False)
@YES
@click.pass_obj
def stock(reach: Reach, room_name: str, left: str | None, yes: bool) -> None:
    """Say how much is LEFT to sell. Without LEFT, show it.

    It counts in place of what the app says, until you say "none".
    """
    client = reach.client()
    if left is not None:
        given = parsed("stock_left", left)
        be_sure(client, room_name, yes, stock_left=given)
        client.ask("change", room_name, stock_left=given)
    found = client.status(room_name)["stock"]
    click.echo(f"left to sell: {stock_in_words(found) if found else 'nobody says it'}")
    if found and found["problem"]:
        click.echo(found["problem"])


@vwr.command()
@ROOM
@click.option("--end-sessions", is_flag=True, help="Also end all sessions.")
@click.option("--confirm", help="The room's name, to skip the question.")
@YES
@click.pass_obj
def reset(reach: Reach, room_name: str, end_sessions: bool, confirm: str | None, yes: bool) -> None:
    """Begin a new generation: everybody in line loses their place."""
    inside = ", and everybody inside loses their session" if end_sessions else ""
    question = f"Everybody in line loses their place{inside}."
    typed = confirm or (room_name if yes else typed_name(question, room_name))
    done = reach.client().ask("reset", room_name, confirm=typed, end_sessions=end_sessions)
    ended = ", and all sessions have ended" if end_sessions else ""
    click.echo(f"generation {done['generation']} begins with an empty line{ended}")


@vwr.command()
@ROOM
@click.argument("session")
@YES
@click.pass_obj
def revoke(reach: Reach, room_name: str, session: str, yes: bool) -> None:
    """End a session at once. SESSION is written like 3-17."""
    sure(f"Session {session} ends at once, whatever its visitor is doing. Go on?", yes)
    reach.client().ask("revoke", room_name, session)
    click.echo(f"session {session} has ended")


# `vwr restore`: the line of a room that its store has lost.


_WHOLE = click.IntRange(min=0)


@vwr.command()
@ROOM
@click.option("--room-id", help="Which room, if tickets of several have come, or of none.")
@click.option("--generation", type=click.IntRange(min=1), help="Its generation.")
@click.option("--queue", type=_WHOLE, help="Its queue counter: the next number is one higher.")
@click.option("--serving", type=_WHOLE, help="Its serving counter.")
@click.option("--active", type=_WHOLE, help="How many are believed to be inside.")
@click.option("--drawn", type=_WHOLE, help="How many were drawn as it opened, if it draws.")
@click.option("--commitment", help="The commitment of its draw, if the secret has changed since.")
@click.option("--beacon", help="The public value that was mixed into its draw; '': none was.")
@click.option("--lanes", help="The lanes of its draw, as --draw says them; '': it had none.")
@click.option("--draw", "published", metavar="FILE", help="Its draw.json, which says all of these.")
@YES
@click.pass_obj
def restore(
    reach: Reach, /, room_name: str, yes: bool, published: str | None, **options: Any
) -> None:
    """Bring back the line of a room that its store has lost.

    Needed only if a newly started worker was the first to ask the store after the loss. What you
    leave out is taken from the tickets and tokens that people still bring.
    """
    client = reach.client(makes=True)
    given, last = _of_draw(published, room_name) if published else ({}, 0)
    given |= {name: value for name, value in options.items() if value is not None}
    lost = _meant(client.ask("lost", room_name)["lost"], given)
    if lost is not None:
        # As the API has it: numbers up to a serving counter that is given were handed out.
        highest = max(given.get("serving", 0), given.get("drawn", 0), last)
        queue = max(lost["queue"], queue_above(highest))
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
        sure("Go on?", yes)
    click.echo(_outcome(client.ask("restore", room_name, confirm=room_name, **given)))


_NUMBERS = ("generation", "queue", "serving", "active", "drawn")


def _of_draw(source: str, room_name: str) -> tuple[dict[str, Any], int]:
    """What the published file of a draw says of the line that began with it, and the last position
    to which somebody was drawn."""
    try:
        record = read_record(published_draw(source))
    except (NotVerified, NotFetched) as error:
        raise click.ClickException(harmless(str(error))) from error
    if record.room_name != room_name:
        raise click.ClickException(
            harmless(f"{source} is of room {record.room_name}, and not of {room_name}")
        )
    told = {
        "generation": record.generation + 1,
        "drawn": record.count,
        "commitment": record.commitment,
        "beacon": record.beacon or "",
    }
    if record.lanes is None:
        return told, record.count or 0
    return {**told, "lanes": record.lanes.text}, record.lanes.last_place


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
