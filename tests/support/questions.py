"""What proxies ask at `/vwr/auth`, header by header, as each of them sends it."""

from typing import Any

import httpx

from tests.support.visitor import PAGE, SCRIPT, Visitor

DECISION_KEY = "a-key-by-which-proxies-ask"
KEY = {"VWR-Decision-Key": DECISION_KEY}

#: Those that show the visitor nothing of the answer, and send the request itself to our page.
ASKS_ONLY = ("nginx", "haproxy", "ingress-nginx")
#: Those that show the answer to the visitor.
SHOWS = ("traefik", "caddy", "envoy", "apache")
PROXIES = (*ASKS_ONLY, *SHOWS)


def question(proxy: str, url: str, method: str = "GET") -> tuple[str, str, dict[str, str]]:
    """Method, address and headers by which a proxy asks about a request."""
    told = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "http"} | KEY
    here = f"/vwr/auth/{proxy}"
    if proxy == "envoy":
        return method, f"{here}{url}", told
    if proxy in ("traefik", "caddy"):
        more = {"X-Forwarded-Uri": url, "X-Forwarded-Method": method}
        return "GET", here, told | more | {"X-Forwarded-Host": "shop.example"}
    name = "X-Original-URL" if proxy == "ingress-nginx" else "X-Original-URI"
    origin = "http://shop.example" if proxy == "ingress-nginx" else ""
    return "GET", here, told | {name: f"{origin}{url}", "X-Original-Method": method}


def asks(
    visitor: Visitor,
    proxy: str,
    url: str = "/tickets",
    method: str = "GET",
    headers: dict[str, str] | None = None,
    by_script: bool = False,
    **options: Any,
) -> httpx.Response:
    """The answer to the question about a visitor's request."""
    how, here, told = question(proxy, url, method)
    kind = SCRIPT if by_script else PAGE
    sent = {**kind, **told, **(headers or {})}
    return visitor.client.request(how, here, headers=sent, **options)


def lets_in(response: httpx.Response) -> bool:
    """Whether any proxy would let the request through."""
    return response.is_success
