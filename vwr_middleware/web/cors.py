"""Cross-origin rules for our own answers, since we usually stand outside the app's CORS layer."""

import re
from collections.abc import Sequence

from vwr_middleware.web.http import Request
from vwr_middleware.web.proxies import Origin

_EXPOSED = "Retry-After, VWR-State, VWR-Waiting-Room, VWR-Token, VWR-Session-Expires"
_ALLOWED = "VWR-Ticket, VWR-Token, Content-Type, Accept"
#: What a preflight asks for, as browsers write it.
_ASKED = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~, -]{1,2000}")
#: What an origin has around its host: a scheme; or a usual port, which some proxies put into Host.
_AROUND = re.compile(r"\Ahttps?://|:(?:80|443)\Z")


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


def preflight_headers(
    request: Request, origins: Sequence[str], *more: str
) -> tuple[tuple[str, str], ...]:
    """The headers of the answer to a preflight request for one of our own endpoints, which takes
    `more` headers than others."""
    headers = cors_headers(request, origins)
    if request.header("origin").lower() not in origins:
        return headers
    return (
        *headers,
        ("Access-Control-Allow-Methods", "GET, POST, OPTIONS"),
        ("Access-Control-Allow-Headers", ", ".join((_ALLOWED, *more))),
        ("Access-Control-Max-Age", "600"),
    )


def is_allowed(request: Request, origins: Sequence[str]) -> bool:
    """Whether a script of an allowed origin asks."""
    return request.header("origin").lower() in origins


def granted_headers(request: Request, origins: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """The headers of our answer to a preflight of an allowed origin for a path of the app.

    It may send what it asks for: whether a script may read the app's response, and what the app
    does, is up to the app.
    """
    headers = [*cors_headers(request, origins), ("Access-Control-Max-Age", "600")]
    for what in ("Method", "Headers"):
        asked = request.header(f"access-control-request-{what.lower()}")
        if _ASKED.fullmatch(asked):
            name = "Access-Control-Allow-" + what.removesuffix("s") + "s"
            headers.append((name, asked))
        headers.append(("Vary", f"Access-Control-Request-{what}"))
    return tuple(headers)


def may_post(request: Request, origin: Origin, origins: Sequence[str]) -> bool:
    """Whether a request may change something: it comes from here or from an allowed origin."""
    return is_allowed(request, origins) or is_from_here(request, origin)


def is_from_here(request: Request, origin: Origin) -> bool:
    """Whether a page of this origin sent the request, or no page at all.

    Any page could make its visitors' browsers post here. Programs send neither header. No page can
    forge Sec-Fetch-Site, and unlike a comparison with Origin it does not depend on the Host that a
    proxy sends.
    """
    site = request.header("sec-fetch-site")
    if site == "same-origin":
        return True
    if site not in ("", "none"):
        return False
    sent = request.header("origin")
    return not sent or _AROUND.sub("", sent.lower()) == _AROUND.sub("", origin.host)


def is_from_other_site(request: Request, origin: Origin) -> bool:
    """Whether a page of another site sent the request: then a form brings no Lax cookie."""
    site = request.header("sec-fetch-site")
    return site == "cross-site" if site else not is_from_here(request, origin)
