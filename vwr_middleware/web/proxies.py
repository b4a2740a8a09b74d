"""Who really sent a request, and how: forwarded headers count as far as proxies are trusted."""

import ipaddress
import re
from dataclasses import dataclass

from vwr_middleware.web.http import Request
from vwr_middleware.web.remembered import warn_once

#: Some proxies add the port: `203.0.113.7:4711`, `[2001:db8::1]:4711`.
_WITH_PORT = re.compile(r"^(\[[^\]]*\]|[0-9.]+):[0-9]+$")

#: It matters, since without https our cookies are not secure, and a browser does not send them when
#: a bank's page leads back by a POST.
_UNTRUSTED_HTTPS = (
    "X-Forwarded-Proto says https, but trusted_proxies is 0: if your own proxy sends it, set"
    " trusted_proxies, or set cookie_secure to always"
)
_UNSEEN_HTTPS = (
    "a browser uses https, but the app sees http: let the proxy that ends TLS send"
    " X-Forwarded-Proto and count it in trusted_proxies, or set cookie_secure to always. Otherwise"
    " our cookies are not secure, and people who come back from a bank by POST have to wait again"
)
_MISSING_ADDRESS = (
    "trusted_proxies is %d, but a request came with fewer addresses in X-Forwarded-For. If it came"
    " through your proxies, let each of them add one and the server keep them, or correct"
    " trusted_proxies. Otherwise all visitors count as one address"
)
_UNTRUSTED_ADDRESSES = (
    "requests bring X-Forwarded-For, but trusted_proxies is 0: if your own proxy sends it, set"
    " trusted_proxies. Otherwise everybody behind it counts as one address: joins_per_address"
    " refuses them together, and bind binds nobody or locks people out at random"
)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from and what it was sent to."""

    scheme: str
    host: str
    address: str

    @property
    def is_secure(self) -> bool:
        """Whether the visitor came by https."""
        return self.scheme == "https"

    @property
    def text(self) -> str:
        """The origin, as browsers write it in an Origin header."""
        return f"{self.scheme}://{self.host}"


def origin_of(request: Request, trusted: int) -> Origin:
    """The origin as the outermost trusted proxy saw it; `trusted` is how many are trusted."""
    if trusted == 0:
        if request.scheme == "http" and request.header("x-forwarded-proto") == "https":
            warn_once(_UNTRUSTED_HTTPS)
        return Origin(request.scheme, request.host, request.client)
    address = _nth(request.header("x-forwarded-for"), trusted)
    if not address:
        warn_once(_MISSING_ADDRESS, trusted)
    return Origin(
        _outermost(request.header("x-forwarded-proto"), trusted).lower() or request.scheme,
        host_of(request, trusted),
        address or request.client,
    )


def host_of(request: Request, trusted: int) -> str:
    """The host that the visitor sent the request to."""
    if trusted == 0:
        return request.host
    return _outermost(request.header("x-forwarded-host"), trusted).lower() or request.host


def warn_of_unseen_https(request: Request, origin: Origin) -> None:
    """Warn once if a page that came by https sends a request which looks like http here."""
    if origin.is_secure or request.header("x-forwarded-proto") == "https":
        return  # for the header, `origin_of` warns
    is_ours = request.header("sec-fetch-site") == "same-origin"  # whatever Host a proxy sends
    if is_ours and request.header("origin").startswith("https://"):
        warn_once(_UNSEEN_HTTPS)


def warn_of_untrusted_addresses(request: Request, trusted: int) -> None:
    """Warn once, if something depends on addresses, that those from proxies do not count."""
    if trusted == 0 and request.header("x-forwarded-for"):
        warn_once(_UNTRUSTED_ADDRESSES)


def _nth(header: str, trusted: int) -> str:
    """The value that the outermost trusted proxy added: the n-th from the right, or ""."""
    values = header.split(",")
    return values[-trusted].strip() if len(values) >= trusted else ""


def _outermost(header: str, trusted: int) -> str:
    """The same for headers that many proxies replace instead of adding to them: if there are fewer
    values than proxies, the first.

    It gives nobody more power: if no proxy sets the header, a visitor can send all of it anyway.
    """
    values = header.split(",")
    return values[max(0, len(values) - trusted)].strip()


def certain_address(request: Request, trusted: int) -> str:
    """The address from which a request came, or "" if a proxy may stand before the visitor whom it
    does not name: then everybody would seem to come from the proxy."""
    forwarded = request.header("x-forwarded-for")
    if trusted:
        return _nth(forwarded, trusted)
    return "" if forwarded or request.header("forwarded") else request.client


def ip_of(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address as a number, without a port; None if it is none. IPv4 in IPv6 is IPv4."""
    try:
        ip = ipaddress.ip_address(_WITH_PORT.sub(r"\1", address).strip("[]"))
    except ValueError:
        return None
    return (isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped) or ip


def networks_of(address: str) -> tuple[str, ...]:
    """What is counted together when somebody guesses: `network_of`, and two wider networks around
    it, as large as hosts give to one customer, and as one customer may have several of."""
    ip = ip_of(address)
    if ip is None:
        return (network_of(address),)
    wider = (28, 24) if ip.version == 4 else (56, 48)
    around = (str(ipaddress.ip_network((ip, length), strict=False)) for length in wider)
    return (network_of(address), *around)


def network_of(address: str) -> str:
    """The part of an address that one visitor can hardly change: of IPv6, the /64."""
    ip = ip_of(address)
    if ip is None:
        return address[:64]
    return str(ip) if ip.version == 4 else str(ipaddress.ip_network((ip, 64), strict=False))
