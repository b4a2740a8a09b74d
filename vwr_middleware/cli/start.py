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
    # As for servers: the app's functions that settings name lie where it is started.
    sys.path.append("")
    vwr(prog_name="vwr")
