"""`vwr`: watch and steer waiting rooms from a shell."""

from collections.abc import Callable
from functools import partial
from typing import Any

import click

from vwr_middleware.cli import (
    alarms,
    invite,
    looking,
    messages,
    replay,
    report,
    schedule,
    service,
    steering,
    store,
    verify_draw,
    without_room,
)
from vwr_middleware.cli.base import Safely, vwr
from vwr_middleware.cli.reach import Reach
from vwr_middleware.settings import Settings

__all__ = [
    "alarms",
    "group",
    "invite",
    "looking",
    "messages",
    "replay",
    "report",
    "schedule",
    "service",
    "steering",
    "store",
    "verify_draw",
    "vwr",
    "without_room",
]

#: Commands for a room that stands by itself.
_WITHOUT_APP = ("serve", "init")

_OF_AN_APP = """Watch and steer the waiting rooms of this app.

Uses the settings and the store of the app's own configuration.
"""


def group(settings: Callable[[Any], Settings], kept: type = object) -> click.Group:
    """The command, for a framework's shell: its own configuration is read, not the environment.

    `settings` does so. It is given what that shell keeps for its commands (click's `obj`), if that
    is `kept`: commands around this one may keep something else, nearer.
    """

    @click.group("vwr", cls=Safely, help=_OF_AN_APP)
    @click.pass_context
    def framed(ctx: click.Context) -> None:
        ctx.obj = Reach(settings=partial(settings, ctx.find_object(kept)))

    for name, command in vwr.commands.items():
        if name not in _WITHOUT_APP:
            framed.add_command(command)
    return framed
