"""Each state of the waiting page with made-up numbers, to look at while designing your own."""

from dataclasses import replace
from typing import Any

from vwr_middleware.pages.announcements import Announcement
from vwr_middleware.pages.view import ResumeView, View

#: Noon of a fixed day, so that a preview always shows the same time.
_NOW = 1_767_268_800.0
_EXAMPLE = {
    "room": "main",
    "site": "Example Tickets",
    "you": "waiting",
    "state": "queueing",
    "position": 12_345,
    "ahead": 1234,
    "serving": 11_110,
    "waiting": 5000,
    "behind": 3765,
    "went_in_lately": 57,
    "wait_seconds": (600, 900),
    "server_time": _NOW,
}
_NO_PLACE = {"position": None, "ahead": None, "wait_seconds": None}
#: Of a place that is over, or cannot be found.
_WAS = {**_NO_PLACE, "number": 12_345}

_LATE = Announcement(
    "The concert begins half an hour later. [Other dates](/dates)",
    "en",
    (("de", "Das Konzert beginnt eine halbe Stunde später. [Andere Termine](/dates)"),),
    "warning",
    _NOW,
)
_TROUBLE = Announcement(
    "Payment by card fails at the moment. Your place is kept while we mend it.",
    severity="urgent",
    at=_NOW,
)

#: What each state changes of the example.
_CHANGES: dict[str, dict[str, object]] = {
    "waiting": {},
    "near": {"position": 11_117, "ahead": 6, "wait_seconds": (20, 100)},
    "next": {"you": "next", "ahead": 0, "wait_seconds": None, "claim_by": _NOW + 60},
    "turn": {"you": "may_enter", "ahead": 0, "wait_seconds": (0, 0), "claim_by": _NOW + 60},
    "entering": {"you": "entering", "ahead": 0},
    "admitted": {"you": "admitted", "ahead": 0},
    "paused": {"state": "paused", "wait_seconds": None},
    "scheduled": {"state": "scheduled", "wait_seconds": None, "opens_at": _NOW + 3600},
    "registered": {
        **{"state": "scheduled", "opens_at": _NOW + 3600, "ahead": None, "behind": None},
        **{"draw": "registering", "registered": 48_210, "wait_seconds": None},
    },
    "early": {
        **{"state": "scheduled", "you": "none", "opens_at": _NOW + 7200, **_NO_PLACE},
        **{"draw": "early", "registered": 0, "draw_from": _NOW + 3600},
    },
    "closed": {"state": "closed", "you": "none", **_NO_PLACE},
    "shut": {"state": "closed", "wait_seconds": None},
    "joining": {"you": "none", **_NO_PLACE},
    "full": {"you": "none", "full": True, **_NO_PLACE},
    "missed": {"you": "missed", **_WAS},
    "ended": {"you": "ended", **_WAS},
    "left": {"you": "left", **_WAS},
    "moved": {"you": "moved", **_WAS},
    "interrupted": {"you": "interrupted", **_WAS},
    "locked": {"you": "locked", "binds": True, **_NO_PLACE},
    "cookies": {"you": "cookies", **_NO_PLACE},
    "reset": {"you": "reset", "position": 17, "ahead": 16, "serving": 0, "waiting": 40},
    "over": {
        **{"you": "reset", "why": "over", "state": "scheduled", "opening": 2, "serving": 0},
        **{"position": 17, "ahead": 16, "opens_at": _NOW + 3600, "wait_seconds": None},
    },
    "trouble": {"store_down": True},
    "offline": {"you": "none", "store_down": True, **_NO_PLACE},
    "late-is-lost": {"late_is_lost": True},
    "odds": {"odds": ("maybe", 5)},
    "spoken-for": {"odds": ("spoken_for", 0)},
    "gone": {"state": "closed", "odds": ("no", 0), "wait_seconds": None},
    "longer": {"wait_seconds": (1500, 2400), "wait_reason": "slower"},
    "message": {"message": "Standing places are sold out.\nSeats are left."},
    "warning": {"message": _LATE.message, "announcement": _LATE},
    "urgent": {"message": _TROUBLE.message, "announcement": _TROUBLE},
    "stopped-form": {"stopped_method": "POST"},
}
STATES = tuple(_CHANGES)


def preview(state: str, language: str = "en") -> View:
    """The view of a state. Raises KeyError if there is no such state."""
    return View(**{**_EXAMPLE, **_CHANGES[state], "language": language})  # type: ignore[arg-type]


def sample(
    state: str, language: str, *, announcement: Announcement | None = None, **names: str
) -> View:
    """The same on a site of somebody's own, with a message of their own. `names`: names and
    addresses, as View has them."""
    view = preview(state, language)
    if announcement is not None:
        view = replace(view, message=announcement.message, announcement=announcement)
    return replace(view, **names)  # type: ignore[arg-type]


_CODE = "7Q2K-9XWM-4HTB"
_LINK = f"https://tickets.example/vwr/main/resume?next=/#resume={_CODE}"
_RESUME_PROBLEMS = ("wrong", "slow", "down", "none", "gone")
#: States of the page that moves a place to another device: tried, but not shown by `vwr preview`.
RESUME_STATES = {
    "no place": ResumeView(),
    "a place": ResumeView(17),
    "a code": ResumeView(17, _CODE, _LINK),
    **{problem: ResumeView(problem=problem, typed=_CODE) for problem in _RESUME_PROBLEMS},
    **{f"{problem}, a place": ResumeView(17, problem=problem) for problem in _RESUME_PROBLEMS},
}

_AT_THE_DOOR = {"room": "main", "base": "/vwr/main", "has_message": False, "least": 0, "most": 20}
#: States of the static door, tried in the same way.
DOOR_STATES: dict[str, dict[str, Any]] = {
    "drawn": {**_AT_THE_DOOR, "refresh": 20, "is_drawn": True},
    "in order": {**_AT_THE_DOOR, "refresh": 20, "is_drawn": False},
    "a message": {**_AT_THE_DOOR, "refresh": 20, "is_drawn": True, "has_message": True},
}


def resume_preview(state: str) -> dict[str, Any]:
    """One visitor's variables for the page that moves a place to another device."""
    return {
        "view": RESUME_STATES[state],
        "room": "main",
        "base": "/vwr/main",
        "next": "/",
        "query": "/",
        "address": "https://tickets.example/vwr/main/resume",
        "attempt": "made-up",
    }
