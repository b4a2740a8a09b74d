"""Where the `vwr` script begins."""

import sys


def main() -> None:
    """Run the command, or say what it needs."""
    try:
        from vwr_middleware.cli.commands import vwr
    except ModuleNotFoundError as error:
        if error.name not in ("click", "rich"):
            raise
        sys.exit("vwr needs click and rich: pip install 'vwr-middleware[cli]'")
    vwr(prog_name="vwr")
