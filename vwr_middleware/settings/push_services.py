"""Which push services a visitor's browser may name: each address comes from the visitor, and this
server is the one that calls it.
"""

import re
from collections.abc import Sequence
from importlib.util import find_spec
from reprlib import repr as shown
from urllib.parse import SplitResult, urlsplit

from vwr_middleware.settings.kinds import Kind, is_text, several

#: Those of Chrome, Edge and others; Firefox; Safari; Edge on Windows.
KNOWN_SERVICES = (
    "fcm.googleapis.com",
    "*.push.services.mozilla.com",
    "*.push.apple.com",
    "*.notify.windows.com",
)
LONGEST_ENDPOINT = 1000
#: A host with at least one dot, which no address and no name of a machine nearby has at its end,
#: or one that is written out with its port.
#: The host of an endpoint is a name as DNS has it: none that a client could read in another way.
_NAME = re.compile(
    r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*"
)
_SERVICE = re.compile(r"(\*\.)?([a-z0-9-]+\.)+[a-z][a-z0-9-]*(:\d{1,5})?|[a-z0-9.-]+:\d{1,5}")


def is_of_service(endpoint: str, services: Sequence[str]) -> bool:
    """Whether an endpoint is an https URL of one of these services, and nothing else."""
    if not 0 < len(endpoint) <= LONGEST_ENDPOINT or not re.fullmatch(r"[!-~]+", endpoint):
        return False
    try:
        url = urlsplit(endpoint)
        host, port = url.hostname or "", url.port
    except ValueError:
        return False
    if url.scheme != "https" or "\\" in endpoint or url.fragment or not _is_bare(url, host, port):
        return False
    return any(_matches(host, port, service) for service in services)


def _is_bare(url: SplitResult, host: str, port: int | None) -> bool:
    """Whether the authority is a host and maybe a port, in the only spelling that there is."""
    written = url.netloc.lower()
    if not _NAME.fullmatch(host) or port == 0:
        return False
    return written == host if port is None else written == f"{host}:{port}"


def _matches(host: str, port: int | None, service: str) -> bool:
    name, _, own_port = service.partition(":")
    if (port or 443) != int(own_port or 443):
        return False
    return host.endswith(name[1:]) if name.startswith("*.") else host == name


def _check_service(value: object) -> str:
    if not is_text(value) or not _SERVICE.fullmatch(value.lower()):
        raise ValueError(
            f'must be hosts of push services, like "fcm.googleapis.com" or "*.push.apple.com",'
            f" not {shown(value)}"
        )
    port = value.rpartition(":")[2] if ":" in value else "443"
    if not 0 < int(port) < 65536:
        raise ValueError(f"must have a port from 1 to 65535, not {shown(value)}")
    return value.lower()


service_hosts = several(_check_service)


def _check_contact(value: object) -> str:
    if value == "":
        return ""
    if not is_text(value) or not re.fullmatch(r"mailto:[^@\s]+@[^@\s]+|https://[^\s/]+\S*", value):
        raise ValueError(
            'must be an address by which push services reach you, like "mailto:ops@shop.example",'
            f" not {shown(value)}"
        )
    if find_spec("pywebpush") is None:
        raise ValueError('cannot be used yet: pip install "vwr-middleware[push]"')
    return value


contact_address = Kind(_check_contact)
