"""A QR code of a link, for a page: made by segno where that is installed (extra `qr`)."""

from functools import lru_cache
from importlib.util import find_spec

from markupsafe import Markup

#: Characters of a link at most: a code of more could hardly be read off a screen.
LONGEST = 600


@lru_cache(maxsize=64)
def qr_code(link: str, title: str) -> Markup:
    """The code as SVG, dark on light whatever the page's colours are, so that all cameras read it.
    Empty without a link, for one that is too long, and where segno is not installed."""
    if not link or len(link) > LONGEST or find_spec("segno") is None:
        return Markup("")
    # Imported late: most processes never make one.
    import segno

    made = segno.make_qr(link, error="m", boost_error=False)
    return Markup(
        made.svg_inline(
            border=4, light="#fff", dark="#000", omitsize=True, title=title, svgclass="qr"
        )
    )
