"""Commands that need no room: keys, the check, the demo, the simulator, the preview of the page."""

import os
import re
import secrets
import time
from dataclasses import replace
from pathlib import Path

import click
from werkzeug.serving import make_server
from werkzeug.utils import redirect

from vwr_middleware.cli.apps import load, settings_in
from vwr_middleware.cli.base import harmless, vwr
from vwr_middleware.cli.reach import Reach
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.gate.previews import NAME
from vwr_middleware.pages.gallery import still
from vwr_middleware.pages.pages import Pages
from vwr_middleware.pages.preview import STATES, preview
from vwr_middleware.papers.signing_keys import EDWARDS, PAIRS, RSA, new_key
from vwr_middleware.settings import Settings
from vwr_middleware.startup.checks import pages_of
from vwr_middleware.startup.own_templates import template_problems
from vwr_middleware.wsgi import WaitingRoomMiddleware

_FILE = click.Path(dir_okay=False, path_type=Path)


@vwr.command()
@click.option("--rsa", type=_FILE, help="Write a private key for RS256 into this new file.")
@click.option("--p256", type=_FILE, help="Write a private key for ES256 into this new file.")
@click.option("--ed25519", type=_FILE, help="Write a private key for EdDSA into this new file.")
def keygen(rsa: Path | None, p256: Path | None, ed25519: Path | None) -> None:
    """Make a new key, for secret_key or admin_api_key; or one for token_keys, in a file."""
    files = {RSA: rsa, PAIRS: p256, EDWARDS: ed25519}
    wanted = {algorithm: path for algorithm, path in files.items() if path is not None}
    if not wanted:
        click.echo(secrets.token_urlsafe(32))
    for algorithm, path in wanted.items():
        try:
            _write_key(algorithm, path)
        except FileExistsError as error:
            raise click.ClickException(f"{path} is there already: name a new file") from error
        except OSError as error:
            raise click.ClickException(f"{path}: {error.strerror}") from error
        except ModuleNotFoundError as error:
            needs = 'pip install "vwr-middleware[crypto]"'
            raise click.ClickException(f"a key for {algorithm} needs {needs}") from error
        click.echo(
            f'wrote {path}: set token_algorithm="{algorithm}", token_keys="{path}" on all workers'
        )


def _write_key(algorithm: str, path: Path) -> None:
    """A file that nobody else may read, also while it is written."""
    pem = new_key(algorithm)
    with open(path, "x", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(pem)


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


@vwr.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def loadtest(arguments: tuple[str, ...]) -> None:
    """Send a crowd of made-up visitors to a site that has agreed to it."""
    from vwr_middleware.loadtest.command import command

    command.main(args=list(arguments), prog_name="vwr loadtest")


@vwr.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def drill(reach: Reach, arguments: tuple[str, ...]) -> None:
    """Rehearse on the real site, in copies of its rooms: go or no-go?"""
    from vwr_middleware.drill.command import command

    command.main(args=list(arguments), prog_name="vwr drill", obj=reach.read())


# `vwr preview`: the waiting page in every state, to look at while designing one's own.


_STATIC = re.compile(rb'"static/([^"/]+)"')


@vwr.command("preview")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice(STATES),
    help="Only this state (repeatable).",
)
@click.option(
    "--language", "languages", multiple=True, help="A language like de (repeatable). Default: en."
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write files into this folder instead.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8001,
    show_default=True,
    help="Serve on this port.",
)
@click.option("--app", help="The app whose settings are shown, like main:app.")
@click.pass_obj
def preview_(
    reach: Reach,
    states: tuple[str, ...],
    languages: tuple[str, ...],
    out: Path | None,
    port: int,
    app: str | None,
) -> None:
    """Show the waiting page in every state, with made-up numbers and your templates and colours.

    Serves it to this machine only, or writes files with --out. The settings are those in the
    environment, or with --app those in the app's own code; without any, all is as at first.
    """
    in_code = settings_in(load(app), app) if app else reach.read()
    given = in_code or Settings(secret_key=secrets.token_urlsafe(), paths="/")
    # No store of yours is touched: the numbers are made up.
    settings = replace(given, store="memory://", enabled=True, debug=True)
    pages = pages_of(settings)
    known = {language.code for language in pages.languages}
    if unknown := sorted(set(languages) - known):
        raise click.UsageError(
            f"there is no language {', '.join(unknown)}: use one of {', '.join(sorted(known))}"
        )
    if out is not None:
        try:
            _write(settings, pages, states or STATES, languages or ("en",), out)
        except OSError as error:
            raise click.ClickException(f"--out: {error.filename}: {error.strerror}") from error
    else:
        _serve(settings, states, languages, port)


def _write(
    settings: Settings,
    pages: Pages,
    states: tuple[str, ...],
    languages: tuple[str, ...],
    out: Path,
) -> None:
    if problems := template_problems(pages, settings.rooms):
        raise ConfigurationError(problems)
    (out / "static").mkdir(parents=True, exist_ok=True)
    room_name = settings.rooms[0].name  # the look may be its own
    for state in states:
        for language in languages:
            view = replace(
                preview(state, language), room=room_name, static="static", base=".", next_url="#"
            )
            page = still(pages.waiting(view))
            (out / f"{state}.{language}.html").write_bytes(page)
            for name in _STATIC.findall(page):
                if (file := pages.static_file(name.decode())) is not None:
                    (out / "static" / file.name).write_bytes(file.body)
    click.echo(f"wrote {len(states) * len(languages)} pages to {out}")


def _serve(
    settings: Settings, states: tuple[str, ...], languages: tuple[str, ...], port: int
) -> None:
    home = f"{settings.prefix}/{NAME}/"
    first = f"{home}{states[0]}/" if states else home
    if languages:
        first += f"?lang={languages[0]}"
    app = WaitingRoomMiddleware(redirect(first), settings)
    with make_server("127.0.0.1", port, app, threaded=True) as server:
        click.echo(f"http://127.0.0.1:{server.server_port}{first} (press Ctrl+C to stop)")
        server.serve_forever()
