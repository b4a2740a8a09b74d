"""Pages as jinja2 renders them once for each state and language, the slots in them, and what goes
into the slots: a visitor's numbers, as text and for the script.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, NoReturn, TypeVar
from urllib.parse import quote

from markupsafe import Markup, escape

from vwr_middleware.pages.announcements import Announcement
from vwr_middleware.pages.view import View, Ways
from vwr_middleware.pages.wording import Words

# Slots: what a template prints in place of a visitor's numbers and texts.
#
# A template must print them unchanged: the real values are filled in later.


T = TypeVar("T")

#: The character before and after the name of a slot. No text of ours contains it.
MARK = "\ue000"
#: The slots that differ among all who wait. The script has the same numbers in slots `data_…`.
LEFT_OPEN = frozenset(
    {"ahead", "behind", "position", "wait", "odds", "serving", "waiting", "next", "query"}
)
SLOTS = LEFT_OPEN | {
    "site",
    "pace",
    "message",
    "record",
    "held",
    "opens",
    "registered",
    "updated",
    "number",
    "data",
}

#: The mark as the filters `urlencode` and `tojson` write it.
_DISGUISES = (quote(MARK), "\\ue000")


class BrokenSlot(Exception):
    """A template has changed or compared a slot.

    It is no ValueError, since filters such as `int` turn a ValueError into zero.
    """


class Slot(Markup):
    """A slot. Comparing it raises BrokenSlot, since the result would be the same for everybody."""

    __slots__ = ()
    __hash__ = Markup.__hash__

    def _refuse(self, *_: object) -> NoReturn:
        raise BrokenSlot(str.__str__(self))

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __int__ = __float__ = _refuse


def slot(name: str) -> str:
    """A slot of this name in a page's text."""
    return f"{MARK}{name}{MARK}"


def slots() -> dict[str, Slot]:
    """One for each of `SLOTS`."""
    return {name: Slot(slot(name)) for name in SLOTS}


def with_whole_slots(text: str) -> str:
    """The same text. Raises BrokenSlot if a mark in it does not belong to a whole slot."""
    parts = str.split(text, MARK)  # plain texts, even if the text is a Slot
    if len(parts) % 2 == 0 or not set(parts[1::2]) <= SLOTS:
        raise BrokenSlot("a slot was changed")
    return text


def unbroken(value: T) -> T:
    """The same value, printed by a template. Raises BrokenSlot if a slot in it was changed."""
    if isinstance(value, str):
        with_whole_slots(value)
        if any(disguise in value for disguise in _DISGUISES):
            raise BrokenSlot("a slot was written in another way")
    return value


# Shells: pages as jinja2 renders them for each state and language, with slots for numbers.


#: The fields of a kind that the template does not see: it gets what was made of them.
_UNSEEN = frozenset(
    {"code", "static", "has_end", "has_opening", "is_again", "is_over", "own_title"}
)


class Kind(NamedTuple):
    """Everything in a view that a page with slots depends on."""

    code: str  # the language's
    static: str
    has_end: bool  # whether the turn has
    has_opening: bool
    draws: bool
    is_slow: bool
    is_again: bool  # whether there was an opening before
    is_over: bool  # whether the visitor was in a line that ended with it
    own_title: str
    joins_later: bool
    lane: str | None
    phase: str
    reset: bool
    store_down: bool
    longer: bool
    stopped: bool
    reload: bool
    refresh: bool
    has_message: bool
    has_place: bool
    has_waiting: bool
    has_record: bool
    has_odds: bool
    late_is_lost: bool
    claim_within: float
    session_seconds: float
    renew: bool
    binds: bool
    away: Ways | None
    home: str
    room: str
    base: str

    @property
    def shown(self) -> dict[str, object]:
        """The fields that the template sees, by the same names."""
        return {name: value for name, value in self._asdict().items() if name not in _UNSEEN}


def kind_of(view: View) -> Kind:
    """The parts of a view that decide which shell it needs."""
    return Kind(
        code=view.language,
        static=view.static,
        has_end=view.claim_by is not None,
        has_opening=view.opens_at is not None,
        draws=bool(view.draw),
        is_slow=view.is_slow,
        is_again=view.opening > 1,
        is_over=view.why == "over",
        own_title=view.title,
        joins_later=view.joins_from is not None,
        lane=view.lane,
        phase=view.phase,
        reset=view.you == "reset",
        store_down=view.store_down,
        longer=view.wait_reason in ("limit", "slower"),
        stopped=bool(view.stopped_method),
        reload=view.reload,
        refresh=view.refresh,
        has_message=bool(view.message),
        has_place=view.position is not None,
        has_waiting=view.waiting is not None,
        has_record=view.record is not None,
        has_odds=view.odds is not None,
        late_is_lost=view.late_is_lost,
        claim_within=view.claim_within,
        session_seconds=view.session_seconds,
        renew=view.renew,
        binds=view.binds,
        away=view.away,
        home=view.home,
        room=view.room,
        base=view.base,
    )


class SlottedPage:
    """A page with slots."""

    __slots__ = ("_parts", "names")

    def __init__(self, page: bytes) -> None:
        self._parts = page.split(MARK.encode())  # every other one is the name of a slot
        self.names = [name.decode() for name in self._parts[1::2]]

    def filled(self, values: Mapping[str, str]) -> bytes:
        """The page with every slot filled."""
        return self.joined([values[name].encode() for name in self.names])

    def joined(self, values: Sequence[bytes]) -> bytes:
        """The page with every slot filled, by one value for each of `names`."""
        parts = self._parts.copy()
        parts[1::2] = values
        return b"".join(parts)

    def narrowed(self, values: Mapping[str, bytes]) -> "SlottedPage":
        """The shell with only these slots filled, by texts without slots."""
        parts, names = [self._parts[0]], []
        run = [self._parts[0]]
        for name, after in zip(self.names, self._parts[2::2], strict=True):
            if name in values:
                run += (values[name], after)
            else:
                parts[-1] = b"".join(run)
                parts += (b"", b"")
                names.append(name)
                run = [after]
        parts[-1] = b"".join(run)
        narrow = SlottedPage(b"")
        narrow._parts, narrow.names = parts, names
        return narrow


# What goes into the slots of a waiting page: a visitor's numbers, as text and for the script.


#: With these, no text can end the script element that it is in.
_FOR_SCRIPT = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}
_NUMBERS = frozenset({"position", "ahead", "serving", "waiting"})
_SLOT_IN_DATA = re.compile(r'"\\ue000(\w+)\\ue000"')  # JSON escapes the mark


def values(view: View, words: Words, site: str) -> dict[str, str]:
    """A text for each slot, ready for HTML."""
    return {
        "site": _escaped(site),
        "message": message_of(view.announcement, view.language) or _escaped(view.message),
        "ahead": words.people(view.ahead),
        "behind": "" if view.behind is None else words.number(view.behind),
        "position": "" if view.position is None else words.number(view.position),
        "number": "" if view.number is None else words.number(view.number),
        "wait": words.wait(view.wait_seconds),
        "pace": words.lately(view.went_in_lately) if view.wait_seconds is None else "",
        "odds": words.odds(*view.odds) if view.odds else "",
        "serving": words.number(view.serving),
        "waiting": "" if view.waiting is None else words.number(view.waiting),
        "held": words.time(view.claim_by),
        "record": words.record(view.record),
        "opens": words.date(view.draw_from if view.phase == "early" else view.opens_at),
        "registered": "" if view.registered is None else words.number(view.registered),
        "updated": words.time(view.server_time),
        "next": escape(view.next_url),
        "query": quote(view.next_url, safe="/"),
        "data": for_script(content(view)),
    }


def shared_values(view: View, words: Words, site: str) -> dict[str, str]:
    """The same for all who wait: what differs among them stays a slot, for the script too.

    So of the view's own numbers it only matters which are None.
    """
    own = LEFT_OPEN if view.waiting is not None else LEFT_OPEN - {"waiting"}
    own = own if view.odds is not None else own - {"odds"}
    found = content(view)
    found |= {name: slot(f"data_{name}") for name in found.keys() & _NUMBERS}
    if "wait_seconds" in found:
        found["wait_seconds"] = {"low": slot("data_low"), "high": slot("data_high")}
    if "odds" in found:
        found["odds"] = slot("data_odds")
    data = _SLOT_IN_DATA.sub(lambda found: slot(found[1]), for_script(found))
    return {**values(view, words, site), **{name: slot(name) for name in own}, "data": data}


def for_script(content: object, *, is_text_of_ours: bool = False) -> str:
    """JSON for a script element. Our own texts are not escaped to ASCII, to keep them short."""
    escapes = not is_text_of_ours
    text = json.dumps(content, ensure_ascii=escapes, separators=(",", ":"))
    return text.translate(_FOR_SCRIPT)


def content(view: View) -> dict[str, Any]:
    """The view as the script reads it. What is false or unknown is left out."""
    wait = view.wait_seconds
    told = {
        "you": view.you,
        "state": view.state,
        "full": view.full,
        "generation": view.generation,
        "position": view.position,
        "ahead": view.ahead,
        "serving": view.serving,
        "waiting": view.waiting,
        "wait_seconds": wait and {"low": wait[0], "high": wait[1]},
        "went_in_lately": view.went_in_lately,
        "odds": view.odds and {"likely": view.odds[0], "chance": view.odds[1] / 10},
        "wait_reason": view.wait_reason,
        "claim_by": view.claim_by,
        "opens_at": view.opens_at,
        "draw": view.draw,
        "draw_from": view.draw_from,
        "registered": view.registered if view.draw else None,
        "lane": view.draw_lane if view.draw else None,
        "place_in_lane": view.place_in_lane,
        "opening": view.opening if view.opening > 1 else None,
        "joins_from": view.joins_from,
        "message": view.message.replace(MARK, ""),
        "message_id": view.announcement and view.announcement.shown_id,
        "server_time": (view.opens_at or view.claim_by) and view.server_time,  # to count down
        "reload": view.reload,
        "stopped": bool(view.stopped_method),
        "store_down": view.store_down,
        "anew": view.why or (view.you == "reset" and "reset"),
    }
    return {name: value for name, value in told.items() if value or type(value) is int}


def message_of(announcement: Announcement | None, language: str) -> str:
    """The operator's message for HTML."""
    if announcement is None:
        return ""
    return announcement.as_html(language).replace(MARK, "")


def _escaped(text: str) -> str:
    """The text for HTML, without marks, which would be taken for slots."""
    return escape(text.replace(MARK, ""))
