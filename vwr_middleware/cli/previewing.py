"""`vwr preview`: the waiting page in every state, to look at while designing one's own."""

import re
import secrets
from dataclasses import replace
from pathlib import Path

import click
from werkzeug.serving import make_server
from werkzeug.utils import redirect

from vwr_middleware.cli.base import vwr
from vwr_middleware.cli.reach import Reach
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.gate.previews import NAME
from vwr_middleware.pages.pages import Pages
from vwr_middleware.pages.preview import STATES, preview
from vwr_middleware.settings import Settings
from vwr_middleware.startup.checks import pages_of
from vwr_middleware.startup.own_templates import template_problems
from vwr_middleware.wsgi import WaitingRoomMiddleware

#: Files are looked at without a server, so there is nobody whom the script could ask.
_SCRIPT = re.compile(rb"<script src=[^>]*></script>\n?")
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
@click.pass_obj
def preview_(
    reach: Reach, states: tuple[str, ...], languages: tuple[str, ...], out: Path | None, port: int
) -> None:
    """Show the waiting page in every state, with made-up numbers and your templates and colours.

    Serves it to this machine only, or writes files with --out.
    """
    given = reach.read() or Settings(secret_key=secrets.token_urlsafe(), paths="/")
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
    for state in states:
        for language in languages:
            view = replace(preview(state, language), static="static", base=".", next_url="#")
            page = _SCRIPT.sub(b"", pages.waiting(view))
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
