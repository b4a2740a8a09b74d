"""Whether a host has agreed to be tested: it serves the mark of the token that we were given.

No redirect is followed: a host that leads elsewhere has agreed to nothing there.
"""

from dataclasses import dataclass
from http.client import HTTPException, InvalidURL
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from vwr_middleware.errors import Refused, StoreUnavailable
from vwr_middleware.papers.agreement import CONSENT, agrees

#: Seconds that the host may take to say so, under load as well.
PATIENCE = 10.0
_TEXT_MOST = 10_000

NOT_AGREED = (
    "{origin} has not agreed to be tested ({why}). Nothing was sent to it but this one question."
    " If the site is yours, set loadtest_token in its settings (VWR_LOADTEST_TOKEN) to a key of 16"
    " characters or more, made by `vwr keygen`, and give the same key here, by"
    " VWR_LOADTEST_TOKEN or --token. If it is not yours, do not test it"
)


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *asked: Any) -> None:
        """No request in place of the one that was sent."""


@dataclass(frozen=True, slots=True)
class Target:
    """A page of a site, taken apart."""

    origin: str  # scheme and host
    path: str  # with the query


def target(url: str) -> Target:
    """The page that an URL names. Raises Refused for what is none of http."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises if it is no number
    except ValueError as error:
        raise Refused(f"{url} is not a URL: {error}") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refused(f"{url} is not a URL like https://staging.example/tickets")
    if parts.username or parts.password:
        raise Refused("the URL must not contain a user name or password")
    query = f"?{parts.query}" if parts.query else ""
    return Target(f"{parts.scheme}://{parts.netloc}", (parts.path or "/") + query)


def check_agreement(origin: str, prefix: str, token: str) -> None:
    """Raise Refused unless the host has agreed; StoreUnavailable if it gives no answer."""
    if why := reason_against(origin, prefix, token):
        raise Refused(NOT_AGREED.format(origin=origin, why=why))


def reason_against(origin: str, prefix: str, token: str) -> str:
    """Why the host has not agreed; "" if it has. Raises StoreUnavailable if it gives no answer."""
    where = f"{prefix}/{CONSENT}"
    try:
        asked = Request(origin + where, headers={"Cache-Control": "no-cache"})
        # Not through a proxy of the environment: that would be another way than the test's.
        opener = build_opener(ProxyHandler({}), _NoRedirect)
        with opener.open(asked, timeout=PATIENCE) as answer:
            text = answer.read(_TEXT_MOST).decode("utf-8", "replace")
    except HTTPError as error:
        with error:
            return _refusal(error, where)
    except (URLError, InvalidURL) as error:
        raise StoreUnavailable(
            f"{origin} does not answer: {getattr(error, 'reason', error)}"
        ) from error
    except (OSError, HTTPException) as error:
        raise StoreUnavailable(f"{origin} does not answer: {error}") from error
    if agrees(text, token):
        return ""
    if text.startswith("vwr-loadtest-"):
        return f"its {where} was made with another token"
    return f"its {where} is something else"


def _refusal(error: HTTPError, where: str) -> str:
    if error.code in (429, 502, 503, 504):  # overloaded, as under a test
        raise StoreUnavailable(f"{where} answers {error.code} {error.reason}") from error
    leads_to = error.headers.get("Location", "")
    return f"its {where} leads to {leads_to}" if leads_to else f"its {where} answers {error.code}"
