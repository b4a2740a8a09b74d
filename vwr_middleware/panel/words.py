"""How operators read and write values: on the panel's pages and in the shell."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from unicodedata import normalize

from vwr_middleware.inlet import choices
from vwr_middleware.line.outcomes import Outcome
from vwr_middleware.panel.language import _, number, percent, said_later, several


def count(value: float | None) -> str:
    """A number with its thousands separated; a dash for None."""
    if value is None:
        return "—"
    return number(value, 1)


def read_whole(text: str) -> int | None:
    """The whole number that somebody has typed, its thousands apart or not; None if it is none."""
    digits = text.replace(",", "").replace(" ", "").strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 18 else None


#: A number as pages and people write it, with whatever their language puts between thousands.
_PLACE = re.compile(
    r"(?:#|No\.?|Nr\.?|n°)? ?"
    r"(\d{1,18}|\d{1,3}(?:[.,'\u2019\u066c\u060c\u00b7 ]\d{3}){1,5}"
    r"|\d{1,2}(?:,\d\d){1,7},\d{3})\.?",
    re.IGNORECASE,
)


def read_place(text: str) -> int | None:
    """A queue position as a visitor reads it out (`11,981`, `11.981`, `11 981`, `#11981`), in the
    digits of any script; None if it is none."""
    found = _PLACE.fullmatch(normalize("NFKC", text).strip())
    return int("".join(filter(str.isdigit, found[1]))) if found else None


def moment(value: float | None) -> str:
    """A time as a date, in UTC: the script turns it into the operator's own."""
    if value is None:
        return ""
    at = _utc(value)
    return at.strftime("%Y-%m-%d %H:%M:%S UTC" if at.second else "%Y-%m-%d %H:%M UTC")


def field_moment(value: float | None) -> str:
    """The same as a field for dates takes it."""
    return "" if value is None else _utc(value).strftime("%Y-%m-%dT%H:%M")


def clock(value: float) -> str:
    """A time of the last days."""
    return _utc(value).strftime(_("%d %b %H:%M:%S"))


#: How those who did something stand in the audit log: together with other rooms, or by a plan.
_TOGETHER = re.compile(r"(.*) \(all rooms\)")
_PLANNED = re.compile(r"(.*), as planned on (.*)")


def by_whom(who: str) -> str:
    """Who did something, as the audit log has it."""
    if found := _PLANNED.fullmatch(who):
        name = _("somebody") if found[1] == "somebody" else found[1]
        return _("{who}, as planned on {time}", who=name, time=found[2])
    if found := _TOGETHER.fullmatch(who):
        return _("{who} (all rooms)", who=found[1])
    return who


_OUTCOMES: Mapping[Outcome, str] = {
    "completed": said_later("completed"),
    "abandoned": said_later("abandoned"),
    "revoked": said_later("revoked by an operator"),
    "expired": said_later("ran out"),
    "lapsed": said_later("never confirmed"),
}


#: What the audit log has besides changes of settings, and how the names of what is kept begin.
_DONE: Mapping[str, str] = {
    "advance": said_later("advance"),
    "serve": said_later("serve"),
    "reset": said_later("reset"),
    "restore": said_later("restore"),
    "revoke": said_later("revoke"),
    "draw": said_later("draw"),
    "alarm": said_later("alarm"),
}
_KEPT: Mapping[str, str] = {
    "prepared": said_later("prepared:{name}"),
    "planned": said_later("planned:{name}"),
    "invited": said_later("invited:{name}"),
}


def what_word(what: str) -> str:
    """What somebody did or changed: a setting by its name, all else in a word."""
    kind, is_kept, name = what.partition(":")
    if is_kept and kind in _KEPT:
        return _(_KEPT[kind], name=name)
    return _(_DONE[what]) if what in _DONE else what


def outcome(how: Outcome) -> str:
    """How a session has ended."""
    return _(_OUTCOMES[how])


def ended_in_words(how: object) -> str:
    """The same, as far as it is known how."""
    return next((_(text) for known, text in _OUTCOMES.items() if known == how), _("ended"))


#: What a room is at the moment; the names of modes among them stand as settings have them too.
_STATES: Mapping[str, str] = {
    "open": said_later("open"),
    "queueing": said_later("queueing"),
    "paused": said_later("paused"),
    "scheduled": said_later("scheduled"),
    "closed": said_later("closed"),
    "shadow": said_later("shadow"),
    "off": said_later("off"),
    "unknown": said_later("unknown"),
}


def state_word(state: str) -> str:
    """What a room is at the moment, in a word or two."""
    return _(_STATES[state]) if state in _STATES else state


_STANDINGS: Mapping[str, str] = {
    "none": said_later("none"),
    "waiting": said_later("waiting"),
    "next": said_later("next"),
    "admitted": said_later("admitted"),
    "ended": said_later("ended"),
    "reset": said_later("reset"),
    "left": said_later("left"),
    "moved": said_later("moved"),
}


def you_word(you: str) -> str:
    """Where a visitor stands, in a word."""
    return _(_STANDINGS[you]) if you in _STANDINGS else you.replace("_", " ")


_SEVERITIES: Mapping[str, str] = {
    "info": said_later("for information"),
    "warning": said_later("important"),
    "urgent": said_later("urgent"),
}


def severity_word(severity: str) -> str:
    """How urgent a message is."""
    return _(_SEVERITIES[severity]) if severity in _SEVERITIES else severity


def in_words(value: object, name: str = "") -> str:
    """A setting's value in words."""
    if value is None:
        return _("none")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name in ("opens_at", "closes_at") and isinstance(value, int | float):
        return moment(value)
    if isinstance(value, int | float):
        return number(value, 10)
    if name == "revoke" and value in _OUTCOMES:
        return ended_in_words(value)
    if value == "acknowledged" and name == "alarm":
        return _("acknowledged")
    if isinstance(value, list):
        return "; ".join(map(_opening, value))
    return _mapping(value) if isinstance(value, dict) else str(value)


def _mapping(value: dict[str, Any]) -> str:
    if "text" in value:
        return _message(value)
    if "expires_at" in value:
        return _batch(value)
    if "set" in value:
        return _plan(value)
    if "kind" in value:
        return choices.in_words(value)
    if all(isinstance(share, int | float) for share in value.values()):
        return ", ".join(f"{name} {percent(share)}" for name, share in value.items())
    return "; ".join(f"{code}: {text}" if code else f"{text}" for code, text in value.items())


def _batch(value: Mapping[str, Any]) -> str:
    """A batch of invitations."""
    told = several("{n} invitation", "{n} invitations", value["count"])
    lane = _("to the lane {lane}", lane=value["lane"]) if value["lane"] else ""
    note = f"({value['note']})" if value.get("note") else ""
    until = _("until {time}", time=moment(value["expires_at"]))
    state = _("revoked") if value["revoked"] else until
    return ", ".join(filter(None, (" ".join(filter(None, (told, note))), lane, state)))


def _opening(value: object) -> str:
    """An opening: from when to when."""
    if not isinstance(value, Mapping):
        return str(value)
    closes = value.get("closes_at")
    begins = moment(value.get("opens_at"))
    if closes:
        return _("{low} to {high}", low=begins, high=moment(closes))
    return _("from {time} on", time=begins)


def _plan(value: Mapping[str, Any]) -> str:
    """A planned change: when, and what."""
    does = [f"{name}={text}" for name, text in value["set"].items()]
    does += [_("{setting} as configured", setting=name) for name in value["unset"]]
    return f"{moment(value['at'])}: {', '.join(does)}"


def _message(value: Mapping[str, Any]) -> str:
    """A message in full: its text, and what stands beside it."""
    at, severity = value.get("at"), value.get("severity", "info")
    beside = [
        severity_word(severity) if severity != "info" else "",
        _("with the time at which it is shown") if at == "now" else moment(at),
        _("also in {languages}", languages=", ".join(value["texts"])) if value.get("texts") else "",
    ]
    told = "; ".join(filter(None, beside))
    return f"{value['text']} ({told})" if told else str(value["text"])


def short(text: str) -> str:
    """As much of a text as a line that stays in sight on a phone may hold."""
    return text if len(text) <= 120 else f"{text[:119].rstrip()}…"


def still_read(rules: Mapping[str, Any]) -> str:
    """The message that stands, for whoever lets people in again; "": there is none."""
    message = rules.get("message")
    return _("everybody in line still reads: {message}", message=short(message)) if message else ""


def by_itself(overview: Mapping[str, Any]) -> tuple[str, float | None, str]:
    """When a room opens or closes by itself, or has done so: the time, and the words around it."""
    state, opens, closes = overview["state"], overview["opens_at"], overview["closes_at"]
    is_ahead = opens and opens > overview.get("server_time", opens)
    if is_ahead and state == "closed" != overview["mode"]:  # nobody may join yet
        return _("opens"), opens, ""
    if state == "scheduled" and opens:
        paused = _(", but stays paused until you resume") if overview["mode"] == "paused" else ""
        return _("opens"), opens, paused
    if closes and state not in ("closed", "off"):
        return _("closes"), closes, ""
    is_over = closes and closes <= overview.get("server_time", closes)
    if is_over and state == "closed" != overview["mode"]:
        return _("by closes_at,"), closes, ""
    return "", None, ""


def duration(seconds: float) -> str:
    """A length of time as people say it: `40 s`, `12 min`, `3 h 20 min`."""
    whole = round(seconds)
    if whole < 100:
        return _("{n} s", n=whole)
    minutes = round(whole / 60)
    if minutes < 100:
        return _("{n} min", n=minutes)
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return _("{h} h {n} min", h=hours, n=minutes) if minutes else _("{n} h", n=hours)
    return several("{n} day", "{n} days", hours // 24)


def _utc(value: float) -> datetime:
    return datetime.fromtimestamp(value, UTC)
