"""Where the `vwr` script begins."""

import sys

from vwr_middleware.cli import NEEDS


def main() -> None:
    """Run the command, or say what it needs."""
    try:
        from vwr_middleware.cli.commands import vwr
    except ModuleNotFoundError as error:
        if error.name != "click":
            raise
        sys.exit(NEEDS)
    vwr(prog_name="vwr")
