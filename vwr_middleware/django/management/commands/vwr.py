"""`manage.py vwr ...`: watch and steer the project's waiting rooms."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from vwr_middleware.cli.commands import group
from vwr_middleware.django.settings import read_settings


class Command(BaseCommand):
    """Hands everything on to the `vwr` command, with the settings in VWR."""

    help = "Watch and steer waiting rooms: manage.py vwr --help"
    requires_system_checks = ()

    def run_from_argv(self, argv: list[str]) -> None:
        """As it is called from a shell; the arguments are not Django's."""
        group(read_settings).main(argv[2:], prog_name=f"{argv[0]} {argv[1]}")

    def add_arguments(self, parser: CommandParser) -> None:
        """For `call_command("vwr", "status", "main")`."""
        parser.add_argument("arguments", nargs="*")

    def handle(self, *args: Any, **options: Any) -> None:
        """The same from Python."""
        given = [*map(str, args), *options["arguments"]]
        group(read_settings).main(given, prog_name="vwr", standalone_mode=False)
