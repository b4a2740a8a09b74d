"""What our log says where nobody has set up logging, as under uvicorn and `flask run`.

There Python prints the bare text: no time, no level, and not whose it is.
"""

import logging
import sys

_OURS = logging.getLogger("vwr_middleware")


class _Unheard(logging.Handler):
    """Prints what no other handler gets."""

    def emit(self, record: logging.LogRecord) -> None:
        if _OURS.handlers != [self] or (_OURS.propagate and logging.root.handlers):
            return
        try:
            sys.stderr.write(f"{self.format(record)}\n")
        except Exception:
            self.handleError(record)


def print_what_nobody_hears() -> None:
    """From now on; like Python itself, no less than warnings."""
    if not any(isinstance(handler, _Unheard) for handler in _OURS.handlers):
        handler = _Unheard(logging.WARNING)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        _OURS.addHandler(handler)
