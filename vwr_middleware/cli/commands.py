"""`vwr`: watch and steer waiting rooms from a shell."""

import json
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from vwr_middleware import __version__
from vwr_middleware.cli.reach import Reach, problems_of
from vwr_middleware.errors import ConfigurationError, WaitingRoomError
from vwr_middleware.panel.changes import NAMES, parsed
from vwr_middleware.panel.templates import told
from vwr_middleware.settings import Settings

ROOM = click.argument("room")
YES = click.option("--yes", is_flag=True, help="Do not ask.")


@contextmanager
def failing() -> Iterator[None]:
    """What goes wrong is said in one line, with exit status 1."""
    try:
        yield
    except ConfigurationError as error:
        raise click.ClickException(
            f"the configuration cannot work:\n{problems_of(error)}"
        ) from error
    except WaitingRoomError as error:
        raise click.ClickException(str(error)) from error


class Safely(click.Group):
    """A group whose commands end in a sentence and not in a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with failing():
            return super().invoke(ctx)


def group(settings: Callable[[], Settings] | None = None) -> click.Group:
    """The command, for a framework's shell: its own configuration is read, not the environment."""

    @click.group("vwr", cls=Safely, help=(vwr.help or ""))
    @click.pass_context
    def framed(ctx: click.Context) -> None:
        ctx.meta["vwr.outer"] = ctx.obj  # what the framework's shell has put there
        ctx.obj = Reach(settings=settings)

    for command in vwr.commands.values():
        framed.add_command(command)
    return framed


@click.group(cls=Safely, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="vwr")
@click.option("--store", envvar="VWR_STORE", help="The store, like redis://host or sqlite:///file.")
@click.option("--namespace", envvar="VWR_NAMESPACE", help="The namespace in the store (vwr).")
@click.option("--url", envvar="VWR_URL", help="A panel, like https://host/vwr-admin.")
@click.option("--key", envvar="VWR_KEY", help="One of the panel's admin_api_key.")
@click.pass_context
def vwr(
    ctx: click.Context,
    store: str | None,
    namespace: str | None,
    url: str | None,
    key: str | None,
) -> None:
    """Watch and steer waiting rooms.

    Rooms are reached by their store or by the control API of their panel. The settings in VWR_...
    variables are read as the middleware reads them.
    """
    ctx.obj = Reach(store, namespace, url, key)


@vwr.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_obj
def rooms(reach: Reach, as_json: bool) -> None:
    """All rooms in a few numbers."""
    found = reach.client().rooms()
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    from rich.console import Console

    from vwr_middleware.cli.show import rooms_table

    Console().print(rooms_table(found) if found else "no room is configured: see --store")


@vwr.command()
@click.argument("room", default="main")
@click.option("--watch", is_flag=True, help="Stay, and show what changes.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_obj
def status(reach: Reach, room: str, watch: bool, as_json: bool) -> None:
    """One room: its numbers, and the settings that were changed."""
    client = reach.client()
    found = client.status(room)
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    from rich.console import Console
    from rich.live import Live

    from vwr_middleware.cli.show import room_view

    if not watch:
        Console().print(room_view(found))
        return
    try:
        with Live(room_view(found), refresh_per_second=4) as live:
            while True:
                time.sleep(1)
                live.update(room_view(client.status(room)))
    except KeyboardInterrupt:
        click.echo()


@vwr.command()
@ROOM
@click.pass_obj
def audit(reach: Reach, room: str) -> None:
    """Who changed what, and when."""
    from rich.console import Console

    from vwr_middleware.cli.show import audit_table

    Console().print(audit_table(reach.client().audit(room)))


@vwr.command()
@ROOM
@click.argument("count", type=click.IntRange(min=1))
@click.option("--present", is_flag=True, help="Count only those who are present.")
@click.option("--idempotency-key", default="", help="A repeated call with it calls nobody.")
@click.pass_obj
def advance(reach: Reach, room: str, count: int, present: bool, idempotency_key: str) -> None:
    """Call COUNT more by hand."""
    key = idempotency_key or secrets.token_urlsafe(12)
    done = reach.client().advance(room, count, present, key)
    click.echo(f"called {done['called']:,}; the serving counter stands at {done['serving']:,}")


@vwr.command()
@ROOM
@click.argument("serving", type=click.IntRange(min=0))
@click.pass_obj
def serve(reach: Reach, room: str, serving: int) -> None:
    """Set the serving counter to SERVING."""
    done = reach.client().serve(room, serving)
    click.echo(f"the serving counter stands at {done['serving']:,}")


@vwr.command()
@ROOM
@click.pass_obj
def pause(reach: Reach, room: str) -> None:
    """Call nobody and let nobody in until `resume`."""
    reach.client().pause(room)
    click.echo("paused")


@vwr.command()
@ROOM
@click.pass_obj
def resume(reach: Reach, room: str) -> None:
    """Go on in the mode that held before `pause`."""
    click.echo(f"resumed: the mode is {reach.client().resume(room)['mode']}")


@vwr.command()
@ROOM
@click.argument("mode", type=click.Choice(["auto", "queue", "paused", "closed", "off"]))
@click.pass_obj
def mode(reach: Reach, room: str, mode: str) -> None:
    """Set the mode of a room."""
    click.echo(f"mode is {reach.client().change(room, {'mode': mode})['mode']}")


@vwr.command("set")
@ROOM
@click.argument("assignments", nargs=-1, required=True, metavar="NAME=VALUE...")
@click.pass_obj
def set_(reach: Reach, room: str, assignments: tuple[str, ...]) -> None:
    """Change settings while the room runs, like `max_active=50` or `per_minute=none`."""
    given = {}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals:
            raise click.UsageError(f"write NAME=VALUE, not {assignment!r}")
        given[name] = parsed(name, text)
    rules = reach.client().change(room, given)
    for name in given:
        click.echo(f"{name} is {told(rules.get(name), name)}")


@vwr.command()
@ROOM
@click.argument("name", type=click.Choice(NAMES))
@click.pass_obj
def unset(reach: Reach, room: str, name: str) -> None:
    """Set a setting back to the configured value."""
    rules = reach.client().unset(room, name)
    click.echo(f"{name} is {told(rules.get(name), name)}")


@vwr.command()
@ROOM
@click.argument("words", nargs=-1, metavar="[TEXT]")
@click.pass_obj
def message(reach: Reach, room: str, words: tuple[str, ...]) -> None:
    """Tell everybody in line TEXT; without it the message goes away."""
    text = " ".join(words)
    said = reach.client().change(room, {"message": text or None})["message"]
    click.echo(f"everybody in line reads: {said}" if said else "there is no message any more")


@vwr.command()
@ROOM
@click.option("--end-sessions", is_flag=True, help="Put out those inside, too.")
@click.option("--confirm", help="The room's name once more, so that nothing is asked.")
@click.pass_obj
def reset(reach: Reach, room: str, end_sessions: bool, confirm: str | None) -> None:
    """Begin a new generation: everybody in line loses the place."""
    typed = confirm or click.prompt(f"Everybody in line loses the place. Type {room} to go on")
    done = reach.client().reset(room, typed, end_sessions)
    click.echo(f"generation {done['generation']} begins with an empty line")


@vwr.command()
@ROOM
@click.argument("session")
@YES
@click.pass_obj
def revoke(reach: Reach, room: str, session: str, yes: bool) -> None:
    """End a session, written like 3-17."""
    if not yes:
        click.confirm(f"Whoever is in session {session} is put out at once. Go on?", abort=True)
    reach.client().revoke(room, session)
    click.echo(f"the session {session} has ended")


@vwr.command()
@ROOM
@click.argument("visitor")
@click.pass_obj
def explain(reach: Reach, room: str, visitor: str) -> None:
    """Why a VISITOR waits: a queue position, or - to read a ticket from standard input."""
    digits = visitor.replace(",", "")
    is_position = digits.isascii() and digits.isdigit()
    # A ticket on the command line would stand in the shell's history.
    ticket = "" if is_position else (sys.stdin.readline().strip() if visitor == "-" else visitor)
    found = reach.client().explain(room, int(digits) if is_position else 0, ticket)
    click.echo(f"position {found['position']:,}: {found['you'].replace('_', ' ')}")
    for sentence in found["sentences"]:
        click.echo(sentence)


@vwr.command()
def keygen() -> None:
    """A new key, fit for secret_key and for admin_api_key."""
    click.echo(secrets.token_urlsafe(32))


@vwr.command()
@click.pass_obj
def check(reach: Reach) -> None:
    """Say what is wrong with the configuration and the store; exit status 1 if anything is."""
    from vwr_middleware.cli import check as checking

    settings = reach.read()
    if settings is None:
        raise click.UsageError("there are no settings: set VWR_SECRET_KEY, VWR_PATHS and so on")
    found = checking.problems(settings, reach.store)
    for problem in found:
        click.secho(f"wrong: {problem}", fg="red")
    for warning in checking.warnings(settings):
        click.secho(f"note: {warning}", fg="yellow")
    if found:
        raise SystemExit(1)
    for line in checking.overrides(settings, reach.store):
        click.secho(f"changed by an operator: {line}", fg="yellow")
    names = ", ".join(room.name for room in settings.rooms)
    click.echo(f"the configuration and the store can work (rooms: {names})")


@vwr.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def demo(arguments: tuple[str, ...]) -> None:
    """A ticket shop behind a waiting room, with a crowd before it."""
    try:
        from vwr_middleware.demo.command import main
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("vwr_middleware"):
            raise
        raise click.ClickException(f"the demo needs the package {error.name}") from error
    raise SystemExit(main(list(arguments)))


@vwr.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def simulate(arguments: tuple[str, ...]) -> None:
    """What settings would do on a given day, with simulated visitors."""
    try:
        from vwr_middleware.simulate.command import simulate as command
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("vwr_middleware"):
            raise
        raise click.ClickException(
            f"simulations need the package {error.name}: pip install 'vwr-middleware[simulate]'"
        ) from error
    command.main(args=list(arguments), prog_name="vwr simulate")
