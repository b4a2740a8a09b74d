"""Whether what is written in a user's own colours can be read: by WCAG, 4.5 to 1 for text."""

from collections.abc import Iterator, Mapping

#: Our own colours, as the style sheet has them: they count where a user sets none.
LIGHT = {
    "accent": "#1a56c4",
    "on_accent": "#fff",
    "background": "#f3f5f8",
    "surface": "#fff",
    "text": "#182230",
    "muted": "#55606e",
}
DARK = {
    "accent": "#8cb8ff",
    "on_accent": "#0a1a33",
    "background": "#10151c",
    "surface": "#1a212b",
    "text": "#eef2f7",
    "muted": "#a9b4c2",
}
ENOUGH = 4.5
#: What is written on what: a text's colour and its background's.
_PAIRS = (
    ("text", "surface"),
    ("text", "background"),
    ("muted", "surface"),
    ("accent", "surface"),
    ("on_accent", "accent"),
)


def contrast_warnings(colours: Mapping[str, str]) -> Iterator[str]:
    """A warning for each pair with a colour of the user's that is hard to read."""
    for ours, suffix in ((LIGHT, ""), (DARK, "_dark")):
        both = {name: colours.get(name + suffix, colour) for name, colour in ours.items()}
        for text, ground in _PAIRS:
            found = contrast(both[text], both[ground])
            if found < ENOUGH:  # two of ours never are
                yield (
                    f"colors: {text + suffix} on {ground + suffix} ({both[text]} on"
                    f" {both[ground]}) has a contrast of {found:.1f} to 1, and text needs"
                    f" {ENOUGH} to be read by everybody"
                )


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, given as #rgb or #rrggbb: from 1 to 21."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    digits = colour.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    red, green, blue = (_linear(int(digits[i : i + 2], 16) / 255) for i in (0, 2, 4))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
