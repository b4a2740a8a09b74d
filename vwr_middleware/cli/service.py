"""`vwr serve`, the waiting room as a service of its own, and `vwr init`, which sets it up."""

import os
import re
import sys
from importlib import import_module
from pathlib import Path

import click

from vwr_middleware.cli.base import vwr, was_typed
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.papers.signing_keys import RSA, new_key
from vwr_middleware.serve import NEEDS
from vwr_middleware.serve.new_file import AWS_KEY, new_settings_file, write_new
from vwr_middleware.serve.options import (
    HOST,
    PORT,
    Options,
    checked_settings,
    refuse_taken_address,
)
from vwr_middleware.serve.proxy_configuration import PROXIES, proxy_files
from vwr_middleware.serve.settings_file import USUAL, Given, read_given
from vwr_middleware.settings import RoomSettings

NEEDS_CRYPTO = 'a key for RS256 needs pip install "vwr-middleware[crypto]"'
_FILE = click.argument("file", type=click.Path(path_type=Path), required=False)
_ONLY_OWNER, _ALL = 0o600, 0o644


class CannotServe(click.ClickException):
    """The service cannot start, or be set up, as it is set."""

    exit_code = 2

    @classmethod
    def because(cls, error: ConfigurationError) -> "CannotServe":
        """Of these problems."""
        if len(error.problems) == 1:
            return cls(error.problems[0])
        lines = "\n".join(f"- {problem}" for problem in error.problems)
        return cls(f"the configuration has problems:\n{lines}")


@vwr.command()
@_FILE
@click.option("--host", default=HOST, show_default=True, help="Listen at this address.")
@click.option(
    "--port", type=click.IntRange(1, 65535), default=PORT, show_default=True, help="And port."
)
@click.option(
    "--uds", type=click.Path(path_type=Path, dir_okay=False), help="Listen at this Unix socket."
)
@click.option(
    "--workers",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Processes that serve: one per processor is enough.",
)
@click.option(
    "--upstream",
    default="",
    help="The app's URL, like http://127.0.0.1:3000: those inside are sent on to it.",
)
@click.option(
    "--aws", is_flag=True, help="Serve the API of AWS's Virtual Waiting Room too, at / and /api/."
)
@click.option("--access-log", is_flag=True, help="Print a line for each request.")
@click.pass_context
def serve(
    ctx: click.Context,
    file: Path | None,
    host: str,
    port: int,
    uds: Path | None,
    workers: int,
    upstream: str,
    aws: bool,
    access_log: bool,
) -> None:
    """Serve the waiting room by itself, in front of any app.

    FILE has the settings (default: VWR_CONFIG, or vwr.toml if it is there). VWR_... variables
    override it. When it is saved, or on SIGHUP, they are read again.
    """
    for name in ("store", "namespace", "url", "key"):
        if was_typed(ctx.find_root(), name):
            raise click.UsageError(f"--{name} is for other commands: set it in the file")
    options = Options(host, port, uds, workers, upstream, access_log, aws)
    file = file or ctx.find_root().params.get("config") or (USUAL if USUAL.exists() else None)
    try:
        from vwr_middleware.serve import server

        if upstream:
            import_module("vwr_middleware.serve.upstream")
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("vwr_middleware"):
            raise
        raise click.ClickException(NEEDS.format(error.name)) from error
    try:
        given = _given(file)
        checked_settings(given, options)
        refuse_taken_address(options)
    except ConfigurationError as error:
        raise CannotServe.because(error) from error
    server.run(file, given, options)


def _given(file: Path | None) -> Given:
    """What is set; functions that it names may lie beside the file."""
    if file is None and not any(name.upper().startswith("VWR_") for name in os.environ):
        raise ConfigurationError([f"there is no {USUAL} here: write one with vwr init"])
    given = read_given(file, os.environ)
    if file is not None:
        sys.path.append(str(file.parent.resolve()))
    return given


@vwr.command()
@_FILE
@click.option(
    "--for",
    "proxies",
    multiple=True,
    type=click.Choice(list(PROXIES)),
    help="Also write the configuration of this proxy (repeatable).",
)
@click.option(
    "--path",
    "paths",
    multiple=True,
    default=["/"],
    help="A path to protect (repeatable). Default: / (all of the site).",
)
@click.option(
    "--app",
    default="127.0.0.1:3000",
    callback=lambda _, option, text: _server_at(option, text),
    show_default=True,
    help="Where the app listens.",
)
@click.option(
    "--room-service",
    default=f"{HOST}:{PORT}",
    callback=lambda _, option, text: _server_at(option, text),
    show_default=True,
    help="Where vwr serve listens, as the proxy reaches it; or unix:/path.",
)
@click.option(
    "--aws",
    "aws_event",
    default="",
    metavar="EVENT",
    help="For `vwr serve --aws`: the event id of a site that was built on AWS's API.",
)
@click.option("--force", is_flag=True, help="Overwrite files that are there.")
def init(
    file: Path | None,
    proxies: tuple[str, ...],
    paths: tuple[str, ...],
    app: str,
    room_service: str,
    aws_event: str,
    force: bool,
) -> None:
    """Write a first settings file with a fresh secret, and a proxy's configuration.

    If FILE (default: vwr.toml) is there and --for names a proxy, the file stays, --force or not,
    and the proxy's configuration is filled in from it.
    """
    file = file or USUAL
    try:
        if not (proxies and file.exists()):
            # Raises what is wrong before anything is written.
            RoomSettings(paths=paths, aws_event=aws_event or None)
            text = new_settings_file(file, paths, int(bool(proxies)), aws_event)
            if aws_event and not (key := file.parent / AWS_KEY).exists():
                _write(key, _new_rsa_key(), _ONLY_OWNER, force)
            _write(file, text, _ONLY_OWNER, force)
        settings = read_given(file, {}).settings()
        for name in proxies:
            files = proxy_files(name, settings, room_service=room_service, app=app)
            for file_name, text in files.items():
                is_secret = any(key in text for key in settings.decision_key)
                mode = _ONLY_OWNER if is_secret else _ALL
                _write(file.parent / file_name, text, mode, force)
            click.echo(f"  {PROXIES[name].use}")
    except ConfigurationError as error:
        raise CannotServe.because(error) from error
    click.echo(f"Now start the room: vwr serve {file}{' --aws' if aws_event else ''}")


def _new_rsa_key() -> str:
    try:
        return new_key(RSA)
    except ModuleNotFoundError as error:
        raise click.ClickException(NEEDS_CRYPTO) from error


def _server_at(option: click.Parameter, text: str) -> str:
    """Where a server listens, as it stands in all configurations."""
    text = text.removeprefix("http://").rstrip("/")
    if not re.fullmatch(r"unix:/[\w./-]+|([\w.-]+|\[[0-9A-Fa-f:]+\]):[0-9]{1,5}", text, re.ASCII):
        raise click.BadParameter("write it like 127.0.0.1:3000, or unix:/path", param=option)
    return text


def _write(file: Path, text: str, mode: int, force: bool) -> None:
    if file.exists() and not force:
        if not sys.stdin.isatty():
            raise CannotServe(f"{file} is there already: remove it, or overwrite it with --force")
        click.confirm(f"{file} is there already. Overwrite it?", abort=True)
    try:
        write_new(file, text, mode)
    except OSError as error:
        raise CannotServe(f"{file} cannot be written: {error.strerror}") from error
    click.echo(f"wrote {file}")
