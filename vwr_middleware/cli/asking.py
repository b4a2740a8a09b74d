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
    return sys.stdin is not None and sys.stdin.isatty()


def sure(question: str, yes: bool) -> None:
    """Ask a person whether to go on; with --yes, nobody. Raises Abort. A script that has not said
    so is refused rather than asked: it would hang."""
    if yes:
        return
    if not is_person():
        raise Refused(f"{question.strip()} Nobody is here to answer: add --yes to go on")
    click.confirm(question, abort=True)


def typed_name(question: str, name: str) -> str:
    """What a person types who was asked for a name, since so much is at stake."""
    if not is_person():
        hint = f"Nobody is here to answer: add --confirm {name}, or --yes"
        raise Refused(f"{question} {hint}")
    return str(click.prompt(f"{question} Type {name} to go on"))


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
