"""An event as a calendar file: iCalendar, RFC 5545."""

from dataclasses import dataclass
from datetime import UTC, datetime

#: Octets of a line at most; what is longer goes on in the next one, after a space (section 3.1).
LONGEST_LINE = 75
CALENDAR = ("Content-Type", "text/calendar; charset=utf-8")

_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """A moment that somebody wants to keep. Times are seconds since the epoch."""

    uid: str  # the same for each file about this event, so that a newer one replaces an older
    starts_at: float
    told_at: float  # when this was so
    summary: str
    description: str
    url: str
    minutes: int = 15  # how much of the calendar it takes up
    remind_before: int = 10  # minutes

    def text(self) -> str:
        """The file."""
        lines = (
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//vwr-middleware//waiting room//EN",
            "CALSCALE:GREGORIAN",
            "BEGIN:VEVENT",
            f"UID:{_escaped(self.uid)}",
            f"DTSTAMP:{_utc(self.told_at)}",
            f"DTSTART:{_utc(self.starts_at)}",
            f"DURATION:PT{self.minutes}M",
            f"SUMMARY:{_escaped(self.summary)}",
            f"DESCRIPTION:{_escaped(self.description)}",
            f"URL:{self.url}",
            "TRANSP:TRANSPARENT",
            "BEGIN:VALARM",
            "ACTION:DISPLAY",
            f"DESCRIPTION:{_escaped(self.summary)}",
            f"TRIGGER:-PT{self.remind_before}M",
            "END:VALARM",
            "END:VEVENT",
            "END:VCALENDAR",
        )
        return "".join(f"{_folded(line)}\r\n" for line in lines)


def _utc(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(text: str) -> str:
    """A TEXT value (section 3.3.11). Of control characters only line feeds may stand in one."""
    plain = "\n".join(text.splitlines())
    return "".join(one for one in plain if one.isprintable() or one == "\n").translate(_ESCAPED)


def _folded(line: str) -> str:
    """The line in pieces, none of which breaks a letter."""
    pieces, piece, length = [], "", 0
    for letter in line:
        size = len(letter.encode())
        if length + size > LONGEST_LINE:
            pieces.append(piece)
            piece, length = "", 1  # the space before the next piece
        piece += letter
        length += size
    return "\r\n ".join([*pieces, piece])
