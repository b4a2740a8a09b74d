"""How a user makes the waiting page look like their own site: name of the event, logo, header,
colours, font, and whether all that can be read.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from reprlib import repr as shown
from urllib.parse import quote, urlsplit

from vwr_middleware.pages.contrast import (
    BLACK,
    LARGE_TEXT,
    SMALL_TEXT,
    best_on,
    contrast,
    least_contrast,
    mix,
    readable,
)
from vwr_middleware.pages.languages import SOURCE

#: Our colours, which vwr.css has too.
LIGHT = {
    "accent": "#1d4fb5",
    "on_accent": "#ffffff",
    "background": "#eef1f6",
    "surface": "#ffffff",
    "text": "#141d2b",
    "muted": "#47515f",
}
DARK = {
    "accent": "#9cc1ff",
    "on_accent": "#0a1a33",
    "background": "#0d1219",
    "surface": "#18202b",
    "text": "#eef2f7",
    "muted": "#b4becb",
}
#: What may be coloured; with `_dark` after it, for dark mode.
COLOURS = tuple(LIGHT)
SCHEMES = ("auto", "light", "dark")
COLOUR = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)

#: What is read on what, and the contrast that it needs.
_PAIRS = (
    *(("text", ground, SMALL_TEXT) for ground in ("surface", "background")),
    *(("muted", ground, SMALL_TEXT) for ground in ("surface", "background")),
    ("accent", "surface", LARGE_TEXT),
    ("on_accent", "accent", LARGE_TEXT),
)
#: How much darker a header of the accent's colour ends than it begins.
_SHADE = 0.45
#: Where a gradient is looked at, between each two of its colours.
_BETWEEN = (0.0, 0.25, 0.5, 0.75, 1.0)
#: What lies over a picture, so that white text on it can be read.
_VEIL = "linear-gradient(#000b,#0006)"

#: Nothing from another origin, nothing inline, nothing evaluated. It is short, since the server
#: works on each letter of each header for each page.
_POLICY = (
    "default-src 'self'{images}{fonts}; object-src 'none'; base-uri 'none'; form-action {forms}; "
    "frame-ancestors {frames}"
)


@dataclass(frozen=True, slots=True)
class Theme:
    """The look of a page. Colours are `#rgb` or `#rrggbb`."""

    logo: str = ""
    colours: Mapping[str, str] = field(default_factory=dict)
    #: Origins of other sites that may show the page in a frame.
    frame_ancestors: Sequence[str] = ()
    #: Where the page's forms may lead beyond this origin: a button to enter sends a visitor on to
    #: a client of OpenID Connect, and browsers hold each step of that against the policy.
    form_targets: Sequence[str] = ()
    #: The logo on a dark ground.
    logo_dark: str = ""
    #: auto, as the visitor's device is set; light or dark.
    scheme: str = "auto"
    #: The address of a font.
    font: str = ""
    #: What the band at the top shows: colours, of which several make a gradient, or a picture.
    header: Sequence[str] = ()
    #: What the page is for, by language; "" is for all others.
    title: Mapping[str, str] = field(default_factory=dict)
    subtitle: Mapping[str, str] = field(default_factory=dict)

    @property
    def problems(self) -> list[str]:
        """What is wrong with its values, each with its fix."""
        found = []
        for name, value in self.colours.items():
            if name.removesuffix("_dark") not in COLOURS:
                found.append(f"has no colour {name!r}: use one of {', '.join(COLOURS)}")
            if not COLOUR.fullmatch(value):
                found.append(f"has {value!r} for {name!r}: write it as #rrggbb")
        found += [
            f"must be a path like {example} or an https URL, not {shown(address)}"
            for address, example in self._addresses
            if not origin_of_file(address)
        ]
        return found

    @property
    def _addresses(self) -> list[tuple[str, str]]:
        """The addresses of files, each with an example."""
        named = [
            (self.logo, "/logo.svg"),
            (self.logo_dark, "/logo-dark.svg"),
            (self.font, "/brand.woff2"),
            (self.picture, "/header.jpg"),
        ]
        return [(address, example) for address, example in named if address]

    @property
    def files(self) -> list[str]:
        """The addresses of the files that the page loads for it."""
        return [address for address, _ in self._addresses]

    @property
    def picture(self) -> str:
        """The address of the header's picture, if it has one."""
        return next((part for part in self.header if not COLOUR.fullmatch(part)), "")

    @property
    def content_security_policy(self) -> str:
        """The value of the header that allows our pages what they need and nothing else."""
        return policy_of([self])

    def title_in(self, language: str) -> str:
        """The name of the event in a language; "" if it has none."""
        return in_language(self.title, language)

    def subtitle_in(self, language: str) -> str:
        """What stands below it."""
        return in_language(self.subtitle, language)

    # Colours.

    @property
    def _schemes(self) -> tuple[str, ...]:
        return ("light", "dark") if self.scheme == "auto" else (self.scheme,)

    def _given(self, scheme: str) -> dict[str, str]:
        """The colours that are set for a scheme, and those that follow from them."""
        is_dark = scheme == "dark"
        given = {
            name.removesuffix("_dark"): value
            for name, value in self.colours.items()
            if name.endswith("_dark") is is_dark
        }
        accent = self.colours.get("accent")
        if is_dark and accent and "accent" not in given:
            ground = given.get("surface", DARK["surface"])
            given["accent"] = readable(accent, [ground], SMALL_TEXT)
        if "accent" in given and "on_accent" not in given:
            given["on_accent"] = best_on([given["accent"]])
        return given

    def palette(self, scheme: str) -> dict[str, str]:
        """All colours of a scheme."""
        return (DARK if scheme == "dark" else LIGHT) | self._given(scheme)

    @property
    def unreadable(self) -> Iterator[str]:
        """A sentence for each two colours that are too like each other, with the fix."""
        for scheme in self._schemes:
            palette, ending = self.palette(scheme), "_dark" if scheme == "dark" else ""
            for name, ground, least in _PAIRS:
                colour, behind = palette[name], palette[ground]
                if (found := contrast(colour, behind)) >= least:
                    continue
                yield (
                    f"colors: {name}{ending} {colour} on {ground}{ending} {behind} has a contrast"
                    f" of {found:.1f} to 1, and needs {least:g}: set {name}{ending} to"
                    f" {readable(colour, [behind], least)}, or change {ground}{ending}"
                )
        grounds = self._header_grounds
        if grounds and (found := least_contrast(best_on(grounds), grounds)) < LARGE_TEXT:
            yield (
                f"header {', '.join(self.header)}: neither white nor black text can be read on all"
                f" of it (its contrast is {found:.1f} to 1, and needs {LARGE_TEXT:g}): use colours"
                " that are all dark, or all light"
            )

    @property
    def _header_grounds(self) -> list[str]:
        """The colours on which the header's text stands."""
        colours = [] if self.picture else list(self.header)
        pairs = zip(colours, colours[1:] or colours, strict=False)
        return [mix(one, other, part) for one, other in pairs for part in _BETWEEN]

    # The style sheet.

    @property
    def css(self) -> str:
        """A style sheet that sets all this; "" if nothing is set."""
        return self._font_face + _rule(self._of_both_schemes()) + self._by_scheme()

    @property
    def _font_face(self) -> str:
        if not self.font:
            return ""
        # A variable font has all weights.
        more = "font-weight:100 900;font-display:swap"
        return f"@font-face{{font-family:brand;src:{_url(self.font)};{more}}}"

    def _of_both_schemes(self) -> dict[str, str]:
        found = {"font": "brand,system-ui"} if self.font else {}
        accent = self.colours.get("accent")
        if self.picture:
            over = f"{_VEIL},{_url(self.picture)}"
            found |= {"header": over, "on-header": "#fff"}
        elif self.header:
            found |= {"header": _gradient(self.header), "on-header": best_on(self._header_grounds)}
        elif self.logo:
            # It was made for the page's own ground. Above it stands a stripe.
            stripe = "linear-gradient(var(--accent) 6px,var(--background) 6px)"
            found |= {"header": stripe, "on-header": "var(--text)"}
        elif accent:
            ink = best_on([accent])
            ends = [accent] if ink == BLACK else [accent, mix(accent, BLACK, _SHADE)]
            found |= {"header": _gradient(ends), "on-header": ink}
        return found

    def _by_scheme(self) -> str:
        if self.scheme != "auto":
            named = _named(self.palette(self.scheme))
            return f":root{{color-scheme:{self.scheme};{_properties(named)}}}"
        # For one scheme only, so that those of the other stay ours.
        rules = ((scheme, _rule(_named(self._given(scheme)))) for scheme in self._schemes)
        return "".join(
            f"@media(prefers-color-scheme:{scheme}){{{rule}}}" for scheme, rule in rules if rule
        )


def policy_of(themes: Sequence[Theme]) -> str:
    """The Content-Security-Policy of pages that may have any of these looks. In what is no look of
    a room, they are the same."""
    pictures = [file for theme in themes for file in (theme.logo, theme.logo_dark, theme.picture)]
    fonts = [theme.font for theme in themes]
    return _POLICY.format(
        images=_allowed("img-src", pictures),
        fonts=_allowed("font-src", fonts),
        forms=" ".join(["'self'", *themes[0].form_targets]),
        frames=" ".join(["'self'", *themes[0].frame_ancestors]),
    )


def _allowed(what: str, addresses: Sequence[str]) -> str:
    origins = dict.fromkeys(map(origin_of_file, filter(None, addresses)))
    others = [origin for origin in origins if origin not in ("", "'self'")]
    return f"; {what} 'self' {' '.join(others)}" if others else ""


def origin_of_file(address: str) -> str:
    """What the policy must allow for a file; "" if the address is not usable."""
    if "\\" in address or not address.isprintable():
        return ""  # browsers read these in ways of their own
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    if not parts.scheme and not parts.netloc and address.startswith("/"):
        return "'self'"
    if parts.scheme == "https" and re.fullmatch(r"[A-Za-z0-9.-]+(:\d+)?", parts.netloc):
        return f"https://{parts.netloc}"
    return ""


def in_language(texts: Mapping[str, str], language: str) -> str:
    """The text for a language, or for one without its region or script, or for all others."""
    names = (language, language.partition("-")[0], "", SOURCE, *texts)
    return next((texts[name] for name in names if name in texts), "")


def _url(address: str) -> str:
    """The address for a style sheet, in which no letter of it can end it."""
    return f'url("{quote(address, safe="/:?#[]@!$&*+,;=%~._-")}")'


def _gradient(colours: Sequence[str]) -> str:
    return colours[0] if len(colours) == 1 else f"linear-gradient(120deg,{','.join(colours)})"


def _named(colours: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in colours.items()}


def _rule(values: Mapping[str, str]) -> str:
    return f":root{{{_properties(values)}}}" if values else ""


def _properties(values: Mapping[str, str]) -> str:
    return "".join(f"--{name}:{value};" for name, value in values.items())
