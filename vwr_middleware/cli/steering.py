"""Commands that change a room."""

import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import click

from vwr_middleware.cli.asking import YES, be_sure
from vwr_middleware.cli.base import ROOM, harmless, vwr
from vwr_middleware.cli.reach import Client, Reach
from vwr_middleware.errors import Refused, WaitingRoomError
from vwr_middleware.panel.changes import NAMES, parsed
from vwr_middleware.panel.words import in_words, still_read
from vwr_middleware.settings.room import MODES

#: What is no text that begins with a dash, but an option at the wrong place.
_OPTION = re.compile(r"--?[a-z][\w-]*(=\S*)?", re.IGNORECASE)


@vwr.command()
@ROOM
@YES
@click.pass_obj
def prepare(reach: Reach, room: str, yes: bool) -> None:
    """Create a room before its first visitor, so that you can steer it."""
    if not yes and not reach.url:  # the panel remembers what its store has lost
        click.confirm(
            f"Go on only if nobody has visited {room} yet. If its store has lost it, let the app"
            " bring it back: creating it now costs everybody in line their place. Create it?",
            abort=True,
        )
    found = reach.client(makes=True).prepare(room)
    click.echo(f"the room is ready: {found['state']}, with {found['waiting']:,} in line")


@vwr.command()
@ROOM
@click.argument("count", type=click.IntRange(min=1))
@click.option("--present", is_flag=True, help="Count only those who are present.")
@click.option(
    "--idempotency-key", default="", help="A repeated call with the same key calls nobody."
)
@click.pass_obj
def advance(reach: Reach, room: str, count: int, present: bool, idempotency_key: str) -> None:
    """Call COUNT more by hand."""
    key = idempotency_key or secrets.token_urlsafe(12)
    done = reach.client().ask("advance", room, count=count, present_only=present, key=key)
    click.echo(f"called {done['called']:,}; the serving counter stands at {done['serving']:,}")


@vwr.command()
@ROOM
@click.argument("serving", type=click.IntRange(min=0))
@click.pass_obj
def serve(reach: Reach, room: str, serving: int) -> None:
    """Set the serving counter to SERVING."""
    done = reach.client().ask("serve", room, serving=serving)
    click.echo(f"the serving counter stands at {done['serving']:,}")


@vwr.command()
@ROOM
@YES
@click.pass_obj
def pause(reach: Reach, room: str, yes: bool) -> None:
    """Call nobody and let nobody in until `resume`."""
    client = reach.client()
    be_sure(client, room, yes, mode="paused")
    client.ask("pause", room)
    click.echo("paused")


@vwr.command()
@ROOM
@click.pass_obj
def resume(reach: Reach, room: str) -> None:
    """Return to the mode before `pause`."""
    client = reach.client()
    try:
        rules = client.ask("resume", room)["settings"]
    except Refused as refused:
        # Somebody else has resumed it: as with a second `pause`, what was wanted is so.
        if refused.status != 409 or client.status(room)["mode"] not in ("auto", "queue"):
            raise
        click.echo(str(refused))
        return
    click.echo(f"resumed: the mode is {rules['mode']}")
    _remind(client, room, rules)


@vwr.command()
@ROOM
@click.argument("mode", type=click.Choice(MODES))
@YES
@click.pass_obj
def mode(reach: Reach, room: str, mode: str, yes: bool) -> None:
    """Set the mode of a room."""
    client = reach.client()
    be_sure(client, room, yes, mode=mode)
    rules = client.ask("change", room, mode=mode)["settings"]
    click.echo(f"mode is {rules['mode']}")
    _remind(client, room, rules)


def _remind(client: Client, room: str, rules: Mapping[str, Any]) -> None:
    """What whoever lets people in again may have forgotten: times, and what people read."""
    if rules["mode"] not in ("auto", "queue"):
        return
    with suppress(WaitingRoomError):  # the mode is set
        state = client.status(room)["state"]
        if state in ("scheduled", "closed"):
            click.echo(
                f"the room is still {state}, because of opens_at or closes_at: see `vwr status"
                f" {room}`"
            )
    if reads := still_read(rules):
        click.echo(harmless(reads))


@vwr.command("set")
@ROOM
@click.argument("assignments", nargs=-1, required=True, metavar="NAME=VALUE...")
@YES
@click.pass_obj
def set_(reach: Reach, room: str, assignments: tuple[str, ...], yes: bool) -> None:
    """Change settings while the room runs, like `max_active=50` or `per_minute=none`."""
    given = {}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals:
            raise click.UsageError(f"write NAME=VALUE, not {assignment!r}")
        given[name] = parsed(name, text)
    client = reach.client()
    be_sure(client, room, yes, **given)
    rules = client.ask("change", room, **given)["settings"]
    for name in given:
        click.echo(f"{name} is {in_words(rules.get(name), name)}")
    if "mode" in given:
        _remind(client, room, rules)


@vwr.command()
@ROOM
@click.argument("name", type=click.Choice(NAMES))
@YES
@click.pass_obj
def unset(reach: Reach, room: str, name: str, yes: bool) -> None:
    """Revert a setting to the configured value."""
    client = reach.client()
    if name != "inlet":  # a configured one is code, and nothing is asked of it
        be_sure(client, room, yes, **{name: _configured(client, room, name)})
    rules = client.ask("unset", room, name)["settings"]
    # A strategy of the configuration is code, and no store keeps code.
    value = "as configured" if name == "inlet" else in_words(rules.get(name), name)
    click.echo(f"{name} is {value}")
    if name == "mode":
        _remind(client, room, rules)


def _configured(client: Client, room: str, name: str) -> Any:
    """The value that a setting would return to."""
    rows = client.status(room).get("settings", [])
    return next((row["configured"] for row in rows if row["name"] == name), None)


@vwr.command(context_settings={"ignore_unknown_options": True})
@ROOM
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="[TEXT]")
@click.pass_obj
def message(reach: Reach, room: str, words: tuple[str, ...]) -> None:
    """Show TEXT to everybody in line. Without TEXT, remove the message."""
    for word in filter(_OPTION.fullmatch, words):
        raise click.NoSuchOption(word)  # people in line are to read no `--key`
    text = " ".join(words).strip()
    rules = reach.client().ask("change", room, message=text or None)["settings"]
    said = rules["message"]
    click.echo(f"everybody in line reads: {said}" if said else "the message is removed")


@vwr.command()
@ROOM
@click.option("--end-sessions", is_flag=True, help="Also end all sessions.")
@click.option("--confirm", help="The room's name, to skip the question.")
@YES
@click.pass_obj
def reset(reach: Reach, room: str, end_sessions: bool, confirm: str | None, yes: bool) -> None:
    """Begin a new generation: everybody in line loses their place."""
    inside = ", and everybody inside loses their session" if end_sessions else ""
    typed = (
        confirm
        or (room if yes else "")
        or click.prompt(f"Everybody in line loses their place{inside}. Type {room} to go on")
    )
    done = reach.client().ask("reset", room, confirm=typed, end_sessions=end_sessions)
    ended = ", and all sessions have ended" if end_sessions else ""
    click.echo(f"generation {done['generation']} begins with an empty line{ended}")


@vwr.command()
@ROOM
@click.argument("session")
@YES
@click.pass_obj
def revoke(reach: Reach, room: str, session: str, yes: bool) -> None:
    """End a session at once. SESSION is written like 3-17."""
    if not yes:
        click.confirm(
            f"Session {session} ends at once, whatever its visitor is doing. Go on?", abort=True
        )
    reach.client().ask("revoke", room, session)
    click.echo(f"session {session} has ended")
