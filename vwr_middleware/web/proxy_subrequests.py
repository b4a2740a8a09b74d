"""Requests by which a proxy asks for leave to answer another one (nginx's `auth_request`, and
`forward_auth` of Traefik and Caddy), but at a protected path. `decisions/` answers at the right
one.

The proxy takes each 2xx for a yes, and shows the visitor nothing else of the answer. So our waiting
page would let everybody in, and a place whose cookie never arrives would be taken by each request.
"""

import re
from urllib.parse import unquote

from vwr_middleware.web.http import ORIGINAL_METHODS, ORIGINALS, Request
from vwr_middleware.web.remembered import warn_once
from vwr_middleware.web.request_kinds import is_prefetch

ASKED_FOR_LEAVE = (
    "a proxy asks at a protected path for leave to answer other requests (auth_request,"
    " forward_auth), which is refused, since nobody can be given a place in this way: let it ask at"
    " /vwr/auth, as docs/decisions.md says, or pass the requests themselves on (proxy_pass)"
)
#: Scheme and host of a whole address.
_ORIGIN = re.compile(r"\A[a-z][a-z0-9+.-]*://[^/?]*", re.IGNORECASE)
REFUSED = "a proxy asks for leave at the wrong address: the waiting room's log says what to do"


def asks_for_another(request: Request) -> bool:
    """Whether the request surely stands for another one. If so, that is logged once.

    Proxies that only take a prefix off the path, or put one before it, may name the original too.
    """
    originals = [request.header(name) for name in ORIGINALS]
    asks = any(map(request.header, ORIGINAL_METHODS))
    if not (asks or any(originals)):
        return False
    here = request.path.strip("/")
    asks = asks or any(_is_elsewhere(original, here) for original in originals)
    if asks:
        warn_once(ASKED_FOR_LEAVE)
    return asks


def is_unasked(request: Request) -> bool:
    """Whether no person may ever see the answer, so that it can give and claim nothing."""
    return is_prefetch(request) or asks_for_another(request)


def _is_elsewhere(original: str, here: str) -> bool:
    path = _ORIGIN.sub("", original)
    if not path.startswith("/"):
        return False
    there = unquote(path.partition("?")[0]).strip("/")
    return not there.endswith(here) and not here.endswith(there)
