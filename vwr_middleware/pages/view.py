"""What the pages show a visitor, and the phase that follows from it."""

from dataclasses import dataclass
from typing import NamedTuple

from vwr_middleware.pages.announcements import Announcement

#: Words of `you` that name the phase too.
_OWN_PHASE = frozenset(
    {"cookies", "entering", "missed", "ended", "left", "moved", "interrupted", "locked"}
)
#: States of the room that name the phase of all who have a place.
_ROOM_PHASE = frozenset({"paused", "scheduled"})


class Ways(NamedTuple):
    """What the page's box for being told while away needs of the browser, and whether the browser
    is asked for permission."""

    needs: str
    pushes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A visitor's standing, and where the page's links lead."""

    room: str
    #: The host, or the name of the site.
    site: str
    #: none, waiting, next, may_enter, admitted, missed, ended, left, moved, interrupted, locked or
    #: reset.
    you: str
    #: open, queueing, paused, scheduled, closed or off.
    state: str
    #: The line is at its limit, so no position was given.
    full: bool = False
    #: The room's, if it is known.
    generation: int | None = None
    position: int | None = None
    #: The number of a place that is over, or cannot be found at the moment; None: not known.
    number: int | None = None
    ahead: int | None = None
    serving: int = 0
    #: How many are behind; None if nobody knows, or if that is not public.
    behind: int | None = None
    #: How many went in during the last minute; None if nobody knows, or if that is not public.
    went_in_lately: int | None = None
    #: How many are in line; None if that is not public.
    waiting: int | None = None
    #: Seconds, low and high; None: not known yet.
    wait_seconds: tuple[int, int] | None = None
    #: Of the ranges that people were told, how many held, and of how many; None: it is not told.
    record: tuple[int, int] | None = None
    #: Whether something will be left: a word and tenths; None: not known.
    odds: tuple[str, int] | None = None
    #: Why the wait grows, in one word: paused, limit or slower.
    wait_reason: str = ""
    #: Until when the turn is held, in seconds since the epoch (wall clock).
    claim_by: float | None = None
    #: Why the visitor has lost a place: `over`, since the opening of that line is. Else empty.
    why: str = ""
    opens_at: float | None = None
    #: What the room's draw is at: early, registering, drawn or over; "" if it has none. How many
    #: are registered, or were; None if that is not public. From when on people register.
    draw: str = ""
    registered: int | None = None
    draw_from: float | None = None
    #: Which opening that is, and, while nobody may join yet, from when on.
    opening: int = 1
    joins_from: float | None = None
    #: What people wait for, if the opening has a title of its own.
    title: str = ""
    #: In the slow lane.
    is_slow: bool = False
    #: The visitor's lane, "" for the main line; None: the room has none, or there is no place.
    lane: str | None = None
    #: The same of any lane, the slow one too, where a draw is made in lanes.
    draw_lane: str = ""
    #: Which place was drawn in the slow lane.
    place_in_lane: int | None = None
    #: The operator's message in plain words, and in full.
    message: str = ""
    announcement: Announcement | None = None
    server_time: float = 0.0
    #: Where to go when the turn has come: a path of this origin, already checked.
    next_url: str = "/"
    #: The page is the answer to a GET of the wanted address, so a reload leads there.
    reload: bool = True
    #: The method of a form that was stopped and must be sent again; "" if none was.
    stopped_method: str = ""
    store_down: bool = False
    #: Whether a missed turn is lost.
    late_is_lost: bool = False
    #: Seconds for which a turn is held, and which a session lasts; whether it is renewed.
    claim_within: float = 60
    session_seconds: float = 600
    renew: bool = True
    #: Whether sessions are bound to the network where they began.
    binds: bool = False
    #: How people may be told after they have closed the page.
    away: Ways | None = None
    #: Whether the page may reload itself if scripts are off.
    refresh: bool = True
    #: The site, for those who have no reason to stay; "" if that is not known.
    home: str = "/"
    base: str = "/vwr/main"
    static: str = "/vwr/static"
    language: str = "en"

    @property
    def phase(self) -> str:
        """Which heading and which parts the page shows. The script has the same rule."""
        if self.you in _OWN_PHASE:
            return self.you
        if self.you in ("may_enter", "admitted"):
            return "turn"
        if self.state == "off":
            return "turn"
        if self.state == "closed":
            return "shut" if self.position is not None else "closed"
        if self.you == "none" and self.full:
            return "full"
        if self.position is None:
            return "early" if self.draw == "early" else "joining"
        if self.state in _ROOM_PHASE:
            return "registered" if self.draw == "registering" else self.state
        return "next" if self.you == "next" else "waiting"


@dataclass(frozen=True, slots=True)
class ResumeView:
    """What the page that moves a place to another device shows one visitor."""

    position: int | None = None  # of the place that this device has
    code: str = ""  # just made, and the link with it
    link: str = ""
    problem: str = ""  # wrong, gone, none, slow or down
    typed: str = ""  # the code that was typed
    attempt: str = ""  # to be sent again if the request is repeated


#: After so many seconds a page without scripts loads itself again while its visitor waits, at most,
#: and at least; and so many before a turn that is lost is over, since to load it takes a moment.
_RELOADS_MOST, _RELOADS_LEAST, _LOADS_WITHIN = 30, 4, 4


def reloads_in(late_is_lost: bool, claim_within: float) -> int:
    """The seconds after which a page without scripts loads itself again while its visitor waits."""
    most = int(claim_within) - _LOADS_WITHIN if late_is_lost else _RELOADS_MOST
    return max(_RELOADS_LEAST, min(_RELOADS_MOST, most))
