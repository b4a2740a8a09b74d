"""Where the files are that ship with the package."""

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path


def asset_dir(name: str) -> Traversable:
    """The directory `templates` or `static`: in the installed package, or beside a checkout's."""
    installed = files("vwr_middleware") / name
    return installed if installed.is_dir() else Path(__file__).parents[1] / name
