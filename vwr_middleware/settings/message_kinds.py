"""The kinds of settings for the operator's message: one in full, and those that are prepared."""

import re
from collections.abc import Mapping
from typing import Any

from vwr_middleware.pages import announcements
from vwr_middleware.pages.announcements import (
    FIELDS,
    LONGEST,
    LONGEST_TOGETHER,
    OTHERS_MOST,
    SEVERITIES,
)
from vwr_middleware.settings.kinds import Kind, json_problem, moment, parse_json
from vwr_middleware.spoken import said, wrong

#: How a prepared message may be called, how many there may be, and how long all may be together.
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
PREPARED_MOST, PREPARED_TOGETHER = 20, 20_000

#: In place of a time: the one at which the message is put in force.
NOW = "now"

_TEXT = {"type": "string", "pattern": "\\S", "maxLength": LONGEST}
#: A message in full as JSON Schema. All of its texts together have LONGEST_TOGETHER characters.
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "description": "A message in full. A link is written as [words](/path), to a path of this site."
    f" All texts together have up to {LONGEST_TOGETHER} characters",
    "properties": {
        "text": {**_TEXT, "description": "For all whose language is not among `texts`"},
        "language": {"type": "string", "description": "The language of `text`, like en"},
        "texts": {
            "type": "object",
            "description": "The same in other languages, like de or pt-BR",
            "additionalProperties": _TEXT,
            "maxProperties": OTHERS_MOST,
        },
        "severity": {"enum": list(SEVERITIES), "default": SEVERITIES[0]},
        "at": {
            "description": "The time that people read beside it, each in their own time zone:"
            ' "now", seconds since 1970, or a time with its UTC offset; null: none',
            "type": ["number", "string", "null"],
        },
    },
    "required": ["text"],
    "additionalProperties": False,
}
assert list(SCHEMA["properties"]) == list(FIELDS)


def stored(value: object, *, may_be_now: bool = False) -> dict[str, Any]:
    """A message as a store keeps it. `may_be_now`: its time may be left to whoever puts it in
    force. Raises ValueError."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        raise wrong("is not JSON, {why}", why=json_problem(value))
    if may_be_now and isinstance(value, Mapping) and value.get("at") == NOW:
        return {**stored({**value, "at": None}), "at": NOW}
    if isinstance(value, Mapping) and isinstance(value.get("at"), str):
        try:
            value = {**value, "at": moment.check(value["at"])}
        except ValueError as error:
            raise wrong("is wrong: {problems}", problems=f"at {error}") from error
    return announcements.checked(value).as_stored()


def _check_prepared(value: object) -> dict[str, dict[str, Any]]:
    if not isinstance(value, Mapping):
        raise ValueError('must be like {"sold-out": "Everything is sold."}, by names')
    found, problems = {}, []
    for name, message in value.items():
        if problem := problem_of_name(name):
            problems.append(problem)
            continue
        try:
            found[name] = stored(message, may_be_now=True)
        except ValueError as error:
            problems.append(f"{name} {error}")
    if problem := too_many(found.values()):
        problems.append(problem)
    if problems:
        raise ValueError(f"is wrong: {'; '.join(problems)}")
    return found


def problem_of_name(name: object) -> str:
    """What is wrong with the name of a prepared message; "" if nothing is."""
    if isinstance(name, str) and NAME.fullmatch(name):
        return ""
    return said(
        "{name} is no name for a message: use up to 32 of a-z, 0-9 and -", name=repr(str(name)[:40])
    )


def too_many(messages: Any) -> str:
    """What is wrong with so many prepared messages; "" if nothing is."""
    messages = list(messages)
    if len(messages) > PREPARED_MOST:
        return said(
            "there may be {most} prepared messages, not {n}", most=PREPARED_MOST, n=len(messages)
        )
    length = sum(len(text) for each in messages for text in (each["text"], *_others(each)))
    if length > PREPARED_TOGETHER:
        return said(
            "all prepared messages together have {n} characters, more than {most}",
            n=f"{length:,}",
            most=f"{PREPARED_TOGETHER:,}",
        )
    return ""


def _others(message: Mapping[str, Any]) -> list[str]:
    return list(message.get("texts", {}).values())


#: The text alone stands for a message of nothing else.
announcement = Kind(stored, parse_json, {"anyOf": [SCHEMA, _TEXT]})
prepared = Kind(_check_prepared, parse_json)
