"""What a room keeps of the room that shadow mode imagines: see shadow.py."""

from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class ShadowNumbers:
    """The numbers of the imagined room."""

    shadow_at: float = 0.0  # up to when it is kept; 0: it is not
    shadow_inside: float = 0.0  # who came in at once
    shadow_late: float = 0.0  # who came in from its line
    shadow_line: float = 0.0
    shadow_tokens: float = 0.0
    shadow_ended: float = 0.0  # these two: visits that ended lately, and the seconds of all
    shadow_stayed: float = 0.0
    would_wait: int = 0  # how many would have had to wait, ever
    shadow_waited: float = 0.0  # seconds that all of them together would have waited, ever
