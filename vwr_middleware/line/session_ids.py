"""Session ids: how a session is known everywhere, by its generation and position (`3-17`)."""

import re

_SESSION_ID = re.compile(r"(0|[1-9][0-9]{0,14})-([1-9][0-9]{0,14})")


def session_id(generation: int, position: int) -> str:
    """The name of a session: in stores, tokens, the panel, webhooks and the app."""
    return f"{generation}-{position}"


def place_of(session: str) -> tuple[int, int]:
    """Generation and position of a session, by its id."""
    generation, position = session.split("-")
    return int(generation), int(position)


def is_session_id(text: str) -> bool:
    """Whether a text from outside is spelt as `session_id` spells it."""
    return _SESSION_ID.fullmatch(text) is not None
