"""Kinds of settings for the look of the waiting page."""

from collections.abc import Mapping
from reprlib import repr as shown

from vwr_middleware.pages.theme import Theme
from vwr_middleware.settings.kinds import Kind, is_text, parse_json

LONGEST_NAME = 100


def _check_name(value: object) -> str:
    if not is_text(value) or len(value) > LONGEST_NAME:
        raise ValueError(f"must be text of up to {LONGEST_NAME} characters, not {shown(value)}")
    return value.strip()


def _check_logo(value: object) -> str:
    if not is_text(value):
        raise ValueError(f"must be a path like /logo.svg or an https URL, not {shown(value)}")
    return _without_problems(Theme(logo=value)).logo


def _check_colors(value: object) -> tuple[tuple[str, str], ...]:
    # The form in which Settings keep them.
    if isinstance(value, tuple) and all(isinstance(c, tuple) and len(c) == 2 for c in value):
        value = dict(value)
    if not isinstance(value, Mapping) or not all(isinstance(c, str) for c in value.values()):
        raise ValueError(f'must be like {{"accent": "#b00020"}}, not {shown(value)}')
    return tuple(_without_problems(Theme(colours=dict(value))).colours.items())


def _without_problems(theme: Theme) -> Theme:
    if theme.problems:
        raise ValueError("; ".join(theme.problems))
    return theme


site_name = Kind(_check_name)
logo = Kind(_check_logo)
colors = Kind(_check_colors, parse_json)
