"""One line of the go / no-go sheet."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found. `is_well`: True go, False no-go, None: open, for a person to decide."""

    is_well: bool | None
    what: str
    told: str
    fix: str = ""


def go(what: str, told: str) -> Finding:
    """It is as it should be."""
    return Finding(True, what, told)


def no_go(what: str, told: str, fix: str) -> Finding:
    """It must be mended before the day."""
    return Finding(False, what, told, fix)


def open_(what: str, told: str, fix: str) -> Finding:
    """It may be right, which only people know."""
    return Finding(None, what, told, fix)
