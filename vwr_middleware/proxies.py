"""Who really asked, and how: forwarded headers count as far as proxies are trusted."""

import ipaddress
from dataclasses import dataclass

from vwr_middleware.http import Request


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
        """As the browser writes it in an Origin header."""
        return f"{self.scheme}://{self.host}"


def origin_of(request: Request, trusted: int) -> Origin:
    """The origin as seen by the outermost trusted proxy, counted from this end."""
    if trusted == 0:
        return Origin(request.scheme, request.host, request.client)
    return Origin(
        _nth(request.header("x-forwarded-proto"), trusted).lower() or request.scheme,
        _nth(request.header("x-forwarded-host"), trusted).lower() or request.host,
        _nth(request.header("x-forwarded-for"), trusted) or request.client,
    )


def _nth(header: str, trusted: int) -> str:
    """What the outermost trusted proxy added: the n-th value from the right, if there is one."""
    values = header.split(",")
    return values[-trusted].strip() if header and len(values) >= trusted else ""


def network_of(address: str) -> str:
    """What one visitor can hardly change: the address, of IPv6 the /64."""
    try:
        ip = ipaddress.ip_address(address.strip("[]").partition("%")[0])
    except ValueError:
        return address[:64]
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return str(ip.ipv4_mapped)
        return str(ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)
