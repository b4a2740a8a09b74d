"""Every state of the waiting page side by side, each live in a frame: for `vwr preview`, and the
site of the documents.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from jinja2 import Template
from markupsafe import Markup

from vwr_middleware.pages.languages import Language
from vwr_middleware.pages.preview import STATES
from vwr_middleware.pages.templates import new_environment

#: How wide the pages may be shown, in pixels, and on what people have such a width.
WIDTHS = {"390": "a phone", "768": "a tablet", "1440": "a desktop"}
#: Of whom pages are shown: of those who like them light or dark, or of whoever looks.
SCHEMES = {"auto": "as your browser has it", "light": "light", "dark": "dark"}

#: The address of a state's page, below that of the gallery.
Address = Callable[[str], str]


class Picture(NamedTuple):
    """One state in the gallery."""

    title: str
    address: str


#: In the place of the script: the track stands where it would have come.
_SCRIPT = re.compile(rb"<script src=[^>]*></script>")
_ON_THE_WAY = b"<style>#track{--at:.6}</style>"


def still(page: bytes) -> bytes:
    """A page as a file, to be looked at where nobody is whom its script could ask."""
    return _SCRIPT.sub(_ON_THE_WAY, page)


def pictures(address: Address, states: Iterable[str] = STATES) -> list[Picture]:
    """All states, with the addresses of their pages."""
    return [Picture(state.replace("-", " "), address(state)) for state in states]


@dataclass(frozen=True, slots=True)
class Switches:
    """What is chosen above the pictures."""

    language: str
    scheme: str = "auto"
    width: str = "390"
    room_name: str = ""

    @classmethod
    def read(cls, asked: Mapping[str, str], language: str, rooms: Sequence[str]) -> "Switches":
        """The switches as they were sent. What is not known is as at first."""
        scheme, width, room = (asked.get(name, "") for name in ("scheme", "width", "room"))
        return cls(
            language,
            scheme if scheme in SCHEMES else "auto",
            width if width in WIDTHS else "390",
            room if room in rooms else rooms[0],
        )


def gallery(
    switches: Switches,
    address: Address,
    style: str,
    languages: Iterable[Language],
    rooms: Sequence[str],
) -> bytes:
    """The page with all of them. `style` is the address of its style sheet."""
    page = _template().render(
        pictures=pictures(address),
        switches=switches,
        style=Markup(style),
        languages=languages,
        rooms=rooms,
        schemes=SCHEMES,
        widths=WIDTHS,
    )
    return page.encode()


@cache
def _template() -> Template:
    return new_environment(()).get_template("gallery.html")
