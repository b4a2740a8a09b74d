"""The questions before a command that could hurt. A program is asked nothing: it would hang."""

import sys
from collections.abc import Callable, Mapping
from typing import Any

import click

from vwr_middleware.cli.base import harmless
from vwr_middleware.cli.reach import Client
from vwr_middleware.errors import Refused
from vwr_middleware.panel.all_rooms import PAUSABLE, hazards_of_pause

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
    if tell_hazards(client, room_name, changes):
        click.confirm("Go on?", abort=True)


def tell_hazards(client: Client, room_name: str, changes: Mapping[str, Any]) -> bool:
    """Say what a change could hurt. False: nothing."""
    found = _hazards(lambda: client.ask("hazards", room_name, **changes)) if changes else []
    for hazard in found:
        click.echo(harmless(hazard))
    return bool(found)


def be_sure_of_all(client: Client, yes: bool) -> None:
    """Before all rooms are paused: say what that does to each, and ask. Raises Abort."""
    if yes or not is_person():
        return
    rows = client.rooms()
    names = [row["room"] for row in rows if row.get("mode") in PAUSABLE]
    for hazard in hazards_of_pause(rows, names):
        click.echo(harmless(hazard))
    if names:
        click.confirm("Go on?", abort=True)


def _hazards(ask: Callable[[], dict[str, Any]]) -> list[str]:
    try:
        return list(ask()["hazards"])
    except Refused as refused:
        if refused.status == 404:  # a panel of an earlier release: what it refuses it says itself
            return []
        raise
