"""RoomSettings: what is set for one waiting room."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from vwr_middleware.errors import ConfigurationError
from vwr_middleware.pages.announcements import checked
from vwr_middleware.papers.puzzles import WORK, WORK_LEAST, WORK_MOST
from vwr_middleware.settings import (
    alarm_kinds,
    draw_kinds,
    kinds,
    lane_kinds,
    look_kinds,
    message_kinds,
    opening_kinds,
    slow_kinds,
    web_kinds,
)
from vwr_middleware.settings.contradictions import CONFIRM_WITHIN, contradictions
from vwr_middleware.settings.fields import kinds_of, read_fields, required, setting, unknown_name
from vwr_middleware.settings.kinds import POW, moment
from vwr_middleware.settings.quiet_hours import quiet_hours

#: The values of a room's settings in a store.
StoreValue = str | int | float | bool | None | Mapping[str, Any] | Sequence[Mapping[str, Any]]

#: The settings that a store needs in order to decide by itself.
STORED = (
    *("mode", "max_active", "per_minute", "burst", "max_waiting", "session_seconds", "renew"),
    *("confirm_within", "session_grace", "claim_within", "late", "opens_at", "closes_at"),
    *("stock_left", "when_gone", "public_stock", "message", "announcement", "quiet_hours"),
    *("openings", "lanes", "invited_only"),
)
#: Those of them that are left out where they are not used, so that the room is that of earlier
#: releases.
_LEFT_OUT = ("announcement", "openings", "lanes", "invited_only")
#: The same of a room that draws; others have none of these.
STORED_OF_DRAW = ("draw", "draw_from", "draw_beacon")
#: How the names of prepared messages begin in a store, among the settings.
PREPARED = "prepared:"
#: The same of batches of invitations.
BATCH = "invited:"

#: Characters of a setting that workers compare with each other's, at most.
OWN_LONGEST = 100

#: How the names of the rooms end in which a drill is held, where `loadtest_token` is set.
DRILL_ENDING = "-drill"

#: What a room may be set to do.
MODES = ("auto", "queue", "paused", "closed", "off", "shadow")


@dataclass(frozen=True, kw_only=True, init=False)
class RoomSettings:
    """One waiting room: the requests that it protects, and its limits.

    Raises one ConfigurationError with every problem.
    """

    #: The room's name in URLs and cookies: 1 to 32 of a-z, 0-9 and -.
    name: str = setting(web_kinds.room_name, "main")
    #: The paths to protect. `"/tickets"` covers it and everything below it; `*` stands for any
    #: characters; a compiled regex, or `{"regex": "^/$"}`, is searched for. Several in a list.
    paths: tuple[web_kinds.PathPattern, ...] = required(web_kinds.path_patterns)
    #: Protect only requests to these hosts (and to hosts that no room names); none: all hosts.
    hosts: tuple[str, ...] = setting(web_kinds.hosts, ())
    #: Protect only requests with these methods, where GET includes HEAD; none: all methods.
    methods: tuple[str, ...] = setting(web_kinds.methods, ())
    #: Whether preflights (browsers' `OPTIONS` for scripts of other origins) pass to the app. Only
    #: if something in it answers each of them before any view.
    preflights: bool = setting(kinds.flag, False)
    #: Exceptions: paths that stay open, written like `paths`.
    exclude: tuple[web_kinds.PathPattern, ...] = setting(web_kinds.open_patterns, ())
    #: A synchronous function that takes our own request object and returns true for anybody who
    #: never waits (staff, health checks).
    bypass: Callable[..., object] | None = setting(kinds.hook("request"), None)
    #: A synchronous function that takes the same and returns where newcomers must go before they
    #: get a place: the path of a page of yours (a login, a CAPTCHA), or `None`.
    #: Or `"pow"`: their browser solves a puzzle of ours first. See docs/robots.md.
    challenge: Callable[..., object] | str | None = setting(kinds.challenge, None)
    #: How much work that puzzle is, in doublings: 17 takes a phone of 2019 some seconds.
    challenge_work: int = setting(kinds.whole(WORK_LEAST, WORK_MOST), WORK)
    #: What newcomers get while `challenge` fails: `wait` (a page that retries) or `pass` (a place
    #: without it).
    on_challenge_error: str = setting(kinds.choice("wait", "pass"), "wait")
    #: A synchronous function that takes the same and returns who a newcomer is, like the id of an
    #: account, or `None`: each has one place, on all devices together.
    identity: Callable[..., object] | None = setting(kinds.hook("request"), None)
    #: Lanes, parts of the line: by their names, the part of the free slots that each gets while
    #: somebody of it waits, like `{"members": 0.3}`. See docs/lanes.md.
    lanes: Mapping[str, float] | None = setting(kinds.optional(lane_kinds.lanes), None)
    #: A synchronous function that takes our request object and returns the name of the lane that a
    #: newcomer joins, or `None`.
    lane: Callable[..., object] | None = setting(kinds.hook("request"), None)
    #: Who looks like a robot and is called after the others, in the lane `slow`: functions that
    #: take our request object, `network` (who joins beyond `slow_joins_per_address`) and `unsolved`
    #: (who goes on without the puzzle of `challenge="pow"`). See docs/robots.md.
    slow_lane: tuple[Callable[..., object] | str, ...] = setting(
        slow_kinds.reasons, (), shown="none"
    )
    #: With `network` in `slow_lane`, the most joins per minute from one address (one /64 for IPv6)
    #: that are in the main line. The others are in the slow lane.
    slow_joins_per_address: int = setting(kinds.whole(1), slow_kinds.JOINS)
    #: The part of the free slots that the slow lane gets while somebody of it waits.
    slow_share: float = setting(slow_kinds.share, slow_kinds.SHARE)
    #: How somebody in the slow lane gets the place in the main line back: `pow` (a puzzle), or a
    #: function that takes the same and returns the path of a page of yours, or `None` once it is
    #: shown that this is a person.
    appeal: Callable[..., object] | str = setting(slow_kinds.appeal, POW)
    #: Whether only those get a place who bring an invitation: see docs/invitations.md.
    invited_only: bool = setting(kinds.flag, False)
    #: A synchronous function that is called once when the turn of somebody has come who asked to be
    #: told, so that you can send an e-mail or an SMS. It is given a notice with the visitor's
    #: `contact`. It may take seconds.
    notify: Callable[..., object] | None = setting(kinds.hook("notice"), None)
    #: A synchronous function that takes our request object and returns how `notify` knows a visitor
    #: who asks to be told, like the id of an account, or `None`: this one cannot be told.
    contact: Callable[..., object] | None = setting(kinds.hook("request"), None)
    #: How many visitors may be inside at once: the hard limit on sessions.
    max_active: int = setting(kinds.whole(1), 100)
    #: The most new admissions per minute, evenly paced.
    per_minute: float | None = setting(kinds.optional(kinds.number(0, 1e9, above=True)), None)
    #: How many may be admitted at once after a quiet time. Needs `per_minute`. While people wait it
    #: is at least 1 + two seconds' worth, or the pace could not be kept.
    burst: float | None = setting(
        kinds.optional(kinds.number(1, 1e9)), None, shown="1 + three seconds' worth"
    )
    #: The most people in line. Later visitors get no number, and a page that says that the line is
    #: full. Numbers to which nobody came back do not count. It needs `joins_per_address` or a
    #: `challenge`, or a script that takes many numbers can fill the line.
    max_waiting: int | None = setting(kinds.optional(kinds.whole(0)), None)
    #: An inlet strategy, or several, of which the smallest result wins: callables, their import
    #: names, or data like `{"kind": "periodic", "count": 100, "every": 60}`.
    inlet: tuple[Callable[..., object], ...] | None = setting(
        kinds.optional(kinds.inlet), None, shown="from the limits"
    )
    #: `auto`: people wait only when the room is full. `queue`: everybody new gets a place.
    #: `paused`: the serving counter stops. `closed`: nobody enters, and people in line are told so.
    #: `off`: everybody passes. `shadow`: everybody passes, and it is counted who would have waited.
    mode: str = setting(kinds.choice(*MODES), "auto")
    #: For how many visitors the room keeps when each joined, was called, knocked, went in and left,
    #: for `vwr replay`; 0: for none. Nothing else about them is kept, and that two days at most.
    day_log: int = setting(kinds.whole(0, 2_000_000), 0)
    #: Seconds that a session lasts from its last renewal.
    session_seconds: float = setting(kinds.seconds(above_zero=True), 600)
    #: Whether a request in the second half of a session renews it. If not, the session ends after
    #: `session_seconds`.
    renew: bool = setting(kinds.flag, True)
    #: Seconds within which a new session must be used once more. If it is not, its slot is freed.
    confirm_within: float = setting(kinds.seconds(above_zero=True), CONFIRM_WITHIN)
    #: Seconds after the end of a session in which a form can still be submitted.
    session_grace: float = setting(kinds.seconds(above_zero=False), 60)
    #: Seconds after which a session ends whose last page was closed, if the app's pages have
    #: `keep.js`. It needs `renew`.
    session_idle: float | None = setting(kinds.optional(kinds.seconds(above_zero=True)), None)
    #: Under ASGI, whether a WebSocket is closed, with code 4401, when its session ends. If not, it
    #: stays open.
    close_websockets: bool = setting(kinds.flag, False)
    #: Whether a session works only from the network where it began: the same IPv4 address, or the
    #: same IPv6 /64. A phone that leaves its Wi-Fi is locked out until it is back.
    bind: bool = setting(kinds.flag, False)
    #: Whether a visitor's session ends when a page of this origin shows the image
    #: `/vwr/<room>/complete.gif`. Only where visitors cannot put images into your pages.
    complete_by_image: bool = setting(kinds.flag, False)
    #: Seconds that a called visitor has to claim their turn.
    claim_within: float = setting(kinds.seconds(above_zero=True), 60)
    #: Hours of each day in which nobody's turn runs out and nobody is told of it, like
    #: `22:00-08:00 Europe/Berlin`. Whoever is there goes in as ever.
    quiet_hours: str | None = setting(kinds.optional(quiet_hours), None)
    #: What happens to a missed turn. `when_space`: it is kept for the next free slot. `lost`: it is
    #: lost, unless the visitor came in time and found no slot.
    late: str = setting(kinds.choice("when_space", "lost"), "when_space")
    #: When the room opens: a time with its UTC offset. Before that, people join and hold their
    #: places.
    opens_at: float | None = setting(kinds.optional(moment), None)
    #: Whether all who come before `opens_at` have places by lot when it opens, whoever came first.
    #: Whoever comes later is behind them, in order. Each of several `lanes` is drawn by itself. See
    #: docs/draw.md.
    draw: bool = setting(kinds.flag, False)
    #: From when on people register for the draw: a time with its UTC offset. Before that they read
    #: when it begins. Needs `draw`.
    draw_from: float | None = setting(kinds.optional(moment), None)
    #: Where a public value comes from that is mixed into the draw, and that nobody knows before:
    #: `drand`, a function that is given the time of the opening and returns a text, or words that
    #: say what `draw_beacon` will be. Needs `draw`.
    draw_beacon_from: Callable[..., object] | str | None = setting(draw_kinds.beacon_source, None)
    #: That value, where an operator sets it before the opening, like the numbers of a lottery.
    draw_beacon: str | None = setting(draw_kinds.beacon, None)
    #: When the room closes: a time with its UTC offset.
    closes_at: float | None = setting(kinds.optional(moment), None)
    #: In place of both, several openings: a list of `{"opens_at": …, "closes_at": …}`, each with
    #: any of `joins_from`, `title`, `message`, `max_active`, `per_minute` and `fresh`. See
    #: docs/openings.md.
    openings: Sequence[Mapping[str, Any]] | None = setting(
        kinds.optional(opening_kinds.openings), None
    )
    #: What people wait for, at the top of the waiting page: a text, or one for each language, like
    #: `{"en": "General sale", "de": "Freier Verkauf"}`.
    title: look_kinds.Pairs = setting(look_kinds.words, (), shown="none")
    #: What stands below the title, written in the same way.
    subtitle: look_kinds.Pairs = setting(look_kinds.words, (), shown="none")
    #: The room's own look: any of the site's `logo`, `logo_dark`, `header`, `colors`, `scheme` and
    #: `font`, like `{"header": "#8a1538"}`.
    theme: tuple[tuple[str, object], ...] = setting(look_kinds.theme, (), shown="the site's")
    #: A function without arguments that says how much is left to sell, as a whole number. One
    #: worker at a time asks it, every five seconds. It may be asynchronous. See docs/stock.md.
    stock: Callable[..., object] | None = setting(kinds.asynchronous_hook(), None)
    #: How much is left, said by hand: it counts in place of what `stock` says.
    stock_left: int | None = setting(kinds.optional(kinds.whole(0)), None)
    #: What happens when nothing is left. `message`: the line goes on, and people read it. `close`:
    #: the line closes until something is left again; those in line keep their places.
    when_gone: str = setting(kinds.choice("message", "close"), "message")
    #: Whether the public status says how much is left. Needs `public_numbers`.
    public_stock: bool = setting(kinds.flag, False)
    #: The operator's message to everybody in line.
    message: str | None = setting(kinds.optional(kinds.text), None)
    #: The same in full, in place of `message`: `{"text": "Row 3 is sold out", "language":
    #: "en", "texts": {"de": "Reihe 3 ist ausverkauft"}, "severity": "warning"}`.
    announcement: Mapping[str, Any] | None = setting(
        kinds.optional(message_kinds.announcement), None
    )
    #: Messages that operators put in force by one press: by their names, texts or the same in full.
    prepared_messages: Mapping[str, Any] | None = setting(
        kinds.optional(message_kinds.prepared), None
    )
    #: The most joins per minute from one address (one /64 for IPv6).
    joins_per_address: int | None = setting(kinds.optional(kinds.whole(1)), None)
    #: From where on operators are alarmed, like `{"nobody_enters": 300, "line_formed": false}`: see
    #: docs/alarms.md. `false`: never.
    alarms: alarm_kinds.Thresholds = setting(
        alarm_kinds.alarms, alarm_kinds.ALL_ON, shown="all, with the usual numbers"
    )
    #: How many people may arrive at the same moment: over so many the static door, a page that a
    #: cache may hand to everybody, spreads those who ask for a place.
    expected_crowd: int = setting(kinds.whole(1), 10_000)
    #: The event id by which sites built for AWS's Virtual Waiting Room name the room, where its API
    #: is served (`vwr serve --aws`).
    aws_event: str | None = setting(kinds.optional(look_kinds.event_id), None)
    #: The HTTP status of the waiting page for page navigations: 200, 202, 429 or 503.
    waiting_status: int = setting(kinds.choice(200, 202, 429, 503), 202)

    def __init__(self, **given: object) -> None:
        problems = [
            unknown_name(name, ROOM_KINDS, f"{name} is not a setting of a room")
            for name in given
            if name not in ROOM_KINDS
        ]
        values = read_fields(RoomSettings, given, problems)
        if "paths" not in given:
            problems.append(
                'paths is missing: name the paths to protect, like paths=["/tickets"], or write'
                " paths=[] where only @waiting_room protects views"
            )
        problems.extend(found.problem for found in contradictions(values))
        if values.get("message") and values.get("announcement"):
            problems.append("message and announcement are both given: remove one of them")
        if problems:
            raise ConfigurationError(problems)
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def store_config(self) -> dict[str, StoreValue]:
        """The settings of STORED, by name. A `burst` of None follows the rate, even if an operator
        changes that. Clients of AWS's API are not heard before their turn (line/calling.py)."""
        derived: dict[str, StoreValue] = {"counts_unheard": True} if self.aws_event else {}
        if self.draw:
            derived |= {name: getattr(self, name) for name in STORED_OF_DRAW}
        for name, prepared in (self.prepared_messages or {}).items():
            derived[PREPARED + name] = prepared
        if self.day_log:
            derived["day_log"] = self.day_log
        if self.announcement:
            derived |= settled_message(self.announcement)
        if self.openings:
            derived["openings"] = [dict(opening) for opening in self.openings]
        if lanes := self.all_lanes:
            derived["lanes"] = lanes
        if self.invited_only:
            derived["invited_only"] = True
        plain = (name for name in STORED if name not in _LEFT_OUT)
        return {name: getattr(self, name) for name in plain} | derived

    @property
    def all_lanes(self) -> dict[str, float]:
        """The lanes with their shares, the slow one too."""
        slow = {slow_kinds.SLOW: self.slow_share} if self.slow_lane else {}
        return dict(sorted({**(self.lanes or {}), **slow}.items()))

    def own_config(self) -> dict[str, str]:
        """The settings that each worker obeys by itself, as text, to find those that differ."""
        known = (*STORED, *STORED_OF_DRAW, "prepared_messages", "name")
        own = (name for name in ROOM_KINDS if name not in known)
        return {name: _as_text(getattr(self, name)) for name in own}


def settled_message(announcement: Mapping[str, Any] | None) -> dict[str, StoreValue]:
    """Both settings of a message that is given in full: its plain words stand in `message`."""
    if announcement is None:
        return {"message": None, "announcement": None}
    found = checked(announcement)
    return {
        "message": found.message,
        "announcement": None if found.is_plain else found.as_stored(),
    }


def _as_text(value: object) -> str:
    """A setting as text that every store can keep: of a long one its beginning and a checksum."""
    whole = _written(value).encode(errors="backslashreplace")  # a path may be no UTF-8
    text = whole.decode()
    return text if len(text) <= OWN_LONGEST else f"{text[:OWN_LONGEST]}… #{crc32(whole)}"


def _written(value: object) -> str:
    """A setting as text that is the same in each process. Of a user's function it is only the name:
    what an object shows of itself may be an address in memory, or a secret."""
    if isinstance(value, tuple) and value:
        return ", ".join(sorted(map(_written, value)))  # a set has another order in each process
    if isinstance(value, re.Pattern):
        return str(value.pattern)
    if callable(value) and not type(value).__module__.startswith("vwr_middleware."):
        return str(getattr(value, "__qualname__", type(value).__qualname__))
    return "none" if value in ((), None) else str(value)


ROOM_KINDS = kinds_of(RoomSettings)
