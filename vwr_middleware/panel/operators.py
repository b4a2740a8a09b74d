"""Who operates rooms, and what this one may do."""

from dataclasses import dataclass

OPERATOR, VIEWER = "operator", "viewer"
NAME_LONGEST = 64


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody who was let in. `by` says how: password, app or key."""

    name: str
    role: str
    by: str

    @property
    def may_change(self) -> bool:
        """Whether this one may change anything."""
        return self.role == OPERATOR


def clean_name(text: str) -> str:
    """A name for the audit log: one line, printable, not long."""
    return "".join(letter for letter in text if letter.isprintable()).strip()[:NAME_LONGEST]
