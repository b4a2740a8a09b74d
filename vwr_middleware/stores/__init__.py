"""Stores keep the rooms' numbers, atomically: memory, SQLite, PostgreSQL, Redis or Valkey.

`Store` below says what every store can do. opening.py opens the one that a URL names.

memory/, sqlite/ and postgres/ run the steps of `line` in this process:
    line_store.py    a store's methods, each as one step of the line, and how a step finds its room
    board.py         what workers share besides rooms: wrong passwords, counts, what was used
    kept_numbers.py  how a database keeps a room's numbers
    chunked_bits.py  how it keeps bitmaps

redis/ has the server run the same steps, from the scripts in lua/: a file for each step, and for
what several steps share a file with the name of the one in `line`.

Whatever has to wait for a server:
    patience.py    how long an event loop waits
    host_names.py  looks up the servers' names
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from vwr_middleware.line.day_log import KeptDay
from vwr_middleware.line.lane_minutes import LanePast
from vwr_middleware.line.messages import (
    Ask,
    Ending,
    JoinKind,
    Move,
    Notices,
    Place,
    Record,
    Seen,
    Snapshot,
    Turn,
    Verdict,
)
from vwr_middleware.line.minutes import Past


class Store(Protocol):
    """What every store can do. Each method is one atomic step and one round trip.

    Methods are coroutines; those of a store whose `blocking` is true never suspend. All raise
    StoreUnavailable if the store cannot be reached, RoomLost if it has no such room (only `refresh`
    makes or rebuilds one) and ForeignRoom if `seen` speaks of another room of this name.
    Times are the store's own, in seconds since the epoch.
    """

    @property
    def blocking(self) -> bool:
        """Whether the methods run to their end without suspending."""

    @property
    def patience(self) -> float:
        """Seconds after which an answer is given up; 0 for a store that is asked in place."""

    async def refresh(self, asks: Sequence[Ask]) -> list[Snapshot]:
        """Hand in what was noticed, let the rule move the serving counters, read the rooms.

        A room that is not there is made, or rebuilt (but see `Ask.ended`). If some of several rooms
        cannot be read, this raises RoomsUnread with those that were: their events are told once.
        """

    async def join(
        self,
        room_name: str,
        /,
        kinds: Sequence[JoinKind],
        seen: Seen | None = None,
        identities: Sequence[str] = (),
        lanes: Sequence[str] = (),
    ) -> list[Turn]:
        """Several visitors arrive, in this order.

        `identities` says who each of them is, as 16 hexadecimal digits, or "" where that is not
        known, as for those beyond its end. An identity has one place: joining again gives the same
        one (`known`) and changes nothing, until its session is over or it has given the place up.
        With a ! before it, it gets no other after a session either (`spent`). Where there are
        several secrets, an identity is the digests by all of them, the newest first, with commas
        between: it is known by any of them, and remembered by the first.
        If that place was drawn, its number is told (`drawn`): ask again with the position that it
        has got behind the identity, after a space.
        `lanes` says in the same way which lane each of them joins, as in line/lanes.py: one that
        the room does not have is none.
        """

    async def knock(
        self,
        room_name: str,
        /,
        place: Place,
        returns_in: float,
        hidden: bool = False,
        seen: Seen | None = None,
    ) -> Turn:
        """A called visitor asks whether to come in; if not, it asks again in `returns_in` seconds.

        If `hidden`, its page is in a background tab, whose timers fire once a minute.
        """

    async def claim(
        self, room_name: str, /, place: Place, returns_in: float, seen: Seen | None = None
    ) -> Turn:
        """Exchange a ticket whose turn has come for a session. Repeating it changes nothing."""

    async def renew(
        self,
        room_name: str,
        /,
        session: str,
        take_back: bool = False,
        seen: Seen | None = None,
        marks: Sequence[str] = (),
        lasts: float = 0.0,
    ) -> Turn:
        """Confirm a first token, or renew a running session; `take_back` and `lasts` as in
        line/session_steps.py.

        `marks` are those of the network that brings the token, where sessions are bound to one.
        """

    async def end(
        self,
        room_name: str,
        /,
        session: str,
        how: Ending,
        seen: Seen | None = None,
        *,
        who: str = "",
    ) -> bool:
        """End a session early. False if it was not running. With `who` the audit log notes it."""

    async def leave(self, room_name: str, /, place: Place, seen: Seen | None = None) -> Verdict:
        """Give up a place in line: `left` if it is given up (or was before), else why not."""

    async def keep_code(
        self, room_name: str, /, place: Place, code: str, seen: Seen | None = None
    ) -> Verdict:
        """Keep the hash of a resume code for CODE_LIFE, in place of the place's earlier one.

        `waiting` or `next` if it is kept, else why not.
        """

    async def move(
        self,
        room_name: str,
        /,
        codes: Sequence[str],
        attempt: str = "",
        seen: Seen | None = None,
        drawn: int = 0,
    ) -> Move:
        """Hand in a resume code, as its hashes by every secret: its place moves.

        With the same `attempt` the step may be repeated. A wrong code changes nothing. Where the
        place was drawn since, the verdict is `drawn`: hand it in again with its position.
        """

    async def subscribe(
        self, room_name: str, /, place: Place, text: str, seen: Seen | None = None
    ) -> Verdict:
        """Keep what somebody in line left so as to be told of the turn while away; with an empty
        text, forget it. `waiting` if that was done, `next` if the turn has come, else why not."""

    async def notices(
        self,
        room_name: str,
        /,
        takes: int,
        generation: int = 0,
        reports: Sequence[tuple[int, float, str]] = (),
        seen: Seen | None = None,
        placed: Sequence[tuple[int, int]] = (),
    ) -> Notices:
        """Take up to `takes` notices to send, and report what came of earlier ones, as in
        line/notices.py."""

    async def advance(
        self,
        room_name: str,
        /,
        count: int,
        *,
        present_only: bool = False,
        keep_rest: bool = False,
        who: str = "",
        key: str = "",
    ) -> int:
        """Call more by hand, as in line/operator_steps.py; returns how many positions were
        called.
        """

    async def advance_to(self, room_name: str, /, serving: int, *, who: str = "") -> int:
        """Set the serving counter by hand; returns where it stands."""

    async def change(
        self,
        room_name: str,
        /,
        changes: Mapping[str, Any],
        forget: Sequence[str] = (),
        *,
        who: str = "",
        after: int | None = None,
    ) -> dict[str, Any]:
        """Override settings or go back to the configured ones; returns those in force.

        With `after` (`Snapshot.changes`) nothing is done, and nothing returned, if settings have
        been changed since.
        """

    async def note_done(
        self, room_name: str, /, what: str, old: str, new: str, *, who: str = ""
    ) -> int:
        """Have the audit log note what an operator has done elsewhere; returns 1."""

    async def reset(self, room_name: str, /, end_sessions: bool = False, *, who: str = "") -> int:
        """Begin a new generation; returns its number."""

    async def restore(self, room_name: str, /, former: Seen, *, who: str = "") -> bool:
        """Turn a room into the one that was lost: `former` has its id, counters and sessions.

        False if it is that already: then nothing changes. All who came since lose their places.
        """

    async def record(self, room_name: str, /) -> Record:
        """What an operator reads: the last hour, audit log, running sessions."""

    async def history(
        self, room_name: str, /, begin: float, end: float, hourly: bool = False
    ) -> Past:
        """What the minutes of this time brought, or (`hourly`) the hours, of the last 30 days.

        `Past.minutes(step)` gives them in steps. Reading a day's minutes takes some 30 ms, so read
        several days by the hour.
        """

    async def lane_history(self, room_name: str, /, begin: float, end: float) -> LanePast:
        """What the minutes of this time brought to each lane, of the last 30 days."""

    async def day(self, room_name: str, /) -> KeptDay:
        """The day's log of the room's visitors, where it keeps one."""

    async def secret(self, name: str, fresh: str) -> str:
        """A secret that all workers share: the one kept by this name, else `fresh`, now kept."""

    async def attempt(self, *networks: str) -> float:
        """Count an attempt to sign in from an address and the wider networks around it. Returns the
        seconds to wait first; 0: go on, and it counts as wrong until `forgive` says otherwise."""

    async def forgive(self, *networks: str, one: bool = False) -> None:
        """The password was right: forget all attempts of this address, or with `one` only this."""

    async def sign_out(self, sign_in: str) -> None:
        """End a sign-in to the panel for all workers, or with `board.ALL_SIGN_INS` each of them."""

    async def is_signed_out(self, sign_in: str, began: float) -> bool:
        """Whether a sign-in that began at this time was ended, alone or with all others."""

    async def use_once(
        self, what: str, until: float, by: str = "", *, strictly: bool = False
    ) -> int:
        """Use something that is good once, until then. Returns how often it was used before: 0 says
        that this is its first use. What is over was used.

        `by` says who uses it. Whoever did so first may do so again, maybe since the first answer
        was lost: that is told as `board.USED_BY_THE_SAME`, and not counted. `strictly`: if too many
        are in use to remember this one, it was used.
        """

    async def uses(self, what: str, by: str = "") -> int:
        """How often something that is good once was used; 0 too for what is over, and for whoever
        used it first."""

    async def post(self, worker: str, text: str) -> dict[str, str]:
        """Keep a worker's counts for a while; returns the posts of all workers.

        With an empty text it only reads.
        """

    async def exchange(self, name: str, text: str, version: int) -> tuple[int, str]:
        """Put a text that all workers share in place of the one of this version (0: there is none).
        Returns the version and the text that are kept now: the next version and this text, or those
        of whoever was faster. With an empty text it only reads."""

    async def check(self) -> list[str]:
        """What keeps this store from working well here, each problem with its fix."""

    async def close(self) -> None:
        """Close files and connections. Closing twice does no harm."""
