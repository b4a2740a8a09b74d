"""Whether colours can be read on each other, as WCAG measures it, and colours that can be.

Colours are `#rgb` or `#rrggbb`.
"""

from collections.abc import Iterable
from colorsys import hls_to_rgb, rgb_to_hls

WHITE, BLACK = "#ffffff", "#000000"
#: What small text needs (AAA), and what large text and what is not text needs (AAA, AA).
SMALL_TEXT, LARGE_TEXT = 7.0, 4.5

#: How finely colours are mixed to find one that can be read.
_STEPS = 100


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, from 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def least_contrast(colour: str, others: Iterable[str]) -> float:
    """The contrast with that of the others from which it differs least."""
    return min(contrast(colour, other) for other in others)


def best_on(grounds: Iterable[str]) -> str:
    """White or black, whichever is read better on all of these."""
    found = list(grounds)
    return max((WHITE, BLACK), key=lambda colour: least_contrast(colour, found))


def readable(colour: str, grounds: Iterable[str], least: float) -> str:
    """The colour, made lighter or darker until it has this contrast with all of these. What cannot
    have it becomes white or black."""
    found = list(grounds)
    towards = best_on(found)
    # By lightness alone, so that it keeps its hue and does not turn grey.
    hue, lightness, saturation = rgb_to_hls(*(channel / 255 for channel in _channels(colour)))
    for step in range(_STEPS):
        moved = lightness + ((towards == WHITE) - lightness) * step / _STEPS
        tried = _written(hls_to_rgb(hue, moved, saturation))
        if least_contrast(tried, found) >= least:
            return tried
    return towards


def mix(colour: str, other: str, part: float) -> str:
    """The colour with a part of another in it."""
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return _written((mine + (its - mine) * part) / 255 for mine, its in pairs)


def _written(channels: Iterable[float]) -> str:
    return "#" + "".join(f"{round(255 * channel):02x}" for channel in channels)


def _channels(colour: str) -> tuple[int, int, int]:
    digits = colour[1:]
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    red, green, blue = (int(digits[at : at + 2], 16) for at in (0, 2, 4))
    return red, green, blue


def _luminance(colour: str) -> float:
    red, green, blue = map(_linear, _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: int) -> float:
    part = channel / 255
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
