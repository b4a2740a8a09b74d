"""What a process logs only once."""

import logging
from functools import cache

log = logging.getLogger("vwr_middleware")


@cache
def warn_once(text: str, *details: object) -> None:
    """Log a warning, unless the same was logged before."""
    log.warning(text, *details)


@cache
def error_once(text: str, *details: object) -> None:
    """Log an error, unless the same was logged before."""
    log.error(text, *details)
