"""The steps of a room as Lua scripts: one text for each, made of its file and the parts it uses."""

import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha1
from importlib.resources import files

from vwr_middleware.line import constants
from vwr_middleware.line.state import TOTALS
from vwr_middleware.stores.redis.wire import SNAPSHOT_NUMBERS, SNAPSHOT_TEXTS, VERDICTS

#: Seconds after which a room that nobody uses is forgotten. Tickets live for a week.
IDLE = 90 * 86400

#: The files of ../lua that steps share, in this order. What only one step needs is in its own file.
PARTS = (
    *("state", "bits", "resume_codes", "session_ids", "clock", "clock_in_doubt"),
    *("store_came_back", "capacity", "calling", "data_loss", "expiry", "held_slots"),
    *("places", "visitor_steps", "session_steps", "operator_steps", "presence_horizon"),
    *("worker_reports", "snapshot", "board"),
)


@dataclass(frozen=True, slots=True)
class Script:
    """A step's text, and the hash by which a server remembers it."""

    source: str
    sha: str


@cache
def _texts() -> dict[str, str]:
    """All files, by their names. They are read once, when a store is opened.

    During a deploy the files of the next release lie there before the workers of this one have
    ended. A worker that read one of them then would get answers that it cannot read.
    """
    lua = files("vwr_middleware.stores") / "lua"
    return {
        file.name.removesuffix(".lua"): file.read_text(encoding="utf-8")
        for file in lua.iterdir()
        if file.name.endswith(".lua")
    }


def read_all() -> None:
    """Read the files of this release now."""
    _texts()


@cache
def script(step: str) -> Script:
    """The script of a step."""
    texts = _texts()
    text = "\n".join(texts[part] for part in (*PARTS, step))
    source = _with_constants(_with_used_functions(text))
    # Not for secrecy: EVALSHA names a script by its SHA-1.
    return Script(source, sha1(source.encode(), usedforsecurity=False).hexdigest())


# A function at the left margin: on one line, or up to an `end` at the left margin.
_FUNCTION = re.compile(r"^function line\.(\w+)\((?:.*\bend\n|.*\n(?:.*\n)*?end\n)", re.MULTILINE)
_USE = re.compile(r"\bline\.(\w+)")


def _with_used_functions(text: str) -> str:
    """A script without the functions that it never calls."""
    functions = {found[1]: found[0] for found in _FUNCTION.finditer(text)}
    used, new = set[str](), set(_USE.findall(_FUNCTION.sub("", text)))
    while new:
        used |= new
        new = {name for caller in new for name in _USE.findall(functions[caller])} - used
    return _FUNCTION.sub(lambda found: found[0] if found[1] in used else "", text)


def _with_constants(body: str) -> str:
    """A script in which the names of the rule's constants are replaced by their values.

    So Python and Lua share their constants. They are not local variables in Lua, since a script may
    have only 200 of these.
    """
    named = {name: value for name, value in vars(constants).items() if name.isupper()}
    named |= {"IDLE": IDLE, "DAY": 86400, "VERDICT_NAMES": VERDICTS, "TOTAL_NAMES": TOTALS}
    named["SNAPSHOT_NUMBERS"] = tuple(SNAPSHOT_NUMBERS)
    named["SNAPSHOT_TEXTS"] = tuple(SNAPSHOT_TEXTS)
    texts = {name: _lua(value) for name, value in named.items()}
    return re.sub(r"\b[A-Z][A-Z_]+\b", lambda found: texts.get(found[0], found[0]), body)


def _lua(value: object) -> str:
    """A number, a word or several of either, as Lua writes them."""
    if isinstance(value, tuple):
        return "{ " + ", ".join(map(_lua, value)) + " }"
    return repr(value)
