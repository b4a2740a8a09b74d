"""What goes into the slots of a waiting page: a visitor's numbers, as text and for the script."""

import json
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from markupsafe import escape

from vwr_middleware.pages.slots import LEFT_OPEN, MARK, slot
from vwr_middleware.pages.view import View
from vwr_middleware.pages.wording import Words

#: With these, no text can end the script element that it is in.
_FOR_SCRIPT = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}
_NUMBERS = frozenset({"position", "ahead", "serving", "waiting"})
_SLOT_IN_DATA = re.compile(r'"\\ue000(\w+)\\ue000"')  # JSON escapes the mark


def values(view: View, words: Words, site: str) -> dict[str, str]:
    """A text for each slot, ready for HTML."""
    return {
        "site": _escaped(site),
        "message": _escaped(view.message),
        "ahead": words.people(view.ahead),
        "position": "" if view.position is None else words.number(view.position),
        "wait": words.wait(view.wait_seconds),
        "serving": words.number(view.serving),
        "waiting": "" if view.waiting is None else words.number(view.waiting),
        "held": _time(view.claim_by),
        "opens": _date(view.opens_at),
        "updated": _time(view.server_time),
        "next": escape(view.next_url),
        "query": quote(view.next_url, safe="/"),
        "data": for_script(content(view)),
    }


def shared_values(view: View, words: Words, site: str) -> dict[str, str]:
    """The same for all who wait: what differs among them stays a slot, for the script too.

    So of the view's own numbers it only matters which are None.
    """
    own = LEFT_OPEN if view.waiting is not None else LEFT_OPEN - {"waiting"}
    found = content(view)
    found |= {name: slot(f"data_{name}") for name in found.keys() & _NUMBERS}
    if "wait_seconds" in found:
        found["wait_seconds"] = {"low": slot("data_low"), "high": slot("data_high")}
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
        "wait_reason": view.wait_reason,
        "claim_by": view.claim_by,
        "opens_at": view.opens_at,
        "message": view.message.replace(MARK, ""),
        "server_time": view.opens_at and view.server_time,  # for the countdown
        "reload": view.reload,
        "stopped": bool(view.stopped_method),
        "store_down": view.store_down,
        "anew": view.you == "reset",
    }
    return {name: value for name, value in told.items() if value or type(value) is int}


def _escaped(text: str) -> str:
    """The text for HTML, without marks, which would be taken for slots."""
    return escape(text.replace(MARK, ""))


def _time(moment: float | None) -> str:
    return "" if moment is None else datetime.fromtimestamp(moment, UTC).strftime("%H:%M UTC")


def _date(moment: float | None) -> str:
    if moment is None:
        return ""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M UTC")
