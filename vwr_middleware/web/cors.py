"""Cross-origin rules for our own answers, since we usually stand outside the app's CORS layer."""

import re
from collections.abc import Sequence

from vwr_middleware.web.http import Request
from vwr_middleware.web.proxies import Origin

_EXPOSED = "Retry-After, VWR-State, VWR-Waiting-Room, VWR-Token, VWR-Session-Expires"
_SCHEME = re.compile("https?://")
_ALLOWED = "VWR-Ticket, VWR-Token, Content-Type, Accept"


def cors_headers(request: Request, origins: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """What lets a script of an allowed origin read our answer."""
    asked = request.header("origin")
    if asked.lower() not in origins:
        return (("Vary", "Origin"),) if origins else ()
    return (
        ("Access-Control-Allow-Origin", asked),
        ("Access-Control-Allow-Credentials", "true"),
        ("Access-Control-Expose-Headers", _EXPOSED),
        ("Vary", "Origin"),
    )


def exposed(request: Request, origins: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """What lets a script of an allowed origin read our headers in the app's own response.

    Whether it may read the response at all is decided by the app's own CORS layer.
    """
    if request.header("origin").lower() not in origins:
        return ()
    return (("Access-Control-Expose-Headers", _EXPOSED),)


def preflight_headers(request: Request, origins: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """The headers of the answer to a preflight request for one of our own endpoints."""
    allowed = cors_headers(request, origins)
    if len(allowed) < 2:
        return allowed
    return (
        *allowed,
        ("Access-Control-Allow-Methods", "GET, POST, OPTIONS"),
        ("Access-Control-Allow-Headers", _ALLOWED),
        ("Access-Control-Max-Age", "600"),
    )


def may_post(request: Request, origin: Origin, origins: Sequence[str]) -> bool:
    """Whether a request that changes something comes from this origin, an allowed one, or no page.

    Any page could make its visitors' browsers post here; programs send neither header. No page can
    forge Sec-Fetch-Site, and unlike the comparison with Origin it does not depend on the Host that
    a proxy sends.
    """
    if request.header("sec-fetch-site") == "same-origin":
        return True
    asked = request.header("origin")
    if asked:
        if asked.lower() in origins:
            return True
        return _SCHEME.sub("", asked.lower()) == origin.host
    return request.header("sec-fetch-site") in ("", "same-origin", "none")
