"""The questions before a command that could hurt. A program is asked nothing: it would hang."""

import sys
from collections.abc import Callable
from typing import Any

import click

from vwr_middleware.cli.base import harmless
from vwr_middleware.cli.reach import Client
from vwr_middleware.errors import Refused

#: The option by which all commands that ask are told not to.
YES = click.option("--yes", is_flag=True, help="Do not ask for confirmation.")


def is_person() -> bool:
    """Whether somebody sits at the other end, who can answer."""
    return sys.stdin.isatty()


def be_sure(client: Client, room_name: str, yes: bool, **changes: Any) -> None:
    """Before settings of a room are changed: say what that could hurt, and ask. Raises Abort."""
    if yes or not is_person():
        return
    found = _hazards(lambda: client.ask("hazards", room_name, **changes))
    for hazard in found:
        click.echo(harmless(hazard))
    if found:
        click.confirm("Go on?", abort=True)


def _hazards(ask: Callable[[], dict[str, Any]]) -> list[str]:
    try:
        return list(ask()["hazards"])
    except Refused as refused:
        if refused.status == 404:  # a panel of an earlier release: what it refuses it says itself
            return []
        raise
