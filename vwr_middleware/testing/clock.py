"""The time of a room in a test: it moves only when told."""

import time
from datetime import datetime


class Clock:
    """Call it for the time in seconds since the epoch. It begins with the real time, and stands."""

    def __init__(self, now: float | None = None) -> None:
        self.now = time.time() if now is None else now

    @classmethod
    def at(cls, moment: datetime | str) -> "Clock":
        """A clock that begins at a moment with its UTC offset, as `opens_at` takes it."""
        return cls(_seconds(moment))

    def __call__(self) -> float:
        return self.now

    def pass_by(self, seconds: float) -> None:
        """Let so many seconds pass, in which nobody polls: all pages are asleep."""
        if seconds < 0:
            raise ValueError("time does not go back: begin with a clock that is earlier")
        self.now += seconds

    def go_to(self, moment: datetime | str) -> None:
        """Let time pass until a later moment, written in the same way."""
        self.pass_by(_seconds(moment) - self.now)

    def __repr__(self) -> str:
        return f"<Clock at {self.now:.3f}>"


def _seconds(moment: datetime | str) -> float:
    found = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    if found.tzinfo is None:
        raise ValueError(f"{moment} needs a UTC offset, like 2026-12-01T10:00:00+01:00")
    return found.timestamp()
