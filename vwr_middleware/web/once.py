"""What the log is told once in the life of a process."""

import logging
from functools import cache

log = logging.getLogger("vwr_middleware")


@cache
def warn_once(text: str, *details: object) -> None:
    """Log a warning, unless it was logged before."""
    log.warning(text, *details)
