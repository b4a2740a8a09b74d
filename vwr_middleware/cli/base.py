"""The `vwr` command itself: how it reaches a room, and how it fails."""

import os
import sys
from functools import partial
from io import StringIO, TextIOWrapper
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from vwr_middleware import __version__
from vwr_middleware.cli import NEEDS
from vwr_middleware.cli.reach import Reach
from vwr_middleware.errors import ConfigurationError, WaitingRoomError
from vwr_middleware.serve.settings_file import read_given
from vwr_middleware.settings import Settings

ROOM = click.argument("room_name", metavar="ROOM")

#: What a terminal obeys and does not show, tab and line feed aside.
_OBEYED = dict.fromkeys([*range(9), *range(11, 32), *range(127, 160)], "\ufffd")


def harmless(text: str) -> str:
    """What somebody else has written, for a terminal: it could move the cursor, and so hide other
    lines."""
    return text.translate(_OBEYED)


class Safely(click.Group):
    """A group whose commands fail with a sentence and exit status 1, not with a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        if isinstance(sys.stdout, TextIOWrapper):
            # Not each terminal, nor each file on Windows, has the letters of every message.
            sys.stdout.reconfigure(errors="replace")
        if sys.stdin is None:  # closed by whatever has started us: then nobody answers
            sys.stdin = StringIO()
        try:
            return super().invoke(ctx)
        except ConfigurationError as error:
            lines = "\n".join(f"- {problem}" for problem in error.problems)
            raise click.ClickException(f"the configuration has problems:\n{lines}") from error
        except WaitingRoomError as error:
            raise click.ClickException(error.told) from error
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] != "rich":
                raise
            raise click.ClickException(NEEDS) from error


@click.group(cls=Safely, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="vwr")
@click.option("--store", envvar="VWR_STORE", help="The store, like redis://host or sqlite:///file.")
@click.option(
    "--namespace", envvar="VWR_NAMESPACE", help="The namespace in the store (default: vwr)."
)
@click.option(
    "--config",
    envvar="VWR_CONFIG",
    type=click.Path(path_type=Path),
    help="A settings file, as `vwr serve` has it.",
)
@click.option("--url", envvar="VWR_URL", help="The panel's URL, like https://host/vwr-admin.")
@click.option("--key", envvar="VWR_KEY", help="A key of the panel's API (admin_api_key).")
@click.pass_context
def vwr(
    ctx: click.Context,
    store: str | None,
    namespace: str | None,
    config: Path | None,
    url: str | None,
    key: str | None,
) -> None:
    """Watch and steer waiting rooms.

    Rooms are reached through their store, or through the control API of their panel. Settings come
    from VWR_... variables, as for the middleware, and from a file if --config names one.
    """
    # A file of variables from Windows leaves "\r" at the end of each.
    store, namespace, url, key = (text and text.strip() for text in (store, namespace, url, key))
    settings = partial(_settings_in, config) if config else None
    ctx.obj = Reach(store, namespace, _panel(ctx, url), key, settings)


def _settings_in(file: Path) -> Settings:
    """The settings in a file. Functions that it names may lie beside it."""
    sys.path.append(str(file.parent.resolve()))
    return read_given(file, os.environ).settings()


def _panel(ctx: click.Context, url: str | None) -> str | None:
    """The panel's URL; None if the command line names a store, which wins over the environment."""
    names = [name for name in ("store", "namespace", "config") if was_typed(ctx, name)]
    if not names:
        return url
    if was_typed(ctx, "url"):
        both = " and ".join(f"--{name}" for name in names)
        raise click.UsageError(
            f"name either a store or a panel: drop {both} to use the panel, or --url to use the"
            " store"
        )
    return None


def was_typed(ctx: click.Context, name: str) -> bool:
    """Whether an option stands on the command line, and not only in the environment."""
    return ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE
