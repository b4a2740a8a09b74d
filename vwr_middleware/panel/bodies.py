"""What is sent to the control API: the fields of a request's body, and whether a body fits them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vwr_middleware.errors import Refused
from vwr_middleware.panel.schemas import Schema, ref
from vwr_middleware.settings.kinds import LARGEST_COUNT


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a request's body."""

    schema: Schema
    words: str
    required: bool = False

    def fits(self, value: object) -> bool:
        """Whether a value is of the right type; whether it makes sense is checked later."""
        if self.schema["type"] == "boolean":
            return isinstance(value, bool)
        if self.schema["type"] == "string":
            return isinstance(value, str) and len(value) <= self.schema["maxLength"]
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        return is_whole and self.schema["minimum"] <= value <= self.schema["maximum"]


def whole(low: int, required: bool = False) -> Field:
    """A whole number that is not below this one."""
    schema = {"type": "integer", "minimum": low, "maximum": LARGEST_COUNT}
    return Field(schema, f"a whole number from {low} to {LARGEST_COUNT}", required)


def text(longest: int, words: str, required: bool = False) -> Field:
    """A text of so many characters at most; `words` say which."""
    return Field({"type": "string", "maxLength": longest}, words, required)


FLAG = Field({"type": "boolean", "default": False}, "true or false")
CONFIRM = text(32, "the room's name", True)

Fields = Mapping[str, Field]

#: No fields of their own, but settings and their values, which changes.py checks.
SETTINGS: Fields = {}


def shape(fields: Fields) -> Schema:
    """A body with these fields."""
    if fields is SETTINGS:
        return ref("Changes")
    return {
        "type": "object",
        "properties": {name: field.schema for name, field in fields.items()},
        "required": [name for name, field in fields.items() if field.required],
        "additionalProperties": False,
    }


def check(fields: Fields, content: Mapping[str, Any]) -> None:
    """Raise Refused for a body that has not these fields, with every problem."""
    if fields is SETTINGS:
        return
    problems = [f"{name} is not a field of this request" for name in content if name not in fields]
    for name, field in fields.items():
        if name in content and not field.fits(content[name]):
            problems.append(f"{name} must be {field.words}")
        if field.required and name not in content:
            problems.append(f"{name} is missing: it must be {field.words}")
    if problems:
        raise Refused(*problems)
