"""What is sent to the control API: the fields of a request's body, and whether they fit."""

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


@dataclass(frozen=True, slots=True)
class Body:
    """A JSON object that an endpoint takes: its fields by their names."""

    fields: Mapping[str, Field]

    @property
    def schema(self) -> Schema:
        """The object's shape."""
        return {
            "type": "object",
            "properties": {name: field.schema for name, field in self.fields.items()},
            "required": [name for name, field in self.fields.items() if field.required],
            "additionalProperties": False,
        }

    def check(self, content: Mapping[str, Any]) -> None:
        """Raise Refused for an object that has not these fields, with every problem."""
        problems = [
            f"{name} is not a field of this request" for name in content if name not in self.fields
        ]
        for name, field in self.fields.items():
            if name in content and not field.fits(content[name]):
                problems.append(f"{name} must be {field.words}")
            if field.required and name not in content:
                problems.append(f"{name} is missing: it must be {field.words}")
        if problems:
            raise Refused(*problems)


class SettingsBody(Body):
    """Settings and their values."""

    @property
    def schema(self) -> Schema:
        """All settings that can be changed."""
        return ref("Changes")

    def check(self, content: Mapping[str, Any]) -> None:
        """Left to changes.py, which knows what a setting may be."""
