"""`manage.py vwr ...`: watch and steer the project's waiting rooms."""

import sys
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from vwr_middleware.cli import NEEDS
from vwr_middleware.django.settings import read_settings


class Command(BaseCommand):
    """Hands everything on to the `vwr` command, with the settings in VWR."""

    help = "Watch and steer waiting rooms: manage.py vwr --help"
    requires_system_checks = ()

    def run_from_argv(self, argv: list[str]) -> None:
        """As it is called from a shell; the arguments are not Django's."""
        try:
            command = _command()
        except CommandError as error:
            sys.exit(str(error))
        command(argv[2:], prog_name=f"{argv[0]} {argv[1]}")

    def add_arguments(self, parser: CommandParser) -> None:
        """For `call_command("vwr", "status", "main")`."""
        parser.add_argument("arguments", nargs="*")

    def handle(self, *args: Any, **options: Any) -> None:
        """The same from Python."""
        given = [*map(str, args), *options["arguments"]]
        _command()(given, prog_name="vwr", standalone_mode=False)


def _command() -> Callable[..., Any]:
    """The `vwr` command. Imported late: it needs click, which not every project has."""
    try:
        from vwr_middleware.cli.commands import group
    except ModuleNotFoundError as error:
        if error.name != "click":
            raise
        raise CommandError(NEEDS) from error
    return group(lambda _: read_settings()).main
