"""Commands that need no room: keys, the check, the demo, the simulator."""

import secrets
import time
from dataclasses import replace

import click

from vwr_middleware.cli.apps import load, settings_in
from vwr_middleware.cli.base import harmless, vwr
from vwr_middleware.cli.reach import Reach


@vwr.command()
def keygen() -> None:
    """Make a new key, for secret_key or admin_api_key."""
    click.echo(secrets.token_urlsafe(32))


@vwr.command()
@click.option("--app", help="The app whose settings are checked, like main:app.")
@click.pass_obj
def check(reach: Reach, app: str | None) -> None:
    """Check the configuration and the store. Exit status 1 if anything is wrong.

    The settings are those in the environment, or with --app those in the app's own code.
    """
    from vwr_middleware.cli import check as checking
    from vwr_middleware.cli import safety

    loaded = load(app) if app else None
    settings = settings_in(loaded, app) if app else reach.read()
    if settings is None:
        raise click.UsageError(
            "there are no settings: name the app (--app main:app), or set VWR_SECRET_KEY, VWR_PATHS"
            " and so on as the app has them"
        )
    store, namespace = reach.store or settings.store, reach.namespace or settings.namespace
    settings = replace(settings, store=store, namespace=namespace)
    found = checking.problems(settings)
    for problem in found:
        click.secho(f"problem: {problem}", fg="red")
    unsafe = safety.warnings(settings, loaded)
    for warning in (*checking.warnings(settings, time.time()), *unsafe):
        click.secho(f"warning: {warning}", fg="yellow")
    if found:
        raise SystemExit(1)
    for line in checking.overrides(settings):
        click.secho(f"changed by an operator: {harmless(line)}", fg="yellow")
    if place := checking.place(settings):
        click.echo(place)
    names = ", ".join(room.name for room in settings.rooms)
    click.echo(f"no problems found in the configuration or the store (rooms: {names})")


@vwr.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def demo(arguments: tuple[str, ...]) -> None:
    """Run a demo: a ticket shop behind a waiting room, with a crowd."""
    from vwr_middleware.demo.command import command

    command.main(args=list(arguments), prog_name="vwr demo")


@vwr.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def simulate(arguments: tuple[str, ...]) -> None:
    """Try settings on a day of simulated visitors."""
    try:
        from vwr_middleware.simulate.command import command
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("vwr_middleware"):
            raise
        raise click.ClickException(
            f'simulations need the package {error.name}: pip install "vwr-middleware[simulate]"'
        ) from error
    command.main(args=list(arguments), prog_name="vwr simulate")
