"""Kinds of settings for the look of the waiting page, and the look that comes of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from reprlib import repr as shown
from typing import TYPE_CHECKING, Any, TypeVar

from vwr_middleware.pages.announcements import TAG
from vwr_middleware.pages.page_slots import MARK
from vwr_middleware.pages.theme import COLOUR, SCHEMES, Theme, origin_of_file
from vwr_middleware.settings.kinds import Kind, choice, is_text, parse_json, parse_list
from vwr_middleware.spoken import wrong

if TYPE_CHECKING:
    from vwr_middleware.settings.room import RoomSettings

T = TypeVar("T")

LONGEST_NAME = 100
#: Colours of a header at most.
COLOURS_MOST = 4

#: A mapping as settings keep it.
Pairs = tuple[tuple[str, str], ...]


def _check_name(value: object) -> str:
    if not is_text(value) or len(value) > LONGEST_NAME:
        raise ValueError(f"must be text of up to {LONGEST_NAME} characters, not {shown(value)}")
    return value.strip()


def _check_event_id(value: object) -> str:
    if not is_text(value) or not 0 < len(value) <= LONGEST_NAME or not value.isprintable():
        raise ValueError(f"must be text of 1 to {LONGEST_NAME} characters, not {shown(value)}")
    return value


def _address(example: str, made: Callable[[str], Theme]) -> Kind[str]:
    """The kind of a file's address."""

    def check(value: object) -> str:
        if not is_text(value):
            raise ValueError(f"must be a path like {example} or an https URL, not {shown(value)}")
        _without_problems(made(value))
        return value

    return Kind(check)


def _check_colors(value: object) -> Pairs:
    if isinstance(value, tuple):
        value = _mapping_of(value)
    if not isinstance(value, Mapping) or not all(map(is_text, (*value, *value.values()))):
        raise ValueError(f'must be like {{"accent": "#b00020"}}, not {shown(value)}')
    return tuple(_without_problems(Theme(colours=dict(value))).colours.items())


def _mapping_of(value: tuple[object, ...]) -> object:
    """The mapping that settings keep as such a tuple; the tuple itself if it is none."""
    is_kept = all(
        isinstance(pair, tuple) and len(pair) == 2 and isinstance(pair[0], str) for pair in value
    )
    return dict(value) if is_kept else value  # type: ignore[arg-type]


def _without_problems(theme: Theme) -> Theme:
    if theme.problems:
        raise ValueError("; ".join(theme.problems))
    return theme


HEADER_EXAMPLE = '"#8a1538", ["#8a1538", "#2c1140"] or "/header.jpg"'


def _check_header(value: object) -> tuple[str, ...]:
    parts = [value] if isinstance(value, str) else value
    if not isinstance(parts, Sequence) or not all(map(is_text, parts)):
        raise ValueError(f"must be like {HEADER_EXAMPLE}, not {shown(value)}")
    if any(not COLOUR.fullmatch(part) and not origin_of_file(part) for part in parts):
        raise ValueError(f"must be like {HEADER_EXAMPLE}, not {shown(value)}")
    if len(parts) > 1 and not all(map(COLOUR.fullmatch, parts)):
        raise ValueError("must be one picture, or colours alone: remove the others")
    if len(parts) > COLOURS_MOST:
        raise ValueError(f"must have {COLOURS_MOST} colours at most: remove some")
    return tuple(parts)


def _check_words(value: object) -> Pairs:
    """A text, or one for each language."""
    if isinstance(value, tuple):
        value = _mapping_of(value)
    given = value if isinstance(value, Mapping) else {"": value}
    found = {code: text for code, text in given.items() if isinstance(code, str) and is_text(text)}
    if found != given:
        raise wrong(
            "must be text, or text by language like {example}, not {value}",
            example='{"en": "General sale"}',
            value=shown(value),
        )
    for code in found:
        if code and not TAG.fullmatch(code):
            raise wrong("{name} is no language: write a tag like de or pt-BR", name=shown(code))
    if any(len(text) > LONGEST_NAME for text in found.values()):
        raise wrong(
            "must be text of up to {most} characters, not {value}",
            most=LONGEST_NAME,
            value=shown(value),
        )
    # The user's folder may have more languages than ours, so that any may be named.
    return tuple((code, text.replace(MARK, "").strip()) for code, text in found.items())


def _parse_words(text: str) -> object:
    return parse_json(text) if text.lstrip().startswith("{") else text


site_name = Kind(_check_name)
event_id = Kind(_check_event_id)
logo = _address("/logo.svg", lambda address: Theme(logo=address))
font = _address("/brand.woff2", lambda address: Theme(font=address))
colors = Kind(_check_colors, parse_json)
scheme = choice(*SCHEMES)
header = Kind(_check_header, parse_list)
words = Kind(_check_words, _parse_words)

#: The settings of the look that a room may have of its own.
_OF_THEME: Mapping[str, Kind[Any]] = {
    "logo": logo,
    "logo_dark": logo,
    "header": header,
    "colors": colors,
    "scheme": scheme,
    "font": font,
}


def _check_theme(value: object) -> tuple[tuple[str, object], ...]:
    if isinstance(value, tuple):
        value = _mapping_of(value)
    if not isinstance(value, Mapping):
        raise ValueError(f'must be like {{"header": "#8a1538"}}, not {shown(value)}')
    problems, found = list[str](), dict[str, object]()
    for name, given in value.items():
        if name not in _OF_THEME:
            problems.append(f"has no {name!r}: use one of {', '.join(_OF_THEME)}")
            continue
        try:
            found[name] = _OF_THEME[name].check(given)
        except ValueError as error:
            problems.append(f"{name} {error}")
    if problems:
        raise ValueError("; ".join(problems))
    return tuple(found.items())


theme = Kind(_check_theme, parse_json)


# The look that comes of them.


def theme_of_site(values: Mapping[str, Any]) -> Theme:
    """The look of a site's pages, of its settings by name. What is missing is as it is by default,
    since settings are looked at even if some are wrong."""
    return Theme(
        logo=values.get("logo") or "",
        logo_dark=values.get("logo_dark") or "",
        header=values.get("header") or (),
        colours=dict(values.get("colors") or ()),
        scheme=values.get("scheme") or SCHEMES[0],
        font=values.get("font") or "",
        frame_ancestors=values.get("frame_ancestors") or (),
    )


def theme_of_room(site: Theme, room_settings: "RoomSettings") -> Theme:
    """The look of a room's pages: its own settings win over the site's."""
    own: dict[str, Any] = dict(room_settings.theme)
    colours = {**site.colours, **dict(own.pop("colors", ()))}
    if "logo" in own:  # the site's is another one
        own.setdefault("logo_dark", "")
    own |= {"title": dict(room_settings.title), "subtitle": dict(room_settings.subtitle)}
    return replace(site, **own, colours=colours)


def look_clashes(values: Mapping[str, Any]) -> Iterator[str]:
    """A problem for each two colours that cannot be read on each other: of the site, and of a room
    if that has others."""
    site = theme_of_site(values)
    told = list(site.unreadable)
    yield from told
    rooms: Sequence[RoomSettings] = values.get("rooms") or ()
    for room in rooms:
        if room.theme:
            found = theme_of_room(site, room).unreadable
            yield from (f"room {room.name!r}: theme {one}" for one in found if one not in told)
