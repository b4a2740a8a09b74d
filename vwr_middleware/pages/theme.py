"""How a user makes the waiting page look like their own site: name, logo and colours."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

#: What may be coloured; with `_dark` after it, for dark mode.
COLOURS = ("accent", "on_accent", "background", "surface", "text", "muted")
_COLOUR = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)

#: Nothing from another origin, nothing inline, nothing evaluated. It is short, since the server
#: works on each letter of each header for each page.
_POLICY = (
    "default-src 'self'{images}; object-src 'none'; base-uri 'none'; form-action {forms}; "
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

    @property
    def problems(self) -> list[str]:
        """What is wrong with it, each with its fix."""
        found = []
        for name, value in self.colours.items():
            if name.removesuffix("_dark") not in COLOURS:
                found.append(f"has no colour {name!r}: use one of {', '.join(COLOURS)}")
            if not _COLOUR.fullmatch(value):
                found.append(f"has {value!r} for {name!r}: write it as #rrggbb")
        if self.logo and not self._logo_origin:
            found.append(f"must be a path like /logo.svg or an https URL, not {self.logo!r}")
        return found

    @property
    def _logo_origin(self) -> str:
        """What the policy must allow for the logo; "" if the logo is not usable."""
        parts = urlsplit(self.logo)
        if not parts.scheme and not parts.netloc and self.logo.startswith("/"):
            return "'self'"
        if parts.scheme == "https" and re.fullmatch(r"[A-Za-z0-9.:-]+", parts.netloc):
            return f"https://{parts.netloc}"
        return ""

    @property
    def content_security_policy(self) -> str:
        """The value of the header that allows our pages what they need and nothing else."""
        others = {self._logo_origin} - {"", "'self'"}
        return _POLICY.format(
            images="".join(f"; img-src 'self' {origin}" for origin in others),
            forms=" ".join(["'self'", *self.form_targets]),
            frames=" ".join(["'self'", *self.frame_ancestors]),
        )

    @property
    def css(self) -> str:
        """A style sheet that sets the colours; "" if there are none."""
        light = {name: value for name, value in self.colours.items() if name in COLOURS}
        dark = {
            name.removesuffix("_dark"): value
            for name, value in self.colours.items()
            if name.endswith("_dark")
        }
        return _for_scheme("light", light) + _for_scheme("dark", dark)


def _for_scheme(scheme: str, colours: Mapping[str, str]) -> str:
    """The colours for one scheme only, so that those of the other stay ours."""
    if not colours:
        return ""
    properties = (f"--{name.replace('_', '-')}:{value};" for name, value in colours.items())
    return f"@media(prefers-color-scheme:{scheme}){{:root{{{''.join(properties)}}}}}"
