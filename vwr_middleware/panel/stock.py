"""What is left to sell, as operators read it: who said so, how long ago, and whom it will reach."""

from collections.abc import Mapping
from typing import Any

from vwr_middleware.line.constants import STOCK_TRUSTED
from vwr_middleware.panel.language import _, said_later
from vwr_middleware.panel.words import count, duration
from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.stock_asking import PROBLEMS
from vwr_middleware.worker.stock_odds import (
    is_by_hand,
    is_young,
    left_now,
    odds_of,
    share_of,
    units_of,
)


def stock_of(room: CurrentRoom) -> dict[str, Any] | None:
    """All of it in numbers; None if nobody has ever said or failed to say what is left."""
    snapshot = room.snapshot
    if snapshot.stock_left is None and not snapshot.stock_failed:
        return None
    odds, share = odds_of(room, max(room.queue, room.serving + 1)), share_of(room)
    by_hand = is_by_hand(snapshot)
    return {
        "left": snapshot.stock_left,
        "left_now": left_now(snapshot),
        "said_by": "operator" if by_hand else "app",
        "age": round(max(0.0, room.now - snapshot.stock_at), 1) if snapshot.stock_at else None,
        "problem": "" if by_hand else _problem(room),
        "buyers": None if share is None else round(share, 3),
        "units": round(units_of(snapshot), 2),
        "last_in_line": {"likely": odds.likely, "chance": odds.tenths / 10} if odds else None,
    }


def _problem(room: CurrentRoom) -> str:
    """What is wrong with the app's answer, in words; "" if nothing is."""
    snapshot = room.snapshot
    if not snapshot.stock_failed:
        return ""
    words = _(PROBLEMS[min(snapshot.stock_problem, len(PROBLEMS) - 1)])
    ago = duration(max(0.0, room.now - snapshot.stock_failed))
    if snapshot.stock_left is None:
        return _("The app was asked what is left {ago} ago, and {words}.", ago=ago, words=words)
    if is_young(snapshot):
        rest = _(
            "its last number counts until it is {time} old",
            time=duration(STOCK_TRUSTED),
        )
    else:
        rest = _("its last number is too old to count: nobody is told odds, and no line is closed")
    return _(
        "The app was asked what is left {ago} ago, and {words}; {rest}.",
        ago=ago,
        words=words,
        rest=rest,
    )


#: The odds as operators read them.
_ODDS = {
    "yes": said_later("reaches the end of the line"),
    "likely": said_later("will probably reach the end of the line"),
    "maybe": said_later("may reach the end of the line"),
    "unlikely": said_later("will hardly reach the end of the line"),
    "spoken_for": said_later("those inside will probably buy all of it"),
    "no": said_later("nothing is left"),
}


def odds_in_words(odds: Mapping[str, Any]) -> str:
    """The odds of the last in line."""
    return _(_ODDS[odds["likely"]])


def stock_in_words(stock: Mapping[str, Any]) -> str:
    """All of it in a line, for a terminal."""
    if stock["left"] is None:
        return "not known"
    who = "an operator" if stock["said_by"] == "operator" else "the app"
    ago = f" {duration(stock['age'])} ago" if stock["age"] is not None else ""
    parts = [f"{count(stock['left'])}, said by {who}{ago}"]
    if stock["left_now"] is None:
        parts.append("too old to count")
    elif stock["left_now"] != stock["left"]:
        parts.append(f"about {count(stock['left_now'])} by now")
    if stock["last_in_line"]:
        parts.append(odds_in_words(stock["last_in_line"]))
    return "; ".join(parts)
