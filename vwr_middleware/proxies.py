"""Who really asked, and how: forwarded headers count as far as proxies are trusted."""

import ipaddress
import re
from dataclasses import dataclass

from vwr_middleware.http import Request

#: Some proxies tell the port too: `203.0.113.7:4711`, `[2001:db8::1]:4711`.
_WITH_PORT = re.compile(r"^(\[[^\]]*\]|[0-9.]+):[0-9]+$")


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
        bare = _WITH_PORT.sub(r"\1", address).strip("[]").partition("%")[0]
        ip = ipaddress.ip_address(bare)
    except ValueError:
        return address[:64]
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return str(ip.ipv4_mapped)
        return str(ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)
