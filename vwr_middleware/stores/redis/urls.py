"""A store's URL, taken apart.

    redis://[[user]:password@]host[:port][/db]            rediss:// the same over TLS
    unix:///path/to/socket[?db=0]
    redis+sentinel://[[user]:password@]host[:port][,host[:port] ...]/service[/db]
    redis+cluster://[[user]:password@]host[:port][,host[:port] ...]

`rediss+sentinel` and `rediss+cluster` use TLS. For the sentinels' own password write
`?sentinel_password=...` (and `sentinel_username`). `?socket_timeout=0.2` lets a request wait longer
than 50 ms, for servers that are far away. A single server's URL takes redis-py's other options too.
"""

import math
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from redis.connection import BlockingConnectionPool, parse_url
from redis.exceptions import RedisError

from vwr_middleware.errors import ConfigurationError

#: Seconds that a request waits for the server at most.
PATIENCE = 0.05

#: How to write, in a password, the characters that have a meaning in a URL.
_IN_PASSWORDS = "/ as %2F, : as %3A, ? as %3F, @ as %40, # as %23, % as %25"

_PORTS = {"sentinel": 26379, "cluster": 6379}


@dataclass(frozen=True, slots=True)
class Target:
    """Which servers to talk to: one (`url`), or what sentinels or a cluster's nodes name."""

    kind: str  # single, sentinel, cluster
    url: str = field(repr=False)
    nodes: tuple[tuple[str, int], ...] = ()
    service: str = ""
    patience: float = PATIENCE
    options: dict[str, Any] = field(default_factory=dict, repr=False)
    sentinel_options: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def names(self) -> list[str]:
        """The hosts that are names and not IP addresses."""
        hosts = [host for host, _ in self.nodes] or [urlsplit(self.url).hostname or ""]
        return [host for host in hosts if host and not _is_address(host)]

    def __post_init__(self) -> None:
        """Raises ValueError. Some mean "no limit" by 0, but with it nobody would get an answer."""
        if not 0 < self.patience < math.inf:
            raise ValueError("socket_timeout must be a number of seconds above 0")


def read_url(url: str) -> Target:
    """Take a URL apart. Raises ConfigurationError, without showing a password."""
    scheme, _, rest = url.partition("://")
    base, _, kind = scheme.partition("+")
    try:
        if scheme in ("redis", "rediss", "unix"):
            return _single(url, scheme)
        if base in ("redis", "rediss") and kind in _PORTS:
            return _several(url, rest, kind, tls=base == "rediss")
    except ValueError as error:
        reason = str(error).partition(" as ")[0]  # what follows may be a part of a password
        if "@" in rest:
            reason += f" (in a password write {_IN_PASSWORDS})"
        # `from None`, since a traceback would show the whole text of that error.
        raise ConfigurationError([f"store {scheme}://...: {reason}"]) from None
    raise ConfigurationError(
        [
            f"store {scheme}://...: write redis://, rediss://, unix://, redis+sentinel:// or "
            "redis+cluster://"
        ]
    )


def _single(url: str, scheme: str) -> Target:
    options = parse_url(url)  # type: ignore[no-untyped-call]
    if scheme == "unix" and not options.get("path"):
        raise ValueError("name the socket, like unix:///path/to/socket")
    # redis-py reads anything else as database 0, which another app may use.
    if scheme != "unix" and urlsplit(url).path.strip("/") and "db" not in options:
        raise ValueError("after the host comes only the database's number (%2F is a slash)")
    _try_options(url)
    return Target("single", url, patience=options.get("socket_timeout", PATIENCE))


def _try_options(url: str) -> None:
    """Raises ValueError for options that redis-py does not have. Connects nowhere."""
    try:
        BlockingConnectionPool.from_url(url).make_connection()  # type: ignore[no-untyped-call]
    except TypeError as error:
        name = str(error).rpartition("argument ")[2]
        raise ValueError(f"{name} cannot be set here") from error
    except RedisError as error:
        raise ValueError(str(error)) from error


def _several(url: str, rest: str, kind: str, tls: bool) -> Target:
    address, _, query = rest.partition("?")
    authority, _, path = address.partition("/")
    credentials, _, hosts = authority.rpartition("@")
    nodes = tuple(_node(host, _PORTS[kind]) for host in hosts.split(","))
    options = _credentials(credentials) | ({"ssl": True} if tls else {})
    words = dict(parse_qsl(query))
    ours = {
        name.removeprefix("sentinel_"): words.pop(name)
        for name in ("sentinel_username", "sentinel_password")
        if name in words
    }
    patience = float(words.pop("socket_timeout", PATIENCE))
    if words:
        raise ValueError(f"{', '.join(sorted(words))} cannot be set here")
    if kind == "cluster":
        if path.strip("/"):
            raise ValueError("a cluster has no databases: end the URL after the hosts")
        return Target("cluster", url, nodes, patience=patience, options=options)
    service, _, db = path.partition("/")
    if not service:
        raise ValueError("name the sentinels' service, like redis+sentinel://host:26379/service")
    options["db"] = _number(db or "0", "after the service comes only the database's number")
    return Target("sentinel", url, nodes, unquote(service), patience, options, ours)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _node(text: str, port: int) -> tuple[str, int]:
    host, colon, given = text.rpartition(":")
    if not colon or given.endswith("]"):
        host, given = text, ""
    if not host:
        raise ValueError("a host is missing")
    return host.strip("[]"), _number(given or str(port), "a port must be a number")


def _number(text: str, otherwise: str) -> int:
    """Raises ValueError without repeating the text, which may be a part of a password."""
    if not text.isdecimal():
        raise ValueError(otherwise)
    return int(text)


def _credentials(text: str) -> dict[str, Any]:
    user, _, password = text.partition(":")
    values = {"username": unquote(user), "password": unquote(password)}
    return {name: value for name, value in values.items() if value}
